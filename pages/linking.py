"""The linking page: a number and a birth date, proved, then LINE's account-link dialog (design §8)."""

from urllib.parse import quote

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from models import linking
from models.base import Refusal
from models.birthdate import read_birthdate
from models.days import day_of
from models.desk import Desk, desk_of
from models.linking import OpenPage
from pages.needs import Needs, over

LINE_AWAY = "LINEとつながりませんでした。このアカウントを友だちに追加してあるか確かめ、少し待ってからもう一度押してください。"
NO_DATE = "生年月日を読み取れませんでした。西暦8けた（例：19740122）で入力してください。"


def blueprint(needs: Needs) -> Blueprint:
    """GET and POST /link/<page>"""
    pages = Blueprint("linking", __name__, template_folder="templates")

    @pages.get("/link/<page>")
    def form(page: str) -> tuple[str, int]:
        opened = _opened(needs, page)
        return _form(needs, opened) if opened else over("link_over.html")

    @pages.post("/link/<page>")
    def submit(page: str) -> Response | tuple[str, int]:
        opened = _opened(needs, page)
        if opened is None:
            return over("link_over.html")
        try:
            return _submitted(needs, opened)
        except Refusal as refusal:
            return _form(needs, opened, refusal.text, 403, _desk(needs, opened))

    return pages


def _submitted(needs: Needs, opened: OpenPage) -> Response | tuple[str, int]:
    branch = needs.branches[opened.branch]
    uses_code = branch.identity.uses_auth_code
    birthdate = read_birthdate(request.form.get("birthdate", "")[:20])
    if birthdate is None:
        return _form(needs, opened, NO_DATE, 422)
    person = needs.database.run(
        lambda db: linking.prove(
            db,
            opened,
            request.form.get("number", "")[:40],
            birthdate,
            request.form.get("code", "").strip()[:40] if uses_code else None,
            needs.clock(),
            points=branch.points,
        )
    )
    if person is None:
        problem = linking.SAME_ANSWER_WITH_CODE if uses_code else linking.SAME_ANSWER
        return _form(needs, opened, problem, 422)
    token = needs.link_token(opened.branch, opened.user_id)
    if token is None:
        return _form(needs, opened, LINE_AWAY, 503)
    nonce = needs.database.run(lambda db: linking.keep_nonce(db, opened, person, needs.clock()))
    address = f"{needs.dialog}?linkToken={quote(token, safe='')}&nonce={quote(nonce, safe='')}"
    return Response(status=303, headers={"Location": address})


def _opened(needs: Needs, page: str) -> OpenPage | None:
    with needs.database.reading() as db:
        return linking.open_page(db, page, needs.clock())


def _form(
    needs: Needs, opened: OpenPage, problem: str = "", status: int = 200, desk: Desk | None = None
) -> tuple[str, int]:
    identity = needs.branches[opened.branch].identity
    page = render_template("link.html", identity=identity, problem=problem, desk=desk, form=request.form)
    return page, status


def _desk(needs: Needs, opened: OpenPage) -> Desk:
    """Whom to call where the page can do no more."""
    return desk_of(needs.branches[opened.branch].desks, day_of(needs.clock()))
