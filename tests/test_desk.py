"""When a desk answers, and when it opens next (R-SAI-40)."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from handlers.trouble import trouble
from house import build_bots
from models.branch import load_branches
from models.days import JST
from models.desk import Desk, DeskTerms, Opening, desk_of, opening
from models.terms import Block, Dated
from settings import ROOT
from tests.learnt import learnt
from tests.one_chat import Rooms

SAITAMA = load_branches(ROOT / "branches")["saitama"].desks
WELFARE = desk_of(SAITAMA, date(2024, 7, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def test_the_saitama_desk_is_the_printed_one() -> None:
    assert (WELFARE.name, WELFARE.phone) == ("福利課厚生担当", "048-830-6703")
    assert WELFARE.email == "a6680-08@pref.saitama.lg.jp"
    assert WELFARE.in_words() == "月〜金 8:30〜17:15（祝日を除く）"


@pytest.mark.parametrize(
    ("now", "next_"),
    [
        ("2024-07-01 08:29:59", "7月1日（月）8:30"),
        ("2024-07-01 08:30:00", None),
        ("2024-07-01 12:00:00", None),
        ("2024-07-01 17:14:59", None),
        ("2024-07-01 17:15:00", "7月2日（火）8:30"),
        ("2024-07-05 17:15:00", "7月8日（月）8:30"),
        ("2024-07-06 10:00:00", "7月8日（月）8:30"),
        ("2024-07-07 23:59:59", "7月8日（月）8:30"),
        ("2024-07-08 00:00:00", "7月8日（月）8:30"),
        ("2024-07-12 20:00:00", "7月16日（火）8:30"),
        ("2024-07-15 10:00:00", "7月16日（火）8:30"),
        ("2024-08-12 10:00:00", "8月13日（火）8:30"),
        ("2024-05-02 17:30:00", "5月7日（火）8:30"),
        ("2024-12-27 18:00:00", "1月6日（月）8:30"),
        ("2023-12-28 17:15:00", "1月4日（木）8:30"),
        ("2023-12-29 10:00:00", "1月4日（木）8:30"),
        ("2024-01-03 10:00:00", "1月4日（木）8:30"),
        ("2022-12-01 09:00:00", None),
        ("2030-07-01 09:00:00", None),
    ],
    ids=[
        *("a second before opening", "opens", "noon", "the last second", "closes"),
        *("Friday evening", "Saturday", "Sunday night", "Monday's first second", "before a long weekend"),
        *(
            "public holiday",
            "substitute holiday",
            "Golden Week",
            "year end 2024",
            "last day before the year end",
        ),
        *("29 December, a Friday", "3 January", "before the first block", "years later"),
    ],
)
def test_the_desk_is_open_or_says_when_it_opens(now: str, next_: str | None) -> None:
    found = opening(SAITAMA, WELFARE, at(now))

    assert found.is_open is (next_ is None)
    assert found.in_words() == (f"ただいま受付時間外です。次の受付は{next_}からです。" if next_ else "")


@pytest.mark.parametrize(
    ("desk", "now", "open_", "next_day"),
    [
        ({"days": "月火水木金土"}, "2024-07-06 10:00", True, None),
        ({"days": "月火水木金土"}, "2024-11-23 10:00", False, date(2024, 11, 25)),
        ({"days": "火水木金土日", "holidays": True}, "2024-07-15 10:00", False, date(2024, 7, 16)),
        ({"days": "火水木金土日", "holidays": True}, "2024-11-23 10:00", True, None),
        ({"holidays": True}, "2024-07-15 10:00", True, None),
        ({"holidays": True}, "2024-12-30 10:00", False, date(2025, 1, 6)),
        ({"days": "水"}, "2024-07-01 10:00", False, date(2024, 7, 3)),
        ({"hours": "13:30-16:30"}, "2024-07-01 09:00", False, date(2024, 7, 1)),
    ],
    ids=[
        *("open on Saturdays", "a Saturday that is a holiday", "closed on Mondays", "open on holidays"),
        *("a holiday with a desk that opens", "year end all the same", "Wednesdays only", "afternoons only"),
    ],
)
def test_desks_have_days_of_their_own(
    desk: dict[str, str | bool], now: str, open_: bool, next_day: date | None
) -> None:
    found = opening(SAITAMA, replace(WELFARE, **desk), at(now))  # type: ignore[arg-type]

    assert (found.is_open, found.next_day) == (open_, next_day)


@pytest.mark.parametrize(
    ("days", "hours", "words"),
    [
        ("月火水木金", "8:30-17:15", "月〜金 8:30〜17:15（祝日を除く）"),
        ("月水金", "9:00-12:00", "月・水・金 9:00〜12:00（祝日を除く）"),
        ("水", "9:00-12:00", "水 9:00〜12:00（祝日を除く）"),
        ("月火水木金", "", "受付時間は案内されていません。平日の日中におかけください"),
        ("", "", "受付時間は案内されていません。平日の日中におかけください"),
    ],
)
def test_the_hours_in_words(days: str, hours: str, words: str) -> None:
    assert Desk("窓口", "質問", days=days, hours=hours).in_words() == words


@pytest.mark.parametrize(
    "desk", [Desk("窓口", ""), Desk("窓口", "", days="月"), Desk("窓口", "", hours="8:30-17:15")]
)
def test_nothing_is_said_about_hours_that_nobody_prints(desk: Desk) -> None:
    found = opening(SAITAMA, desk, at("2024-07-01 10:00"))

    assert found == Opening(None)
    assert found.in_words() == ""


def test_an_unknown_desk_is_the_main_one() -> None:
    main, other = Desk("本部", ""), Desk("宿泊", "")
    block = Block(date(2024, 4, 1), None, "", DeskTerms("main", {"main": main, "lodging": other}))
    dated = Dated(Path("x/desk.yaml"), (block,))

    assert desk_of(dated, date(2024, 4, 1), "lodging") == other
    assert desk_of(dated, date(2024, 4, 1), "nobody") == main
    assert desk_of(dated, date(2020, 1, 1)) == main


def test_a_desk_without_printed_hours_is_not_told_as_closed(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    silent = DeskTerms("one", {"one": replace(WELFARE, days="", hours="")})
    desks = Dated(SAITAMA.file, (Block(date(2023, 4, 1), None, "", silent),))
    branch = replace(rooms.branches["saitama"], desks=desks)
    chat = replace(rooms.chat("saitama"), bot=build_bots(rooms.settings, [branch], learn=learnt)["saitama"])

    chat.say(trouble.title)

    assert "受付時間外" not in chat.words
    assert "施設から窓口に電話があり" in chat.words
    assert "窓口につながらないとき" in chat.words
    assert "後日、窓口とのあいだで確認します" in chat.words
