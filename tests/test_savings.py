"""Savings: deadlines and remittance days around weekends, holidays and year ends; when the deposit stops by itself."""

from dataclasses import replace
from datetime import date

import pytest

from models.days import business_days_before
from models.desk import DeskTerms, posting_day
from models.savings import Intention, SavingsTerms, filing, outlook_after
from models.terms import NoTerms, read_dated
from models.yen import lacks_a_unit, read_yen
from settings import ROOT

DATED = read_dated(ROOT / "branches" / "aichi" / "savings.yaml", SavingsTerms)


@pytest.mark.parametrize(
    ("filed", "deadline", "remitted"),
    [
        ("2024-05-10", "2024-05-15", "2024-05-27"),
        ("2024-05-15", "2024-05-15", "2024-05-27"),
        ("2024-05-16", "2024-06-07", "2024-06-20"),
        ("2024-05-20", "2024-06-07", "2024-06-20"),
        ("2024-06-08", "2024-06-14", "2024-06-27"),
        ("2024-06-15", "2024-07-08", "2024-07-22"),
        ("2024-12-16", "2025-01-08", "2025-01-20"),
        ("2024-09-09", "2024-09-13", "2024-09-27"),
        ("2025-03-31", "2025-04-08", "2025-04-21"),
    ],
)
def test_a_withdrawal_meets_the_next_of_two_deadlines(filed: str, deadline: str, remitted: str) -> None:
    found = filing(DATED, "withdrawal", date.fromisoformat(filed))

    assert (str(found.deadline), str(found.remitted)) == (deadline, remitted)


@pytest.mark.parametrize(
    ("intention", "filed", "deadline", "then"),
    [
        ("cancellation", "2024-05-24", "2024-05-24", "2024-06-20"),
        ("cancellation", "2024-05-25", "2024-06-25", "2024-07-22"),
        ("cancellation", "2025-03-25", "2025-03-25", "2025-04-21"),
        ("entry", "2024-12-26", "2025-01-24", "2025-02-01"),
        ("entry", "2024-04-01", "2024-04-25", "2024-05-01"),
        ("change", "2024-08-25", "2024-09-25", "2024-10-01"),
        ("change", "2024-02-29", "", ""),
    ],
)
def test_other_papers_meet_the_25th(intention: Intention, filed: str, deadline: str, then: str) -> None:
    day = date.fromisoformat(filed)
    if not deadline:
        with pytest.raises(NoTerms):
            filing(DATED, intention, day)
        return

    found = filing(DATED, intention, day)

    assert (str(found.deadline), str(found.remitted or found.starts)) == (deadline, then)


def test_a_deadline_follows_the_block_of_its_own_month() -> None:
    [block] = DATED.blocks
    paid = block.terms.withdrawal
    earlier = replace(block.terms, withdrawal=replace(paid, first=replace(paid.first, closes_day=5)))
    changed = replace(DATED, blocks=(block, replace(block, since=date(2024, 10, 1), terms=earlier)))

    found = [filing(changed, "withdrawal", date(2024, month, 16)).deadline for month in (8, 9)]

    assert found == [date(2024, 9, 6), date(2024, 10, 4)]


@pytest.mark.parametrize(
    ("filed", "balance", "stops"),
    [("2024-05-10", 6_950_000, False), ("2024-05-20", 7_950_000, True)],
    ids=["the money goes out in May", "the money goes out in June"],
)
def test_the_guides_two_examples_of_a_deposit_near_the_limit(filed: str, balance: int, stops: bool) -> None:
    found = outlook_after(DATED, 7_850_000, 100_000, date.fromisoformat(filed), 1_000_000)

    assert (found.balance, found.stops, found.month) == (balance, stops, date(2024, 6, 1))


@pytest.mark.parametrize(("balance", "stops"), [(7_800_000, False), (7_800_001, True)])
def test_exactly_the_limit_goes_on(balance: int, stops: bool) -> None:
    found = outlook_after(DATED, balance, 100_000, date(2024, 5, 10), 0)

    assert (found.month, found.stops) == (date(2024, 6, 1), stops)


