"""Points on a day: expiry, loss, rest and return, around every edge of the calendar."""

from datetime import date

import pytest

from models.base import Database, Refusal
from models.days import add_months
from models.points import if_retiring, last_chance, registers_since, state, window
from models.points_earning import earn
from models.points_membership import first_base_date, spells, usable_from
from models.points_statement import as_data
from tests.points_people import day, give, noon, person, points_of

KAGAWA = points_of("kagawa")
AICHI = points_of("aichi")
LONG = ("2004-04-01", None)


@pytest.mark.parametrize(
    ("branch", "granted_on", "last_day"),
    [
        ("kagawa", "2021-12-15", "2023-03-31"),  # the guide's own example
        ("kagawa", "2022-03-31", "2023-03-31"),
        ("kagawa", "2022-04-01", "2024-03-31"),
        ("kagawa", "2024-02-29", "2025-03-31"),
        ("kagawa", "2024-12-31", "2026-03-31"),
        ("aichi", "2024-04-01", "2025-03-31"),
        ("aichi", "2025-03-31", "2025-03-31"),
        ("aichi", "2025-04-01", "2026-03-31"),
    ],
)
def test_points_are_valid_through_the_31st_of_march(branch: str, granted_on: str, last_day: str) -> None:
    terms = points_of(branch).terms.on(day(granted_on))

    assert terms.last_day(day(granted_on)) == day(last_day)


@pytest.mark.parametrize(
    ("on", "balance"),
    [
        ("2021-12-14", 0),
        ("2021-12-15", 100),
        ("2023-03-31", 100),
        ("2023-04-01", 0),
    ],
)
def test_a_balance_is_right_on_each_day_of_a_lots_life(database: Database, on: str, balance: int) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        give(db, KAGAWA, who, "2021-12-15", 100)

        assert state(db, KAGAWA, who, day(on)).balance == balance


@pytest.mark.parametrize(
    ("memberships", "on", "balance", "frozen"),
    [
        ([("2004-04-01", "2024-08-01")], "2024-07-31", 100, 0),
        ([("2004-04-01", "2024-08-01")], "2024-08-01", 0, 100),
        ([("2004-04-01", "2024-08-01")], "2025-01-31", 0, 100),
        ([("2004-04-01", "2024-08-01")], "2025-02-01", 0, 0),
        ([("2004-04-01", "2024-08-31")], "2025-02-27", 0, 100),
        ([("2004-04-01", "2024-08-31")], "2025-02-28", 0, 0),
        ([("2004-04-01", "2023-08-31")], "2024-02-28", 0, 100),
        ([("2004-04-01", "2023-08-31")], "2024-02-29", 0, 0),
        # back one day before six months, and on the day
        ([("2004-04-01", "2024-08-01"), ("2025-01-31", None)], "2025-01-30", 0, 100),
        ([("2004-04-01", "2024-08-01"), ("2025-01-31", None)], "2025-01-31", 100, 0),
        ([("2004-04-01", "2024-08-01"), ("2025-02-01", None)], "2025-01-31", 0, 100),
        ([("2004-04-01", "2024-08-01"), ("2025-02-01", None)], "2025-02-01", 0, 0),
        # the same month: nothing has happened, retired on 31 March means lost on 1 April
        ([("2004-04-01", "2024-04-01"), ("2024-04-30", None)], "2024-04-15", 100, 0),
        ([("2004-04-01", "2024-04-01"), ("2024-05-01", None)], "2024-04-15", 0, 100),
        ([("2004-04-01", "2024-04-01"), ("2024-05-01", None)], "2024-05-01", 100, 0),
        ([("2004-04-01", "2024-03-31"), ("2024-04-01", None)], "2024-03-31", 0, 100),
        # a new number without a gap
        ([("2004-04-01", "2024-07-10"), ("2024-07-10", None)], "2024-07-10", 100, 0),
        # 任意継続 and dependents are no members
        ([("2004-04-01", "2024-07-01"), ("2024-07-01", None, "voluntary")], "2024-07-01", 0, 100),
        ([("2004-04-01", "2024-07-01"), ("2024-07-01", None, "voluntary")], "2025-01-01", 0, 0),
        ([("2004-04-01", "2024-07-01"), ("2024-07-01", None, "dependent")], "2024-07-02", 0, 100),
        # the end of the membership is not in the data, but what came after it is
        ([("2004-04-01", None), ("2024-07-01", None, "voluntary")], "2024-06-30", 100, 0),
        ([("2004-04-01", None), ("2024-07-01", None, "voluntary")], "2024-07-01", 0, 100),
        ([("2004-04-01", None), ("2024-07-01", None, "dependent")], "2025-01-01", 0, 0),
        # two gaps that are short, and a second one that is not
        (
            [("2004-04-01", "2024-02-01"), ("2024-05-01", "2024-08-01"), ("2024-10-01", None)],
            "2024-10-01",
            100,
            0,
        ),
        (
            [("2004-04-01", "2024-02-01"), ("2024-05-01", "2024-06-01"), ("2025-01-01", None)],
            "2025-01-01",
            0,
            0,
        ),
    ],
)
def test_membership_freezes_restores_and_ends_points(
    database: Database,
    memberships: list[tuple[str, str | None]],
    on: str,
    balance: int,
    frozen: int,
) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", *memberships)
        give(db, KAGAWA, who, "2023-07-01", 100)

        found = state(db, KAGAWA, who, day(on))

    assert (found.balance, sum(one.left for one in found.frozen)) == (balance, frozen)


