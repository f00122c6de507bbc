"""When the branch's events are told: days before, beginnings, days themselves; its topics. Our own terms, dated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.calendar import Calendar
from models.terms import BadTerms, Dated, read_dated

BEGINS, ON, IN, MOVED, KNOWN = "begins", "on", "in", "moved", "known"
CHANCE = "points-chance"  # the last day to exchange of those whose membership ends: no calendar holds it


@dataclass(frozen=True)
class Topic:
    """A programme as the settings name it; `usual`: told unless turned off; `legal`: a notice that the law asks for."""

    label: str
    usual: bool = True
    legal: bool = False


@dataclass(frozen=True)
class Moments:
    """When an event is told."""

    before: tuple[int, ...] = ()  # days before its last day
    begins: bool = False  # when its days begin …
    ahead: int = 0  # … or so many days before that
    on: bool = False  # on the day itself


@dataclass(frozen=True)
class Limits:
    """How many days earlier a reminder may ride on the person's own message, and for how many hours it stays true."""

    rides_days: int
    late_hours: int


@dataclass(frozen=True)
class ReminderTerms:
    lead_hours: int  # no later than so long before it is too late
    topics: Mapping[str, Topic]
    kinds: Mapping[str, Moments]  # by kind of event; a kind that is not here is not told
    limits: Mapping[
        str, Limits
    ]  # by days before, or by word (begins, on …); the nearest smaller number counts
    events: Mapping[str, Moments] = field(default_factory=dict)  # by key, instead of its kind's

    def moments(self, key: str, kind: str) -> Moments:
        return self.events.get(key) or self.kinds.get(kind) or Moments()

    def limit(self, offset: str) -> Limits:
        if not offset.isdecimal():
            return self.limits[offset]
        days = [int(each) for each in self.limits if each.isdecimal() and int(each) <= int(offset)]
        return self.limits[str(max(days))]


def read_reminders(folder: Path, calendar: Calendar | None) -> Dated[ReminderTerms] | None:
    """The branch's reminders.yaml; None where it has none. Raises BadTerms."""
    file = folder / "reminders.yaml"
    if not file.exists() or calendar is None:
        return None
    dated = read_dated(file, ReminderTerms)
    keys = {CHANCE, *(key_of(event.uid) for events in calendar.years.values() for event in events)}
    programmes = {event.programme for events in calendar.years.values() for event in events}
    for block in dated.blocks:
        _check(file, block.terms, keys, programmes)
    return dated


def key_of(uid: str) -> str:
    """The entry's key in calendar.yaml: aichi-2024-savings-entry-05 → savings-entry; points-chance:… → points-chance."""
    return re.sub(r"^[a-z_]+-\d{4}-|-\d{2}$", "", uid.partition(":")[0])


def _check(file: Path, terms: ReminderTerms, keys: set[str], programmes: set[str]) -> None:
    for key in terms.events:
        if key not in keys:
            raise BadTerms(
                file, _line(file, key), f"events: {key} はcalendar.yamlにありません。keyを書いてください"
            )
    for programme in sorted(programmes - set(terms.topics)):
        raise BadTerms(
            file, _line(file, "topics"), f"topics: に {programme} がありません。書き足してください"
        )
    for word in (BEGINS, ON, IN, MOVED, KNOWN, "0"):
        if word not in terms.limits:
            raise BadTerms(file, _line(file, "limits"), f"limits: に {word} がありません。書き足してください")
    for moments in (*terms.kinds.values(), *terms.events.values()):
        if any(days < 0 for days in moments.before):
            raise BadTerms(
                file, _line(file, "kinds"), "before: には0以上の日数を書いてください（例: [14, 7, 1, 0]）"
            )


def _line(file: Path, key: str) -> int:
    lines = file.read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.strip().startswith(f"{key}:")), 1)
