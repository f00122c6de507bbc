"""What stands on the phone's screen and can be tapped: quick replies, buttons, the rich menu."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from .chat import Button, Json
from .errors import Impossible
from .people import Person
from .platform import Platform


@dataclass(frozen=True)
class Aim:
    """What a finger points at: a label, if need be in entry `n`, at a place in it, or in quick or menu."""

    label: str
    n: int | None = None
    index: int | None = None
    where: str | None = None


Found = tuple[Button, bool]


def find(platform: Platform, person: Person, aim: Aim) -> Found:
    """The newest thing with that label, and whether it is a quick reply; 404 lists what can be tapped."""
    with platform.lock:
        offered = tappable(platform, person, aim)
    if aim.index is not None and aim.n is not None and 0 <= aim.index < len(offered):
        offered = [offered[aim.index]]
    by_label = [each for each in offered if plain(each[0].label) == plain(aim.label)]
    by_sight = [each for each in offered if plain(each[0].seen) == plain(aim.label)]
    if by_label or by_sight:
        return (by_label or by_sight)[0]
    labels = list(dict.fromkeys(button.label for button, _ in offered if button.label))
    raise Impossible(404, f"nothing here is labelled {aim.label!r}", {"tappable": labels})


def tappable(platform: Platform, person: Person, aim: Aim) -> list[Found]:
    """Quick replies, then the buttons of each entry from the newest, then the rich menu."""
    live = [(button, True) for button in person.quick()]
    menu = [(button, False) for button in menu_buttons(platform, person)]
    if aim.where in ("quick", "menu"):
        return live if aim.where == "quick" else menu
    if aim.n is None:
        return [
            *live,
            *((each, False) for entry in reversed(person.entries) for each in entry.buttons),
            *menu,
        ]
    entry = person.entry(aim.n)
    if entry is None:
        raise Impossible(404, f"there is no entry {aim.n}")
    return [*((each, False) for each in entry.buttons), *(live if entry.n == len(person.entries) else [])]


def menu_buttons(platform: Platform, person: Person) -> list[Button]:
    menu = menu_of(platform, person)
    actions = [area["action"] for area in menu["areas"]] if menu else []
    return [Button(menu_label(action), action) for action in actions]


def menu_of(platform: Platform, person: Person) -> dict[str, Any] | None:
    """The person's own rich menu, else the channel's default; people who are no friends see none."""
    default = platform.menus.default.get(person.channel)
    menu = platform.menus.find(person.menu) or platform.menus.find(default)
    return menu.as_json() if menu and person.friend and person.kind == "user" else None


def menu_label(action: Json) -> str:
    return str(
        action.get("label") or action.get("displayText") or action.get("text") or action.get("uri") or ""
    )


def plain(text: str) -> str:
    """A label as two people would call the same."""
    return "".join(unicodedata.normalize("NFKC", text).split())
