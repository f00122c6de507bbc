"""Proof for facilities: the blinking picture, is this use real, today's word and uses. No personal data."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, render_template, request

from models import coupon_uses
from models.coupon_uses import Redemption
from models.days import JST, day_of, in_full, minute_in_words
from models.facility import facility
from models.proof import is_staff_key
from pages.drawn import drawn_once
from pages.needs import Needs, png
from pictures.codes import qr_png
from pictures.proof import Proof, proof


def blueprint(needs: Needs) -> Blueprint:
    """/proof/<token>.png, /used/<code>, /used/<code>.png, /facility/<branch>/<code>/<key>"""
    pages = Blueprint("proof", __name__, template_folder="templates")

    @pages.before_request
    def look_at_the_address() -> None:
        if "\0" in request.path:  # PostgreSQL takes none
            abort(404)

    @pages.get("/proof/<token>.png")
    def picture(token: str) -> Response:
        return png(_drawn(needs, token))

    @pages.get("/used/<code>")
    def used(code: str) -> str:
        found = _used(needs, code)
        return render_template("used.html", use=found, minute=minute_in_words(found.used_at), code=code)

    @pages.get("/used/<code>.png")
    def used_qr(code: str) -> Response:
        return png(qr_png(f"{needs.public_url}/used/{_used(needs, code).code}"))

    @pages.get("/facility/<branch>/<code>/<key>")
    def staff(branch: str, code: str, key: str) -> str:
        today = day_of(needs.clock())
        with needs.database.reading() as db:
            here = facility(db, branch, code) if branch in needs.branches else None
            if here is None or not is_staff_key(db, needs.seal, branch, code, key):
                abort(404)
            uses = coupon_uses.used_at_facility(db, branch, code, today)
        sign = needs.seal.sign_of(branch, code, today)
        rows = [(f"{use.used_at.astimezone(JST):%H:%M}", use) for use in uses]
        return render_template("facility.html", here=here, sign=sign, rows=rows, today=in_full(today))

    return pages


def _used(needs: Needs, code: str) -> Redemption:
    with needs.database.reading() as db:
        found = coupon_uses.redemption(db, code)
    if found is None:
        abort(404)
    return found


def _drawn(needs: Needs, token: str) -> bytes:
    """The picture behind an address."""
    shown = needs.seal.unseal(token)
    if shown is None:
        abort(404)
    return drawn_once(needs.cache, "proof", repr(shown), lambda: proof(Proof(**asdict(shown))))
