"""Electronic coupons: entitlement is computed, only uses and their opposite entries are stored (R-SAI)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Instant, Refusal
from models.days import age_on, day_of, fiscal_start, fiscal_year, in_words
from models.facility import Facility
from models.member import Holder, Period, Person
from models.paper import is_on_paper
from models.prepared import Prepared
from models.terms import Dated

SEXES = {"M": "男", "F": "女"}
ON_PAPER = (
    "紙のクーポンに切り替わっているため、電子クーポンは使えません。所属所に届く紙のクーポンをお使いください。"
)
RACED = "このクーポンは、たった今、別の画面で利用されました。"
State = Literal["before", "usable", "used", "over"]
STATES = {"before": "利用開始前", "usable": "利用可", "used": "済", "over": "期間終了"}


@dataclass(frozen=True)
class ProductTerms:
    """One product of one fiscal year (dates JST, both ends usable)."""

    name: str
    holder: Literal["member", "spouse"]
    kinds: dict[str, str]  # what a facility offers → its words; one use closes the product's other kinds
    granted_on: date
    usable_from: date
    usable_until: date
    quantity: int  # the number of coupons, or the most when the number comes from the data
    sex: Literal["M", "F"] | None = None
    age_group: Literal["special", "line"] | None = None
    shows_sex: bool = False
    from_data: bool = False


@dataclass(frozen=True)
class CouponTerms:
    fiscal_year: int
    identified_by: Literal["number", "number_and_birthdate"]
    quantity_default: Literal["remaining", "one"]
    several_at_once: tuple[str, ...]
    facility_list_in_mypage: bool
    special_ages: tuple[int, ...]
    age_line: int
    no_electronic: tuple[str, ...]
    products: dict[str, ProductTerms]
    after_outage: tuple[str, ...] = ()  # what goes on while nothing can be read, and is registered later


class Use(Base):
    """One coupon used. Undone by an opposite entry, never deleted."""

    __tablename__ = "coupon_uses"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    fiscal_year: Mapped[int]
    product: Mapped[str] = mapped_column(String(20))
    ordinal: Mapped[int]
    live: Mapped[bool | None]  # True; NULL once given back, so that the ordinal is free again
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str]
    facility: Mapped[str] = mapped_column(String(20))
    facility_name: Mapped[str]
    used_on: Mapped[date]
    used_at: Mapped[datetime] = mapped_column(Instant)
    redemption: Mapped[str] = mapped_column(String(40), index=True)  # coupons used together; opaque
    __table_args__ = (
        UniqueConstraint("person_id", "fiscal_year", "product", "ordinal", "live"),
        Index("ix_coupon_uses_facility", "branch", "facility", "used_on"),
    )


class GivenBack(Base):
    """The opposite entry of a use: who undid it, when, and why."""

    __tablename__ = "coupon_give_backs"
    id: Mapped[int] = mapped_column(primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("coupon_uses.id"), unique=True)
    reason: Mapped[str]
    author: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Instant)


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
class Redemption:
    """Coupons used together; all that the 済 screen shows."""

    code: str
    person_id: int
    label: str
    quantity: int
    facility: str
    facility_name: str
    used_at: datetime
    given_back: bool = False


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
    if refusal := _refused(terms, holder, period, day):
        return refusal
    if is_on_paper(db, holder.id, terms.fiscal_year):
        return Held((), ON_PAPER, "on_paper")
    assert period is not None
    coming = _of_year(db, terms, holder, period, day)
    granted = tuple(coupon for coupon in coming if coupon.granted_on <= day)
    if granted:
        return Held(granted)
    return Held((), _nothing_yet(terms, period, day), "nothing_granted")


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
        raise Refusal(_why_not_usable(db, dated, holder, facility, kind, day), "not_usable")
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
    free = _free_ordinals(db, holder.id, common, usable.coupon.total)[:quantity]
    if len(free) < quantity:
        raise Refusal(RACED, "raced")
    try:
        with db.begin_nested():
            db.execute(insert(Use), [common | {"ordinal": ordinal} for ordinal in free])
    except IntegrityError:
        raise Refusal(RACED, "raced") from None
    return Redemption(code, holder.id, usable.label, quantity, facility.code, facility.name, now)


def give_back(
    db: Connection, use_id: int, *, reason: str, author: str, now: datetime, branch: str | None = None
) -> None:
    """Undoes one used coupon (of the branch) by an opposite entry. Raises Refusal when there is no such live use."""
    undone = update(Use).where(Use.id == use_id, Use.live.is_(True)).values(live=None)
    if branch is not None:
        undone = undone.where(Use.branch == branch)
    if db.execute(undone).rowcount != 1:
        raise Refusal(f"利用 {use_id} は見つからないか、すでに取り消されています。", "no_such_use")
    db.execute(insert(GivenBack), {"use_id": use_id, "reason": reason, "author": author, "at": now})
    where = db.execute(select(Use.branch, Use.person_id, Use.kind).where(Use.id == use_id)).one()
    before, after = {"kind": where.kind, "live": True}, {"live": False}
    record(
        db,
        where.branch,
        author,
        "coupon.give_back",
        f"use:{use_id} person:{where.person_id}",
        now,
        before,
        after,
    )


def redemption(db: Connection, code: str) -> Redemption | None:
    """The redemption with this code, also when it was given back since."""
    found = _redemptions(db, Use.redemption == code)
    return found[0] if found else None


def redemptions_of(db: Connection, people: Sequence[int], since: date) -> list[Redemption]:
    """What these people used since a day, newest first; given-back ones are marked."""
    return _redemptions(db, Use.person_id.in_(people), Use.used_on >= since)


def used_at_facility(db: Connection, branch: str, facility: str, day: date) -> list[Redemption]:
    """A facility's uses of a day, newest first."""
    return _redemptions(db, Use.branch == branch, Use.facility == facility, Use.used_on == day)


