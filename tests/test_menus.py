"""The rich menus of the associations: every tile leads somewhere."""

from datetime import date

import pytest

from handlers.flows import flows_of
from handlers.staff.menu import WORK
from house.menus import MOST, tiles_of
from models.branch import Branch, Tile, load_branches
from models.faq import Faq, load_faq
from models.staff import ROLES, SETS_OF_ROLES, Role
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


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES)
@pytest.mark.parametrize("roles", SETS_OF_ROLES, ids="-".join)
def test_a_menu_of_the_staff_shows_what_their_roles_open_and_leads_to_the_rest(
    branch: Branch, roles: tuple[Role, ...]
) -> None:
    shown, flows = tiles_of(branch, roles), flows_of(branch)

    assert len(shown) <= MOST
    assert shown[-1].flow == "staff"
    assert all(set(flows[tile.flow].only_for) & set(roles) for tile in shown)


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES)
@pytest.mark.parametrize("role", ROLES)
def test_all_work_of_a_single_role_stands_on_its_menu(branch: Branch, role: Role) -> None:
    shown = {tile.flow for tile in tiles_of(branch, (role,))}

    mine = {each.opener.flow for each in WORK if role in each.roles and each.is_there(branch)}

    left = mine - shown
    assert left <= {"staff_figures", "staff_sending"}, "what one comes for is on the menu"
