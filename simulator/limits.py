"""LINE's limits for messages and actions, counted as LINE counts, with LINE's own error bodies."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import regex

from .errors import Detail, LineError, invalid

MESSAGES = 5
TEXT, ALT_TEXT, EMOJIS, URL, URI = 5000, 1500, 20, 2000, 10_000
DATA, SAID, CLIP = 300, 300, 1000
QUICK_ITEMS, SENDER_NAME = 13, 20
LABELS = {"quick": 20, "template": 20, "image_carousel": 12, "menu": 20, "button": 40, "flex": 40}
LABEL_REQUIRED = frozenset({"quick", "template", "button"})
EVERYWHERE = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard"})
ALLOWED = {"quick": EVERYWHERE | {"camera", "cameraRoll", "location"}, "menu": EVERYWHERE | {"richmenuswitch"}}
INPUT_OPTIONS = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
PICKED = {"date": date.fromisoformat, "time": time.fromisoformat, "datetime": datetime.fromisoformat}
PICK_FORMS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d"),
}
SCHEME = re.compile(r"(https?|line|tel):", re.IGNORECASE)
LOOPBACK_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> int:
    return len(regex.findall(r"\X", text))


class Report:
    """The errors found in one request body."""

    def __init__(self) -> None:
        self.details: list[Detail] = []

    def add(self, where: str, message: str) -> None:
        self.details.append({"message": message, "property": where})

    def text(
        self, part: Any, name: str, path: str, longest: int, *, clusters: bool = False, required: bool = True
    ) -> None:
        """A text that may not be empty (when required) nor longer than LINE allows."""
        where, value = f"{path}.{name}".lstrip("."), part.get(name)
        if value is None or value == "":
            if required:
                self.add(where, "May not be empty")
        elif not isinstance(value, str):
            self.add(where, "must be a string")
        elif (globals()["clusters"] if clusters else utf16)(value) > longest:
            self.add(where, f"Length must be between 0 and {longest}")

    def url(self, part: Any, name: str, path: str, *, required: bool = True) -> None:
        """HTTPS, except on this machine."""
        before = len(self.details)
        self.text(part, name, path, URL, required=required)
        value = part.get(name)
        if value and len(self.details) == before and not (value.startswith("https://") or LOOPBACK_URL.match(value)):
            self.add(f"{path}.{name}", "Must be a valid HTTPS URL")


def check_messages(messages: object) -> list[Detail]:
    """All errors of a list of messages; an unreadable message is refused at once."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= MESSAGES:
        return [{"message": f"Size must be between 1 and {MESSAGES}", "property": "messages"}]
    report = Report()
    for at, message in enumerate(messages):
        check_message(report, f"messages[{at}]", message)
    return report.details


def check_message(report: Report, path: str, message: Any) -> None:
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "text":
        report.text(message, "text", path, TEXT)


def check_action(report: Report, path: str, action: Any, place: str) -> None:
    """An action of one of the places quick, template, image_carousel, menu, button, flex."""
    if not isinstance(action, dict) or action.get("type") not in ALLOWED.get(place, EVERYWHERE):
        return report.add(f"{path}.type", "invalid action type")
    return None


__all__ = ["LineError", "Report", "Sequence", "check_action", "check_messages", "invalid"]