@pytest.mark.parametrize(
    ("balance", "withdrawn", "month"),
    [
        (7_950_000, 0, "2024-05-01"),
        (7_950_000, 1_000_000, "2024-05-01"),
        (7_900_001, 1_000_000, "2024-05-01"),
        (7_900_000, 0, "2024-06-01"),
    ],
    ids=["nothing paid out", "paid out on 27 May", "one yen over the limit", "May just fits"],
)
def test_money_that_goes_out_in_a_month_does_not_help_that_months_deposit(
    balance: int, withdrawn: int, month: str
) -> None:
    found = outlook_after(DATED, balance, 100_000, date(2024, 5, 10), withdrawn)

    assert (str(found.month), found.stops) == (month, True)
    assert found.balance == (balance if month == "2024-05-01" else balance + 100_000)


@pytest.mark.parametrize(
    ("arrival", "posted"),
    [("2024-04-25", "2024-04-22"), ("2024-06-03", "2024-05-29"), ("2024-05-07", "2024-04-30")],
)
def test_posting_days_are_counted_back_over_weekends_and_holidays(arrival: str, posted: str) -> None:
    assert str(business_days_before(date.fromisoformat(arrival), 3)) == posted


@pytest.mark.parametrize(
    ("arrives", "posted"),
    [
        ("2024-04-01", "2024-03-27"),
        ("2024-04-05", "2024-04-02"),
        ("2024-05-01", "2024-04-25"),
        ("2024-05-08", "2024-05-01"),
        ("2024-05-15", "2024-05-10"),
        ("2024-12-30", "2024-12-25"),
        ("2025-01-06", "2024-12-26"),
        ("2025-01-08", "2024-12-30"),
        ("2025-01-15", "2025-01-09"),
        ("2025-03-31", "2025-03-26"),
    ],
    ids=[
        "the first of April",
        "the week of the first of April",
        "inside Golden Week",
        "after Golden Week",
        "a plain week",
        "before the year end",
        "the first Monday of January",
        "the second withdrawal of January",
        "after Coming-of-Age Day",
        "the last of March",
    ],
)
def test_what_must_have_arrived_is_posted_before_the_days_without_letters(arrives: str, posted: str) -> None:
    terms = read_dated(ROOT / "branches" / "aichi" / "desk.yaml", DeskTerms).blocks[-1].terms

    assert str(posting_day(terms, date.fromisoformat(arrives))) == posted
    assert posting_day(replace(terms, post=None), date.fromisoformat(arrives)) is None


@pytest.mark.parametrize(
    ("text", "yen"),
    [
        ("7850000", 7_850_000),
        ("7,850,000円", 7_850_000),
        ("７８５万円", 7_850_000),
        ("785万", 7_850_000),
        ("78.5万", 785_000),
        ("10万5千円", 105_000),
        ("5千", 5_000),
        ("￥100,000", 100_000),
        ("約100万円", 1_000_000),
        ("1億", 100_000_000),
        ("0", 0),
        ("1千万円", 10_000_000),
        ("1億2千万円", 120_000_000),
        ("2千5百万円", 25_000_000),
        ("百万円", 1_000_000),
        ("三百五十万円", 3_500_000),
        ("十万円", 100_000),
        ("1.5億", 150_000_000),
        ("100万円です", 1_000_000),
        ("100万円くらいです。", 1_000_000),
        ("100万円でお願いします", 1_000_000),
        ("やっぱり780万", 7_800_000),
        ("えっと、100万円で", 1_000_000),
        ("千円だけ", 1_000),
        ("約100万円だけです", 1_000_000),
        ("10万にします", 100_000),
        ("すみません、10万円がいいです", 100_000),
        ("", None),
        ("円", None),
        ("です", None),
        ("万", None),
        ("1.5", None),
        ("千.5", None),
        ("1.2.3万", None),
        ("たくさん", None),
        ("-5", None),
        ("9" * 30, None),
        ("9" * 400 + "万", None),
        ("9" * 4_400, None),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, yen: int | None) -> None:
    assert read_yen(text) == yen


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("785", True),
        ("７８５です", True),
        ("785くらい", True),
        ("785円", False),
        ("785万です", False),
        ("0", False),
    ],
)
def test_a_small_bare_number_is_asked_back_about(text: str, lacks: bool) -> None:
    assert lacks_a_unit(text) == lacks
