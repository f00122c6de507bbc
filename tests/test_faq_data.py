"""The answers of every branch: well formed, short enough for a phone, and with the right figures."""

import csv
import os
import re
import unicodedata
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from handlers.flows import (
    ARTICLES,
    CALENDAR,
    CHECKUPS,
    COUPONS,
    EVERYWHERE,
    INBOX,
    PAPER,
    POINTS,
    REMINDERS,
    SAVINGS,
)
from models.days import in_words
from models.terms import read_raw

ROOT = Path(__file__).parent.parent
BRANCHES = sorted(file.parent.name for file in (ROOT / "branches").glob("*/faq.yaml"))
REQUIRED = {
    "topic", "programme", "aspect", "title", "from", "answer", "triggers", "words", "go", "desk", "source",
    "owner", "review_by",
}  # fmt: skip
OPTIONAL = {"figures", "until", "opens_with", "personal", "steps", "hand_over", "confirm", "when_closed"}
ASPECTS = {
    "what", "who", "amount", "count", "from", "deadline", "how", "bring", "where", "result", "payment",
    "change", "cancel", "expiry", "trouble", "contact",
}  # fmt: skip
PROGRAMMES = {
    "coupon", "points", "dock", "checkup", "cafeteria", "lodging", "meal", "wedding", "savings", "benefit",
    "dependent", "loan", "pension", "contribution", "remuneration", "mental", "lecture", "event",
    "membership", "desk", "bot",
}  # fmt: skip
FLOWS = {
    flow.name: flow
    for flow in (
        *(*EVERYWHERE, *COUPONS, *POINTS, *ARTICLES, *CHECKUPS),
        *(*PAPER, *INBOX, *CALENDAR, *SAVINGS),
    )
}
STEPS = {f"{name}.{step}" for name, flow in FLOWS.items() for step in flow.steps}
LONGEST_ANSWER, LONGEST_TITLE, LONGEST_LABEL, MOST_BUTTONS = 300, 20, 20, 3
SHARED = 25
PLACEHOLDER = re.compile(r"\{([a-z_0-9]+(?:\.[a-z_0-9]+)+)\}")
TURNING = re.compile(r"\{([a-z_0-9]+(?:\.[a-z_0-9]+)+)\?((?:[^{}|]|\{[^{}]*\})*)\|((?:[^{}|]|\{[^{}]*\})*)\}")
ADDRESS = re.compile(r"https?://[\w./%?=&~-]+|[\w.+-]+@[\w.-]+")

Topic = dict[str, Any]


@cache
def read(branch: str, noun: str) -> list[dict[str, Any]]:
    return read_raw(ROOT / "branches" / branch / f"{noun}.yaml")


@cache
def written(branch: str) -> list[Topic]:
    """All topics of a branch, whatever number of files they stand in."""
    files = sorted((ROOT / "branches" / branch).glob("faq*.yaml"))
    return [topic for file in files for topic in read(branch, file.stem)]


@cache
def topics_of(branch: str) -> frozenset[str]:
    return frozenset(topic["topic"] for topic in written(branch))


TOPICS = [
    pytest.param(branch, topic, id=f"{branch}:{topic.get('topic')}@{topic.get('from')}")
    for branch in BRANCHES
    for topic in written(branch)
]


@pytest.mark.parametrize("branch", BRANCHES)
def test_every_branch_answers_enough_questions(branch: str) -> None:
    known = {topic["topic"] for topic in written(branch)}

    assert len(known) >= {"saitama": 60, "kagawa": 45}.get(branch, 1)


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
def test_a_topic_has_all_it_needs(branch: str, topic: Topic) -> None:
    assert set(topic) >= REQUIRED
    assert set(topic) <= REQUIRED | OPTIONAL
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", topic["topic"])
    assert topic["programme"] in PROGRAMMES
    assert topic["aspect"] in ASPECTS
    assert 0 < len(topic["title"]) <= LONGEST_TITLE
    assert len(topic["triggers"]) >= 3
    assert isinstance(topic["from"], date) and isinstance(topic["review_by"], date)


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
def test_the_buttons_of_a_topic_lead_somewhere(branch: str, topic: Topic) -> None:
    desks = terms_on(branch, "desk", topic["from"])["desks"]

    assert topic["desk"] in desks
    assert topic.get("when_closed", topic["topic"]) in topics_of(branch)
    assert len(topic["go"]) <= MOST_BUTTONS
    for button in topic["go"]:
        (kind,) = set(button) - {"label", "topic"}
        assert button.get("flow", "menu") in FLOWS or kind != "flow"
        assert button.get("call", topic["desk"]) in desks
        assert button.get("link", "https://").startswith("https://")
        assert kind == "call" or 0 < len(button["label"]) <= LONGEST_LABEL
        assert "topic" not in button or (button["flow"], button["topic"] in topics_of(branch)) == (
            "faq",
            True,
        )
    assert topic.get("personal", "menu") in FLOWS
    assert set(topic.get("steps", [])) <= STEPS


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
def test_deadlines_lead_to_what_comes_next_and_savings_to_their_days(branch: str, topic: Topic) -> None:
    led_to = {button["flow"] for button in topic["go"] if "flow" in button}

    if topic["aspect"] == "deadline":
        assert "deadlines" in led_to or len(topic["go"]) == MOST_BUTTONS
    if (branch, topic["programme"]) == ("aichi", "savings"):
        assert "savings" in led_to


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
def test_an_answer_fits_a_screen_and_shows_its_figures(branch: str, topic: Topic) -> None:
    for day in days_of(branch, topic):
        answer = filled(branch, topic["answer"], day)

        assert len(answer.strip()) <= LONGEST_ANSWER, f"{len(answer)} letters on {day}"
        assert "{" not in answer
        for figure in topic.get("figures", []):
            assert bare(figure) in bare(answer), f"{figure} is missing on {day}"


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
def test_what_the_terms_hold_is_not_repeated_beside_an_answer(branch: str, topic: Topic) -> None:
    """One place for each number: what the answer takes from the terms shows itself."""
    plain = bare(PLACEHOLDER.sub("", TURNING.sub(r"\2 \3", topic["answer"])))

    assert [figure for figure in topic.get("figures", []) if bare(figure) not in plain] == []


