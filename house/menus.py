"""A branch's rich menus: drawn, and installed at LINE."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from bot.messages import Opener
from bot.richmenu import EVERYBODYS, Menus, Tab, install, install_named, remove_named, rich_menu
from handlers.flows import flows_of
from models.branch import Branch
from models.branch import Tile as BranchTile
from models.staff import SETS_OF_ROLES, Role, member_view, staff_view
from pictures.icons import Icon
from pictures.richmenu import LARGE, MEDIUM, ROWS, Menu, Tile, areas, richmenu_png, tab_areas

MOST = max(ROWS)  # tiles on one menu
FORMER = ("staff-view", "staff-member-view")  # menus that all of the staff had once, whatever their roles


def install_menu(menus: Menus, branch: Branch) -> str:
    """Draws the branch's rich menus, and makes the members' one everybody's; returns its id.

    The staff have one for each set of roles, with the members' one behind its second tab."""
    member, known = branch.identity.menu, menus.rich_menus()
    if branch.staff:
        for roles in SETS_OF_ROLES:
            tabs = (Tab("職員", staff_view(roles)), Tab("会員の画面", member_view(roles)))
            for place, (tab, tiles) in enumerate(zip(tabs, (tiles_of(branch, roles), member), strict=True)):
                drawn = _menu(branch, tiles, MEDIUM, tabs, place)
                install_named(menus, known, tab.alias, *_placed(drawn, tiles, tab.alias, tabs))
    for alias in FORMER:
        remove_named(menus, known, alias)
    return install(menus, known, *_placed(_menu(branch, member, LARGE), member, EVERYBODYS))


def tiles_of(branch: Branch, roles: Sequence[Role]) -> list[BranchTile]:
    """What these roles open, in the order of the branch: as much as fits, and always the last, which leads to the rest."""
    mine = list(_opened(branch, roles))
    return [*mine[:-1][: MOST - 1], mine[-1]]


def _opened(branch: Branch, roles: Sequence[Role]) -> Iterator[BranchTile]:
    flows = flows_of(branch)
    return (tile for tile in branch.identity.staff_menu if set(flows[tile.flow].only_for) & set(roles))


def _menu(
    branch: Branch,
    tiles: Sequence[BranchTile],
    size: tuple[int, int],
    tabs: Sequence[Tab] = (),
    tab: int = 0,
) -> Menu:
    return Menu(
        tuple(
            Tile(cast(Icon, tile.icon), tile.label, tile.note, prominent=place == 0)
            for place, tile in enumerate(tiles)
        ),
        branch.identity.accent,
        size,
        tabs=tuple(each.label for each in tabs),
        tab=tab,
    )


def _placed(
    drawn: Menu, tiles: Sequence[BranchTile], kind: str, tabs: Sequence[Tab] = ()
) -> tuple[dict[str, Any], bytes]:
    """A menu's JSON and its picture."""
    image = richmenu_png(drawn)
    openers = [
        Opener(tile.label, tile.flow, (("topic", tile.topic),) if tile.topic else ()) for tile in tiles
    ]
    named: list[Opener | Tab] = [*tabs, *openers]
    bounds = [dict(area) for area in (*tab_areas(drawn), *areas(drawn))]
    placed = list(zip(named, bounds, strict=True))
    return rich_menu("メニュー", drawn.size, placed, image, kind), image
