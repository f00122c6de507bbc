"""LINE's limits for actions: which stand where, and how long their texts may be."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from .limits import Report

DATA, SAID, CLIP, URI = 300, 300, 1000, 10_000
LABELS = {"quick": 20, "template": 20, "image_carousel": 12, "menu": 20, "button": 40, "flex": 40}
LABEL_REQUIRED = frozenset({"quick", "template", "button"})
EVERYWHERE = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard"})
MORE = {"quick": frozenset({"camera", "cameraRoll", "location"}), "menu": frozenset({"richmenuswitch"})}
INPUT_OPTIONS = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
PICKED: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
}
PICK_FORMS = {
    "date": re.compile(r"(19|20|21)\d\d-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d"),
    "datetime": re.compile(r"(19|20|21)\d\d-\d\d-\d\d[Tt]\d\d:\d\d"),
}
SCHEME = re.compile(r"(https?|line|tel):.", re.IGNORECASE)
PLAIN_HTTP = re.compile(r"[\x21-\x7e]+")
ALIAS = 32


def check_action(report: Report, path: str, action: Any, place: str) -> None:
    """An action in a quick reply, template, image_carousel, rich menu, Flex button or other Flex part."""
    if not isinstance(action, dict):
        return report.add(path, "May not be empty")
    kind = action.get("type")
    if kind not in EVERYWHERE | MORE.get(place, frozenset()):
        return report.add(f"{path}.type", "invalid action type")
    report.text(action, "label", path, LABELS[place], by_cluster=True, required=place in LABEL_REQUIRED)
    check = CHECKS.get(str(kind))
    return check(report, path, action) if check else None


def check_postback(report: Report, path: str, action: Any) -> None:
    report.text(action, "data", path, DATA)
    for name in ("displayText", "text", "fillInText"):
        report.text(action, name, path, SAID, by_cluster=True, required=False)
    report.choice(action, "inputOption", path, INPUT_OPTIONS)
    if "displayText" in action and "text" in action:
        report.add(f"{path}.text", "displayText and text cannot be used together")
    if action.get("fillInText") and action.get("inputOption") != "openKeyboard":
        report.add(f"{path}.fillInText", "only with inputOption openKeyboard")


def check_said(report: Report, path: str, action: Any) -> None:
    report.text(action, "text", path, SAID, by_cluster=True)


def check_uri(report: Report, path: str, action: Any) -> None:
    before = len(report.details)
    report.text(action, "uri", path, URI)
    uri = action.get("uri")
    if len(report.details) == before and not (SCHEME.match(uri) and PLAIN_HTTP.fullmatch(uri)):
        report.add(f"{path}.uri", "invalid uri")
    report.text(report.object(action, "altUri", path), "desktop", f"{path}.altUri", URI, required=False)


def check_picker(report: Report, path: str, action: Any) -> None:
    report.text(action, "data", path, DATA)
    report.choice(action, "mode", path, tuple(PICKED), required=True)
    mode = action.get("mode")
    if not isinstance(mode, str) or mode not in PICKED:
        return
    bounds = {name: picked(str(action[name]), mode) for name in ("min", "initial", "max") if name in action}
    for name, value in bounds.items():
        if value is None:
            report.add(f"{path}.{name}", "invalid date or time")
    inside = [value for value in bounds.values() if value is not None]
    if inside != sorted(inside) or ("min" in bounds and bounds["min"] == bounds.get("max")):
        report.add(f"{path}.min", "min, initial and max must be in order")


def picked(value: str, mode: str) -> Any:
    """What a picker of this mode means by a text; None when it is none of its values."""
    if not PICK_FORMS[mode].fullmatch(value):
        return None
    try:
        return PICKED[mode](value)
    except ValueError:
        return None


def check_clipboard(report: Report, path: str, action: Any) -> None:
    report.text(action, "clipboardText", path, CLIP)


def check_switch(report: Report, path: str, action: Any) -> None:
    report.text(action, "richMenuAliasId", path, ALIAS)
    report.text(action, "data", path, DATA)


CHECKS: dict[str, Callable[[Report, str, Any], None]] = {
    "postback": check_postback,
    "message": check_said,
    "uri": check_uri,
    "datetimepicker": check_picker,
    "clipboard": check_clipboard,
    "richmenuswitch": check_switch,
}
