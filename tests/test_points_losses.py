"""Why and when points are lost: the state, its words for the terminal and the statement tell the same (R-KAG-14, AMB-K2)."""

import csv
import io
from datetime import date, timedelta

import pytest

from models.base import Database
from models.gifts import Address, cancel, order
from models.points import LOST, state
from models.points_statement import as_data, history, in_lines, write_for_member, write_statement
from tests.points_people import day, give, noon, person, points_of

KAGAWA = points_of("kagawa")
SINCE = "2004-04-01"
MEMBER = (SINCE, None)
SEEN = "2024-06-20"

# branch, memberships, granted on → last usable day, first day at rest, day of the loss, its reason
CASES = {
    "a member": ("kagawa", [MEMBER], "2023-07-01", "2025-03-31", None, "2025-04-01", "expiry"),
    "retired": (
        *("kagawa", [(SINCE, "2024-08-01")], "2023-07-01"),
        *("2024-07-31", "2024-08-01", "2025-02-01", "membership"),
    ),
    "retired, and the term ends within the six months": (
        *("kagawa", [(SINCE, "2025-02-01")], "2023-07-01"),
        *("2025-01-31", "2025-02-01", "2025-04-01", "expiry"),
    ),
    "任意継続": (
        *("kagawa", [(SINCE, "2024-07-01"), ("2024-07-01", None, "voluntary")], "2023-07-01"),
        *("2024-06-30", "2024-07-01", "2025-01-01", "membership"),
    ),
    "a dependent": (
        *("kagawa", [MEMBER, ("2024-07-01", None, "dependent")], "2023-07-01"),
        *("2024-06-30", "2024-07-01", "2025-01-01", "membership"),
    ),
    "back within six months": (
        *("kagawa", [(SINCE, "2024-08-01"), ("2025-01-31", None)], "2023-07-01"),
        *("2025-03-31", None, "2025-04-01", "expiry"),
    ),
    "back in the same month": (
        *("kagawa", [(SINCE, "2024-08-01"), ("2024-08-31", None)], "2023-07-01"),
        *("2025-03-31", None, "2025-04-01", "expiry"),
    ),
    "back after six months": (
        *("kagawa", [(SINCE, "2024-08-01"), ("2025-02-01", None)], "2023-07-01"),
        *("2024-07-31", "2024-08-01", "2025-02-01", "membership"),
    ),
    "back after the term": (
        *("kagawa", [(SINCE, "2025-02-01"), ("2025-05-01", None)], "2023-07-01"),
        *("2025-01-31", "2025-02-01", "2025-04-01", "expiry"),
    ),
    "Aichi's two months": (
        *("aichi", [(SINCE, "2024-07-01")], "2024-06-01"),
        *("2024-09-01", None, "2024-09-02", "membership"),
    ),
    "Aichi's two months reach the term": (
        *("aichi", [(SINCE, "2025-02-01")], "2024-06-01"),
        *("2025-03-31", None, "2025-04-01", "expiry"),
    ),
}


@pytest.mark.parametrize(
    ("branch", "memberships", "granted_on", "usable", "rests", "lost", "why"), CASES.values(), ids=CASES
)
def test_state_and_statement_tell_one_day_and_one_reason(
    database: Database,
    branch: str,
    memberships: list[tuple[str, str | None]],
    granted_on: str,
    usable: str,
    rests: str | None,
    lost: str,
    why: str,
) -> None:
    points = points_of(branch)
    with database.transaction() as db:
        who = person(db, branch, *memberships)
        give(db, points, who, granted_on, 100)
        (told,) = as_data(db, points, who, day(SEEN))["would_lose"]
        now = state(db, points, who, day(SEEN))
        lines = history(db, points, who, day("2026-01-01"))

    assert tuple(told[key] for key in ("last_valid_day", "rests_from", "lost_on", "why")) == (
        usable,
        rests,
        lost,
        why,
    )
    assert [one.last_day for one in now.losing] == [day(usable)]  # what the chat tells
    assert any(usable in line and LOST[why] in line for line in in_lines(now))
    assert (lines[-1].day, lines[-1].kind, lines[-1].reason) == (day(lost), "lapse", LOST[why])
    if rests:
        assert (day(rests), "rest") in [(one.day, one.kind) for one in lines]


