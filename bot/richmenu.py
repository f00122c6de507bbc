"""The rich menu under the chat: LINE's JSON from tiles and where they stand on the picture."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.buttons import data_of
from bot.messages import Opener


class Menus(Protocol):
    """A channel's rich menus, as LINE keeps them."""

    def rich_menus(self) -> dict[str, str]: ...
    def make_rich_menu(self, menu: dict[str, Any], image: bytes) -> str: ...
    def set_default_menu(self, menu_id: str) -> None: ...
    def delete_rich_menu(self, menu_id: str) -> None: ...
    def name_menu(self, alias: str, menu_id: str) -> None: ...
    def unname_menu(self, alias: str) -> None: ...


@dataclass(frozen=True)
class Tab:
    """A tab of a menu: LINE itself switches to the menu of this name."""

    label: str
    alias: str


EVERYBODYS = "member"  # the kind of the menu that all have who have none of their own
Placed = tuple[Opener | Tab, Mapping[str, Any]]
Known = Mapping[
    str, str
]  # the ids of the menus that are there, by name: LINE may be asked for them ten times a second


def rich_menu(
    title: str, size: tuple[int, int], tiles: Sequence[Placed], image: bytes, kind: str = EVERYBODYS
) -> dict[str, Any]:
    """The menu's JSON; its name carries a print of its contents, so that a changed menu is a new one."""
    areas = [{"bounds": dict(bounds), "action": _action(tile)} for tile, bounds in tiles]
    menu = {
        "size": {"width": size[0], "height": size[1]},
        "selected": True,
        "chatBarText": title,
        "areas": areas,
    }
    print_ = hashlib.sha256(repr(menu).encode() + image).hexdigest()[:12]
    return menu | {"name": f"{kind}-{print_}"}


def kind_of(name: str) -> str:
    """The kind of a menu, by its name; what follows is the print of its contents."""
    return name.rpartition("-")[0]


def install(menus: Menus, known: Known, menu: dict[str, Any], image: bytes) -> str:
    """Makes the menu every member's menu unless it is already there; earlier member menus go. Returns its id."""
    made, old = _made(menus, known, menu, image)
    menus.set_default_menu(made)
    for menu_id in old:
        menus.delete_rich_menu(menu_id)
    return made


def install_named(menus: Menus, known: Known, alias: str, menu: dict[str, Any], image: bytes) -> str:
    """Makes a menu that single chats get by its alias; earlier ones of its kind go. Returns its id."""
    made, old = _made(menus, known, menu, image)
    menus.name_menu(alias, made)
    for menu_id in old:
        menus.delete_rich_menu(menu_id)
    return made


def remove_named(menus: Menus, known: Known, alias: str) -> None:
    """Takes away a menu that single chats got by its alias, and the alias with it."""
    if old := _of_kind(known, alias):
        menus.unname_menu(alias)
        for menu_id in old:
            menus.delete_rich_menu(menu_id)


def _made(menus: Menus, known: Known, menu: dict[str, Any], image: bytes) -> tuple[str, list[str]]:
    """The menu's id, made unless it is there, and the ids of the earlier ones of its kind."""
    made = known.get(menu["name"]) or menus.make_rich_menu(menu, image)
    return made, [menu_id for menu_id in _of_kind(known, kind_of(menu["name"])) if menu_id != made]


def _of_kind(known: Known, kind: str) -> list[str]:
    return [menu_id for name, menu_id in known.items() if kind_of(name) == kind]


def _action(tile: Opener | Tab) -> dict[str, str]:
    if isinstance(tile, Tab):
        switch = {"type": "richmenuswitch", "richMenuAliasId": tile.alias, "data": f"tab:{tile.alias}"}
        return switch | {"label": tile.label[:20]}
    return {
        "type": "postback",
        "label": tile.label[:20],
        "data": data_of(tile, None),
        "displayText": tile.label,
    }
