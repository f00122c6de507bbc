"""Earning: the day on which points arrive, how often, and who may not."""

from datetime import datetime
from typing import Any

import pytest

from models.base import Database, Refusal
from models.checkups import OtherValues, comes_from_association, register, settle
from models.points import state
from models.points_earning import (
    Activity,
    choose_rules,
    chosen_rules,
    earn,
    earned_on,
    record,
    records,
    tick,
    walk,
)
from tests.points_people import day, noon, person, points_of

KAGAWA = points_of("kagawa")
AICHI = points_of("aichi")
LONG = ("2004-04-01", None)
WITHIN = {"bmi": 22.0, "systolic": 118.0}
OUTSIDE = {"bmi": 31.0, "systolic": 150.0}


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


@pytest.mark.parametrize(
    ("what", "on", "granted_on", "last_day"),
    [
        ("first_login", "2024-04-30", "2024-05-01", "2026-03-31"),
        ("daily_login", "2024-04-30", "2024-05-01", "2026-03-31"),
        ("record", "2024-02-28", "2024-02-29", "2025-03-31"),
        ("steps", "2024-12-31", "2025-01-01", "2026-03-31"),
        ("my_rule", "2025-03-30", "2025-03-31", "2026-03-31"),
        ("daily_login", "2025-03-31", "2025-04-01", "2027-03-31"),  # the grant's fiscal year counts (AMB-K5)
        ("article", "2024-06-30", "2024-07-01", "2026-03-31"),
    ],
)
def test_points_arrive_the_day_after(
    database: Database, what: Activity, on: str, granted_on: str, last_day: str
) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        earned = earn(db, KAGAWA, who, what, noon(on))
        (pending,) = state(db, KAGAWA, who, day(on)).pending

    assert earned.granted_on == day(granted_on) == pending.lot.granted_on
    assert pending.lot.last_day == day(last_day)


@pytest.mark.parametrize(
    ("what", "first", "again", "counts"),
    [
        ("first_login", "2024-06-01", "2025-06-01", False),
        ("daily_login", "2024-06-01T00:00", "2024-06-01T23:59", False),
        ("daily_login", "2024-06-01T23:59", "2024-06-02T00:00", True),
        ("steps", "2024-06-01", "2024-06-02", True),
        ("article", "2024-06-01", "2024-06-30", False),
        ("article", "2024-06-30T23:59", "2024-07-01T00:00", True),
        ("article", "2024-06-30", "2025-06-30", True),
    ],
)
def test_each_way_counts_once_a_day_a_month_or_ever(
    database: Database, what: Activity, first: str, again: str, counts: bool
) -> None:
    def at(text: str) -> datetime:
        return jst(text) if "T" in text else noon(text)

    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        assert earn(db, KAGAWA, who, what, at(first)).is_new
        second = earn(db, KAGAWA, who, what, at(again))

    assert second.is_new is counts
    assert counts or second.note


