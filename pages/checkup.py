"""The values of a checkup, typed from the paper beside the standard ranges: a page, because they are health data."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from models.checkups import KINDS
from models.checkups_file import measured
from models.days import day_of
from models.member import holder
from models.point_pages import FILLED, OpenPage
from models.points_earning import items_on
from models.points_terms import Range
from models.table_file import Unreadable
from pages.fill import keep, opened_for
from pages.needs import Needs, over


@dataclass(frozen=True)
class Asked:
    """One item of the form."""

    key: str
    range: Range
    standard: str
    value: str


def blueprint(needs: Needs) -> Blueprint:
    """GET and POST /checkup/<page>"""
    pages = Blueprint("checkup", __name__, template_folder="templates")

    @pages.get("/checkup/<page>")
    def form(page: str) -> tuple[str, int]:
        opened = opened_for(needs, page, "checkup")
        return _form(needs, opened) if opened else over()

    @pages.post("/checkup/<page>")
    def submit(page: str) -> tuple[str, int]:
        opened = opened_for(needs, page, "checkup")
        if opened is None:
            return over()
        values: dict[str, float] = {}
        wrong = []
        for one in _asked(needs, opened):
            try:
                if one.value:
                    values[one.key] = measured(one.value, one.range)
            except Unreadable:
                wrong.append(f"{one.range.name}は、{one.range.expected()}で入れてください。")
        if wrong:
            return _form(needs, opened, "".join(wrong), 422)
        if not values:
            return _form(needs, opened, "1つ以上の項目に、結果の数字を入れてください。", 422)
        return keep(needs, opened, values, FILLED["checkup"])

    return pages


def _form(needs: Needs, opened: OpenPage, problem: str = "", status: int = 200) -> tuple[str, int]:
    identity = needs.branches[opened.branch].identity
    asked = _asked(needs, opened)
    title = KINDS.get(opened.about, "健診")
    words = {"identity": identity, "title": title, "asked": asked, "problem": problem}
    return render_template("checkup.html", **words), status


def _asked(needs: Needs, opened: OpenPage) -> list[Asked]:
    points = needs.branches[opened.branch].points
    assert points is not None
    with needs.database.reading() as db:
        person = holder(db, opened.person_id)
    sex = person.latest.sex if person else ""
    ranges = items_on(points, day_of(needs.clock())).checkup
    return [
        Asked(
            key,
            one,
            f"{one.in_words(sex)}{'（見本）' if one.sample else ''}",
            request.form.get(key, "").strip()[:20],
        )
        for key, one in ranges.items()
    ]
