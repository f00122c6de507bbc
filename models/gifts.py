"""Exchanging points for gifts: orders that take lots, and can be cancelled until they are exported (R-KAG-15, 16)."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.days import day_of
from models.member import Holder
from models.points import Standing, pieces, require_open, standing, state
from models.points_earning import items_on
from models.points_ledger import Entry, Piece, correct, give_back, lock, spend, still_spent
from models.points_terms import Gift, Points
from models.table_file import narrow

OrderState = Literal["ordered", "exported", "sent", "cancelled"]
ORDER_STATES = {"ordered": "受付", "exported": "手配中", "sent": "発送済み", "cancelled": "取り消し"}
LONGEST = 200
ADDRESS_KEPT = timedelta(days=90)  # after a gift was sent, for what comes back
NO_ADDRESS = {"name": "", "postal_code": "", "address": "", "phone": ""}
_CAUSE = "order:"
_POSTAL = re.compile(r"[0-9]{3}-?[0-9]{4}")
_PHONE = re.compile(r"0[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}")
_ORDER = re.compile(r"P?0*([1-9][0-9]{0,8})")


class Order(Base):
    """One gift ordered. Its points are entries of the ledger; it is cancelled, never deleted."""

    __tablename__ = "gift_orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    request: Mapped[str] = mapped_column(String(60))  # the page's one-use id: sent twice, ordered once
    number: Mapped[str] = mapped_column(String(20))
    gift: Mapped[str] = mapped_column(String(40))
    gift_name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    name: Mapped[str] = mapped_column(String(LONGEST))
    postal_code: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(LONGEST))
    phone: Mapped[str] = mapped_column(String(20))
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    batch: Mapped[int | None]  # the export that staff have taken it with
    sent_on: Mapped[date | None]
    told_at: Mapped[datetime | None] = mapped_column(Instant)  # when the member was told that it is sent
    __table_args__ = (
        UniqueConstraint("person_id", "request"),
        Index("ix_gift_orders_batch", "branch", "batch", "id"),
    )


@dataclass(frozen=True)
class Address:
    """Where a gift goes; asked on our page, never in the chat."""

    name: str
    postal_code: str
    address: str
    phone: str

    def checked(self) -> "Address":
        """The same, tidied. Raises Refusal when something is missing or cannot be read."""
        name, address = " ".join(self.name.split()), " ".join(self.address.split())
        postal, phone = narrow(self.postal_code), narrow(self.phone)
        if not (0 < len(name) <= LONGEST and 0 < len(address) <= LONGEST):
            raise Refusal(f"お名前とご住所を{LONGEST}文字以内で入れてください。", "address")
        if not _POSTAL.fullmatch(postal):
            raise Refusal("郵便番号を7桁の数字で入れてください（例: 760-0017）。", "address")
        if not _PHONE.fullmatch(phone):
            raise Refusal("電話番号を市外局番から入れてください（例: 087-000-0000）。", "address")
        digits = postal.replace("-", "")
        return Address(name, f"{digits[:3]}-{digits[3:]}", address, phone)


@dataclass(frozen=True)
class Placed:
    """An order, as its member sees it."""

    id: int
    gift: str
    gift_name: str
    kind: str
    points: int
    ordered_at: datetime
    state: OrderState
    sent_on: date | None

    @property
    def number(self) -> str:
        return order_number(self.id)


@dataclass(frozen=True)
class Preview:
    """What an exchange would take, before the person says yes."""

    code: str
    gift: Gift
    pieces: tuple[Piece, ...]
    balance: int
    delivery: str

    @property
    def remains(self) -> int:
        return self.balance - self.gift.points


@dataclass(frozen=True)
class Cancelled:
    """The points that go back to their lots; how many of them have lapsed in the meantime, or rest."""

    points: int
    lapsed: int
    resting: int = 0  # without membership


def order_number(order: int) -> str:
    return f"P{order:07d}"


def order_id(text: str) -> int | None:
    """P0000012, p12 or 12; None for anything else."""
    match = _ORDER.fullmatch(narrow(text).upper())
    return int(match.group(1)) if match else None


def catalogue(points: Points, day: date) -> tuple[tuple[str, Gift], ...]:
    """The gifts of a day, prefectural ones first, then by points."""
    gifts = items_on(points, day).gifts.items()
    return tuple(sorted(gifts, key=lambda one: (one[1].kind != "prefectural", one[1].points, one[0])))


def delivery_in_words(points: Points, gift: Gift, day: date) -> str:
    """How long a gift takes, where the guide (R-KAG-16) or the branch's sheet says so; examples say that they are."""
    times, is_sample = points.delivery_on(day)
    if times is None:
        return ""
    sample = "（見本）" if is_sample else ""
    if gift.kind == "prefectural":
        return f"お申し込みから{times.prefectural_months_min}〜{times.prefectural_months_max}か月ほど{sample}"
    return f"お申し込みから{times.other_months}か月ほど{sample}"


def preview(db: Connection, points: Points, holder: Holder, code: str, day: date) -> Preview:
    """What the exchange would take and leave. Raises Refusal when it is not possible on the day."""
    gift = items_on(points, day).gifts.get(code)
    if gift is None:
        raise Refusal("この商品は、今は交換できません。一覧からお選びください。", "no_such_gift")
    now = state(db, points, holder, day)
    require_open(points, holder, now)
    return Preview(code, gift, pieces(now, gift.points), now.balance, delivery_in_words(points, gift, day))


