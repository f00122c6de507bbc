"""Until when nobody has to call a desk: to the end of the day when nothing waits, not a moment when something does."""

from datetime import datetime, timedelta

import pytest

from models import question
from models.base import Database
from models.branch import Branch, load_branches
from scheduler.desk_calls import call_desks, desks_idle_until
from settings import ROOT
from tests.one_chat import MORNING
from tests.reminded import when

BRANCHES = load_branches(ROOT / "branches")
SAITAMA, AICHI = BRANCHES["saitama"], BRANCHES["aichi"]
MIDNIGHT = when("2024-07-02 00:00")


def idle_until(database: Database, now: datetime, *branches: Branch) -> datetime:
    return desks_idle_until(database, branches or (SAITAMA, AICHI), now)


def asks(database: Database, branch: str, now: datetime = MORNING) -> int:
    return database.run(lambda db: question.keep(db, branch, "not_understood", "見本", "", now))


@pytest.mark.parametrize("clock", ["00:00", "08:30", "12:00", "23:59"])
def test_where_nothing_waits_the_rest_of_the_day_is_free(database: Database, clock: str) -> None:
    now = when(f"2024-07-01 {clock}")

    assert idle_until(database, now) == MIDNIGHT
    assert call_desks(database, (SAITAMA, AICHI), now) == 0


@pytest.mark.parametrize("branch", ["saitama", "aichi"])
def test_one_thing_at_any_desk_ends_it(database: Database, branch: str) -> None:
    asks(database, branch)

    assert idle_until(database, MORNING) == MORNING


def test_the_desks_of_others_do_not_count(database: Database) -> None:
    asks(database, "aichi")

    assert idle_until(database, MORNING, SAITAMA) == MIDNIGHT


def test_a_question_that_is_too_old_to_be_shown_calls_nobody(database: Database) -> None:
    assert SAITAMA.inbox
    kept = SAITAMA.inbox.on(MORNING.date()).question_kept_days
    asks(database, "saitama", MORNING - timedelta(days=kept + 1))

    assert idle_until(database, MORNING) == MIDNIGHT


def test_a_day_without_terms_has_nobody_to_call(database: Database) -> None:
    early = when("2022-07-01 10:00")
    asks(database, "saitama", early)

    assert idle_until(database, early) == when("2022-07-02 00:00")
