"""詳しく of a deadline explains that deadline, not the programme at large."""

from datetime import date

import pytest

from models.branch import load_branch
from models.faq import load_faq
from settings import ROOT

FOLDER = ROOT / "branches" / "aichi"
ANSWERS = load_faq(FOLDER)
CALENDAR = load_branch(FOLDER).calendar


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("savings-entry-06", "25日必着で出すと、翌月の給与から"),  # DL-079
        ("savings-change-06", "25日必着で出します。翌月から変わります"),  # DL-080
        ("savings-withdraw-first-06", "8日（20日送金）"),  # DL-081
        ("savings-withdraw-second-06", "15日（27日送金）"),  # DL-082
        ("savings-cancel-06", "翌月20日に全額が本人の口座へ送金"),  # DL-083
        ("savings-cancel-paid-06", "翌月20日に全額が本人の口座へ送金"),  # DL-083
        ("savings-amount-summer", "7月分は6月上旬ごろ"),  # DL-084
        ("savings-amount-winter", "1月分は12月上旬ごろ"),  # DL-085
        ("savings-interest-summer", "8月1日に元本へ"),  # DL-086
        ("benefits-06", "翌月16日に振り込まれます"),  # DL-087
        ("cafeteria-first", "第1回は9月13日（金）"),  # DL-059
        ("cafeteria-asked-first", "できるだけ第1回は7月末"),  # DL-063
        ("cafeteria-final", "第2回（最終）は2025年1月10日（金）"),  # DL-061
    ],
)
def test_more_about_a_deadline_is_about_that_deadline(key: str, says: str) -> None:
    assert CALENDAR
    event = CALENDAR.find(f"aichi-2024-{key}")
    assert event
    entry = ANSWERS.find(event.topic, date(2024, 6, 3))
    assert entry

    assert says in ANSWERS.answer(entry, date(2024, 6, 3))
