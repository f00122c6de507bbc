"""Uses registered afterwards: what was used at a facility while nothing could be read there (R-SAI-35, R-SAI-36)."""

from datetime import date, datetime, time

from sqlalchemy import Connection

from models import coupons
from models.audit import record
from models.base import Refusal
from models.coupon_reasons import not_held
from models.coupon_terms import CouponTerms
from models.coupon_uses import Redemption
from models.coupons import Usable, held, usable_at, why_not_usable
from models.days import JST, day_of, fiscal_year, in_full
from models.facility import Facility
from models.member import Holder
from models.terms import Dated

NOON = time(12)  # the facility tells the day, nobody the minute


def registrable(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, day: date
) -> tuple[Usable, ...]:
    """What the person could use at the facility on the day, of what goes on in an outage: dock and dental."""
    terms = dated.get(day)
    allowed = terms.after_outage if terms else ()
    return tuple(one for one in usable_at(db, dated, holder, facility, day) if one.coupon.product in allowed)


def why_none(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, day: date
) -> tuple[str, ...]:
    """Why nothing can be registered at the facility for the day, product by product, in sentences for the desk."""
    if reason := held(db, dated, holder, day).reason:
        return (reason,)
    terms, period = dated.on(day), holder.on(day)
    assert period is not None  # nobody else holds anything
    others = {one.product: one.reason for one in not_held(db, dated, holder, day)}
    here = [
        (name, product, next(kind for kind in product.kinds if kind in facility.products))
        for name, product in terms.products.items()
        if name in terms.after_outage
        and product.is_for(period)
        and not facility.products.keys().isdisjoint(product.kinds)
    ]
    return tuple(
        f"{product.name}：{others.get(name) or why_not_usable(db, dated, holder, facility, kind, day)}"
        for name, product, kind in here
    ) or ("この施設は、この方の人間ドック・歯科の対象ではありません。",)


def register(
    db: Connection,
    dated: Dated[CouponTerms],
    holder: Holder,
    facility: Facility,
    kind: str,
    day: date,
    author: str,
    now: datetime,
    code: str = "",
) -> Redemption:
    """Enters a use of an earlier day. Raises Refusal when the rules of that day say no."""
    if day > day_of(now):
        raise Refusal("使った日は、今日までの日付にしてください。", "future")
    if fiscal_year(day) != fiscal_year(day_of(now)):
        raise Refusal(f"{in_full(day)}は前の年度です。今年度の利用だけ登録できます。", "other_year")
    if refused := _never(dated.get(day), kind):
        raise Refusal(refused, "not_in_outage")
    at = min(datetime.combine(day, NOON, JST), now)
    found = coupons.redeem(db, dated, holder, facility, kind, 1, at, code=code)
    after = {"kind": kind, "facility": facility.code, "used_on": day.isoformat()}
    record(db, facility.branch, author, "coupon.outage", f"person:{holder.id}", now, after=after)
    return found


def _never(terms: CouponTerms | None, kind: str) -> str:
    """Why a kind is never registered afterwards: マイ リフレッシュ waits for the next working day."""
    if terms is None:
        return "この日のクーポンの内容は登録されていません。"
    product = next((name for name, one in terms.products.items() if kind in one.kinds), "")
    if product in terms.after_outage:
        return ""
    words = terms.products[product].name if product else kind
    return f"「{words}」は、通信障害の日のあとからの登録はできません（ドックと歯科だけです）。"
