"""An event's days for one person: nobody's window is longer than their membership, and joining and leaving decide."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.agenda import agenda, event_called
from models.branch import load_branch
from models.concerns import Did
from models.member import Holder
from models.own_days import leaving_days
from settings import ROOT
from tests.reminded import when
from tests.test_concerns import MEMBER

AICHI = load_branch(ROOT / "branches" / "aichi")


def member(since: str, lost: str | None = None, ends: str | None = None) -> Holder:
    days = [date.fromisoformat(each) if each else None for each in (since, lost, ends)]
    assert days[0]
    return Holder(1, (replace(MEMBER, acquired_on=days[0], lost_on=days[1], term_ends_on=days[2]),))


def shown(holder: Holder, now: str) -> dict[str, str]:
    """What comes, by title, with its days."""
    assert AICHI.calendar
    coming = agenda(AICHI.calendar, holder, Did(), when(now))
    return {one.event.title: f"{one.event.first} {one.event.last}" for one in coming}


def test_whoever_leaves_has_no_deadline_after_the_last_day_and_windows_that_end_with_it() -> None:
    """DL-068, R-AIC-34"""
    found = shown(member("1988-04-01", lost="2024-12-01"), "2024-10-01 10:00")

    assert "カフェテリアプラン最終の提出" not in found
    assert "健康ポイントの交換" not in found
    assert "宿泊・会食の補助券" not in found
    assert found["カフェテリアプランの対象期間（前の年度から続く方）"] == "2024-01-01 2024-11-30"
    assert found["健康ポイントをためる期間"] == "2024-04-01 2024-11-30"
    assert found["ストレスドック"] == "2024-04-01 2024-11-30"


@pytest.mark.parametrize(
    ("since", "title", "days"),
    [
        ("2010-04-01", "カフェテリアプランの対象期間（前の年度から続く方）", "2024-01-01 2025-01-10"),
        ("2024-02-01", "カフェテリアプランの対象期間（前の年度から続く方）", "2024-02-01 2025-01-10"),
        ("2024-04-01", "カフェテリアプランの対象期間", "2024-04-01 2025-01-10"),
        ("2024-06-10", "カフェテリアプランの対象期間", "2024-06-10 2025-01-10"),
    ],
)
def test_receipts_count_from_joining(since: str, title: str, days: str) -> None:
    """DL-065…067, R-AIC-34"""
    found = shown(member(since), "2024-06-10 10:00")

    assert {each: found[each] for each in found if "対象期間" in each} == {title: days}


@pytest.mark.parametrize(
    ("ends", "days"),
    [
        ("2024-12-31", "2024-07-01 2024-12-30"),
        ("2025-01-31", "2024-07-01 2025-01-30"),
        ("2025-02-01", "2024-07-01 2025-01-31"),
        ("2024-07-01", None),
    ],
)
def test_on_the_last_day_of_a_term_nobody_is_examined_any_more(ends: str, days: str | None) -> None:
    """R-AIC-01, AMB-A2"""
    assert shown(member("2023-04-01", ends=ends), "2024-06-01 10:00").get("人間ドックの実施期間") == days


def test_of_what_is_over_for_whoever_leaves_nothing_is_shown() -> None:
    assert "人間ドックの実施期間" in shown(member("2023-04-01", ends="2024-12-31"), "2024-12-30 10:00")
    assert "人間ドックの実施期間" not in shown(member("2023-04-01", ends="2024-12-31"), "2024-12-31 10:00")
    assert "人間ドックの実施期間" in shown(member("2023-04-01", lost="2025-01-01"), "2024-12-31 10:00")


def test_a_new_number_is_no_new_membership() -> None:
    old = replace(MEMBER, acquired_on=date(2010, 4, 1), lost_on=date(2024, 7, 1))
    holder = Holder(1, (old, replace(MEMBER, number="2", acquired_on=date(2024, 7, 1))))

    found = shown(holder, "2024-08-01 10:00")

    assert found["カフェテリアプランの対象期間（前の年度から続く方）"] == "2024-01-01 2025-01-10"


def test_whoever_joins_after_the_deadline_hears_nothing_of_the_dock() -> None:
    assert not [title for title in shown(member("2024-04-26"), "2024-05-01 10:00") if "ドック" in title[:5]]
    assert "人間ドックの実施期間" in shown(member("2024-04-25"), "2024-05-01 10:00")


@pytest.mark.parametrize(("since", "told"), [("2024-05-31", True), ("2024-06-01", False)])
def test_standard_pay_is_not_decided_for_whoever_has_just_joined(since: str, *, told: bool) -> None:
    """R-AIC-76"""
    assert ("標準報酬の定時決定" in shown(member(since), "2024-07-01 10:00")) is told


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("2004-04-01", True),
        ("2005-03-31", True),
        ("1994-10-01", True),
        ("2010-04-01", False),
        ("2024-04-01", False),
    ],
)
def test_long_service_is_for_those_of_20_and_30_years(since: str, *, told: bool) -> None:
    """DL-069"""
    assert ("長期在会者のお祝い" in shown(member(since), "2024-07-01 10:00")) is told


def test_own_days_are_found_by_their_uid_and_others_are_not_made_up() -> None:
    own = event_called(AICHI.calendar, "aichi-2024-cafeteria-receipts@2024-06-10/2025-01-10")
    assert own
    assert own.in_words() == "2024年6月10日（月）〜2025年1月10日（金）"

    for made_up in ("2020-01-01/2025-01-10", "2024-06-10/2024-06-09", "2024-06-31/2025-01-10"):
        assert event_called(AICHI.calendar, f"aichi-2024-cafeteria-receipts@{made_up}") is None


def last_to_apply(holder: Holder, day: str) -> list[str]:
    """How the last day of the cafeteria plan is told, which is only theirs."""
    assert AICHI.calendar
    return [each.in_words() for each in leaving_days(AICHI.calendar, holder, date.fromisoformat(day))]


def then(holder: Holder, since: str, employment: str) -> Holder:
    """The same person, a member of another kind from then on."""
    (before,) = holder.periods
    return Holder(
        1,
        (before, replace(before, acquired_on=date.fromisoformat(since), lost_on=None, employment=employment)),
    )


@pytest.mark.parametrize(
    ("employment", "told"), [("voluntary", ["9月30日（月）17:30必着"]), ("reappointed_full", [])]
)
def test_a_membership_that_the_event_is_not_for_does_not_go_on(employment: str, told: list[str]) -> None:
    """R-AIC-30"""
    one = then(member("1988-04-01", lost="2024-10-01"), "2024-10-01", employment)

    assert last_to_apply(one, "2024-09-01") == told
    assert last_to_apply(one, "2024-10-01") == []
    days = "2024-01-01 2025-01-10" if not told else "2024-01-01 2024-09-30"
    assert shown(one, "2024-09-01 10:00")["カフェテリアプランの対象期間（前の年度から続く方）"] == days


def test_a_membership_that_the_event_is_not_for_is_no_beginning() -> None:
    """R-AIC-30, R-AIC-34"""
    city = member("2010-04-01", lost="2024-06-01")
    city = Holder(1, (replace(city.periods[0], employment="voluntary"),))

    found = shown(then(city, "2024-06-01", "reappointed_full"), "2024-06-10 10:00")

    assert found["カフェテリアプランの対象期間（前の年度から続く方）"] == "2024-06-01 2025-01-10"


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("2024-05-07", "5月2日（木）17:30必着"),  # three holidays and a Saturday before
        ("2025-01-05", "12月30日（月）17:30必着"),
        ("2024-10-01", "9月30日（月）17:30必着"),
    ],
)
def test_on_a_day_on_which_nothing_arrives_it_is_the_one_before(lost: str, told: str) -> None:
    one = member("1988-04-01", lost=lost)

    assert last_to_apply(one, "2024-04-10") == [told]
    eve = date.fromisoformat(lost) - timedelta(days=1)
    assert last_to_apply(one, eve.isoformat()) == ([told] if lost == "2024-10-01" else [])
