"""What counts from an event of one's own: in words, with the person's own days where they are known."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.branch import load_branch
from models.calendar import read_calendar
from models.calendar_terms import After
from models.counted import Counted, Unit, own
from models.member import Holder
from settings import ROOT
from tests.test_concerns import MEMBER

MADE = Counted("x", "points", "notice", "例", "P1", "t", After("申込み"), "months", 1, 2)


@pytest.mark.parametrize(
    ("how", "unit", "least", "most", "words", "days"),
    [
        ("about", "months", 1, 2, "申込みから1〜2か月ほど", ("2024-07-03", "2024-08-03")),
        ("about", "weeks", 3, 3, "申込みから3週間ほど", ("2024-06-24", "2024-06-24")),
        ("within", "days", 30, 30, "申込みから30日以内", ("2024-07-03", "2024-07-03")),
        ("within", "years", 2, 2, "申込みから2年以内", ("2026-06-03", "2026-06-03")),
        ("exact", "days", 8, 8, "申込みから8日後", ("2024-06-11", "2024-06-11")),
        ("exact", "days", 1, 1, "申込みの翌日", ("2024-06-04", "2024-06-04")),
    ],
)
def test_so_long_after_something(
    how: str, unit: Unit, least: int, most: int, words: str, days: tuple[str, str]
) -> None:
    made = replace(MADE, after=After("申込み", how=how), unit=unit, least=least, most=most)  # type: ignore[arg-type]

    assert made.in_words() == words
    assert made.falls_on(date(2024, 6, 3)) == tuple(map(date.fromisoformat, days))


def test_a_day_that_is_known_is_counted_from_while_it_is_to_come() -> None:
    """DL-030, DL-031"""
    kagawa = load_branch(ROOT / "branches" / "kagawa").calendar
    assert kagawa
    who = Holder(1, (replace(MEMBER, acquired_on=date(2024, 6, 10)),))
    starts = {"joined": [date(2024, 6, 10)], "prefectural": [date(2024, 6, 3)]}

    def told(today: date) -> dict[str, str]:
        return {one.counted.title: one.in_words() for one in own(kagawa.counted[2024], who, starts, today)}

    july, september = told(date(2024, 7, 1)), told(date(2024, 9, 1))
    assert july["認証コードはがきの発行"].endswith("6月10日（月）から数えて、8月10日（土）ごろ")
    assert july["県産品のお届け"].endswith("6月3日（月）から数えて、7月3日（水）〜8月3日（土）ごろ")
    assert "認証コードはがきの発行" not in september
    assert september["県産品のお届け"] == "申込みから1〜2か月ほど"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("after: {what: 申込み}, topic: t", "どれか一つか、まだ決まっていなければ words:"),
        ("after: {what: 申込み, days: 3, weeks: 1}, topic: t", "どれか一つか"),
        ("after: {what: 申込み, months: 1, least: 2}, topic: t", "least: は 1 以下"),
        ("after: {what: 申込み, months: dock.no}, topic: t", "dock.no"),
        ("after: {what: 申込み, months: 1}", "topic:"),
        ("after: {what: 申込み, months: 1}, last: 04-25, topic: t", "どれか一つ"),
    ],
)
def test_what_cannot_be_counted_is_told_with_its_line(tmp_path: Path, entry: str, says: str) -> None:
    (tmp_path / "dock.yaml").write_text("- from: 2024-04-01\n  source: x\n", "utf-8")
    (tmp_path / "faq.yaml").write_text("- topic: t\n", "utf-8")
    line = f"- {{key: a, years: [2024], programme: dock, kind: notice, title: 例, source: x, {entry}}}\n"
    (tmp_path / "calendar.yaml").write_text(line, "utf-8")

    calendar = read_calendar(tmp_path)

    assert calendar
    [problem] = calendar.problems
    assert "calendar.yaml:1" in str(problem)
    assert says in str(problem)
