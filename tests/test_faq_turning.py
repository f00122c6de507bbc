"""An answer's words turn with a deadline of the terms: some through that day, others after it."""

from datetime import date
from pathlib import Path

import pytest

from models.faq import Faq, load_faq
from models.terms import BadTerms

TURNS = "{dock.until}{dock.until?必着です。用紙でお出しください|で終わりました。電話は{dock.phone}です}。"


def faq(folder: Path, answer: str, **more: str) -> Faq:
    """A branch with one answer and the deadlines of two years."""
    (folder / "dock.yaml").write_text(
        "- {from: 2024-04-01, source: 見本, until: 2024-04-25, phone: 052-000-0000, born: 1984-04-01}\n"
        "- {from: 2025-04-01, source: 見本, until: 2025-04-24, phone: 052-000-0000, born: 1984-04-01}\n",
        "utf-8",
    )
    (folder / "faq.yaml").write_text(
        "- {topic: dock.apply, programme: dock, aspect: how, title: 申込み, from: 2024-04-01,\n"
        + "".join(f"   {key}: {value},\n" for key, value in more.items())
        + f'   answer: "{answer}", source: 見本, owner: 担当, review_by: 2026-03-31}}\n',
        "utf-8",
    )
    return load_faq(folder)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2024, 4, 25), "4月25日（木）必着です。用紙でお出しください。"),
        (date(2024, 4, 26), "4月25日（木）で終わりました。電話は052-000-0000です。"),
        (date(2025, 4, 24), "4月24日（木）必着です。用紙でお出しください。"),
        (date(2025, 4, 25), "4月24日（木）で終わりました。電話は052-000-0000です。"),
    ],
    ids=["on the last day", "after it", "on next year's last day", "after that"],
)
def test_an_answer_turns_with_its_deadline(tmp_path: Path, day: date, told: str) -> None:
    answers = faq(tmp_path, TURNS)

    assert answers.answer(answers.entries[0], day) == told


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("{dock.phone?出せます|出せません}", "日付の道筋"),
        ("{dock.nowhere?出せます|出せません}", "道筋を確かめてください"),
        ("{dock.until?出せます|{dock.nowhere}へ}", "道筋を確かめてください"),
    ],
    ids=["no date", "no such term", "no such term in the words"],
)
def test_words_that_cannot_turn_are_told_of(tmp_path: Path, answer: str, advice: str) -> None:
    with pytest.raises(BadTerms, match=advice):
        faq(tmp_path, answer)


@pytest.mark.parametrize(
    ("answer", "day", "year"),
    [
        ("{dock.until}まで", date(2025, 4, 25), None),
        ("{dock.until}まで", date(2026, 3, 31), None),
        ("{dock.until}まで", date(2026, 4, 1), 2025),
        ("{dock.until?出せます|終わりました}", date(2026, 4, 1), 2025),
        ("{dock.born}生まれから", date(2026, 4, 1), None),
        ("電話は{dock.phone}", date(2026, 4, 1), None),
    ],
    ids=["this year", "its last day", "next year's is unknown", "in words that turn", "a birth", "no date"],
)
def test_an_answer_tells_the_days_of_an_earlier_year(
    tmp_path: Path, answer: str, day: date, year: int | None
) -> None:
    answers = faq(tmp_path, answer)

    assert answers.earlier_year(answers.entries[0], day) == year


def test_a_figure_that_the_answer_does_not_show_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTerms, match="figures の「9,800円」が answer の文にありません"):
        faq(tmp_path, "電話は{dock.phone}、料金は9,500円です。", figures='[電話, "9,800円"]')


def test_an_edition_that_ends_before_it_begins_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTerms, match=r"faq.yaml:1: until: 2024-03-31 は from: 2024-04-01 より前です"):
        faq(tmp_path, "電話は{dock.phone}です。", until="2024-03-31")
