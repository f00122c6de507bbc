"""Whoever leaves within a year hears of their own last day to apply, until they have applied (R-AIC-34)."""

from datetime import date, timedelta

import pytest

from models.agenda import agenda, event_called
from models.base import Database
from models.calendar import Event
from models.concerns import did
from models.member import Holder
from tests.reminded import Reminded, when

TITLE = "カフェテリアプランの申請（退会する方）"
UID = "aichi-2024-cafeteria-leaving@2024-04-01/2024-08-30"
PAPER = "aichi-2024-cafeteria-final"
LEAVES = ("2010-04-01", "2024-09-01")


@pytest.fixture
def town(database: Database) -> Reminded:
    return Reminded(database)


def told(town: Reminded, first: str, last: str) -> list[tuple[str, str]]:
    """Days and words of what is told of the last day to apply."""
    found: list[tuple[str, str]] = []
    day = when(f"{first} 12:00")
    while day <= when(f"{last} 12:00"):
        before = len(of_it(town))
        town.reminders.run(day)
        found += [(f"{day:%m-%d}", words) for words in of_it(town)[before:]]
        day += timedelta(days=1)
    return found


def of_it(town: Reminded) -> list[str]:
    return [one.words for one in town.heard() if TITLE in one.words]


def coming(town: Reminded, holder: Holder, day: str) -> dict[str, Event]:
    assert town.branch.calendar
    with town.database.reading() as db:
        what = did(db, town.branch, holder, date.fromisoformat(day))
    return {
        one.event.title: one.event for one in agenda(town.branch.calendar, holder, what, when(f"{day} 12:00"))
    }


def test_it_is_told_when_the_end_is_known_and_before_the_last_day_to_post_and_to_bring(
    town: Reminded,
) -> None:
    town.member("leaves", LEAVES)
    town.member("stays")

    found = told(town, "2024-08-01", "2024-09-15")

    assert [day for day, _ in found] == ["08-01", "08-16", "08-23", "08-27", "08-29", "08-30"]
    assert "締切まで、あと29日です。" in found[0][1]
    assert "8月30日（金）17:30必着" in found[0][1]
    assert "資格がなくなる日のあとは、申請できません。" in found[0][1]
    assert "郵送なら、今日のうちに投函してください。" in found[3][1]


@pytest.mark.parametrize("paper", [PAPER, "aichi-2024-cafeteria-first"])
def test_it_is_not_told_to_whoever_has_applied(town: Reminded, paper: str) -> None:
    one = town.member("leaves", LEAVES)
    assert [day for day, _ in told(town, "2024-08-15", "2024-08-16")] == ["08-15", "08-16"]

    town.hand_in(one, paper)

    assert told(town, "2024-08-17", "2024-09-02") == []


@pytest.mark.parametrize(
    "terms",
    [
        [("2010-04-01", None)],
        [("2010-04-01", "2025-01-11")],
        [("2010-04-01", "2024-09-01"), ("2024-09-01", None)],
        [("2010-04-01", "2024-04-01")],
    ],
    ids=["stays", "leaves after the deadline of all", "goes on under another number", "left before the year"],
)
def test_it_is_not_told_to_anybody_else(town: Reminded, terms: list[tuple[str, str | None]]) -> None:
    one = town.member("a", *terms)

    assert told(town, "2024-08-20", "2024-09-01") == []
    assert TITLE not in coming(town, one, "2024-04-02")


def test_it_stands_among_what_comes_with_its_own_days_and_can_be_marked(town: Reminded) -> None:
    one = town.member("leaves", LEAVES)

    event = coming(town, one, "2024-07-01")[TITLE]

    assert (event.uid, str(event.last), event.in_words()) == (UID, "2024-08-30", "8月30日（金）17:30必着")
    assert event.by_post() == "郵送なら8月27日（火）までに投函"
    assert event_called(town.branch.calendar, UID) == event
    town.hand_in(one, PAPER)
    assert TITLE in coming(town, one, "2024-07-01")
    assert TITLE not in coming(town, one, "2024-09-01")