def test_what_was_earned_today_is_known(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        earn(db, KAGAWA, who, "daily_login", noon("2024-06-01"))

        assert list(earned_on(db, who, day("2024-06-01"))) == ["daily_login"]
        assert earned_on(db, who, day("2024-06-02")) == {}


@pytest.mark.parametrize("kind", ["voluntary", "dependent", "spouse"])
def test_only_members_earn(database: Database, kind: str) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2020-04-01", None, kind))
        with pytest.raises(Refusal) as refused:
            earn(db, KAGAWA, who, "daily_login", noon("2024-06-01"))

    assert "組合員の方" in refused.value.text


def test_those_who_left_are_told_why_they_earn_nothing(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-06-01"), ("2024-06-01", None, "voluntary"))
        earn(db, KAGAWA, who, "daily_login", noon("2024-05-31"))
        with pytest.raises(Refusal) as refused:
            earn(db, KAGAWA, who, "daily_login", noon("2024-06-01"))

        found = state(db, KAGAWA, who, day("2024-06-01"))

    assert "任意継続組合員" in refused.value.text
    assert (found.balance, found.pending) == (0, ())
    assert [held.left for held in found.frozen] == [1]  # came on 1 June, and rests like what was there before


def test_aichi_earns_until_february_and_only_records_in_march(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", LONG)

        assert earn(db, AICHI, who, "record", noon("2025-02-28")).points > 0
        assert earn(db, AICHI, who, "record", noon("2024-04-01")).points > 0
        march = record(db, AICHI, who, "weight", 60.5, noon("2025-03-01"))
        first = earn(db, AICHI, who, "first_login", noon("2025-03-31"))

        assert (march.points, march.granted_on) == (0, None)
        assert "4月から" in march.note
        assert (first.points, "支部の窓口" in first.note) == (0, True)
        assert records(db, who, day("2025-03-01"), day("2025-03-31")) == [(day("2025-03-01"), "weight", 60.5)]


def test_aichi_still_earns_on_the_29th_of_february(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", LONG)

        assert earn(db, AICHI, who, "record", noon("2028-02-29")).points > 0
        assert earn(db, AICHI, who, "record", noon("2028-03-01")).points == 0


def test_aichi_waits_for_the_month_after_next(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2024-09-23", None))
        with pytest.raises(Refusal) as refused:
            earn(db, AICHI, who, "steps", noon("2024-11-30"))

        assert "2024年12月1日" in refused.value.text
        assert earn(db, AICHI, who, "steps", noon("2024-12-01")).is_new


def test_what_arrives_in_a_short_gap_rests_until_the_return(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-07-01"), ("2024-08-01", None), birthdate="1990-04-04")
        result = register(db, KAGAWA, who, "periodic", WITHIN, noon("2024-06-28"))
        login = earn(db, KAGAWA, who, "daily_login", noon("2024-06-30"))
        in_gap, back = (state(db, KAGAWA, who, day(on)) for on in ("2024-07-06", "2024-08-01"))

    assert "再び資格を得る" in login.note
    assert sum(held.left for held in in_gap.frozen) == result.points + login.points
    assert (in_gap.balance, back.balance) == (0, result.points + login.points)


def test_the_first_login_on_the_last_day_is_not_used_up(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-07-01"), ("2024-08-01", None))
        last = earn(db, KAGAWA, who, "first_login", noon("2024-06-30"))
        again = earn(db, KAGAWA, who, "first_login", noon("2024-08-01"))

    assert (last.points, last.granted_on) == (0, None)
    assert "7月1日" in last.note
    assert again.granted_on == day("2024-08-02")


def test_what_aichi_grants_within_the_two_months_can_still_be_exchanged(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2004-04-01", "2024-09-10"))
        earned = walk(db, AICHI, who, 9_000, noon("2024-09-09"))
        balances = [state(db, AICHI, who, day(on)).balance for on in ("2024-11-10", "2024-11-11")]

    assert earned.note == ""
    assert balances == [earned.points, 0]


def test_in_march_steps_below_the_goal_promise_nothing(database: Database) -> None:
    with database.transaction() as db:
        few = walk(db, AICHI, person(db, "aichi", LONG), 100, noon("2025-03-05"))

    assert (few.granted_on, few.note) == (
        None,
        "3月は記録と交換だけの月です。ポイントは4月からまた付きます。",
    )


def test_steps_earn_from_the_goal_on_and_the_day_still_counts_once(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        few = walk(db, KAGAWA, who, 7_999, noon("2024-06-01"))
        enough = walk(db, KAGAWA, who, 8_000, noon("2024-06-01"))
        more = walk(db, KAGAWA, who, 12_000, noon("2024-06-01"))

        assert (few.points, "あと1歩" in few.note) == (0, True)
        assert (enough.is_new, more.is_new) == (True, False)
        assert records(db, who, day("2024-06-01"), day("2024-06-01")) == [
            (day("2024-06-01"), "steps", 12_000)
        ]


def test_values_that_nobody_has_are_refused(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        with pytest.raises(Refusal) as refused:
            record(db, KAGAWA, who, "weight", 600, noon("2024-06-01"))
        with pytest.raises(Refusal):
            walk(db, KAGAWA, who, -1, noon("2024-06-01"))
        with pytest.raises(Refusal):
            record(db, KAGAWA, who, "mood", 1, noon("2024-06-01"))

        assert "20〜250kg" in refused.value.text
        assert records(db, who, day("2024-06-01"), day("2024-06-01")) == []


def test_a_rule_is_chosen_first_and_ticked_once_a_day(database: Database) -> None:
    now = noon("2024-06-01")
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        with pytest.raises(Refusal):
            tick(db, KAGAWA, who, "stairs", now)
        choose_rules(db, KAGAWA, who, ["stairs", "early_bed"], now)
        choose_rules(db, KAGAWA, who, ["stairs", "vegetables"], now)

        assert chosen_rules(db, who) == ("stairs", "vegetables")
        assert tick(db, KAGAWA, who, "stairs", now).is_new
        assert not tick(db, KAGAWA, who, "vegetables", now).is_new


# Checkups


def put(
    db: Any, who: Any, on: str, values: dict[str, float], kind: str = "periodic", source: Any = "association"
) -> Any:
    return settle(db, KAGAWA, who, kind, day(on), source, values, author="test", now=noon(on))


def test_results_within_their_ranges_earn_points_eight_days_later(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1974-01-22")
        settled = put(db, who, "2024-06-01", {"bmi": 24.9, "systolic": 129.1, "waist": 89.9})

        assert (settled.points, settled.granted_on) == (200, day("2024-06-09"))
        assert state(db, KAGAWA, who, day("2024-06-08")).balance == 0
        assert state(db, KAGAWA, who, day("2024-06-09")).balance == 200


def test_the_range_of_a_mans_waist_is_another(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1974-01-22", sex="M")

        assert put(db, who, "2024-06-01", {"waist": 89.9}).points == 0
        assert put(db, who, "2024-06-02", {"waist": 84.9}).points == 0  # the first has decided


def test_the_first_registered_decides_even_when_it_earns_nothing(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1974-01-22")
        first = put(db, who, "2024-06-01", OUTSIDE)
        second = put(db, who, "2024-07-01", WITHIN, "dock")
        next_year = put(db, who, "2025-06-01", WITHIN)

    assert (first.points, first.note) == (0, "")
    assert (second.points, "年度に1回" in second.note) == (0, True)
    assert next_year.points == 200


@pytest.mark.parametrize(
    ("second", "points"),
    [("2025-03-23", 0), ("2025-03-24", 200)],  # granted on 31 March and on 1 April (AMB-K9)
)
def test_the_fiscal_year_is_that_of_the_grant(database: Database, second: str, points: int) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1974-01-22")
        put(db, who, "2024-06-01", WITHIN)

        assert put(db, who, second, WITHIN, "dock").points == points


def test_the_same_checkup_twice_changes_nothing_and_other_values_are_told(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1974-01-22")
        put(db, who, "2024-06-01", WITHIN)

        assert not put(db, who, "2024-06-01", WITHIN).is_new
        with pytest.raises(OtherValues):
            put(db, who, "2024-06-01", OUTSIDE)
        assert state(db, KAGAWA, who, day("2024-06-09")).balance == 200


@pytest.mark.parametrize(
    ("birthdate", "on", "by_association"),
    [
        (
            "1985-04-01",
            "2024-06-01",
            True,
        ),  # 40 on the last day of the fiscal year, as the law counts (AMB-K4, A18)
        ("1985-04-02", "2024-06-01", False),
        ("1985-04-02", "2025-03-24", True),  # its points come in the next fiscal year
        ("1985-04-02", "2025-03-23", False),
        ("1984-02-29", "2024-03-01", True),
    ],
)
def test_from_forty_on_results_come_from_the_association(
    database: Database, birthdate: str, on: str, by_association: bool
) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate=birthdate)

        assert comes_from_association(KAGAWA, who, day(on)) is by_association
        if by_association:
            with pytest.raises(Refusal) as refused:
                register(db, KAGAWA, who, "periodic", WITHIN, noon(on))
            assert "共済組合に届いたデータ" in refused.value.text
            assert put(db, who, on, WITHIN, source="member").points == 0
            assert put(db, who, on, WITHIN).points == 200  # and the member's own has not decided
        else:
            assert register(db, KAGAWA, who, "periodic", WITHIN, noon(on)).points == 200
            assert put(db, who, on, WITHIN, "dock").points == 0


@pytest.mark.parametrize("values", [{}, {"mood": 1.0}, {"bmi": -1.0}, {"bmi": 9.9}, {"bmi": 80.1}])
def test_a_result_that_cannot_be_is_refused(database: Database, values: dict[str, float]) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1995-01-01")
        with pytest.raises(Refusal):
            register(db, KAGAWA, who, "periodic", values, noon("2024-06-01"))


def test_a_value_that_nobody_has_is_refused_with_the_range_and_an_example(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG, birthdate="1995-01-01")
        with pytest.raises(Refusal) as refused:
            register(db, KAGAWA, who, "periodic", {"bmi": 22.0, "systolic": 99_999.0}, noon("2024-06-01"))

    assert "収縮期血圧は、60〜260mmHgの数字（例：118）" in refused.value.text