def use_ids(db: Connection, person_id: int, year: int) -> list[tuple[int, str, str, datetime, bool]]:
    """Each used coupon of a fiscal year: id, label, facility name, instant, still live."""
    query = select(Use.id, Use.label, Use.facility_name, Use.used_at, Use.live)
    rows = db.execute(query.where(Use.person_id == person_id, Use.fiscal_year == year).order_by(Use.id))
    return [(row.id, row.label, row.facility_name, row.used_at, bool(row.live)) for row in rows]


def _of_year(
    db: Connection, terms: CouponTerms, holder: Holder, period: Period, day: date
) -> tuple[Coupon, ...]:
    used = _used(db, holder.id, terms.fiscal_year)
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
    if period.kind != product.holder or product.sex not in (None, period.sex):
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


def holder_since(holder: Holder, year: int) -> date:
    """The first day of membership inside the fiscal year, not before its start."""
    begun = [period.acquired_on for period in holder.periods if _touches(period, year)]
    return max(min(begun, default=fiscal_start(year)), fiscal_start(year))


def _number_in_data(terms: CouponTerms, holder: Holder, product: ProductTerms, day: date) -> int:
    """マイ リフレッシュ: what the data grants for the periods begun by the day (R-SAI-12, AMB-S6)."""
    granted = sum(
        period.refresh_coupons or 0
        for period in holder.periods
        if period.acquired_on <= day and _touches(period, terms.fiscal_year)
    )
    return min(granted, product.quantity)


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


def _refused(terms: CouponTerms, holder: Holder, period: Period | None, day: date) -> Held | None:
    """Why a person holds nothing at all."""
    if period is None:
        return _without_membership(holder.latest, day)
    if period.employment in terms.no_electronic:
        reason = "お勤めの区分では、電子クーポンの代わりに紙のクーポン（マイ リフレッシュ）を申請してお使いいただきます。"
        return Held((), reason, "paper_only")
    if period.kind not in {product.holder for product in terms.products.values()}:
        return Held((), "登録の区分では、電子クーポンは付与されません。", "kind")
    return None


def _without_membership(latest: Period, day: date) -> Held:
    if latest.acquired_on > day:
        return Held(
            (),
            f"資格は{in_words(latest.acquired_on)}からの登録です。その日からご利用いただけます。",
            "not_yet",
        )
    if latest.lost_on is None or latest.lost_on > day:
        reason = "任期の終わりまでの資格として登録されています。更新の手続きが済んでいても、反映まで日数がかかることがあります。"
        return Held((), reason, "term_ended")
    return Held((), "組合員の資格がなくなったと登録されているため、クーポンはご利用いただけません。", "lost")


def _nothing_yet(terms: CouponTerms, period: Period, day: date) -> str:
    coming = [
        product
        for product in terms.products.values()
        if product.holder == period.kind and product.sex in (None, period.sex) and product.granted_on > day
    ]
    if not coming:
        return "ご利用いただけるクーポンはありません。"
    first = min(coming, key=lambda product: product.granted_on)
    return f"「{first.name}」は{in_words(first.granted_on)}に付与される予定です。"


def _why_not_usable(
    db: Connection, dated: Dated[CouponTerms], holder: Holder, facility: Facility, kind: str, day: date
) -> str:
    state = held(db, dated, holder, day)
    coupon = next((one for one in state.coupons if kind in one.terms.kinds), None)
    if kind not in facility.products:
        return "この施設では、このクーポンは使えません。"
    if coupon is None:
        return state.reason or "このクーポンは付与されていません。"
    if coupon.state == "before":
        return f"このクーポンは{in_words(coupon.terms.usable_from)}から使えます。"
    return "このクーポンは、すでに利用済みです。"


_USED = Prepared(
    select(Use.product).where(
        Use.person_id == bindparam("person_id"), Use.fiscal_year == bindparam("year"), Use.live.is_(True)
    )
)


def _used(db: Connection, person_id: int, year: int) -> list[str]:
    return [product for (product,) in _USED.all(db, {"person_id": person_id, "year": year})]


def _free_ordinals(db: Connection, person_id: int, use: dict[str, object], total: int) -> list[int]:
    query = select(Use.ordinal).where(
        Use.person_id == person_id,
        Use.fiscal_year == use["fiscal_year"],
        Use.product == use["product"],
        Use.live.is_(True),
    )
    taken = set(db.execute(query).scalars())
    return [ordinal for ordinal in range(1, total + 1) if ordinal not in taken]


def _redemptions(db: Connection, *conditions: object) -> list[Redemption]:
    query = select(Use).where(*conditions).order_by(Use.used_at.desc(), Use.id)  # type: ignore[arg-type]
    found: dict[str, Redemption] = {}
    for row in db.execute(query):
        earlier = found.get(row.redemption)
        live = bool(row.live)
        found[row.redemption] = Redemption(
            row.redemption,
            row.person_id,
            row.label,
            (earlier.quantity if earlier else 0) + live,
            row.facility,
            row.facility_name,
            row.used_at,
            given_back=not live if earlier is None else earlier.given_back and not live,
        )
    return list(found.values())


def _joined(*parts: str) -> str:
    return "・".join(part for part in parts if part)