@pytest.mark.parametrize(
    ("memberships", "on", "since"),
    [
        ([("2004-04-01", None)], "2024-08-01", None),
        ([("2004-04-01", "2024-08-01"), ("2025-01-31", None)], "2025-02-01", None),
        ([("2004-04-01", "2024-08-01"), ("2025-02-01", None)], "2025-02-01", "2025-02-01"),
        ([("2004-04-01", "2024-08-01"), ("2025-02-01", None)], "2025-01-31", None),
        ([("2004-04-01", "2024-08-31"), ("2025-02-27", None)], "2025-03-01", None),
        ([("2004-04-01", "2024-08-31"), ("2025-02-28", None)], "2025-03-01", "2025-02-28"),
        ([("2004-04-01", "2024-07-10"), ("2024-07-10", None)], "2024-08-01", None),
        # what came between as 任意継続 is no membership
        ([("2004-04-01", "2024-04-01"), ("2024-04-01", "2025-04-01", "voluntary"), ("2025-04-01", None)],
         "2025-04-01", "2025-04-01"),
        # a long gap and then a short one: who has registered after the long one need not again
        ([("2004-04-01", "2022-04-01"), ("2023-04-01", "2024-08-01"), ("2024-10-01", None)],
         "2024-10-01", "2023-04-01"),
    ],
)  # fmt: skip
def test_whoever_is_back_after_six_months_registers_again(
    database: Database, memberships: list[tuple[str, str | None]], on: str, since: str | None
) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", *memberships)

    assert registers_since(KAGAWA, who, day(on)) == (day(since) if since else None)