@pytest.mark.parametrize("branch", BRANCHES)
def test_no_day_has_two_answers_to_one_question(branch: str) -> None:
    editions: dict[str, list[Topic]] = defaultdict(list)
    for topic in written(branch):
        editions[topic["topic"]].append(topic)

    for name, held in editions.items():
        held.sort(key=lambda topic: topic["from"])
        for earlier, later in pairwise(held):
            assert earlier.get("until", date.max) < later["from"], name


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_question_bank_expects_topics_that_exist(branch: str) -> None:
    flows = (*EVERYWHERE, *COUPONS, *POINTS, *ARTICLES, *CHECKUPS, *PAPER, *INBOX, *REMINDERS, *SAVINGS)
    known = {topic["topic"] for topic in written(branch)} | {flow.name for flow in flows}
    banks = sorted((ROOT / "tests" / "questions").glob(f"{branch}*.csv"))
    rows = [row for bank in banks for row in csv.DictReader(bank.read_text("utf-8").splitlines())]

    unknown = {row["text"]: row["expects"] for row in rows if not set(row["expects"].split("|")) <= known}

    assert unknown == {}
    assert {row["set"] for row in rows} <= {"tune", "hold"}
    assert len({row["text"] for row in rows}) == len(rows)


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_command_opens_one_topic_only(branch: str) -> None:
    opened: dict[str, set[str]] = defaultdict(set)
    for topic in written(branch):
        for command in topic.get("opens_with", []):
            opened[bare(command)].add(topic["topic"])

    assert {command: names for command, names in opened.items() if len(names) > 1} == {}


@pytest.mark.parametrize(("branch", "topic"), TOPICS)
@pytest.mark.skipif("GUIDES" not in os.environ, reason="GUIDES names no folder with the associations' guides")
def test_no_sentence_is_taken_from_a_guide(branch: str, topic: Topic) -> None:
    told = guides()

    written_out = TURNING.sub(r"。\2。\3。", ADDRESS.sub("", topic["answer"]))
    for sentence in re.split(r"[。！？\n]", written_out):
        plain = bare(PLACEHOLDER.sub("", sentence))
        shared = [plain[at : at + SHARED] for at in range(len(plain) - SHARED + 1)]
        assert not [part for part in shared if part in told]


@cache
def guides() -> str:
    files = sorted(Path(os.environ["GUIDES"]).glob("*.txt"))
    return "\n".join(bare(file.read_text("utf-8")) for file in files)


def days_of(branch: str, topic: Topic) -> list[date]:
    """The first and last day of the answer, and every day between on which a term that it shows changes or its
    words turn."""
    last = topic.get("until", date.max)
    nouns = {path.split(".")[0] for path in PLACEHOLDER.findall(topic["answer"])}
    blocks = [block for noun in nouns for block in read(branch, noun)]
    ends = [block["until"] for block in blocks if "until" in block]
    changes = [block["from"] for block in blocks] + ends
    for path, _, _ in TURNING.findall(topic["answer"]):
        deadlines = [figure(branch, path, block["from"]) for block in read(branch, path.split(".")[0])]
        changes += [day for deadline in deadlines for day in (deadline, deadline + timedelta(days=1))]
    days = {topic["from"], *(day for day in changes if topic["from"] <= day <= last)}
    if "until" in topic:
        days.add(last)
    return sorted(days)


def filled(branch: str, answer: str, day: date) -> str:
    turned = TURNING.sub(lambda match: match[2 if day <= figure(branch, match[1], day) else 3], answer)
    return PLACEHOLDER.sub(lambda match: shown(figure(branch, match[1], day)), turned)


def figure(branch: str, path: str, day: date) -> Any:
    noun, *keys = path.split(".")
    value: Any = terms_on(branch, noun, day)
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def terms_on(branch: str, noun: str, day: date) -> dict[str, Any]:
    held = [block for block in read(branch, noun) if block["from"] <= day <= block.get("until", date.max)]
    assert held, f"{noun}.yaml has no terms for {day}"
    return max(held, key=lambda block: block["from"])


def shown(value: Any) -> str:
    """A date as 4月25日（木）, yen as 12,000, a list with dots, text as it stands."""
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, list):
        return "・".join(shown(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).lower()
