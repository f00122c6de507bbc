"""Why a person holds a coupon or does not: for the desk that is asked (R-SAI-08, R-SAI-12)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from models.coupon_terms import CouponTerms, ProductTerms
from models.coupons import SEXES, Coupon, held
from models.days import age_on, fiscal_start, fiscal_year, in_full
from models.member import Holder, Period
from models.terms import Dated


@dataclass(frozen=True)
class NotHeld:
    """A product of the year that the person does not hold on the day, and why."""

    product: str
    name: str
    reason: str


def why(coupon: Coupon, holder: Holder, day: date) -> str:
    """In one sentence: what in the data of the day makes this coupon what it is."""
    period = holder.on(day)
    assert period is not None  # nobody else holds a coupon
    parts = [f"資格は{in_full(period.acquired_on)}から"]
    if coupon.group:
        start = fiscal_start(fiscal_year(day))
        parts.append(f"{in_full(start)}に{age_on(period.birthdate, start)}歳なので{coupon.group}")
    if coupon.terms.from_data:
        parts.append(f"枚数は資格データの{coupon.total}枚")
    return "。".join(parts) + "。"


def not_held(db: Connection, dated: Dated[CouponTerms], holder: Holder, day: date) -> tuple[NotHeld, ...]:
    """The year's other products, each with its reason; empty where the person holds nothing at all."""
    found = {coupon.product for coupon in held(db, dated, holder, day).coupons}
    terms, period = dated.get(day), holder.on(day)
    if not found or terms is None or period is None:
        return ()
    return tuple(
        NotHeld(name, product.name, _reason(product, period, day))
        for name, product in terms.products.items()
        if name not in found
    )


def _reason(product: ProductTerms, period: Period, day: date) -> str:
    if product.holder != period.kind:
        return "配偶者のクーポンです。" if product.holder == "spouse" else "組合員本人のクーポンです。"
    if product.sex not in (None, period.sex):
        return f"{SEXES[product.sex or '']}性のクーポンです。"
    if product.granted_on > day:
        return f"{in_full(product.granted_on)}に付与される予定です。"
    if product.usable_until < day:
        return f"{in_full(product.usable_until)}で終わりました。"
    return "資格データの枚数が0枚です。"