@pytest.mark.parametrize(
    ("branch", "memberships", "granted_on"), [one[:3] for one in CASES.values()], ids=CASES
)
def test_each_days_statement_ends_with_the_days_balance_and_what_rests(
    database: Database, branch: str, memberships: list[tuple[str, str | None]], granted_on: str
) -> None:
    points = points_of(branch)
    with database.transaction() as db:
        who = person(db, branch, *memberships)
        give(db, points, who, granted_on, 100)
        for each in _edges(memberships):
            now, last = state(db, points, who, each), history(db, points, who, each)[-1]
            rest = sum(held.left for held in now.frozen)
            assert (last.balance, last.resting) == (now.balance, rest), each


def _edges(memberships: list[tuple[str, str | None]]) -> list[date]:
    """The days around whatever may change something."""
    named = {day(text) for term in memberships for text in term[:2] if text and text > "2024-06-01"}
    named |= {day(text) for text in ("2024-09-02", "2025-01-01", "2025-02-01", "2025-04-01")}
    return sorted(each - timedelta(days=back) for each in named for back in (0, 1))


def test_points_at_rest_stand_in_a_column_of_their_own(database: Database) -> None:
    """AMB-K2: rest and return are lines; what is granted meanwhile rests at once."""
    with database.transaction() as db:
        who = person(db, "kagawa", (SINCE, "2024-06-15"), ("2024-11-01", None))
        give(db, KAGAWA, who, "2024-05-01", 600)
        give(db, KAGAWA, who, "2024-07-01", 50)
        out, own = io.StringIO(), io.StringIO()
        write_statement(db, KAGAWA, who, day("2024-11-01"), out)
        write_for_member(db, KAGAWA, who, day("2024-11-01"), own)

    columns = ("day", "kind", "points", "balance", "resting", "author")
    lines = csv.DictReader(io.StringIO(out.getvalue()))
    assert [tuple(one[name] for name in columns) for one in lines] == [
        ("2024-05-01", "付与", "600", "600", "0", "test"),
        ("2024-06-15", "お休み", "-600", "0", "600", "rule"),
        ("2024-07-01", "付与", "50", "50", "600", "test"),
        ("2024-07-01", "お休み", "-50", "0", "650", "rule"),
        ("2024-11-01", "再開", "600", "600", "50", "rule"),
        ("2024-11-01", "再開", "50", "650", "0", "rule"),
    ]
    theirs = list(csv.DictReader(io.StringIO(own.getvalue())))
    assert [(one["種類"], one["残高"], one["お休み中"]) for one in theirs[-2:]] == [
        ("再開", "600", "50"),
        ("再開", "650", "0"),
    ]


def test_what_comes_back_to_points_at_rest_is_usable_with_the_return(database: Database) -> None:
    where = Address("見本 花子", "760-0001", "高松市番町", "087-000-0000")
    with database.transaction() as db:
        who = person(db, "kagawa", (SINCE, "2024-06-15"), ("2024-11-01", None))
        give(db, KAGAWA, who, "2024-05-01", 500)
        placed = order(db, KAGAWA, who, "towel", where, request="r", now=noon("2024-06-01"))
        cancel(db, KAGAWA, who, placed.id, noon("2024-07-02"))
        lines = history(db, KAGAWA, who, day("2024-11-01"))

    assert [(line.kind, line.points, line.balance, line.resting) for line in lines] == [
        ("grant", 500, 500, 0),
        ("spend", -500, 0, 0),
        ("return", 500, 0, 500),
        ("resume", 500, 500, 0),
    ]