def order(
    db: Connection,
    points: Points,
    holder: Holder,
    code: str,
    address: Address,
    *,
    request: str,
    now: datetime,
) -> Placed:
    """Exchanges points for good, once a request. Raises Refusal when the rules, or another phone, say no."""
    address = address.checked()
    lock(db, holder.id)
    earlier = _placed(db, Order.person_id == holder.id, Order.request == request)
    if earlier:
        return earlier[0]
    taken = preview(db, points, holder, code, day_of(now))
    row = {
        "branch": points.branch,
        "person_id": holder.id,
        "request": request,
        "number": holder.latest.number,
        "gift": code,
        "gift_name": taken.gift.name,
        "kind": taken.gift.kind,
        "points": taken.gift.points,
        "name": address.name,
        "postal_code": address.postal_code,
        "address": address.address,
        "phone": address.phone,
        "ordered_at": now,
    }
    new = int(db.execute(insert(Order).returning(Order.id), row).scalar_one())
    spend(
        db,
        points.branch,
        holder.id,
        taken.pieces,
        cause=cause_of(new),
        reason="exchange",
        reference=order_number(new),
        author="member",
        now=now,
    )
    return _placed(db, Order.id == new)[0]


def returning(db: Connection, points: Points, holder: Holder, order: int, day: date) -> Cancelled:
    """What cancelling an order on the day gives back, and how much of it cannot be used."""
    found = Counter[Standing]()
    for entry in still_spent(db, holder.id, cause_of(order)):
        found[standing(points, holder, entry.granted_on, entry.last_day, day)] -= entry.points
    return Cancelled(found.total(), found["gone"], found["frozen"])


def cancel(db: Connection, points: Points, holder: Holder, order: int, now: datetime) -> Cancelled:
    """Takes an order back until staff have exported it. Raises Refusal after that."""
    lock(db, holder.id)
    if not _taken_back(db, holder.id, order, now):
        raise Refusal(_why_not_cancelled(db, holder, order), "not_cancellable")
    back = returning(db, points, holder, order, day_of(now))
    give_back(db, holder.id, cause_of(order), reason="cancelled", author="member", now=now)
    return back


def correct_entry(
    db: Connection, person_id: int, lot: str, seq: int, *, reason: str, author: str, now: datetime
) -> int:
    """Undoes an entry; with one that an order has spent, the whole order. Raises Refusal once that is exported."""
    moved = correct(db, person_id, lot, seq, reason=reason, author=author, now=now)
    order = _order_behind(db, person_id, lot, seq)
    if order is None:
        return moved
    if not _taken_back(db, person_id, order, now):
        text = (
            f"この記録は注文 {order_number(order)} の交換で、すでに手配に入っているため取り消せません。"
            "お返しするときは、同じポイントを新しく付けてください。"
        )
        raise Refusal(text, "exported")
    back = give_back(db, person_id, cause_of(order), reason=reason.strip(), author=author, now=now)
    return moved + sum(piece.points for piece in back)


def orders(db: Connection, holder: Holder) -> list[Placed]:
    """The person's orders, newest first."""
    return _placed(db, Order.person_id == holder.id)


def forget_addresses(db: Connection, now: datetime) -> int:
    """Empties the addresses of orders that are cancelled, or were sent 90 days ago; the order itself stays."""
    over = or_(Order.cancelled_at.is_not(None), Order.sent_on < day_of(now) - ADDRESS_KEPT)
    return db.execute(update(Order).where(over, Order.address != "").values(**NO_ADDRESS)).rowcount


def _taken_back(db: Connection, person_id: int, order: int, now: datetime) -> bool:
    """Marks an order as cancelled; False when it is not there, cancelled before or exported."""
    this = (Order.id == order, Order.person_id == person_id)
    open_one = (Order.batch.is_(None), Order.cancelled_at.is_(None))
    return db.execute(update(Order).where(*this, *open_one).values(cancelled_at=now)).rowcount == 1


def _order_behind(db: Connection, person_id: int, lot: str, seq: int) -> int | None:
    this = (Entry.person_id == person_id, Entry.lot == lot, Entry.seq == seq, Entry.kind == "spend")
    cause = db.execute(select(Entry.cause).where(*this)).scalar_one_or_none() or ""
    return int(cause.removeprefix(_CAUSE)) if cause.startswith(_CAUSE) else None


def cause_of(order: int) -> str:
    """What an order's entries in the ledger name as their cause."""
    return f"{_CAUSE}{order}"


def _placed(db: Connection, *conditions: Any) -> list[Placed]:
    return [as_placed(row) for row in db.execute(select(Order).where(*conditions).order_by(Order.id.desc()))]


def as_placed(row: Any) -> Placed:
    return Placed(
        row.id, row.gift, row.gift_name, row.kind, row.points, row.ordered_at, _state(row), row.sent_on
    )


def _state(row: Any) -> OrderState:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.sent_on is not None:
        return "sent"
    return "ordered" if row.batch is None else "exported"


def _why_not_cancelled(db: Connection, holder: Holder, order: int) -> str:
    found = _placed(db, Order.id == order, Order.person_id == holder.id)
    if not found:
        return "この注文は見つかりません。交換の履歴から選んでください。"
    if found[0].state == "cancelled":
        return "この注文は、すでに取り消されています。ポイントは戻っています。"
    return "この注文は、すでに手配に入っているため取り消せません。お困りのときは窓口にお電話ください。"
