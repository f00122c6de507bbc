"""Every conversation in tests/talks, played word for word against the running bot; and what they cover."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.diagram import Transition, transitions
from handlers.flows import flows_of
from models.branch import load_branches
from settings import ROOT
from simulator.talk import parse, play
from tests.demo_house import DemoHouse, Observed

TALKS = sorted((ROOT / "tests" / "talks").glob("*/*.talk"))
COVERAGE = ROOT / "docs" / "flows" / "coverage.md"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    running = DemoHouse(tmp_path_factory.mktemp("talks"))
    yield running
    running.close()


@pytest.mark.parametrize("file", TALKS, ids=[f"{file.parent.name}/{file.stem}" for file in TALKS])
def test_the_talk_goes_word_for_word(house: DemoHouse, file: Path) -> None:
    talk = parse(file.read_text("utf-8"))
    house.restore(talk.now)

    failures = play(talk, house.phone(talk.branch, friend=talk.friend, files=file.parent))

    assert not failures, "\n".join(str(failure) for failure in failures)


def test_every_transition_is_walked_by_a_talk_and_the_table_is_fresh(
    house: DemoHouse, request: pytest.FixtureRequest
) -> None:
    played = [item for item in request.session.items if "word_for_word" in item.name]
    if len(played) < len(TALKS):
        pytest.skip("only some talks were played")

    possible = sorted(all_transitions(), key=lambda each: (each.flow, each.step, each.how))
    missing = [each for each in possible if not house.observed[each.flow, each.step, each.how]]
    table = coverage_table(possible, house.observed)

    if os.environ.get("WRITE_DOCS"):
        COVERAGE.write_text(table, "utf-8")
    assert not missing, "no talk walks: " + ", ".join(f"{m.flow}.{m.step} {m.how}" for m in missing)
    assert COVERAGE.read_text("utf-8") == table, "docs/flows is stale: run `make docs`"


def all_transitions() -> set[Transition]:
    """Those of all branches; a flow that several have counts once."""
    branches = load_branches(ROOT / "branches").values()
    return {each for branch in branches for flow in flows_of(branch).values() for each in transitions(flow)}


def coverage_table(possible: list[Transition], observed: Observed) -> str:
    """Markdown: each transition and whether a talk walks it."""
    rows = [
        f"| {each.flow} | {each.step} | {each.how} | {each.to} | {'✓' if observed[each.flow, each.step, each.how] else '—'} |"
        for each in possible
    ]
    head = "# 会話の試験が通る道\n\n| 会話 | 手順 | 進み方 | 行き先 | 試験 |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"
