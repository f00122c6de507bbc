"""Electronic coupons: what a person holds is computed, never granted by a job; only uses are stored (R-SAI)."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from models.base import Refusal
from models.coupon_terms import CouponTerms, ProductTerms
from models.coupon_uses import Redemption, Use, free_ordinals, last_use, used_products
from models.days import age_on, day_of, fiscal_start, fiscal_year, in_full, in_words, minute_in_words
from models.facility import Facility
from models.member import KIND_WORDS, Holder, Period, Person, depends_on_member
from models.paper import is_on_paper
from models.terms import Dated

SEXES = {"M": "男", "F": "女"}
ON_PAPER = (
    "紙のクーポンに切り替わっているため、電子クーポンは使えません。所属所に届く紙のクーポンをお使いください。"
)
WITHOUT_MEMBER = (
    "配偶者のクーポンは、ご本人が組合員である日だけ使えます。ご本人の今の資格を、登録で確認できません。"
)
RACED = "このクーポンは、たった今、別の画面で利用されました。"
State = Literal["before", "usable", "used", "over"]
STATES = {"before": "利用開始前", "usable": "利用可", "used": "済", "over": "期間終了"}


@dataclass(frozen=True)
class Coupon:
    """What a person holds of one product on a day."""

    product: str
    terms: ProductTerms
    group: str  # 一般(40以上), 50優待 …
    sex: str
    total: int
    used: int
    granted_on: date
    state: State

    @property
    def remaining(self) -> int:
        return self.total - self.used

    @property
    def label(self) -> str:
        """As the list of held coupons prints it (R-SAI-09)."""
        kinds = f"({'・'.join(self.terms.kinds.values())})" if len(self.terms.kinds) > 1 else ""
        return _joined(self.terms.name + kinds, self.group, self._sex())

    def label_of(self, kind: str) -> str:
        """As the redemption prints it: 選べるドック・一般(40以上)・1日・男."""
        chosen = self.terms.kinds[kind] if len(self.terms.kinds) > 1 else ""
        group = "優待" if self.group.endswith("優待") else self.group
        return _joined(self.terms.name, group, chosen, self._sex())

    def days_left(self, day: date) -> int:
        """Days until the last usable day, that day counted as 0."""
        return (self.terms.usable_until - day).days

    def _sex(self) -> str:
        return SEXES[self.sex] if self.terms.shows_sex else ""


@dataclass(frozen=True)
class Usable:
    """A coupon of a kind that can be used at a facility today."""

    coupon: Coupon
    kind: str
    experience: str  # 体験コード, may be empty

    @property
    def label(self) -> str:
        return self.coupon.label_of(self.kind)


@dataclass(frozen=True)
class Held:
    """What a person holds on a day and, where there is nothing, why (a sentence for the person)."""

    coupons: tuple[Coupon, ...]
    reason: str = ""
    code: str = ""


def held(db: Connection, dated: Dated[CouponTerms], holder: Holder, day: date) -> Held:
    """All coupons granted to the person by the day and not yet over (R-SAI-03…12, AMB-S5)."""
    terms = dated.get(day)
    if terms is None or terms.fiscal_year != fiscal_year(day):
        return Held((), "今年度のクーポンの内容は、まだ登録されていません。", "no_terms")
    period = holder.on(day)
    if refusal := _refused(db, terms, holder, period, day):
        return refusal
    if is_on_paper(db, holder.id, terms.fiscal_year):
        return Held((), ON_PAPER, "on_paper")
    assert period is not None
    coming = _of_year(db, terms, holder, period, day)
    granted = tuple(coupon for coupon in coming if coupon.granted_on <= day)
    if granted:
        return Held(granted)
    return Held((), _nothing_yet(terms, holder, period, day), "nothing_granted")


def left_in_year(db: Connection, dated: Dated[CouponTerms], holder: Holder, day: date) -> tuple[Coupon, ...]:
    """What the fiscal year still holds for a member, granted by the day or not, in whatever form it is used."""
    terms, period = dated.get(day), holder.on(day)
    if terms is None or period is None or terms.fiscal_year != fiscal_year(day):
        return ()
    return _of_year(db, terms, holder, period, day)


def usable_at(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, day: date
) -> tuple[Usable, ...]:
    """What the person can use at the facility on the day, kind by kind (R-SAI-02, R-SAI-10)."""
    return tuple(
        Usable(coupon, kind, facility.products[kind])
        for coupon in held(db, dated, holder, day).coupons
        if coupon.state == "usable"
        for kind in coupon.terms.kinds
        if kind in facility.products
    )


def most_at_once(terms: CouponTerms, coupon: Coupon) -> int:
    """How many may be used in one go: one, or all that remain where the terms allow several (AMB-S7)."""
    return coupon.remaining if coupon.product in terms.several_at_once else 1


def why_not_usable(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, kind: str, day: date
) -> str:
    """Why a coupon of this kind cannot be used at the facility on the day, in a sentence for the person."""
    state = held(db, dated, holder, day)
    coupon = next((one for one in state.coupons if kind in one.terms.kinds), None)
    if kind not in facility.products:
        return "この施設では、このクーポンは使えません。"
    if coupon is None:
        return state.reason or "このクーポンは付与されていません。"
    if coupon.state == "before":
        return f"このクーポンは{in_words(coupon.terms.usable_from)}から使えます。"
    last = last_use(db, holder.id, fiscal_year(day), coupon.product)
    if last is None:  # given back since it was looked for
        return "このクーポンは、たった今、別の画面で動きました。"
    return f"このクーポンは、{minute_in_words(last.used_at)}に{last.facility_name}で、すでに利用済みです。"


def redeem(
    db: Connection,
    dated: Dated[CouponTerms],
    holder: Holder,
    facility: Facility,
    kind: str,
    quantity: int,
    now: datetime,
    *,
    code: str = "",
) -> Redemption:
    """Uses coupons for good; `code` names a use that is known by another key. Raises Refusal when the rules, or another phone a moment ago, say no."""
    # Two phones of one person take turns here; the unique key below is the last guard.
    db.execute(select(Person.id).where(Person.id == holder.id).with_for_update())
    day = day_of(now)
    usable = next((one for one in usable_at(db, dated, holder, facility, day) if one.kind == kind), None)
    if usable is None:
        raise Refusal(why_not_usable(db, dated, holder, facility, kind, day), "not_usable")
    if not 1 <= quantity <= most_at_once(dated.on(day), usable.coupon):
        raise Refusal(f"一度に使える枚数をこえています（残り{usable.coupon.remaining}枚）。", "too_many")
    code = code or secrets.token_urlsafe(16)
    common = {
        "branch": facility.branch,
        "person_id": holder.id,
        "fiscal_year": fiscal_year(day),
        "product": usable.coupon.product,
        "live": True,
        "kind": kind,
        "label": usable.label,
        "facility": facility.code,
        "facility_name": facility.name,
        "used_on": day,
        "used_at": now,
        "redemption": code,
    }
    free = free_ordinals(db, holder.id, common, usable.coupon.total)[:quantity]
    if len(free) < quantity:
        raise Refusal(RACED, "raced")
    try:
        with db.begin_nested():
            db.execute(insert(Use), [common | {"ordinal": ordinal} for ordinal in free])
    except IntegrityError:
        raise Refusal(RACED, "raced") from None
    return Redemption(code, holder.id, usable.label, quantity, facility.code, facility.name, now)


def _of_year(
    db: Connection, terms: CouponTerms, holder: Holder, period: Period, day: date
) -> tuple[Coupon, ...]:
    used = used_products(db, holder.id, terms.fiscal_year)
    coupons = (
        _coupon(terms, name, product, holder, period, day, used.count(name))
        for name, product in terms.products.items()
    )
    return tuple(coupon for coupon in coupons if coupon and coupon.state != "over")


def _coupon(
    terms: CouponTerms,
    name: str,
    product: ProductTerms,
    holder: Holder,
    period: Period,
    day: date,
    used: int,
) -> Coupon | None:
    if not product.is_for(period):
        return None
    total = _number_in_data(terms, holder, product, day) if product.from_data else product.quantity
    if total == 0:
        return None
    return Coupon(
        product=name,
        terms=product,
        group=_group(terms, product, period.birthdate),
        sex=period.sex,
        total=total,
        used=min(used, total),
        granted_on=max(product.granted_on, holder_since(holder, terms.fiscal_year)),
        state=_state(product, day, total - used),
    )


def without_number(terms: CouponTerms, holder: Holder, day: date) -> tuple[ProductTerms, ...]:
    """The person's products whose number ought to stand in the data and does not (R-SAI-12)."""
    period = holder.on(day)
    return tuple(
        product
        for product in terms.products.values()
        if product.from_data and period is not None and product.is_for(period)
        if _number_in_data(terms, holder, product, day) == 0
    )


