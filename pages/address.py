"""Where a gift is to be sent: asked on a page, so that an address never stands in a chat."""

from dataclasses import asdict

from flask import Blueprint, render_template, request

from models.base import Refusal
from models.days import day_of
from models.gifts import Address
from models.point_pages import FILLED, OpenPage
from models.points_earning import items_on
from pages.fill import LONGEST, keep, opened_for
from pages.needs import Needs, over

FIELDS = ("name", "postal_code", "address", "phone")


def blueprint(needs: Needs) -> Blueprint:
    """GET and POST /address/<page>"""
    pages = Blueprint("address", __name__, template_folder="templates")

    @pages.get("/address/<page>")
    def form(page: str) -> tuple[str, int]:
        opened = opened_for(needs, page, "address")
        return _form(needs, opened) if opened else over()

    @pages.post("/address/<page>")
    def submit(page: str) -> tuple[str, int]:
        opened = opened_for(needs, page, "address")
        if opened is None:
            return over()
        given = Address(*(request.form.get(name, "")[:LONGEST] for name in FIELDS))
        try:
            return keep(needs, opened, asdict(given.checked()), FILLED["address"])
        except Refusal as refusal:
            return _form(needs, opened, refusal.text, 422)

    return pages


def _form(needs: Needs, opened: OpenPage, problem: str = "", status: int = 200) -> tuple[str, int]:
    branch = needs.branches[opened.branch]
    assert branch.points is not None
    gift = items_on(branch.points, day_of(needs.clock())).gifts.get(opened.about)
    name = gift.name if gift else ""
    words = {"identity": branch.identity, "gift": name, "problem": problem, "form": request.form}
    return render_template("address.html", **words), status
