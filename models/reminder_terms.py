"""When the branch's events are told: days before, beginnings, days themselves; its topics. Our own terms, dated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import get_args

from models.calendar import Calendar
from models.calendar_terms import Kind
from models.terms import BadTerms, Dated, read_dated

BEGINS, ON, IN, MOVED, KNOWN = "begins", "on", "in", "moved", "known"
POST = "post"
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
    post: bool = False  # on the last day to post what must have arrived


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

    def label(self, programme: str) -> str:
        """The programme as members know it."""
        topic = self.topics.get(programme)
        return topic.label if topic else "お知らせ"

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
    for block in dated.blocks:
        for key, what in _wrong(block.terms, calendar):
            raise BadTerms(file, _line(file, block.since, key), what)
    return dated


def key_of(uid: str) -> str:
    """The entry's key in calendar.yaml: aichi-2024-savings-entry-05 → savings-entry; without a person's own days:
    points-chance:… → points-chance, cafeteria-leaving@… → cafeteria-leaving."""
    return re.sub(r"^[a-z_]+-\d{4}-|-\d{2}$", "", re.split("[:@]", uid)[0])


def _wrong(terms: ReminderTerms, calendar: Calendar) -> Iterator[tuple[str, str]]:
    """What cannot be meant so: the key where it stands, and what to write."""
    yield from _unknown(terms, calendar)
    posts = any(each.post for each in (*terms.kinds.values(), *terms.events.values()))
    for word in (BEGINS, ON, IN, MOVED, KNOWN, "0", *((POST,) if posts else ())):
        if word not in terms.limits:
            yield "limits", f"limits: に {word} がありません。書き足してください"
    for key, moments in (*terms.kinds.items(), *terms.events.items()):
        if any(days < 0 for days in moments.before):
            yield key, f"{key}: の before: には0以上の日数を書いてください（例: [14, 7, 1, 0]）"
        if moments.ahead < 0 or (moments.ahead and not moments.begins):
            yield key, f"{key}: の ahead: は、begins: true とともに、0以上の日数で書いてください"
    for key, limit in terms.limits.items():
        if limit.rides_days < 0 or limit.late_hours < 1:
            yield key, f"{key}: の rides_days: は0以上、late_hours: は1以上にしてください"
    if terms.lead_hours < 0:
        yield "lead_hours", "lead_hours: には0以上の時間を書いてください"


def _unknown(terms: ReminderTerms, calendar: Calendar) -> Iterator[tuple[str, str]]:
    """Names that nothing bears. Events of entries that cannot be used count as there: the calendar tells of those."""
    years = (*calendar.years.values(), *calendar.leaving.values())
    events = [event for events in years for event in events]
    keys, programmes = {CHANCE, *(key_of(each.uid) for each in events)}, {each.programme for each in events}
    for programme in sorted(programmes - terms.topics.keys()):
        yield "topics", f"topics: に {programme} がありません。書き足してください"
    for topic in () if calendar.problems else terms.topics.keys() - programmes:
        yield (
            topic,
            f"topics: の {topic} という制度はcalendar.yamlにありません。programme: の名前にしてください",
        )
    for key in () if calendar.problems else terms.events.keys() - keys:
        yield key, f"events: {key} はcalendar.yamlにありません。keyを書いてください"
    for kind in terms.kinds.keys() - set(get_args(Kind)):
        yield kind, f"kinds: の {kind} という種類はありません。使える種類: {'、'.join(get_args(Kind))}"
    for word in terms.limits.keys() - {BEGINS, ON, IN, MOVED, KNOWN, POST}:
        if not word.isdecimal():
            yield (
                word,
                f"limits: の {word} は使えません。日数か、begins・on・in・moved・known・post にしてください",
            )


def _line(file: Path, since: date, key: str) -> int:
    """Where the key stands in the block that begins on the day."""
    lines = file.read_text("utf-8").splitlines()
    begin = next((number for number, line in enumerate(lines, 1) if f"from: {since}" in line), 1)
    named = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*:""")
    return next(
        (number for number, line in enumerate(lines, 1) if number >= begin and named.match(line)), begin
    )
