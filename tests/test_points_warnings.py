"""Who is warned of losing points, when, with what words on the lock screen, and never twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from models import conversation
from models.agenda import agenda
from models.base import Database
from models.branch import Branch, load_branch
from models.concerns import did
from models.conversation import Conversation
from models.gifts import Address, Order, order
from models.member import Holder, Link
from models.outbox import Outgoing
from models.points_terms import Points
from scheduler.gifts_sent import tell_sent
from scheduler.reminders import reminders_of
from tests.points_people import BRANCHES, give, noon, person

TODAY = "2024-07-01"


@dataclass
class Desk:
    """A branch whose members are linked, and what they have been sent."""

    database: Database
    branch: Branch

    @property
    def points(self) -> Points:
        assert self.branch.points is not None
        return self.branch.points

    def member(
        self, *terms: tuple[str, str | None], grants: tuple[tuple[str, int], ...], chats: int = 1
    ) -> Holder:
        with self.database.transaction() as db:
            one = person(db, self.points.branch, *(terms or (("2010-04-01", None),)))
            for on, points in grants:
                give(db, self.points, one, on, points)
            for place in range(chats):
                chat = conversation.load(db, self.points.branch, f"U{one.id}-{place}", noon(TODAY)).id
                row = {"chat_id": chat, "person_id": one.id, "linked_at": noon(TODAY), "live": True}
                db.execute(insert(Link), row)
        return one

    def run(self, day: str, hours: int = 0) -> int:
        return reminders_of(self.database, [self.branch]).run(noon(day) + timedelta(hours=hours))

    def sent(self) -> list[str]:
        """Bodies of all pushes so far, oldest first."""
        with self.database.reading() as db:
            return list(db.execute(select(Outgoing.messages).order_by(Outgoing.id)).scalars())


@pytest.fixture
def kagawa(database: Database) -> Iterator[Desk]:
    yield Desk(database, load_branch(BRANCHES / "kagawa"))


@pytest.fixture
def aichi(database: Database) -> Iterator[Desk]:
    yield Desk(database, load_branch(BRANCHES / "aichi"))


@pytest.mark.parametrize("day", ["2024-12-31", "2025-03-01", "2025-03-24", "2025-03-30"])
def test_expiry_is_told_90_30_7_and_1_days_before(kagawa: Desk, day: str) -> None:
    kagawa.member(grants=(("2023-10-01", 1_400), ("2024-05-01", 300)))

    assert kagawa.run(day) == 1

    (body,) = kagawa.sent()
    assert "4月は交換をお休みします。5月1日（木）から再開します。" in body
    assert "1,400ポイント" in body
    assert "2025年3月31日（月）まで" in body


def test_a_whole_year_of_runs_says_it_four_times(kagawa: Desk) -> None:
    kagawa.member(grants=(("2023-10-01", 1_400),))
    first = noon("2024-07-01")

    reminders = reminders_of(kagawa.database, [kagawa.branch])
    told = [n for n in range(365) if reminders.run(first + timedelta(days=n))]

    assert [(first + timedelta(days=n)).strftime("%m-%d") for n in told] == [
        "12-31",
        "03-01",
        "03-24",
        "03-30",
    ]


def test_a_second_run_of_the_day_is_harmless(kagawa: Desk) -> None:
    kagawa.member(grants=(("2023-10-01", 1_400),))
    kagawa.run("2025-03-01")

    assert kagawa.run("2025-03-01", hours=1) == 0
    assert len(kagawa.sent()) == 1


def test_a_run_that_was_missed_is_made_up_for_the_next_day(kagawa: Desk) -> None:
    kagawa.member(grants=(("2023-10-01", 1_400),))

    assert kagawa.run("2025-03-03") == 1
    assert "あと28日" in kagawa.sent()[0]


@pytest.mark.parametrize("hours", [-4, 9, 11], ids=["8 o'clock", "21 o'clock", "23 o'clock"])
def test_nobody_is_disturbed_at_night(kagawa: Desk, hours: int) -> None:
    kagawa.member(grants=(("2023-10-01", 1_400),))

    assert kagawa.run("2025-03-01", hours=hours) == 0
    assert kagawa.run("2025-03-02") == 1


def test_only_those_who_would_lose_something_are_told(kagawa: Desk) -> None:
    kagawa.member(grants=(("2024-05-01", 500),))
    kagawa.member(grants=())
    spent = kagawa.member(grants=(("2023-10-01", 500),))
    with kagawa.database.transaction() as db:
        address = Address("見本", "760-0017", "見本市1", "087-000-0000")
        order(db, kagawa.points, spent, "towel", address, request="r", now=noon("2024-12-01"))

    assert kagawa.run("2025-03-01") == 0
    assert kagawa.sent() == []


def test_only_linked_chats_that_have_not_left_are_told(kagawa: Desk) -> None:
    kagawa.member(grants=(("2023-10-01", 500),), chats=0)
    kagawa.member(grants=(("2023-10-01", 500),), chats=2)
    gone = kagawa.member(grants=(("2023-10-01", 500),))
    with kagawa.database.transaction() as db:
        db.execute(update(Conversation).where(Conversation.user_id == f"U{gone.id}-0").values(blocked=True))

    assert kagawa.run("2025-03-01") == 2
    assert len(kagawa.sent()) == 2


def test_all_lots_of_a_day_come_in_one_push(kagawa: Desk) -> None:
    kagawa.member(grants=(("2023-05-01", 200), ("2023-10-01", 1_000), ("2024-02-01", 34)))

    kagawa.run("2025-03-01")

    (body,) = kagawa.sent()
    assert "1,234ポイント" in body


def test_the_lock_screen_shows_no_amount_and_the_button_leads_to_the_exchange(kagawa: Desk) -> None:
    one = kagawa.member(grants=(("2023-10-01", 1_400),))

    kagawa.run("2025-03-01")

    (message,) = json.loads(kagawa.sent()[0])
    assert "1,400" not in message["altText"]
    assert "健康ポイント" in message["altText"]
    assert f"open:exchange?person={one.id}" in json.dumps(message)


def test_whoever_leaves_in_april_is_told_by_the_last_day_before_the_closure(kagawa: Desk) -> None:
    kagawa.member(("2010-04-01", "2025-05-01"), grants=(("2024-05-01", 800),))

    assert kagawa.run("2024-07-01") == 1
    assert kagawa.run("2025-03-24") == 1

    known, week = kagawa.sent()
    assert "2025年3月31日（月）まで" in known
    assert "4月は交換をお休み" in week
    assert "から再開" not in week
    assert "あと7日" in week


def test_the_end_of_a_membership_is_told_as_soon_as_it_is_known_and_only_once_then(kagawa: Desk) -> None:
    kagawa.member(("2010-04-01", "2024-12-01"), grants=(("2024-05-01", 800),))

    assert kagawa.run("2024-07-01") == 1
    assert kagawa.run("2024-07-02") == 0
    assert "2024年11月30日（土）まで" in kagawa.sent()[0]


def test_expiry_and_the_end_of_a_membership_on_one_day_are_one_warning(kagawa: Desk) -> None:
    kagawa.member(("2010-04-01", "2025-04-01"), grants=(("2023-10-01", 500), ("2024-05-01", 800)))

    assert kagawa.run("2025-03-01") == 1

    (body,) = kagawa.sent()
    assert "1,300ポイント" in body


def test_whoever_comes_back_within_six_months_is_not_frightened(kagawa: Desk) -> None:
    kagawa.member(("2010-04-01", "2024-08-01"), ("2024-10-01", None), grants=(("2024-05-01", 800),))

    assert kagawa.run("2024-07-01") == 0


def test_whoever_comes_back_too_late_for_some_points_is_told_of_these(kagawa: Desk) -> None:
    grants = (("2023-10-01", 1_400), ("2024-05-01", 300))  # the first lapse on 31 March, in the gap
    kagawa.member(("2010-04-01", "2025-02-01"), ("2025-05-01", None), grants=grants)

    assert kagawa.run("2024-12-01") == 1

    (body,) = kagawa.sent()
    assert "1,400ポイント" in body
    assert "2025年1月31日（金）まで" in body


def test_aichi_leaves_two_months_after_the_end_and_says_so(aichi: Desk) -> None:
    aichi.member(("2010-04-01", "2024-08-01"), grants=(("2024-05-01", 900),))

    assert aichi.run("2024-08-20") == 1
    assert "2024年10月1日（火）まで" in aichi.sent()[0]


@pytest.mark.parametrize("lost_on", ["2025-02-01", "2025-03-01", "2025-03-31"])
def test_aichi_tells_those_whose_two_months_reach_the_end_of_march(aichi: Desk, lost_on: str) -> None:
    one = aichi.member(("2010-04-01", lost_on), grants=(("2024-08-01", 900),))

    told = [day for day in ("2024-11-20", "2024-11-21", "2025-03-01", "2025-03-30") if aichi.run(day)]

    assert told == ["2024-11-20", "2025-03-01", "2025-03-30"]
    assert all("2025年3月31日（月）まで" in body for body in aichi.sent())
    assert _expiries(aichi, one, "2025-03-20") == ["2025-03-31"]


def test_who_is_a_member_to_the_end_of_march_is_told_by_the_calendar_alone(aichi: Desk) -> None:
    one = aichi.member(("2010-04-01", "2025-04-01"), grants=(("2024-08-01", 900),))

    told = [day for day in ("2024-11-20", "2025-03-01", "2025-03-30") if aichi.run(day)]

    assert told == ["2025-03-01", "2025-03-30"]
    assert _expiries(aichi, one, "2025-03-20") == ["2025-03-31"]


def _expiries(desk: Desk, one: Holder, day: str) -> list[str]:
    """The last days to exchange that 締切・予定 shows the person."""
    calendar = desk.branch.calendar
    assert calendar is not None
    with desk.database.reading() as db:
        done = did(db, desk.branch, one, noon(day).date())
    found = agenda(calendar, one, done, noon(day))
    return [str(each.day) for each in found if each.event.is_expiry_of_points]


def test_a_sent_gift_is_told_once(kagawa: Desk) -> None:
    one = kagawa.member(grants=(("2024-05-01", 800),))
    with kagawa.database.transaction() as db:
        address = Address("見本", "760-0017", "見本市1", "087-000-0000")
        order(db, kagawa.points, one, "towel", address, request="r", now=noon("2024-07-01"))
        db.execute(update(Order).values(batch=1, sent_on=noon("2024-07-10").date()))

    assert tell_sent(kagawa.database, [kagawa.points], noon("2024-07-10")) == 1
    assert tell_sent(kagawa.database, [kagawa.points], noon("2024-07-11")) == 0

    (body,) = kagawa.sent()
    assert "見本スポーツタオル" in body
    assert "見本市" not in body
