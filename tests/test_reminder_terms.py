"""When reminders come, as staff write it: what a file may hold, and the message when it does not."""

import shutil
from pathlib import Path

import pytest

from models.branch import load_branch
from models.reminder_terms import Moments
from models.terms import BadTerms
from settings import ROOT
from tests.reminded import when

FILE = "reminders.yaml"
# Where what is missing belongs; all else is told at its own line.
ELSEWHERE = {"": "  topics:", "\n": "  limits:", "  sauce: ours": "- from:"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of an association's files."""
    return Path(shutil.copytree(ROOT / "branches" / "aichi", tmp_path / "aichi"))


def rewritten(folder: Path, old: str, new: str, file: str = FILE) -> int:
    """The file says something else from now on; the line where it does."""
    text = (folder / file).read_text("utf-8")
    assert text.count(old) == 1, f"{old} stands once in the file"
    (folder / file).write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def line_of(folder: Path, beginning: str) -> int:
    lines = (folder / FILE).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(beginning))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    dock: {label: 人間ドック}\n", "", "topics: に dock がありません"),
        ("    dock: {label", "    dokku: {label: 人間ドック}\n    dock: {label", "topics: の dokku という制度は"),
        ("    vouchers: {", "    voucher: {", "events: voucher はcalendar.yamlにありません"),
        ("    request: {before: [7]}", "    requests: {before: [7]}", "kinds: の requests という種類はありません。使える種類: "),
        ("    begins: {rides", "    beginning: {rides", "limits: の beginning は使えません"),
        ("    in: {rides_days: 0, late_hours: 72}\n", "\n", "limits: に in がありません"),
        ("deadline: {before: [14, 7, 1, 0]", "deadline: {before: [14, -7]", "deadline: の before: には0以上の日数"),
        ("vouchers: {before: [30, 7]}", "vouchers: {before: 一週間}", "[ ] か「- 」の並び"),
        ("vouchers: {before: [30, 7]}", "vouchers: {before: [七]}", "「七」を整数"),
        ("savings-amount-summer: {begins: true, ahead: 7}", "savings-amount-summer: {ahead: 7}", "begins: true とともに"),
        ('"14": {rides_days: 3', '"14": {rides_days: -3', "rides_days: は0以上"),
        ("moved: {rides_days: 0, late_hours: 72}", "moved: {rides_days: 0, late_hours: 0}", "late_hours: は1以上"),
        ("lead_hours: 2", "lead_hours: -2", "lead_hours: には0以上の時間"),
        ("lead_hours: 2", "lead_hours: 二時間", "「二時間」を整数"),
        ("  source: ours", "  sauce: ours", "「source:」がありません"),
        ("grant: {on: true}", "grant: {on: はい}", "true か false"),
        ("grant: {on: true}", "grant: {when: true}", "「when」という項目はありません。使える項目: "),
        ("savings: {label: 福祉貯金, usual: false}", "savings: {usual: false}", "「label:」がありません"),
        ("- from: 2024-04-01", "- from: 2024-02-30", "日付（例: 2024-04-25）"),
    ],
    ids=[
        *("a programme without a topic", "an unknown topic", "an unknown event", "an unknown kind"),
        *("an unknown limit", "a limit is missing", "a negative offset", "no list", "no number"),
        *("ahead of nothing", "rides backwards", "never late", "leads backwards", "no hours"),
        *("no source", "no truth", "an unknown key", "no label", "no day"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_file_line_and_what_to_write(
    folder: Path, old: str, new: str, says: str
) -> None:
    line = rewritten(folder, old, new)

    with pytest.raises(BadTerms) as caught:
        load_branch(folder)

    assert says in str(caught.value)
    assert f"aichi/{FILE}:{line_of(folder, ELSEWHERE[new]) if new in ELSEWHERE else line}: " in str(
        caught.value
    )


def test_a_calendar_with_a_mistake_does_not_make_its_reminders_unknown(folder: Path) -> None:
    rewritten(folder, "last: points.exchange.until", "last: points.exchange.untill", "calendar.yaml")

    branch = load_branch(folder)

    assert branch.calendar is not None
    assert branch.reminders is not None
    assert "points.exchange.untill" in str(branch.calendar.problems[0])
    terms = branch.reminders.on(when("2024-07-01 12:00").date())
    assert terms.moments("points-expiry", "expiry") == Moments(before=(90, 30, 7, 1))


def test_a_later_block_is_told_by_its_own_lines(folder: Path) -> None:
    file = folder / FILE
    first = file.read_text("utf-8").replace("from: 2024-04-01", "from: 2024-04-01\n  until: 2025-03-31")
    later = (ROOT / "branches" / "aichi" / FILE).read_text("utf-8").replace("2024-04-01", "2025-04-01")
    file.write_text(first + later.replace("lead_hours: 2", "lead_hours: -2"), "utf-8")

    with pytest.raises(BadTerms) as caught:
        load_branch(folder)

    assert caught.value.line > len(first.splitlines())
