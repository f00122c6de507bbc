"""The Aichi answers say what the guide's tables of loans, lodgings and dock courses say."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from models.faq import load_faq
from models.terms import read_raw

AICHI = Path(__file__).parent.parent / "branches" / "aichi"
TABLES = Path(__file__).parent / "aichi"
SHOWN = [
    ("savings", "limit"),
    ("savings", "monthly_limit"),
]


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def answers() -> dict[str, str]:
    faq = load_faq(AICHI)
    return {entry.topic: faq.answer(entry, entry.since) for entry in faq.entries}


def value(noun: str, path: str) -> Any:
    found: Any = read_raw(AICHI / f"{noun}.yaml")[-1]
    for key in path.split("."):
        found = found[key]
    return found


@pytest.mark.parametrize("loan", rows("loans"), ids=lambda loan: loan["key"])
def test_a_loan_is_answered_as_its_row_says(loan: dict[str, str]) -> None:
    answer = answers()[f"loan.{loan['key'].replace('_', '')}.amount"]

    assert loan["name"] in answer
    if loan["limit_yen"]:
        assert loan["limit"] in answer
        assert f"{loan['annual_rate_percent']}%" in answer
        assert loan["instalments"].replace("残任期月数以内", "残任期の月数以内") in answer
    else:
        assert "無利息" in answer and loan["instalments"] in answer
    assert ("は対象外" in answer) == (loan["limited_members"] == "no")


@pytest.mark.parametrize("loan", rows("loans"), ids=lambda loan: loan["key"])
def test_a_loan_limit_reads_as_its_yen(loan: dict[str, str]) -> None:
    if loan["limit_yen"]:
        assert loan["limit"] == f"{int(loan['limit_yen']) // 10_000:,}万円"


def test_every_lodging_is_answered_with_its_phone() -> None:
    told = "\n".join(answer for topic, answer in answers().items() if topic.startswith("lodging."))

    for lodging in rows("lodgings"):
        assert lodging["name"] in told
        if lodging["open"] == "yes":
            assert lodging["phone"] in told
        else:
            assert lodging["phone"] not in told


def test_the_number_of_lodgings_is_the_one_told() -> None:
    outside = [lodging for lodging in rows("lodgings") if lodging["area"] == "out"]

    assert len(outside) == value("lodging", "out_of_prefecture.facilities")


@pytest.mark.parametrize(("noun", "path"), SHOWN)
def test_an_amount_in_words_is_the_amount_in_yen(noun: str, path: str) -> None:
    whole, thousands = divmod(value(noun, path), 10_000)
    words = f"{whole}万{thousands // 1_000}千円" if thousands else f"{whole}万円"

    assert value(noun, f"{path}_shown") == words


@pytest.mark.parametrize("course", rows("courses"), ids=lambda course: course["course"] + course["sex"])
def test_a_hospital_is_answered_with_its_fees_places_and_odds(course: dict[str, str]) -> None:
    answer = answers()[f"dock.facility{course['oneday_course'] or course['course']}.amount"]

    assert course["facility"] in answer and course["phone"] in answer
    assert f"{course['course']}は" in answer
    assert f"{course['sex']}性{int(course['copay']):,}円" in answer
    if course["course"] not in ("01", "31"):  # told of in the printed table only: the card would be too long
        assert f"{course['sex']}性{int(course['capacity']):,}人" in answer
        assert not course["last_year_ratio"] or f"（{course['last_year_ratio']}倍）" in answer
