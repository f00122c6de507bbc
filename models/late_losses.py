"""Exchanges from which a loss of membership, told late, takes the ground: staff hear of each (R-KAG-14, R-AIC-54)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, select

from models.audit import record
from models.days import day_of
from models.gifts import ORDER_STATES, Order, OrderState, cause_of, order_number, orders
from models.member import Holder, Period, holders
from models.member_file import MemberRow
from models.points import standing
from models.points_ledger import still_spent
from models.points_terms import Points

WHAT_NOW: Mapping[OrderState, str] = {
    "ordered": "送るか、points correct で取り消すかを決めてください",
    "exported": "発送を止めるかを、手配先と決めてください",
    "sent": "扱いを決めてください",
}


@dataclass(frozen=True)
class Groundless:
    """An order of a day on which, as is known only now, its person could not use the points."""

    line: int
    person: int
    number: str
    order: int
    points: int
    ordered_on: date
    state: OrderState

    def in_words(self) -> str:
        what = f"注文 {order_number(self.order)}、{self.points:,}ポイント、{ORDER_STATES[self.state]}"
        return (
            f"{self.line}行目 {self.number}: {self.ordered_on} の交換（{what}）の日には、"
            f"届いた資格ではポイントを使えません。{WHAT_NOW[self.state]}"
        )


def with_orders(db: Connection, branch: str, people: Iterable[int]) -> list[int]:
    """Those of the people who have an order that is not cancelled."""
    live = select(Order.person_id).where(Order.branch == branch, Order.cancelled_at.is_(None)).distinct()
    return sorted(set(people) & set(db.execute(live).scalars()))


def groundless(
    db: Connection, points: Points, theirs: Mapping[int, Sequence[MemberRow]]
) -> Iterator[Groundless]:
    """The orders that the memberships which count allow, and those of the file do not."""
    for person, before in holders(db, sorted(theirs)).items():
        rows = theirs[person]
        after = Holder(person, tuple(_period(row) for row in sorted(rows, key=lambda row: row.acquired_on)))
        for one in orders(db, before):
            on = day_of(one.ordered_at)
            spent = [] if one.state == "cancelled" else still_spent(db, person, cause_of(one.id))
            lots = [(entry.granted_on, entry.last_day) for entry in spent]
            if any(_usable(points, before, lot, on) and not _usable(points, after, lot, on) for lot in lots):
                yield Groundless(rows[0].line, person, rows[0].number, one.id, one.points, on, one.state)


def enter(db: Connection, branch: str, found: Iterable[Groundless], now: datetime) -> None:
    """Writes them into the record."""
    for one in found:
        after = {"person": one.person, "ordered_on": one.ordered_on.isoformat(), "points": one.points}
        record(db, branch, "import", "order.after_loss", order_number(one.order), now, after=after)


def _usable(points: Points, holder: Holder, lot: tuple[date, date], day: date) -> bool:
    return standing(points, holder, *lot, day) == "usable"


def _period(row: MemberRow) -> Period:
    return Period(**{field.name: getattr(row, field.name) for field in fields(Period)})
