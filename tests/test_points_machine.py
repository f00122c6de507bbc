"""Any order of grants, exchanges, cancellations, corrections, losses, returns and days, beside a plain model of the rules."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
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
from models.gift_dispatch import export_orders
from models.gifts import Address, cancel, order
from models.member import Holder
from models.points import can_exchange, state
from models.points_ledger import Entry, correct, movements
from models.points_statement import history
from tests.points_model import AICHI, FOREVER, KAGAWA, Person, Rules, Wanted
from tests.points_people import begin_term, end_term, give, noon, person, points_of

ADDRESS = Address("見本 花子", "760-0017", "香川県高松市番町1-1", "087-000-0000")


class Nowhere(io.StringIO):
    """A file that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


class Ledger(RuleBasedStateMachine):
    def __init__(self, database: Database, guide: Rules) -> None:
        super().__init__()
        self.database, self.guide = database, guide
        self.points = points_of(guide.branch)

    @initialize()
    def begin(self) -> None:
        since = date(2004, 4, 1)
        self.who: Holder = self.database.run(lambda db: person(db, self.guide.branch, (str(since), None)))
        self.member = Person([(since, FOREVER)])
        self.today = self.guide.first
        self.lots: dict[str, Wanted] = {}
        self.points_are_granted(2000, 0)
        self.orders: dict[int, str] = {}
        self.requests = 0

    @rule(days=st.sampled_from([0, 1, 27, 31, 90, 200]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(points=st.integers(1, 2000), ago=st.sampled_from([-8, -1, 0, 1, 40, 300]))
    def points_are_granted(self, points: int, ago: int) -> None:
        on = max(self.today - timedelta(days=ago), self.guide.first)
        key = f"G{len(self.lots)}"
        known = {"key": key, "earned_on": self.today.isoformat()}
        for _ in range(2):  # the second time changes nothing
            lot = self.database.run(
                lambda db: give(db, self.points, self.who, on.isoformat(), points, **known)
            )
        self.lots[lot] = Wanted(on, points, points)

    @precondition(lambda self: not self.member.is_gone)
    @rule(ahead=st.sampled_from([0, 0, 1, 20, 60]), then=st.sampled_from(["", "voluntary", "dependent"]))
    def a_membership_ends_or_is_known_to_end(self, ahead: int, then: str) -> None:
        end = self.today + timedelta(days=ahead)
        if end == self.member.terms[-1][0]:
            return
        self.member.leaves(end)
        self.who = self.database.run(lambda db: end_term(db, self.who, str(end)))
        if then:
            self.who = self.database.run(lambda db: begin_term(db, self.who, str(end), then))

    @precondition(lambda self: self.member.is_gone and self.member.terms[-1][1] < self.today)
    @rule()
    def they_are_back(self) -> None:
        self.member.terms.append((self.today, FOREVER))
        self.who = self.database.run(lambda db: begin_term(db, self.who, str(self.today), "member"))

    @rule(places=st.lists(st.integers(0, 2), min_size=1, max_size=4))
    def gifts_are_ordered_perhaps_on_several_phones_at_once(self, places: list[int]) -> None:
        gifts = [list(self.guide.prices)[place] for place in places]
        self.expect(self.place(gifts), gifts)

    @precondition(lambda self: self.orders)
    @rule(place=st.integers(0, 11))
    def an_order_is_cancelled(self, place: int) -> None:
        """Any of them; how many there are is for the phones to settle, and so not for the strategy to know."""
        one = sorted(self.orders)[place % len(self.orders)]
        try:
            self.database.run(lambda db: cancel(db, self.points, self.who, one, self.now()))
        except Refusal:
            assert self.orders[one] != "ordered"
            return
        assert self.orders[one] == "ordered"
        self.orders[one] = "cancelled"
        for lot in self.lots.values():
            lot.left += lot.spent.pop(one, 0)

    @rule()
    def orders_are_exported(self) -> None:
        export_orders(self.database, self.guide.branch, Nowhere(), who="test", now=self.now())
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
            found = state(db, self.points, self.who, self.today)
        assert found.balance == self.balance(self.today)
        assert sum(held.left for held in found.frozen) == self.at_rest(self.today)
        coming = [lot for lot in self.lots.values() if lot.granted_on > self.today]
        assert sum(held.left for held in found.pending) == sum(lot.left for lot in coming if self.comes(lot))
        assert can_exchange(self.points, found) == self.is_open()
        by_day: dict[date, int] = {}
        for lot in self.usable():
            by_day[self.last_usable(lot)] = by_day.get(self.last_usable(lot), 0) + lot.left
        told: dict[date, int] = {}
        for one in found.losing:
            told[one.last_day] = told.get(one.last_day, 0) + one.points
        assert told == {day: points for day, points in by_day.items() if points}

    @invariant()
    def the_balance_of_a_coming_day_is_known(self) -> None:
        coming = self.today + timedelta(days=250)
        with self.database.reading() as db:
            assert state(db, self.points, self.who, coming).balance == self.balance(coming)

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
    def the_statement_ends_with_the_balance_and_what_rests(self) -> None:
        with self.database.reading() as db:
            lines = history(db, self.points, self.who, self.today)
        told = (lines[-1].balance, lines[-1].resting) if lines else (0, 0)
        assert told == (self.balance(self.today), self.at_rest(self.today))

    def now(self) -> Any:
        return noon(self.today.isoformat())

    def balance(self, day: date) -> int:
        return sum(lot.left for lot in self.lots.values() if self.guide.is_usable(lot, self.member, day))

    def at_rest(self, day: date) -> int:
        return sum(lot.left for lot in self.lots.values() if self.guide.is_at_rest(lot, self.member, day))

    def usable(self) -> list[Wanted]:
        return [lot for lot in self.lots.values() if self.guide.is_usable(lot, self.member, self.today)]

    def last_usable(self, lot: Wanted) -> date:
        found = self.guide.last_usable(lot, self.member)
        assert found is not None
        return found

    def comes(self, lot: Wanted) -> bool:
        """By all that is known today, on the day of its grant it can be used or rests."""
        on = lot.granted_on
        return self.guide.is_usable(lot, self.member, on) or self.guide.is_at_rest(lot, self.member, on)

    def is_open(self) -> bool:
        return self.today.month != self.guide.closed and self.guide.may_exchange(self.member, self.today)

    def place(self, gifts: list[str]) -> list[int | None]:
        """Orders each gift on a phone of its own; None where it was refused."""
        first = self.requests
        self.requests += len(gifts)

        def phone(number: int) -> int | None:
            request = f"request-{first + number}"
            words = {"request": request, "now": self.now()}
            try:
                placed = self.database.run(
                    lambda db: order(db, self.points, self.who, gifts[number], ADDRESS, **words)
                )
                again = self.database.run(
                    lambda db: order(db, self.points, self.who, gifts[number], ADDRESS, **words)
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
        """What was ordered is paid from what is lost first; what was refused could not be paid, or not by them today."""
        done = sorted((one, gift) for one, gift in zip(placed, gifts, strict=True) if one is not None)
        for new, gift in done:
            assert self.is_open()
            self.orders[new] = "ordered"
            self.pay(new, self.guide.prices[gift])
        for one, gift in zip(placed, gifts, strict=True):
            if one is None and self.is_open():
                assert self.balance(self.today) < self.guide.prices[gift]

    def pay(self, one: int, price: int) -> None:
        keys = {id(lot): key for key, lot in self.lots.items()}
        order_of = [(self.last_usable(lot), lot.granted_on, keys[id(lot)], lot) for lot in self.usable()]
        for *_, lot in sorted(order_of, key=lambda one: one[:3]):
            piece = min(lot.left, price)
            if piece:
                lot.left -= piece
                lot.spent[one] = piece
                price -= piece
        assert price == 0


@pytest.mark.parametrize("guide", [KAGAWA, AICHI], ids=["kagawa", "aichi"])
def test_any_order_of_things_keeps_the_ledger_right(database: Database, guide: Rules) -> None:
    run_state_machine_as_test(
        lambda: Ledger(database, guide),  # type: ignore[arg-type]  # a factory is as good as a class
        settings=settings(
            max_examples=30 if database.is_sqlite else 15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
