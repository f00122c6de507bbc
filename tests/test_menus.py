"""The rich menus of the associations: every tile leads somewhere."""

from datetime import date

import pytest

from handlers.flows import flows_of
from models.branch import Tile, load_branches
from models.faq import Faq, load_faq
from settings import ROOT

BRANCHES = load_branches(ROOT / "branches")
ANSWERS: dict[str, Faq] = {name: load_faq(branch.folder) for name, branch in BRANCHES.items()}
DAY = date(2024, 7, 1)
TILES = [
    pytest.param(name, tile, id=f"{name}-{tile.label}")
    for name, branch in BRANCHES.items()
    for tile in (*branch.identity.menu, *branch.identity.staff_menu)
]


@pytest.mark.parametrize(("branch", "tile"), TILES)
def test_a_tile_opens_a_talk_of_its_association(branch: str, tile: Tile) -> None:
    assert tile.flow in flows_of(BRANCHES[branch])


@pytest.mark.parametrize(("branch", "tile"), TILES)
def test_a_tile_for_a_question_names_a_topic_that_is_answered(branch: str, tile: Tile) -> None:
    if tile.flow != "faq":
        assert not tile.topic, "only a question has a topic"
        return

    entry = ANSWERS[branch].find(tile.topic, DAY)

    assert entry is not None, f"no topic {tile.topic!r} in branches/{branch}/faq.yaml"
    assert ANSWERS[branch].answer(entry, DAY)