def holder_since(holder: Holder, year: int) -> date:
    """The first day of membership inside the fiscal year, not before its start."""
    begun = [period.acquired_on for period in holder.periods if _touches(period, year)]
    return max(min(begun, default=fiscal_start(year)), fiscal_start(year))


def _number_in_data(terms: CouponTerms, holder: Holder, product: ProductTerms, day: date) -> int:
    """マイ リフレッシュ: what the data grants for the periods begun by the day (R-SAI-12, AMB-S6)."""
    begun = [period for period in holder.periods if period.acquired_on <= day]
    granted = sum(
        period.refresh_coupons or 0
        for period in begun
        if _touches(period, terms.fiscal_year) and not any(_tells_again(later, period) for later in begun)
    )
    return min(granted, product.quantity)


def _tells_again(later: Period, period: Period) -> bool:
    """The same unbroken membership under another number, with the number of coupons told anew."""
    return (
        later.number != period.number
        and later.acquired_on == period.lost_on
        and (period.term_ends_on is None or period.term_ends_on >= period.lost_on)
        and later.refresh_coupons is not None
    )


def _touches(period: Period, year: int) -> bool:
    ends = min(
        period.lost_on - timedelta(days=1) if period.lost_on else date.max, period.term_ends_on or date.max
    )
    return ends >= fiscal_start(year) and period.acquired_on < fiscal_start(year + 1)


