"""Coupons used, and their opposite entries: nothing is ever deleted (R-SAI-37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
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
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Instant, Refusal
from models.prepared import Prepared

REASONS = {
    "quantity": "枚数の間違い",
    "wrong_coupon": "クーポンの選び間違い",
    "outage": "通信障害などで正しく利用できなかった",
}


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
    before = {"kind": where.kind, "live": True}
    after = {"live": False, "reason": reason if reason in REASONS else "other"}  # never free words
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


_USED = Prepared(
    select(Use.product).where(
        Use.person_id == bindparam("person_id"), Use.fiscal_year == bindparam("year"), Use.live.is_(True)
    )
)


def used_products(db: Connection, person_id: int, year: int) -> list[str]:
    """The product of each live use of a fiscal year."""
    return [product for (product,) in _USED.all(db, {"person_id": person_id, "year": year})]


def last_use(db: Connection, person_id: int, year: int, product: str) -> Redemption | None:
    """When and where the person last used a product, unless it has all been given back."""
    this = (Use.person_id == person_id, Use.fiscal_year == year, Use.product == product)
    return next(iter(_redemptions(db, *this, Use.live.is_(True))), None)


def free_ordinals(db: Connection, person_id: int, use: dict[str, object], total: int) -> list[int]:
    """Which of a product's coupons, numbered from 1, are not used."""
    query = select(Use.ordinal).where(
        Use.person_id == person_id,
        Use.fiscal_year == use["fiscal_year"],
        Use.product == use["product"],
        Use.live.is_(True),
    )
    taken = set(db.execute(query).scalars())
    return [ordinal for ordinal in range(1, total + 1) if ordinal not in taken]


def _redemptions(db: Connection, *conditions: ColumnElement[bool]) -> list[Redemption]:
    query = select(Use).where(*conditions).order_by(Use.used_at.desc(), Use.id)
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