def test_aichi_asks_nobody_to_register_again(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2004-04-01", "2022-04-01"), ("2024-04-01", None))

    assert registers_since(points_of("aichi"), who, day("2024-08-01")) is None


def test_points_at_rest_still_expire(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-02-01"), ("2025-05-01", None))
        give(db, KAGAWA, who, "2023-07-01", 100)
        give(db, KAGAWA, who, "2024-07-01", 7)

        assert state(db, KAGAWA, who, day("2025-03-31")).frozen[0].left == 100
        assert state(db, KAGAWA, who, day("2025-05-01")).balance == 7


def test_frozen_points_say_by_when_one_must_be_back(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-08-01"))
        give(db, KAGAWA, who, "2023-07-01", 100)

        assert state(db, KAGAWA, who, day("2024-09-01")).thaws_before == day("2025-02-01")


def test_a_known_end_of_membership_is_told_as_what_will_be_lost(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-08-01"))
        give(db, KAGAWA, who, "2023-07-01", 100)

        (losing,) = state(db, KAGAWA, who, day("2024-06-01")).losing

    assert (losing.last_day, losing.points, losing.ending) == (day("2024-07-31"), 100, "membership")


def test_what_lapses_before_a_known_return_can_be_used_until_the_membership_ends(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-02-01"), ("2025-05-01", None))
        give(db, KAGAWA, who, "2023-07-01", 1_400)  # valid to 31 March, in the gap
        give(db, KAGAWA, who, "2024-07-01", 300)

        found = as_data(db, KAGAWA, who, day("2024-12-01"))["would_lose"]

    assert [(one["last_valid_day"], one["points"], one["why"]) for one in found] == [
        ("2025-01-31", 1_400, "expiry"),
        ("2026-03-31", 300, "expiry"),
    ]


@pytest.mark.parametrize(
    ("lost_on", "last_day"),
    [
        ("2024-07-01", "2024-09-01"),
        ("2024-12-31", "2025-02-28"),
        ("2023-12-31", "2024-02-29"),
        ("2025-01-31", "2025-03-31"),
        ("2025-02-01", "2025-03-31"),
        ("2025-03-31", "2025-03-31"),
    ],
)
def test_aichi_leaves_two_months_after_loss_but_not_beyond_march(
    database: Database, lost_on: str, last_day: str
) -> None:
    last = day(last_day)
    with database.transaction() as db:
        who = person(db, "aichi", ("2004-04-01", lost_on))
        give(db, AICHI, who, "2023-06-01" if lost_on < "2024" else "2024-06-01", 100)

        assert state(db, AICHI, who, last).balance == 100
        assert state(db, AICHI, who, last).reason == "" or last_day == "2025-03-31"
        assert state(db, AICHI, who, date.fromordinal(last.toordinal() + 1)).balance == 0


def test_aichi_goes_on_with_a_new_number_and_ends_with_a_gap(database: Database) -> None:
    with database.transaction() as db:
        same = person(db, "aichi", ("2004-04-01", "2024-09-10"), ("2024-09-10", None))
        gap = person(db, "aichi", ("2004-04-01", "2024-09-10"), ("2024-09-20", None))
        for who in (same, gap):
            give(db, AICHI, who, "2024-06-01", 100)

        assert state(db, AICHI, same, day("2025-03-31")).balance == 100
        assert state(db, AICHI, gap, day("2024-11-10")).balance == 100
        assert state(db, AICHI, gap, day("2024-11-10")).reason == ""  # although the new one opens in December
        assert state(db, AICHI, gap, day("2024-11-11")).balance == 0


@pytest.mark.parametrize(
    ("joined", "base", "usable"),
    [
        ("2024-04-01", "2024-04-01", "2024-06-01"),
        ("2024-04-02", "2024-05-01", "2024-07-01"),
        ("2024-09-23", "2024-10-01", "2024-12-01"),
        ("2025-01-01", "2025-01-01", "2025-03-01"),
        ("2025-01-02", "2025-04-01", "2025-06-01"),
        ("2025-02-01", "2025-04-01", "2025-06-01"),
        ("2024-12-02", "2025-01-01", "2025-03-01"),
    ],
)
def test_aichi_opens_two_months_after_the_next_base_date(
    database: Database, joined: str, base: str, usable: str
) -> None:
    terms = AICHI.terms.on(day("2024-04-01"))
    with database.transaction() as db:
        (spell,) = spells(terms, person(db, "aichi", (joined, None)))

    assert first_base_date(terms, day(joined)) == day(base)
    assert usable_from(terms, spell) == day(usable)


def test_a_membership_without_a_base_date_never_opens(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2024-05-02", "2024-06-01"))

        assert "基準日" in state(db, AICHI, who, day("2024-05-20")).reason


@pytest.mark.parametrize(
    ("branch", "on", "is_open", "reopens"),
    [
        ("kagawa", "2024-03-31", True, None),
        ("kagawa", "2024-04-01", False, "2024-05-01"),
        ("kagawa", "2024-04-30", False, "2024-05-01"),
        ("kagawa", "2024-05-01", True, None),
        ("aichi", "2025-03-31", True, None),
        ("aichi", "2024-04-10", True, None),
    ],
)
def test_kagawa_exchanges_no_points_in_april(
    branch: str, on: str, is_open: bool, reopens: str | None
) -> None:
    found = window(points_of(branch), day(on))

    assert (found.is_open, found.reopens_on) == (is_open, day(reopens) if reopens else None)


@pytest.mark.parametrize(
    ("branch", "retires", "today", "last_day", "chance", "points"),
    [
        ("kagawa", "2025-03-31", "2025-02-01", "2025-03-31", "2025-03-31", 100),
        ("kagawa", "2025-04-20", "2025-02-01", "2025-04-20", "2025-03-31", 100),  # AMB-K6
        ("kagawa", "2025-04-20", "2025-04-02", "2025-04-20", None, 100),
        ("kagawa", "2025-05-01", "2025-04-02", "2025-05-01", "2025-05-01", 100),
        ("aichi", "2024-07-31", "2024-07-01", "2024-10-01", "2024-10-01", 100),
        ("aichi", "2025-02-10", "2024-07-01", "2025-03-31", "2025-03-31", 100),
    ],
)
def test_one_is_told_what_retiring_on_a_day_would_cost(
    database: Database, branch: str, retires: str, today: str, last_day: str, chance: str | None, points: int
) -> None:
    terms = points_of(branch)
    with database.transaction() as db:
        who = person(db, branch, LONG)
        give(db, terms, who, "2024-06-01", 100)

        found = if_retiring(db, terms, who, day(retires), day(today))

    assert found.last_day == day(last_day)
    assert found.last_chance == (day(chance) if chance else None)
    assert found.points == points
    assert found.exchangeable == (points if chance else 0)


def test_a_membership_known_to_end_earlier_ends_then_whatever_day_one_names(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-04-30"))
        give(db, KAGAWA, who, "2024-06-01", 3_000)

        found = if_retiring(db, KAGAWA, who, day("2025-06-30"), day("2025-02-01"))

    assert (found.last_member_day, found.last_chance) == (day("2025-04-29"), day("2025-03-31"))
    assert (found.points, found.exchangeable) == (3_000, 3_000)


def test_who_has_left_cannot_retire(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2004-04-01", "2024-08-01"))
        with pytest.raises(Refusal) as refused:
            if_retiring(db, AICHI, who, day("2024-09-30"), day("2024-08-10"))

    assert "資格がなくなった" in refused.value.text


def test_points_at_rest_are_lost_on_their_own_day_or_with_the_six_months(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-01-10"))
        give(db, KAGAWA, who, "2023-07-01", 100)
        give(db, KAGAWA, who, "2024-07-01", 7)

        found = as_data(db, KAGAWA, who, day("2025-02-01"))["would_lose"]

    assert [(one["last_valid_day"], one["points"], one["why"]) for one in found] == [
        ("2025-03-31", 100, "expiry"),
        ("2025-07-09", 7, "membership"),
    ]


def test_what_is_earned_later_was_not_on_its_way_before(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        earn(db, KAGAWA, who, "daily_login", noon("2024-07-10"))
        pending = [state(db, KAGAWA, who, day(on)).pending for on in ("2024-07-09", "2024-07-10")]

    assert [len(some) for some in pending] == [0, 1]


def test_a_day_that_has_passed_is_no_day_to_retire(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        with pytest.raises(Refusal):
            if_retiring(db, KAGAWA, who, day("2024-06-01"), day("2024-06-02"))


def test_the_last_chance_of_what_lapses_is_named(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-04-16"))
        give(db, KAGAWA, who, "2024-06-01", 100)

        assert last_chance(KAGAWA, state(db, KAGAWA, who, day("2025-02-01"))) == day("2025-03-31")
        assert last_chance(KAGAWA, state(db, KAGAWA, who, day("2025-04-02"))) is None


@pytest.mark.parametrize(
    ("since", "months", "until"),
    [
        ("2024-08-31", 6, "2025-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-12-01", 1, "2025-01-01"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-01-31", 0, "2024-01-31"),
    ],
)
def test_months_are_added_by_the_calendar(since: str, months: int, until: str) -> None:
    assert add_months(day(since), months) == day(until)
