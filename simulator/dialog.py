"""LINE's account-link dialog: takes linkToken and nonce, and tells the bot how it ended."""

from flask import Blueprint, Response, render_template, request

from .browser import VIEWER
from .platform import Platform

NONCE = range(10, 256)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_dialog(platform: Platform) -> Blueprint:
    dialog = Blueprint("dialog", __name__)

    @dialog.get("/dialog/bot/accountLink")
    def account_link() -> Response:
        nonce = request.args.get("nonce", "")
        done = len(nonce) in NONCE and confirm(platform, request.args.get("linkToken", ""), nonce)
        page = render_template("dialog.html", done=done)
        return Response(page, 200 if done else 400, HEADERS, mimetype="text/html")

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