def _group(terms: CouponTerms, product: ProductTerms, birthdate: date) -> str:
    """一般(40以上/40未満) or a special age, both by the age on 1 April (R-SAI-08, AMB-S1…S4)."""
    age = age_on(birthdate, fiscal_start(terms.fiscal_year))
    if product.age_group is None:
        return ""
    if product.age_group == "special" and age in terms.special_ages:
        return f"{age}優待"
    return f"一般({terms.age_line}{'以上' if age >= terms.age_line else '未満'})"


def _state(product: ProductTerms, day: date, remaining: int) -> State:
    if remaining <= 0:
        return "used"
    if day < product.usable_from:
        return "before"
    return "usable" if day <= product.usable_until else "over"


def _refused(
    db: Connection, terms: CouponTerms, holder: Holder, period: Period | None, day: date
) -> Held | None:
    """Why a person holds nothing at all; a spouse does as the dependant of somebody who is a member (R-SAI-11)."""
    if period is None:
        return _without_membership(holder.latest, day)
    if period.employment in terms.no_electronic:
        reason = "お勤めの区分では、電子クーポンの代わりに紙のクーポン（マイ リフレッシュ）を申請してお使いいただきます。"
        return Held((), reason, "paper_only")
    if period.kind not in {product.holder for product in terms.products.values()}:
        return Held(
            (), f"登録の区分（{KIND_WORDS[period.kind]}）では、電子クーポンは付与されません。", "kind"
        )
    if period.kind == "spouse" and not depends_on_member(db, holder.id, period.number, day):
        return Held((), WITHOUT_MEMBER, "no_member")
    return None


def _without_membership(latest: Period, day: date) -> Held:
    if latest.acquired_on > day:
        return Held(
            (),
            f"資格は{in_full(latest.acquired_on)}からの登録です。その日より前は、クーポンをご利用いただけません。",
            "not_yet",
        )
    if latest.lost_on is None or latest.lost_on > day:
        assert latest.term_ends_on is not None  # else it would hold
        reason = f"{in_full(latest.term_ends_on)}に任期が終わった登録です。更新の手続きが済んでいても、反映まで日数がかかることがあります。"
        return Held((), reason, "term_ended")
    return Held((), "組合員の資格がなくなったと登録されているため、クーポンはご利用いただけません。", "lost")


def _nothing_yet(terms: CouponTerms, holder: Holder, period: Period, day: date) -> str:
    unknown = without_number(terms, holder, day)
    coming = [
        product
        for product in terms.products.values()
        if product.is_for(period) and product.granted_on > day and product not in unknown
    ]
    if not coming:
        return "ご利用いただけるクーポンはありません。"
    first = min(coming, key=lambda product: product.granted_on)
    return f"「{first.name}」は{in_words(first.granted_on)}に付与される予定です。"


def _joined(*parts: str) -> str:
    return "・".join(part for part in parts if part)
