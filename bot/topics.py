"""A topic: one question that members ask, the words they ask it with, and its answer in one period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Topic:
    """An entry of a branch's FAQ; entries of one `topic` differ in the days on which they hold."""

    topic: str
    programme: str
    aspect: str
    title: str
    answer: str
    since: date
    until: date | None = None
    triggers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    opens_with: tuple[str, ...] = ()
    go: tuple[Mapping[str, str], ...] = ()
    desk: str = ""
    personal: str | None = None
    steps: tuple[str, ...] = ()
    hand_over: bool = False
    confirm: str | None = None
    figures: tuple[str, ...] = ()
    source: str = ""
    owner: str = ""
    review_by: date | None = None

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)
