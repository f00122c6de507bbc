"""How LINE counts text, and the report of what is wrong in a request body."""

import re
from typing import Any

import regex

from .errors import Detail

URL = 2000
LOOPBACK_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")


def utf16(text: str) -> int:
    """Code units, as LINE counts most texts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> int:
    """What a reader would call one character, as LINE counts labels and titles."""
    return len(regex.findall(r"\X", text))


def is_url(value: str) -> bool:
    """HTTPS; the one leniency is plain http on this machine."""
    return value.startswith("https://") or LOOPBACK_URL.match(value) is not None


class Report:
    """The errors found in one request body, with the property they stand in."""

    def __init__(self) -> None:
        self.details: list[Detail] = []

    def add(self, where: str, message: str) -> None:
        self.details.append({"message": message, "property": where})

    def text(
        self,
        part: Any,
        name: str,
        path: str,
        longest: int,
        *,
        by_cluster: bool = False,
        required: bool = True,
    ) -> None:
        """A text that may not be empty (when required) nor longer than LINE allows."""
        where, value = f"{path}.{name}".lstrip("."), part.get(name)
        if value is None or value == "":
            if required:
                self.add(where, "May not be empty")
        elif not isinstance(value, str):
            self.add(where, "must be a string")
        elif (clusters if by_cluster else utf16)(value) > longest:
            self.add(where, f"Length must be between 0 and {longest}")

    def url(self, part: Any, name: str, path: str, *, required: bool = True) -> None:
        before = len(self.details)
        self.text(part, name, path, URL, required=required)
        value = part.get(name)
        if value and len(self.details) == before and not is_url(value):
            self.add(f"{path}.{name}".lstrip("."), "Must be a valid HTTPS URL")

    def number(self, part: Any, name: str, path: str) -> None:
        value = part.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(
                f"{path}.{name}".lstrip("."), "May not be empty" if value is None else "must be a number"
            )

    def choice(
        self, part: Any, name: str, path: str, allowed: tuple[str, ...], *, required: bool = False
    ) -> None:
        value = part.get(name)
        if (value is None and required) or (value is not None and value not in allowed):
            self.add(f"{path}.{name}".lstrip("."), f"must be one of {', '.join(allowed)}")

    def items(self, part: Any, name: str, path: str, least: int, most: int) -> list[Any]:
        """The objects of the list under that name; none when it is no list or of a wrong size."""
        value = part.get(name)
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.add(f"{path}.{name}".lstrip("."), f"Size must be between {least} and {most}")
            return []
        return [self.object({"": each}, "", f"{path}.{name}[{at}]") for at, each in enumerate(value)]

    def object(self, part: Any, name: str, path: str) -> dict[str, Any]:
        """The object under that name, an empty one when there is none."""
        value = part.get(name)
        if value is not None and not isinstance(value, dict):
            self.add(f"{path}.{name}".strip("."), "must be an object")
        return value if isinstance(value, dict) else {}
