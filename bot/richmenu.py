"""The rich menu under the chat: LINE's JSON from tiles and where they stand on the picture."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.buttons import data_of
from bot.messages import Opener


class Menus(Protocol):
    """A channel's rich menus, as LINE keeps them."""

    def rich_menus(self) -> dict[str, str]: ...
    def make_rich_menu(self, menu: dict[str, Any], image: bytes) -> str: ...
    def set_default_menu(self, menu_id: str) -> None: ...
    def delete_rich_menu(self, menu_id: str) -> None: ...


def rich_menu(
    title: str, size: tuple[int, int], tiles: Sequence[tuple[Opener, Mapping[str, Any]]], image: bytes
) -> dict[str, Any]:
    """The menu's JSON; its name carries a print of its contents, so that a changed menu is a new one."""
    areas = [
        {
            "bounds": dict(bounds),
            "action": {
                "type": "postback",
                "label": opener.label[:20],
                "data": data_of(opener, None),
                "displayText": opener.label,
            },
        }
        for opener, bounds in tiles
    ]
    menu = {
        "size": {"width": size[0], "height": size[1]},
        "selected": True,
        "chatBarText": title,
        "areas": areas,
    }
    print_ = hashlib.sha256(repr(menu).encode() + image).hexdigest()[:12]
    return menu | {"name": f"member-{print_}"}


def install(menus: Menus, menu: dict[str, Any], image: bytes) -> str:
    """Makes the menu every member's menu unless it is already there; earlier member menus go. Returns its id."""
    known = menus.rich_menus()
    if menu["name"] in known:
        menus.set_default_menu(known[menu["name"]])
        return known[menu["name"]]
    made = menus.make_rich_menu(menu, image)
    menus.set_default_menu(made)
    for name, menu_id in known.items():
        if name.startswith("member-"):
            menus.delete_rich_menu(menu_id)
    return made
