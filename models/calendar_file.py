"""Events as a calendar file (.ics) with alarms, which a phone takes into its own calendar."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar
from icalendar import Event as Entry

from models.calendar import Event
from models.concerns import ENDS
from models.days import JST, in_words

DAYS_BEFORE = (7, 1, 0)
AHEAD = (7, 1)


def calendar_file(name: str, events: Iterable[tuple[Event, int]], now: datetime) -> bytes:
    """The events with how often each was moved; a phone that has one already takes its new days."""
    file = Calendar()
    file.add("prodid", "-//kyosai-line//calendar//JA")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", name)
    for event, moved in events:
        file.add_component(_entry(name, event, moved, now))
    return bytes(file.to_ical())


def _entry(name: str, event: Event, moved: int, now: datetime) -> Entry:
    """All-day; a deadline on its last day, everything else from its first to its last: a deadline too of which the
    document names no day (6月上旬ごろ)."""
    first = event.last if _is_a_day(event) else event.first
    entry = Entry()
    entry.add("uid", f"{event.uid}@kyosai-line")
    entry.add("dtstamp", now)
    entry.add("sequence", moved)
    entry.add("summary", f"{event.title}（{_short(event)}）")
    entry.add("description", "\n".join(line for line in (event.in_words(), event.by_post(), name) if line))
    entry.add("dtstart", first)
    entry.add("dtend", event.last + timedelta(days=1))
    entry.add("transp", "TRANSPARENT")
    for at in _alarms(event, first):
        entry.add_component(_alarm(event, at))
    return entry


def _is_a_day(event: Event) -> bool:
    return event.kind in ENDS and not (event.words and event.first < event.last)


def _short(event: Event) -> str:
    """What stands behind the title: the hour of a deadline, the document's own words, or what kind of day it is."""
    if _is_a_day(event):
        return f"{event.time}必着" if event.posted_by else f"{event.time}締切"
    return event.words or in_words(event.first)


def _alarms(event: Event, first: date) -> list[datetime]:
    """At noon: some days before and on the day; for a deadline also on the last day for posting. What one has to do by
    a day that is not known is told of before the first that it can be."""
    before = DAYS_BEFORE if _is_a_day(event) else AHEAD if event.kind in ENDS else (0,)
    days = [first - timedelta(days=each) for each in before]
    if event.posted_by:
        days.append(event.posted_by)
    return [
        datetime(day.year, day.month, day.day, 12, tzinfo=JST).astimezone(UTC) for day in sorted(set(days))
    ]


def _alarm(event: Event, at: datetime) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", at, parameters={"VALUE": "DATE-TIME"})
    return alarm
