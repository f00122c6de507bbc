"""Why a person holds a coupon or does not, or can use none at a facility (R-SAI-08, R-SAI-12)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from models.coupon_terms import CouponTerms, ProductTerms
from models.coupons import SEXES, Coupon, Held, held, without_number
from models.days import age_on, fiscal_start, fiscal_year, in_full
from models.facility import Facility
from models.member import Holder, Period
from models.terms import Dated


@dataclass(frozen=True)
class NotHeld:
    """A product of the year that the person does not hold on the day, and why."""

    product: str
    name: str
    reason: str


@dataclass(frozen=True)
class NothingHere:
    """Why a person can use nothing at a facility on a day: of all that is used there, what they hold, or will, or did."""

    held: Held
    fitting: tuple[Coupon, ...]  # held, but used already or not usable yet
    coming: tuple[ProductTerms, ...]  # granted later in the year
    over: tuple[ProductTerms, ...]
    unknown: tuple[ProductTerms, ...]  # whose number ought to stand in the data and does not

    @property
    def is_barred(self) -> bool:
        """True for whoever can use no coupon anywhere, for the reason that `held` says."""
        return not self.held.coupons and self.held.code != "nothing_granted"

    @property
    def code(self) -> str:
        """Under which reason it is counted."""
        if self.is_barred:
            return self.held.code
        if not (self.fitting or self.coming or self.over):
            return "not_here"
        if not self.fitting:
            return self.held.code or "out_of_season"
        return "before" if all(each.state == "before" for each in self.fitting) else "used_already"


def nothing_here(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, day: date
) -> NothingHere:
    """Why `usable_at` the facility finds nothing on the day."""

    def is_used_here(product: ProductTerms) -> bool:
        return not facility.products.keys().isdisjoint(product.kinds)

    state, terms, period = held(db, dated, holder, day), dated.get(day), holder.on(day)
    fitting = tuple(coupon for coupon in state.coupons if is_used_here(coupon.terms))
    if terms is None or period is None:
        return NothingHere(state, fitting, (), (), ())
    theirs = [one for one in terms.products.values() if one.is_for(period) and is_used_here(one)]
    unknown = without_number(terms, holder, day)
    known = [one for one in theirs if one not in unknown]
    return NothingHere(
        state,
        fitting,
        coming=tuple(one for one in known if day < one.granted_on),
        over=tuple(one for one in known if one.usable_until < day),
        unknown=tuple(one for one in theirs if one in unknown),
    )


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
