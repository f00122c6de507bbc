"""What the desk opens from its talks: the picture of the numbers, and the posting list as a file, once."""

import io
from datetime import datetime

from flask import Blueprint, Response, abort, request

from models.days import day_of, in_words
from models.figures import read_text
from models.paper_posting import open_page, use_page, write_posting
from pages.drawn import drawn_once
from pages.needs import Needs, csv_file, over, png
from pictures.figures import Number, Sheet, figures_png


def blueprint(needs: Needs) -> Blueprint:
    """/figures/<token>.png, /desk/paper/<page>"""
    pages = Blueprint("desk", __name__)

    @pages.get("/figures/<token>.png")
    def picture(token: str) -> Response:
        return png(_drawn(needs, token))

    @pages.get("/desk/paper/<page>")
    def posting(page: str) -> Response | tuple[str, int]:
        now = needs.clock()
        if request.method == "GET":
            opened = needs.database.run(lambda db: use_page(db, page, now))
        else:  # a look without download does not use the address up
            with needs.database.reading() as db:
                opened = open_page(db, page, now)
        return _list(needs, opened.branch, opened.number, now) if opened else over()

    return pages


def _list(needs: Needs, branch: str, number: int, now: datetime) -> Response:
    coupons = needs.branches[branch].coupons if branch in needs.branches else None
    if coupons is None:
        abort(404)
    written = io.StringIO()
    with needs.database.reading() as db:
        write_posting(db, coupons, branch, number, day_of(now), written)
    return csv_file(written.getvalue(), f"paper-{number}.csv")


def _drawn(needs: Needs, token: str) -> bytes:
    """The picture behind an address."""
    text = needs.seal.unseal_text("figures", token)
    if text is None:
        abort(404)
    return drawn_once(needs.cache, "figures", text, lambda: figures_png(*_sheet(text)))


def _sheet(text: str) -> tuple[Sheet, str]:
    found, accent = read_text(text)
    numbers = [Number(one.label, one.today, one.month) for one in found.counted]
    reasons = [Number(one.label, one.today, one.month) for one in found.refused]
    quota = found.quota.in_words() if found.quota else "まだ調べていません"
    title = f"{in_words(found.day)}の数字"
    return Sheet(title, found.linked, numbers, reasons, found.waiting, quota), accent
