"""What comes next for somebody: the events that concern them and are not over, by month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models.calendar import Calendar, Event
from models.concerns import ENDS, Did, concerns, is_done
from models.days import day_of
from models.member import Holder
from models.own_days import own_days, split, with_days
from models.points_warned import CHANCE, own_event_called


@dataclass(frozen=True)
class Coming:
    """An event, the day on which it is looked up, and whether its paper has been handed in."""

    event: Event
    day: date
    handed_in: bool = False

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


def agenda(calendar: Calendar, holder: Holder | None, did: Did, now: datetime) -> list[Coming]:
    """What comes, by day; without a person what comes for all. Raises NoTerms.

    A paper that was handed in stays until its day, so that the mark can be taken back."""
    today = day_of(now)
    theirs = (event for event in calendar.coming(now) if _is_for(event, holder, today))
    events = (own_days(calendar, event, holder, today) if holder else event for event in theirs)
    found = (Coming(event, next_day(event, today), event.paper in did.papers) for event in events if event)
    kept = (one for one in found if one.handed_in or not is_done(one.event, did, today))
    own = (Coming(event, event.last, event.paper in did.papers) for event in did.own)
    return sorted((*kept, *own), key=lambda one: (one.day, one.event.uid))


def next_day(event: Event, today: date) -> date:
    """The beginning of what has not begun, else the last day."""
    return event.first if event.first > today and event.kind not in ENDS else event.last


def single(comings: Iterable[Coming]) -> list[Coming]:
    """What does not come every month."""
    return [one for one in comings if not one.event.routine]


def monthly(comings: Iterable[Coming]) -> list[Coming]:
    """Of what comes every month, the next of each."""
    found: dict[str, Coming] = {}
    for one in comings:
        if one.event.routine:
            found.setdefault(one.event.uid.rpartition("-")[0], one)
    return list(found.values())


def by_month(comings: Sequence[Coming]) -> dict[str, list[Coming]]:
    """2024-04 → what comes then: what has to be done first, each in order."""
    found: dict[str, list[Coming]] = {}
    for one in comings:
        found.setdefault(one.month, []).append(one)
    return {month: sorted(some, key=lambda one: one.event.kind not in ENDS) for month, some in found.items()}


def event_called(calendar: Calendar | None, uid: str) -> Event | None:
    """The event with this uid: one of the calendar, or one of a person's own."""
    named, days = split(uid)
    found = calendar.find(named) if calendar else None
    return with_days(calendar, found, days) if calendar and found else own_event_called(uid)


def is_own(uid: str) -> bool:
    """True for an event that the calendar holds for one person's own days alone, or not at all."""
    return uid.startswith(CHANCE) or split(uid)[1] is not None


def _is_for(event: Event, holder: Holder | None, today: date) -> bool:
    if holder is None:
        return event.audience.birth_month is None
    return concerns(event, holder, today)
