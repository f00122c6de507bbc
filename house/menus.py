"""A branch's rich menus: drawn, and installed at LINE."""

from collections.abc import Sequence
from typing import Any, cast

from bot.messages import Opener
from bot.richmenu import Menus, Tab, install, install_named, rich_menu
from models.branch import Branch
from models.branch import Tile as BranchTile
from models.staff import MEMBER_VIEW, STAFF_VIEW
from pictures.icons import Icon
from pictures.richmenu import Menu, Tile, areas, richmenu_png, tab_areas


def install_menu(menus: Menus, branch: Branch) -> str:
    """Draws the branch's rich menus and makes the members' one everybody's; returns its id."""
    member = branch.identity.menu
    tabs = (Tab("職員", STAFF_VIEW), Tab("会員の画面", MEMBER_VIEW))
    if branch.staff and branch.identity.staff_menu:
        for place, (tab, tiles) in enumerate(zip(tabs, (branch.identity.staff_menu, member), strict=True)):
            menu, image = _drawn(branch, tiles, tab.alias, tabs, place)
            install_named(menus, tab.alias, menu, image)
    return install(menus, *_drawn(branch, member, "member"))


def _drawn(
    branch: Branch, tiles: Sequence[BranchTile], kind: str, tabs: Sequence[Tab] = (), tab: int = 0
) -> tuple[dict[str, Any], bytes]:
    """A menu's JSON and its picture."""
    drawn = Menu(
        tuple(
            Tile(cast(Icon, tile.icon), tile.label, tile.note, prominent=place == 0)
            for place, tile in enumerate(tiles)
        ),
        branch.identity.accent,
        tabs=tuple(each.label for each in tabs),
        tab=tab,
    )
    image = richmenu_png(drawn)
    openers = [
        Opener(tile.label, tile.flow, (("topic", tile.topic),) if tile.topic else ()) for tile in tiles
    ]
    named: list[Opener | Tab] = [*tabs, *openers]
    bounds = [dict(area) for area in (*tab_areas(drawn), *areas(drawn))]
    placed = list(zip(named, bounds, strict=True))
    return rich_menu("メニュー", drawn.size, placed, image, kind), image
