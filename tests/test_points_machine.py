"""Any order of grants, exchanges, cancellations, corrections and days, beside a plain model of the rules."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from models.base import Database, Refusal
from models.days import fiscal_year
from models.gift_dispatch import export_orders
from models.gifts import Address, cancel, order
from models.member import Holder
from models.points import state
from models.points_ledger import Entry, correct, movements
from models.points_statement import history
from tests.points_people import give, noon, person, points_of

KAGAWA = points_of("kagawa")
PRICES = {"towel": 500, "udon": 1000, "pedometer": 1500}
ADDRESS = Address("見本 花子", "760-0017", "香川県高松市番町1-1", "087-000-0000")
FIRST = date(2023, 2, 1)


@dataclass
class Wanted:
    """A lot as the model keeps it."""

    granted_on: date
    points: int
    left: int
    spent: dict[int, int] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        return date(fiscal_year(self.granted_on) + 2, 3, 31)

    def counts_on(self, day: date) -> bool:
        return self.granted_on <= day <= self.last_day


class Nowhere(io.StringIO):
    """A file that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


class Ledger(RuleBasedStateMachine):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database

    @initialize()
    def begin(self) -> None:
        self.who: Holder = self.database.run(lambda db: person(db, "kagawa", ("2004-04-01", None)))
        self.today = FIRST
        self.lots: dict[str, Wanted] = {}
        self.orders: dict[int, str] = {}
        self.requests = 0

    @rule(days=st.sampled_from([0, 1, 27, 31, 90, 200]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(points=st.integers(1, 2000), ago=st.sampled_from([-8, -1, 0, 1, 40, 300]))
    def points_are_granted(self, points: int, ago: int) -> None:
        on = max(self.today - timedelta(days=ago), FIRST)
        key = f"G{len(self.lots)}"
        known = {"key": key, "earned_on": self.today.isoformat()}
        for _ in range(2):  # the second time changes nothing
            lot = self.database.run(lambda db: give(db, KAGAWA, self.who, on.isoformat(), points, **known))
        self.lots[lot] = Wanted(on, points, points)

    @rule(gift=st.sampled_from(list(PRICES)))
    def a_gift_is_ordered(self, gift: str) -> None:
        self.expect(self.place([gift]), [gift])

    @rule(gifts=st.lists(st.sampled_from(list(PRICES)), min_size=2, max_size=4))
    def gifts_are_ordered_on_several_phones_at_once(self, gifts: list[str]) -> None:
        self.expect(self.place(gifts), gifts)

    @precondition(lambda self: self.orders)
    @rule(place=st.integers(0, 11))
    def an_order_is_cancelled(self, place: int) -> None:
        """Any of them; how many there are is for the phones to settle, and so not for the strategy to know."""
        one = sorted(self.orders)[place % len(self.orders)]
        try:
            self.database.run(lambda db: cancel(db, KAGAWA, self.who, one, self.now()))
        except Refusal:
            assert self.orders[one] != "ordered"
            return
        assert self.orders[one] == "ordered"
        self.orders[one] = "cancelled"
        for lot in self.lots.values():
            lot.left += lot.spent.pop(one, 0)

    @rule()
    def orders_are_exported(self) -> None:
        export_orders(self.database, "kagawa", Nowhere(), who="test", now=self.now())
        for one, place in self.orders.items():
            self.orders[one] = "exported" if place == "ordered" else place

    @precondition(lambda self: self.lots)
    @rule(data=st.data())
    def a_grant_is_corrected(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.lots)))
        lot = self.lots[key]
        try:
            self.database.run(
                lambda db: correct(db, self.who.id, key, 1, reason="誤り", author="s", now=self.now())
            )
        except Refusal:
            assert lot.left < lot.points
            return
        assert lot.left == lot.points
        lot.left = 0

    @invariant()
    def the_balance_is_the_models(self) -> None:
        with self.database.reading() as db:
            found = state(db, KAGAWA, self.who, self.today)
        assert found.balance == self.balance(self.today)
        assert sum(held.left for held in found.pending) == sum(
            lot.left for lot in self.lots.values() if lot.granted_on > self.today
        )
        by_day: dict[date, int] = {}
        for lot in self.lots.values():
            if lot.counts_on(self.today) and lot.left:
                by_day[lot.last_day] = by_day.get(lot.last_day, 0) + lot.left
        assert [(one.last_day, one.points) for one in found.losing] == sorted(by_day.items())

    @invariant()
    def the_balance_of_a_coming_day_is_known(self) -> None:
        coming = self.today + timedelta(days=250)
        with self.database.reading() as db:
            assert state(db, KAGAWA, self.who, coming).balance == self.balance(coming)

    @invariant()
    def no_lot_is_below_zero_and_the_entries_add_up(self) -> None:
        with self.database.reading() as db:
            entries = movements(db, self.who.id)
            total = db.execute(select(func.sum(Entry.points)).where(Entry.person_id == self.who.id)).scalar()
        assert all(one.left >= 0 for one in entries)
        assert (total or 0) == sum(lot.left for lot in self.lots.values())
        for one in entries:
            if one.kind == "spend":
                assert one.granted_on <= one.day <= one.last_day

    @invariant()
    def the_statement_ends_with_the_balance(self) -> None:
        with self.database.reading() as db:
            lines = history(db, KAGAWA, self.who, self.today)
        assert (lines[-1].balance if lines else 0) == self.balance(self.today)

    def now(self) -> Any:
        return noon(self.today.isoformat())

    def balance(self, day: date) -> int:
        return sum(lot.left for lot in self.lots.values() if lot.counts_on(day))

    def place(self, gifts: list[str]) -> list[int | None]:
        """Orders each gift on a phone of its own; None where it was refused."""
        first = self.requests
        self.requests += len(gifts)

        def phone(number: int) -> int | None:
            request = f"request-{first + number}"
            words = {"request": request, "now": self.now()}
            try:
                placed = self.database.run(
                    lambda db: order(db, KAGAWA, self.who, gifts[number], ADDRESS, **words)
                )
                again = self.database.run(
                    lambda db: order(db, KAGAWA, self.who, gifts[number], ADDRESS, **words)
                )
            except Refusal:
                return None
            assert again.id == placed.id
            return placed.id

        if len(gifts) == 1:
            return [phone(0)]
        with ThreadPoolExecutor(len(gifts)) as phones:
            return list(phones.map(phone, range(len(gifts))))

    def expect(self, placed: list[int | None], gifts: list[str]) -> None:
        """What was ordered is paid from what expires first; what was refused could not be paid, or it was April."""
        done = sorted((one, gift) for one, gift in zip(placed, gifts, strict=True) if one is not None)
        for new, gift in done:
            assert self.today.month != 4
            self.orders[new] = "ordered"
            self.pay(new, PRICES[gift])
        for one, gift in zip(placed, gifts, strict=True):
            if one is None and self.today.month != 4:
                assert self.balance(self.today) < PRICES[gift]

    def pay(self, one: int, price: int) -> None:
        counting = [(key, lot) for key, lot in self.lots.items() if lot.counts_on(self.today)]
        for _, lot in sorted(counting, key=lambda pair: (pair[1].last_day, pair[1].granted_on, pair[0])):
            piece = min(lot.left, price)
            if piece:
                lot.left -= piece
                lot.spent[one] = piece
                price -= piece
        assert price == 0


def test_any_order_of_things_keeps_the_ledger_right(database: Database) -> None:
    run_state_machine_as_test(
        lambda: Ledger(database),  # type: ignore[arg-type]  # a factory is as good as a class
        settings=settings(
            max_examples=40 if database.is_sqlite else 25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
