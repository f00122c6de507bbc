"""The pictures of a balance and of gifts, each drawn once, and the statement of points as a file."""

import io
import re
from datetime import datetime

from flask import Blueprint, Response, abort, request

from models.days import day_of
from models.member import holder
from models.point_pages import OpenPage, open_page, use
from models.points_bars import read_bars
from models.points_statement import write_for_member
from pages.drawn import drawn_once
from pages.needs import Needs, csv_file, over, png
from pictures.bars import Bar, bars_png
from pictures.gifts import DRAWINGS, gift_png

SAME_FOR_ALL = "public, max-age=86400"
GIFT = re.compile(rf"({'|'.join(DRAWINGS)})-(prefectural|other)(-sample)?")


def blueprint(needs: Needs) -> Blueprint:
    """/points/<token>.png, /gifts/<branch>/<gift>.png, /points/statement/<page>"""
    pages = Blueprint("points", __name__)

    @pages.get("/points/<token>.png")
    def picture(token: str) -> Response:
        return png(_drawn(needs, token))

    @pages.get("/gifts/<branch>/<gift>.png")
    def gift(branch: str, gift: str) -> Response:
        return png(_gift(needs, branch, gift), SAME_FOR_ALL)

    @pages.get("/points/statement/<page>")
    def statement(page: str) -> Response | tuple[str, int]:
        now = needs.clock()
        with needs.database.reading() as db:
            opened = open_page(db, page, "statement", now)
        if opened is None:
            return over()
        # A look without download (HEAD, a preview) does not use the address up.
        if request.method == "GET" and not needs.database.run(lambda db: use(db, opened, now)):
            return over()
        return _statement(needs, opened, now)

    return pages


def _statement(needs: Needs, opened: OpenPage, now: datetime) -> Response:
    points = needs.branches[opened.branch].points
    written = io.StringIO()
    with needs.database.reading() as db:
        one = holder(db, opened.person_id)
        if one is None or points is None:
            abort(404)
        write_for_member(db, points, one, day_of(now), written)
    return csv_file(written.getvalue(), f"points-{day_of(now):%Y%m%d}.csv")


def _drawn(needs: Needs, token: str) -> bytes:
    """The picture behind an address."""
    text = needs.seal.unseal_text("bars", token)
    if text is None:
        abort(404)
    return drawn_once(needs.cache, "bars", text, lambda: _bars(text))


def _gift(needs: Needs, branch: str, gift: str) -> bytes:
    """A gift without a photograph: the drawing, its kind, and whether it is an example."""
    found = GIFT.fullmatch(gift)
    if branch not in needs.branches or found is None:
        abort(404)
    drawing, kind, sample = found.groups()
    label = "県産品" if kind == "prefectural" else "その他"
    words = (drawing, label, "見本" if sample else "", needs.branches[branch].identity.accent)
    return drawn_once(needs.cache, "gift", "\n".join(words), lambda: gift_png(*words))


def _bars(text: str) -> bytes:
    shown = read_bars(text)
    rows = tuple(Bar(label, points, place == 0) for place, (label, points) in enumerate(shown.rows))
    return bars_png(rows, shown.accent)
