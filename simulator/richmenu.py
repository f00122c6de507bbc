"""Rich menus: an image before a link, aliases, a default for all and one for each person."""

import io
import re
import secrets
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from .action_limits import check_action
from .chat import Json
from .errors import LineError, invalid
from .limits import Report

AREAS, NAME, BAR_TEXT, MENUS, ALIASES = 20, 300, 14, 1000, 1000
WIDTHS, LOWEST, SLIMMEST, IMAGE_BYTES = range(800, 2501), 250, 1.45, 1_000_000
ALIAS = re.compile(r"[a-z0-9_-]{1,32}")
MIMES = {"PNG": "image/png", "JPEG": "image/jpeg"}


@dataclass
class Menu:
    id: str
    channel: str
    body: dict[str, Any]
    image: bytes | None = None
    mime: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"richMenuId": self.id, **self.body}


class RichMenus:
    """All channels' menus; who has which stands on the person."""

    def __init__(self) -> None:
        self._menus: dict[str, Menu] = {}
        self._aliases: dict[tuple[str, str], str] = {}
        self.default: dict[str, str] = {}

    def create(self, channel: str, body: Json) -> Menu:
        check_menu(body)
        if len(self.of(channel)) >= MENUS:
            raise LineError(400, "The number of rich menus exceeds the limit")
        names = ("size", "selected", "name", "chatBarText", "areas")
        menu = Menu(
            "richmenu-" + secrets.token_hex(16), channel, {name: body[name] for name in names if name in body}
        )
        self._menus[menu.id] = menu
        return menu

    def of(self, channel: str) -> list[Menu]:
        return [menu for menu in self._menus.values() if menu.channel == channel]

    def get(self, channel: str, menu_id: str) -> Menu:
        menu = self._menus.get(menu_id)
        if menu is None:
            raise LineError(404, "richmenu not found")
        if menu.channel != channel:
            raise LineError(400, "the richmenu is owned by another channel")
        return menu

    def find(self, menu_id: str | None) -> Menu | None:
        return self._menus.get(menu_id or "")

    def delete(self, channel: str, menu_id: str) -> None:
        self.get(channel, menu_id)
        del self._menus[menu_id]
        if self.default.get(channel) == menu_id:
            del self.default[channel]

    def upload(self, channel: str, menu_id: str, data: bytes, mime: str) -> None:
        """An image can be given once; to change it one makes a new menu."""
        menu = self.get(channel, menu_id)
        if menu.image is not None:
            raise LineError(400, "An image has already been uploaded to the richmenu")
        check_image(data, mime, menu.body["size"])
        menu.image, menu.mime = data, mime

    def usable(self, channel: str, menu_id: str) -> Menu:
        menu = self.get(channel, menu_id)
        if menu.image is None:
            raise LineError(400, "must upload richmenu image before applying it to user")
        return menu

    # --- aliases --------------------------------------------------------------------------------

    def name(self, channel: str, alias: object, menu_id: object) -> None:
        if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
            raise invalid([{"message": "Invalid alias id", "property": "richMenuAliasId"}])
        if (channel, alias) in self._aliases:
            raise LineError(400, "conflict richmenu alias id")
        self.point(channel, alias, menu_id, new=True)

    def point(self, channel: str, alias: str, menu_id: object, new: bool = False) -> None:
        if not new:
            self.alias(channel, alias)
        if sum(1 for key in self._aliases if key[0] == channel) >= ALIASES and new:
            raise LineError(400, "The number of rich menu aliases exceeds the limit")
        if not isinstance(menu_id, str) or self.find(menu_id) is None:
            raise LineError(400, "richmenu not found")
        self._aliases[channel, alias] = self.usable(channel, menu_id).id

    def alias(self, channel: str, alias: str) -> str:
        if (channel, alias) not in self._aliases:
            raise LineError(404, "richmenu alias not found")
        return self._aliases[channel, alias]

    def aliases(self, channel: str) -> list[dict[str, str]]:
        return [
            {"richMenuAliasId": alias, "richMenuId": menu}
            for (owner, alias), menu in self._aliases.items()
            if owner == channel
        ]

    def unname(self, channel: str, alias: str) -> None:
        self.alias(channel, alias)
        del self._aliases[channel, alias]


def check_menu(body: Json) -> None:
    report = Report()
    size = body.get("size")
    if not isinstance(size, dict) or not all(isinstance(size.get(side), int) for side in ("width", "height")):
        report.add("size", "May not be empty")
    report.text(body, "name", "", NAME, by_cluster=True)
    report.text(body, "chatBarText", "", BAR_TEXT, by_cluster=True)
    areas = body.get("areas")
    if not isinstance(areas, list) or len(areas) > AREAS:
        report.add("areas", f"Size must be between 0 and {AREAS}")
    for at, area in enumerate(areas if isinstance(areas, list) else []):
        check_area(report, f"areas[{at}]", area, size if isinstance(size, dict) else {})
    if report.details:
        raise invalid(report.details)


def check_area(report: Report, path: str, area: object, size: Json) -> None:
    if not isinstance(area, dict) or not isinstance(area.get("bounds"), dict):
        return report.add(f"{path}.bounds", "May not be empty")
    bounds = area["bounds"]
    if not all(
        isinstance(bounds.get(name), int) and bounds[name] >= 0 for name in ("x", "y", "width", "height")
    ):
        return report.add(f"{path}.bounds", "must be greater than or equal to 0")
    if bounds["x"] + bounds["width"] > size.get("width", 0) or bounds["y"] + bounds["height"] > size.get(
        "height", 0
    ):
        report.add(f"{path}.bounds", "must be within the rich menu")
    check_action(report, f"{path}.action", area.get("action"), "menu")
    return None


def check_image(data: bytes, mime: str, size: Json) -> None:
    if mime not in MIMES.values():
        raise LineError(415, f"The content type, {mime}, is not supported")
    if len(data) > IMAGE_BYTES:
        raise LineError(413, "Request Entity Too Large")
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind, (width, height) = image.format, image.size
    except (UnidentifiedImageError, OSError) as error:
        raise LineError(400, "The image is invalid") from error
    fits = width in WIDTHS and height >= LOWEST and width / height >= SLIMMEST
    if not fits or (width, height) != (size["width"], size["height"]) or MIMES.get(kind or "") != mime:
        raise LineError(400, "The image size is not allowed for richmenu")
