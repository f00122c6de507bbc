"""LINE's account-link dialog: takes linkToken and nonce, and tells the bot how it ended."""

from flask import Blueprint, Response, render_template_string, request

from .browser import VIEWER
from .platform import Platform

NONCE = range(10, 256)
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>アカウント連携</title>
<h1>アカウント連携</h1><p>{{ words }}</p></html>"""
DONE = "連携の処理が終わりました。トークに戻ってください。"
EXPIRED = "このリンクは使えません。トークに戻り、もう一度はじめからお試しください。"


def create_dialog(platform: Platform) -> Blueprint:
    dialog = Blueprint("dialog", __name__)

    @dialog.get("/dialog/bot/accountLink")
    def account_link() -> tuple[str, int] | Response:
        nonce = request.args.get("nonce", "")
        if len(nonce) not in NONCE or not confirm(platform, request.args.get("linkToken", ""), nonce):
            return render_template_string(PAGE, words=EXPIRED), 400
        return render_template_string(PAGE, words=DONE), 200

    return dialog


def confirm(platform: Platform, token: str, nonce: str) -> bool:
    """Fires the event; a dead token fires none, another person's token or a non-friend `failed`."""
    with platform.lock:
        link = platform.links.use(token, platform.now())
        person = platform.people.get(link.user) if link else None
    if link is None or person is None:
        return False
    own = request.headers.get(VIEWER, person.user_id) == person.user_id
    if own and person.friend:
        platform.tell(person, "accountLink", reply=True, link={"result": "ok", "nonce": nonce})
    else:
        platform.tell_failed_link(person, nonce)
    return True
