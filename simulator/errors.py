"""What LINE answers when it refuses, and what the control interface answers when an act is impossible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Detail = Mapping[str, str]


@dataclass
class LineError(Exception):
    """An answer of LINE's API that is not a success, in LINE's own shape."""

    status: int
    message: str
    details: Sequence[Detail] = ()
    sent: Sequence[Mapping[str, str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"message": self.message}
        if self.details:
            body["details"] = [dict(each) for each in self.details]
        if self.sent is not None:
            body["sentMessages"] = [dict(each) for each in self.sent]
        return body


@dataclass
class Impossible(Exception):
    """A person cannot do this now; `extra` tells a driver what could be done instead."""

    status: int
    error: str
    extra: Mapping[str, object] = field(default_factory=dict)


def invalid(details: Sequence[Detail]) -> LineError:
    """LINE's answer to a request body in which some properties are wrong."""
    return LineError(400, f"The request body has {len(details)} error(s)", details)


def wrong_property(name: str) -> LineError:
    return LineError(400, f"The property, {name}, in the request body is invalid (line: -, column: -)")


def not_found() -> LineError:
    return LineError(404, "Not found")
