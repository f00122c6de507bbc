"""The calendar: its days for every kind of date, what is still to come, and what a wrong file is told."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from models.branch import load_branches
from models.calendar import Calendar, Event, read_calendar
from models.days import JST
from models.terms import BadTerms, NoTerms
from settings import ROOT

CALENDARS = {name: branch.calendar for name, branch in load_branches(ROOT / "branches").items()}


def calendar(branch: str) -> Calendar:
    found = CALENDARS[branch]
    assert found is not None
    return found


def event(uid: str) -> Event:
    branch, year, _ = uid.split("-", 2)
    return next(each for each in calendar(branch).year(int(year)) if each.uid == uid)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("aichi-2024-dock-application", "4月25日（木）17:30必着"),
        ("aichi-2024-dock-decision", "5月下旬まで"),
        ("aichi-2024-cafeteria-first-paid", "11月15日（金）"),
        ("aichi-2024-savings-entry-05", "5月24日（金）必着"),
        ("aichi-2024-savings-withdraw-second-paid-04", "4月30日（火）"),
        ("aichi-2024-benefits-06", "6月14日（金）必着"),
        ("aichi-2024-points-expiry", "3月31日（月）まで"),
        ("saitama-2023-dock-grant", "6月1日（木）"),
        ("saitama-2024-dock-grant", "6月3日（月）"),
        ("saitama-2023-refresh-use", "2023年5月1日（月）〜2024年3月31日（日）"),
        ("kagawa-2024-exchange-closed", "4月1日（月）〜4月30日（火）"),
        ("kagawa-2023-expiry", "3月31日（日）まで"),
    ],
)
def test_every_kind_of_date_is_said_as_the_documents_mean_it(uid: str, words: str) -> None:
    assert event(uid).in_words() == words


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("aichi-2024-dock-application", "郵送なら4月22日（月）までに投函"),
        ("aichi-2024-cafeteria-final", "郵送なら1月7日（火）までに投函"),
        ("aichi-2024-cafeteria-first-paid", ""),
    ],
)
def test_what_must_have_arrived_tells_the_posting_day(uid: str, words: str) -> None:
    assert event(uid).by_post() == words


@pytest.mark.parametrize(
    ("branch", "now", "uid", "comes"),
    [
        ("aichi", "2024-04-25T17:29", "aichi-2024-dock-application", True),
        ("aichi", "2024-04-25T17:30", "aichi-2024-dock-application", False),
        ("saitama", "2024-03-31T23:59", "saitama-2023-refresh-use", True),
        ("saitama", "2024-03-31T23:59", "saitama-2024-refresh-use", True),
        ("saitama", "2024-04-01T00:00", "saitama-2024-refresh-use", True),
        ("kagawa", "2024-04-30T23:59", "kagawa-2024-exchange-closed", True),
        ("kagawa", "2024-05-01T00:00", "kagawa-2024-exchange-closed", False),
    ],
)
def test_what_is_over_is_left_out_to_the_minute(branch: str, now: str, uid: str, comes: bool) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=JST)

    assert (uid in [each.uid for each in calendar(branch).coming(instant)]) is comes


def test_a_fiscal_year_without_entries_is_refused() -> None:
    with pytest.raises(NoTerms, match="2030"):
        calendar("aichi").year(2030)


def test_uids_are_unique() -> None:
    uids = [each.uid for one in CALENDARS.values() if one for year in one.years.values() for each in year]

    assert len(uids) == len(set(uids))


GOOD = "key: a, years: [2024], programme: dock, kind: deadline, title: 例"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ([f"{GOOD}, source: P1, first: 2024-06-10, last: 2024-06-01"], 1, "始まり"),
        ([f"{GOOD}, source: P1, last: 2024-06-01", f"{GOOD}, source: P1, last: 2024-06-02"], 2, "1行目"),
        ([f"{GOOD}, last: 2024-06-01"], 1, "source"),
        ([f"{GOOD}, source: '', last: 2024-06-01"], 1, "資料"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, topic: no.such.topic"], 1, "no.such.topic"),
        ([f"{GOOD.replace('dock', 'golf')}, source: P1, last: 2024-06-01"], 1, "golf.yaml"),
        ([f"{GOOD}, source: P1, last: 2025-02-29"], 1, "という日はありません"),
        ([f"{GOOD}, source: P1, last: 2025-04-01"], 1, "年度の日では"),
        ([f"{GOOD}, source: P1, last: dock.nothing"], 1, "dock.nothing"),
        ([f"{GOOD.replace('2024', '2030')}, source: P1, every: {{day: '29'}}"], 1, "毎月の日"),
        ([f"{GOOD.replace('2024', '2020')}, source: P1, last: dock.application.until"], 1, "2020年度"),
        ([f"{GOOD}, source: P1"], 1, "every"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, time: '25:00'"], 1, "時刻ではありません"),
    ],
)
def test_a_wrong_entry_is_told_file_line_and_why(
    tmp_path: Path, lines: list[str], line: int, said: str
) -> None:
    folder = tmp_path / "aichi"
    folder.mkdir()
    for name in ("dock.yaml", "faq.yaml"):
        shutil.copy(ROOT / "branches" / "aichi" / name, folder)
    (folder / "calendar.yaml").write_text("".join(f"- {{{each}}}\n" for each in lines), "utf-8")

    with pytest.raises(BadTerms, match=said) as error:
        read_calendar(folder)

    assert error.value.line == line
    assert "calendar.yaml" in str(error.value)
