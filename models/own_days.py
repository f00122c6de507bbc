"""An event's days as they are for one person: nobody's lasts longer than their membership (R-AIC-34)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from models.audience import EVERYBODY, Audience
from models.calendar import Calendar, Event, posted_by
from models.desk import arrival_day
from models.member import Holder, Period

OWN = re.compile(r"(.+)@(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")
ONE_DAY = timedelta(days=1)


def own_days(calendar: Calendar, event: Event, holder: Holder, day: date) -> Event | None:
    """The window from joining, to leaving; the event as it is where membership lasts all of it. Its uid tells the days.

    None when no day of it is left: on the last day of a term it may be too late already (AMB-A2)."""
    period = holder.on(max(day, event.first))
    if event.kind != "window" or period is None:
        return event
    first = max(event.first, since(holder, period, event.audience))
    last = min(event.last, _until(holder, period, event))
    if last < max(first, day):
        return None
    return event if (first, last) == (event.first, event.last) else _on(event, first, last, calendar)


def leaving_days(calendar: Calendar, holder: Holder, day: date) -> Iterator[Event]:
    """The deadlines of those whose membership ends before everybody else's. Theirs is the last day of it, or the last one
    before on which something can arrive."""
    for event in (each for year in calendar.leaving.values() for each in year):
        period = holder.on(max(day, event.first))
        if period and event.audience.takes(period) and event.audience.knows(holder):
            last = _until(holder, period, event)
            if last >= event.last:
                continue
            if event.posted_by and calendar.desks:
                last = arrival_day(calendar.desks.nearest(last), last)
            if max(event.first, day) <= last:
                yield _on(event, event.first, last, calendar)


def split(uid: str) -> tuple[str, tuple[date, date] | None]:
    """The uid in the calendar, and the person's own days where it tells them."""
    found = OWN.fullmatch(uid)
    try:
        return (
            (found[1], (date.fromisoformat(found[2]), date.fromisoformat(found[3]))) if found else (uid, None)
        )
    except ValueError:
        return uid, None


def with_days(calendar: Calendar, event: Event, days: tuple[date, date] | None) -> Event | None:
    """The event with a person's own days; None for days that it does not have."""
    if days is None:
        return event
    first, last = days
    return _on(event, first, last, calendar) if event.first <= first <= last <= event.last else None


def _on(event: Event, first: date, last: date, calendar: Calendar) -> Event:
    posted = posted_by(last, calendar.desks) if event.posted_by else None
    uid = f"{event.uid}@{first}/{last}"
    return replace(event, uid=uid, first=first, last=last, words="", posted_by=posted)


def since(holder: Holder, period: Period, audience: Audience = EVERYBODY) -> date:
    """The first day of a membership of this audience that has gone on since, perhaps under other numbers."""
    while (before := holder.on(period.acquired_on - ONE_DAY)) and audience.takes(before):
        period = before
    return period.acquired_on


def _until(holder: Holder, period: Period, event: Event) -> date:
    """The last day, as far as known, of a membership that the event is for: a voluntary one may follow (R-AIC-30)."""
    while (last := _last(period)) != date.max:
        after = holder.on(last + ONE_DAY)
        if after is None or not event.audience.takes(after):
            break
        period = after
    return last if event.term_end_counts or last != period.term_ends_on else last - ONE_DAY


def _last(period: Period) -> date:
    lost = period.lost_on - ONE_DAY if period.lost_on else date.max
    return min(lost, period.term_ends_on or date.max)
