"""Fiscal years, ages, business days, and how days are written."""

from datetime import UTC, date, datetime

import pytest

from models.days import (
    age_on,
    day_of,
    fiscal_end,
    fiscal_start,
    fiscal_year,
    in_full,
    in_words,
    is_business_day,
    is_holiday,
    minute_in_words,
)

YEAR_END = ("12-29", "12-30", "12-31", "01-01", "01-02", "01-03")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2024-03-31T14:59:59+00:00", date(2024, 3, 31)),
        ("2024-03-31T15:00:00+00:00", date(2024, 4, 1)),
        ("2024-12-31T15:00:00+00:00", date(2025, 1, 1)),
        ("2024-07-01T09:00:00+09:00", date(2024, 7, 1)),
    ],
    ids=["before midnight in Japan", "midnight in Japan", "new year in Japan", "given in Japanese time"],
)
def test_the_day_is_japans(instant: str, day: date) -> None:
    assert day_of(datetime.fromisoformat(instant)) == day


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2024, 3, 31), 2023),
        (date(2024, 4, 1), 2024),
        (date(2024, 12, 31), 2024),
        (date(2025, 1, 1), 2024),
    ],
)
def test_the_fiscal_year_begins_on_1_april(day: date, year: int) -> None:
    assert fiscal_year(day) == year
    assert fiscal_start(year) <= day <= fiscal_end(year)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(1984, 3, 31), 40),
        (date(1984, 4, 1), 40),
        (date(1984, 4, 2), 39),
        (date(1984, 2, 29), 40),
        (date(2024, 4, 1), 0),
    ],
    ids=["a day before", "on the day", "a day after (AMB-S1)", "a leap day", "newborn"],
)
def test_the_age_on_1_april_2024(born: date, age: int) -> None:
    assert age_on(born, date(2024, 4, 1)) == age


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2023, 2, 28), 38), (date(2023, 3, 1), 39), (date(2024, 2, 28), 39), (date(2024, 2, 29), 40)],
)
def test_who_is_born_on_29_february_ages_on_1_march_in_common_years(day: date, age: int) -> None:
    assert age_on(date(1984, 2, 29), day) == age


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2024, 5, 6), True),
        (date(2024, 8, 12), True),
        (date(2024, 9, 23), True),
        (date(2026, 9, 22), True),
        (date(2024, 12, 29), False),
        (date(2024, 7, 1), False),
    ],
    ids=[
        "substitute in May",
        "substitute in August",
        "substitute in September",
        "between two",
        "year end",
        "Monday",
    ],
)
def test_public_holidays_with_their_substitutes(day: date, holiday: bool) -> None:
    assert is_holiday(day) is holiday


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2024, 7, 1), True),
        (date(2024, 7, 6), False),
        (date(2024, 7, 15), False),
        (date(2025, 1, 2), False),
        (date(2025, 1, 6), True),
    ],
    ids=["Monday", "Saturday", "holiday", "closed at the year's beginning", "first Monday of the year"],
)
def test_business_days(day: date, open_: bool) -> None:
    assert is_business_day(day, YEAR_END) is open_


def test_days_and_minutes_are_written_as_members_read_them() -> None:
    assert in_words(date(2024, 7, 1)) == "7月1日（月）"
    assert in_words(date(2024, 7, 1), date(2024, 1, 1)) == "7月1日（月）"
    assert in_words(date(2025, 7, 1), date(2024, 7, 1)) == "2025年7月1日（火）"
    assert in_full(date(2024, 12, 31)) == "2024年12月31日（火）"
    assert minute_in_words(datetime(2024, 7, 1, 1, 32, 59, tzinfo=UTC)) == "2024年7月1日 10:32"
