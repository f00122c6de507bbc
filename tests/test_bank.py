"""The project's own questions: how many find their topic, their guard or their flow, and how few are answered wrongly."""

from dataclasses import replace

import pytest

from bot.guards import guard
from tests.question_bank import BANK, PREFECTURES, Outcome, neighbours_of, questions, score

STORY = 25  # letters: more than a bare question has


@pytest.fixture(scope="module")
def held() -> list[Outcome]:
    """What comes of the half that was put aside."""
    return BANK.outcomes("hold")


@pytest.fixture(scope="module")
def guarded(held: list[Outcome]) -> list[Outcome]:
    """What comes of all that must meet a guard."""
    tuned = [BANK.ask(each) for each in questions("tune") if each.kind == "guard"]
    return [*tuned, *(outcome for outcome in held if outcome.question.kind == "guard")]


def test_questions_put_aside_find_their_topic(held: list[Outcome]) -> None:
    found = score(held)

    assert found.first >= 0.88
    assert found.shown >= 0.95


@pytest.mark.parametrize("branch", PREFECTURES)
def test_no_branch_falls_behind(held: list[Outcome], branch: str) -> None:
    assert score(outcome for outcome in held if outcome.question.branch == branch).first >= 0.8


def test_direct_answers_are_right_and_frequent(held: list[Outcome]) -> None:
    found = score(held)

    assert found.direct >= 0.6
    assert found.direct_right >= 0.96
    assert found.wrong_direct <= 0.03


def test_a_story_told_beside_a_question_does_not_keep_it_from_its_answer(held: list[Outcome]) -> None:
    found = score(outcome for outcome in held if len(outcome.question.text) >= STORY)

    assert found.first >= 0.88
    assert found.direct >= 0.7
    assert found.direct_right >= 0.93
    assert found.foreign_kept >= 0.95


def test_courtesy_changes_nothing() -> None:
    asked = questions("hold")[::8]
    courteous = [
        replace(each, text=f"お世話になっております。{each.text}。よろしくお願いいたします。")
        for each in asked
    ]

    plain, found = score(map(BANK.ask, asked)), score(map(BANK.ask, courteous))

    assert abs(found.first - plain.first) <= 0.02
    assert abs(found.direct - plain.direct) <= 0.02
    assert found.commands >= plain.commands - 0.02


def test_foreign_questions_are_not_answered(held: list[Outcome]) -> None:
    assert score(held).foreign_kept >= 0.95


def test_orders_open_what_they_name_and_questions_do_not(held: list[Outcome]) -> None:
    found = score(held)

    assert found.commands >= 0.96
    assert found.false_commands <= 0.02


def test_the_guards_are_met(guarded: list[Outcome]) -> None:
    missed = [outcome.question.text for outcome in guarded if not outcome.is_guarded]

    assert len(missed) / len(guarded) <= 0.01, missed


@pytest.mark.parametrize("kind", ["emergency", "despair"])
def test_nobody_in_danger_is_overlooked(guarded: list[Outcome], kind: str) -> None:
    missed = [
        each.question.text
        for each in guarded
        if f"guard:{kind}" in each.question.expects and not each.is_guarded
    ]

    assert missed == []


def test_hardly_any_question_meets_a_guard() -> None:
    asked = [each for each in questions() if each.kind == "topic"]

    met = [each.text for each in asked if guard(each.text, neighbours_of(each.branch))]

    assert len(met) / len(asked) <= 0.005, met
