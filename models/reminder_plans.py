"""From the calendar to plans: which day, which hours, until when; and what moves when staff move a date."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select, update

from models.calendar import Calendar, Event
from models.days import JST, at, day_end, day_of
from models.reminder_settings import HOURS
from models.reminder_terms import BEGINS, IN, KNOWN, MOVED, ON, POST, ReminderTerms, key_of
from models.reminders import MOVED as WITHDRAWN
from models.reminders import SPARED, STALE, TOLD, EventSeen, Plan, Reminder, ReminderReport
from models.terms import Dated
from models.upsert import inserting

URGENCY = {"0": 0, "1": 1, POST: 1, MOVED: 1, IN: 2, KNOWN: 2, ON: 4, BEGINS: 4}
LESS_THAN = ((8, 3), (15, 5), (10_000, 6))  # days before → urgency
COUNTERS_CLOSE = 17  # o'clock: what is posted later goes with the next day's letters
LAST_TO_BE_PLANNED_TODAY = 19  # o'clock: what becomes known later is told tomorrow


# The same questions every day.
_OF_BRANCH = Plan.branch == bindparam("branch")
_SEEN = select(EventSeen.event, EventSeen.first, EventSeen.last, EventSeen.time).where(
    EventSeen.branch == bindparam("branch")
)
_PLANNED = select(Plan.event).where(_OF_BRANCH, Plan.closed_at.is_(None)).distinct()
_WITHDRAWN = (
    select(Plan.id, Plan.event)
    .join(
        EventSeen,
        and_(
            EventSeen.branch == Plan.branch,
            EventSeen.event == Plan.event,
            EventSeen.revision == Plan.revision,
        ),
    )
    .where(_OF_BRANCH, Plan.outcome == WITHDRAWN, Plan.stale_at > bindparam("now"))
)


@dataclass(frozen=True)
class Subject:
    """An event together with how it is told."""

    event: Event
    terms: ReminderTerms

    @property
    def usual(self) -> bool:
        topic = self.terms.topics.get(self.event.programme)
        return topic is None or topic.usual

    @property
    def label(self) -> str:
        return self.terms.label(self.event.programme)


@dataclass(frozen=True)
class Moment:
    """When one reminder is told."""

    offset: str
    ready_at: datetime
    due_on: date
    latest_hour: int
    stale_at: datetime


def subjects(calendar: Calendar, dated: Dated[ReminderTerms]) -> dict[str, Subject]:
    """Every event that the branch's terms tell of, by uid.

    Left out: events of days without terms, and those for people whom our data cannot tell from others."""
    events = (event for events in calendar.years.values() for event in events if not event.audience.only)
    dealt = ((event, dated.get(event.last)) for event in events)
    return {event.uid: Subject(event, terms) for event, terms in dealt if terms is not None}


def moments(subject: Subject) -> Iterator[Moment]:
    """All that an event's day and kind ask for; what falls on the last day to post is told as that, while it helps."""
    event, terms = subject.event, subject.terms
    wanted = terms.moments(key_of(event.uid), event.kind)
    posting = event.posted_by if wanted.post else None
    for days in wanted.before:
        if (day := event.last - timedelta(days=days)) != posting:
            yield moment(subject, str(days), day, event.ends_at)
    if wanted.begins:
        yield moment(subject, BEGINS, event.first - timedelta(days=wanted.ahead), event.ends_at)
    if wanted.on:
        yield moment(subject, ON, event.first, day_end(event.last))
    if posting:
        yield moment(subject, POST, posting, at(posting, COUNTERS_CLOSE))


def moment(subject: Subject, offset: str, day: date, ends_at: datetime) -> Moment:
    """The day's daytime, or before it when that would be too late; never after the end."""
    terms = subject.terms
    limit = terms.limit(offset)
    last = (ends_at - timedelta(hours=terms.lead_hours)).astimezone(JST)
    latest = HOURS[-1] if last.date() > day else min(last.hour, HOURS[-1])
    if last.date() < day or latest < HOURS[0]:
        day, latest = day - timedelta(days=1), HOURS[-1]
    stale = min(at(day, latest) + timedelta(hours=limit.late_hours), ends_at)
    return Moment(offset, at(day - timedelta(days=limit.rides_days), HOURS[0]), day, latest, stale)


def synchronise(db: Connection, branch: str, found: Mapping[str, Subject], now: datetime) -> None:
    """Plans what is not planned yet, moves what staff have moved, withdraws what is no more, brings back what is again.

    What would be too late already when it is first seen is never planned: nobody missed it."""
    of = EventSeen
    seen = {
        row.event: row
        for row in db.execute(select(of.__table__).where(of.branch == branch).with_for_update())
    }
    rows: list[dict[str, object]] = []
    new: list[dict[str, object]] = []
    for uid, subject in found.items():
        event, before = subject.event, seen.get(uid)
        if before is None:
            new.append({"branch": branch, "event": uid, "revision": 0, **_days(event)})
            revision = 0
        elif (before.first, before.last, before.time) == (event.first, event.last, event.time):
            revision = before.revision
        else:
            revision = before.revision + 1
            rows += _moved(db, branch, subject, before, now)
        rows += [_row(branch, subject, one, revision) for one in moments(subject) if one.stale_at > now]
    if new:
        db.execute(inserting(db, EventSeen).on_conflict_do_nothing(), new)
    _keep(db, branch, rows)
    for uid in _vanished(db, branch, seen.keys() - found.keys()):
        _withdraw(db, branch, uid, now)
    _bring_back(db, _withdrawn(db, branch, found, now))


def plan_new(db: Connection, branch: str, found: Mapping[str, Subject], now: datetime) -> None:
    """Plans events that nobody has planned yet. All others are left to the program that runs: until it is started
    anew, the days in its own files count."""
    seen = set(db.execute(select(EventSeen.event).where(EventSeen.branch == branch)).scalars())
    new = {uid: subject for uid, subject in found.items() if uid not in seen}
    if not new:
        return
    rows = [{"branch": branch, "event": uid, "revision": 0, **_days(one.event)} for uid, one in new.items()]
    db.execute(inserting(db, EventSeen).on_conflict_do_nothing(), rows)
    plans = ((subject, one) for subject in new.values() for one in moments(subject))
    _keep(db, branch, [_row(branch, subject, one, 0) for subject, one in plans if one.stale_at > now])


def agrees(db: Connection, branch: str, found: Mapping[str, Subject], now: datetime) -> bool:
    """True when `synchronise` would move, withdraw and bring back nothing; asked every day."""
    seen = {event: tuple(days) for event, *days in db.execute(_SEEN, {"branch": branch})}
    days = {uid: (one.event.first, one.event.last, one.event.time) for uid, one in found.items()}
    return (
        all(seen.get(uid) == theirs for uid, theirs in days.items())
        and not _vanished(db, branch, seen.keys() - days.keys())
        and not _withdrawn(db, branch, found, now)
    )


def mark_in(db: Connection, branch: str, subject: Subject, now: datetime) -> bool:
    """A result has come in: whoever waits for it is told, once, and no more that it will; False when it was in already."""
    of = EventSeen
    this = (of.branch == branch, of.event == subject.event.uid)
    if db.execute(update(of).where(*this, of.in_at.is_(None)).values(in_at=now)).rowcount != 1:
        return False
    revision = db.execute(select(of.revision).where(*this)).scalar_one()
    beginning = (Plan.branch == branch, Plan.event == subject.event.uid, Plan.offset == BEGINS)
    untold = Reminder.plan_id.in_(select(Plan.id).where(*beginning)) & Reminder.outcome.is_(None)
    db.execute(update(Reminder).where(untold).values(outcome=SPARED, done_at=now))
    db.execute(update(Plan).where(*beginning, Plan.closed_at.is_(None)).values(closed_at=now, outcome=IN))
    _keep(db, branch, [_row(branch, subject, soon(subject, IN, now), revision)])
    return True


def find_anew(db: Connection, branch: str) -> None:
    """Lets the open plans find their people once more: other people are concerned than before."""
    found = update(Plan).where(Plan.branch == branch, Plan.closed_at.is_(None), Plan.offset != KNOWN)
    db.execute(found.values(derived_to=0, derived_at=None))


def soon(subject: Subject, offset: str, now: datetime) -> Moment:
    """As soon as daytime allows."""
    today, hour = day_of(now), now.astimezone(JST).hour
    day = today if hour <= LAST_TO_BE_PLANNED_TODAY else today + timedelta(days=1)
    limit = subject.terms.limit(offset)
    stale = at(day, HOURS[-1]) + timedelta(hours=limit.late_hours)
    return Moment(offset, now, day, HOURS[-1], stale)


def plan_own(db: Connection, branch: str, subject: Subject, now: datetime) -> None:
    """Plans an event that no calendar holds: it becomes known today, and its days before are told as usual."""
    known = _row(branch, subject, soon(subject, KNOWN, now), day_of(now).toordinal())
    days = [_row(branch, subject, one, 0) for one in moments(subject) if one.stale_at > now]
    _keep(db, branch, [{**known, "derived_at": now}, *({**row, "derived_at": None} for row in days)])


def _moved(
    db: Connection, branch: str, subject: Subject, before: Row[Any], now: datetime
) -> Iterator[dict[str, object]]:
    """Withdraws what was planned for the old days; those who were told of them are told once more, unless both the
    old and the new ones are over."""
    event, revision = subject.event, before.revision + 1
    was = replace(event, first=before.first, last=before.last, time=before.time)
    told = _withdraw(db, branch, event.uid, now)
    row = update(EventSeen).where(EventSeen.branch == branch, EventSeen.event == event.uid)
    db.execute(row.values(revision=revision, **_days(event)))
    if told and max(was.ends_at, event.ends_at) > now:
        yield {**_row(branch, subject, soon(subject, MOVED, now), revision), "was": before.words}


def _vanished(db: Connection, branch: str, gone: Collection[str]) -> list[str]:
    """Those of the events that are no more which are still planned."""
    planned = db.execute(_PLANNED, {"branch": branch}).scalars() if gone else ()
    return sorted(set(planned).intersection(gone))


def _withdrawn(db: Connection, branch: str, found: Mapping[str, Subject], now: datetime) -> list[int]:
    """Plans of events that were no more for a while (a mistake in the file) and are there again as they were."""
    rows = db.execute(_WITHDRAWN, {"branch": branch, "now": now})
    return [plan for plan, event in rows if event in found]


def _bring_back(db: Connection, plans: Collection[int]) -> None:
    """They go on where they stopped: whoever has been told of them is not told again."""
    if plans:
        db.execute(update(Plan).where(Plan.id.in_(plans)).values(closed_at=None, outcome=None))
        theirs = update(Reminder).where(Reminder.plan_id.in_(plans), Reminder.outcome == WITHDRAWN)
        db.execute(theirs.values(outcome=None, done_at=None))


def _withdraw(db: Connection, branch: str, uid: str, now: datetime) -> int:
    """Closes the event's plans; answers how many people had been told of it."""
    theirs = select(Plan.id).where(Plan.branch == branch, Plan.event == uid)
    still = update(Reminder).where(Reminder.plan_id.in_(theirs), Reminder.outcome.is_(None))
    db.execute(still.values(outcome=WITHDRAWN, done_at=now))
    of_plan = update(Plan).where(Plan.branch == branch, Plan.event == uid, Plan.closed_at.is_(None))
    db.execute(of_plan.values(closed_at=now, outcome=WITHDRAWN))
    told = select(func.count(Reminder.chat_id.distinct())).where(
        Reminder.plan_id.in_(theirs), Reminder.outcome.in_(TOLD)
    )
    people: int = db.execute(told).scalar_one()
    last = db.execute(select(func.max(Plan.id)).where(Plan.branch == branch, Plan.event == uid)).scalar()
    if last and people:
        report(db, branch, WITHDRAWN, last, people, now)
    return people


def report(db: Connection, branch: str, kind: str, plan_id: int, people: int, now: datetime) -> None:
    """Writes down for staff what was not sent, once a day for each plan: the same people are held back each hour, but
    come too late once."""
    row = {
        "branch": branch,
        "kind": kind,
        "plan_id": plan_id,
        "day": day_of(now),
        "people": people,
        "at": now,
    }
    new = inserting(db, ReminderReport)
    more = {"people": ReminderReport.people + new.excluded.people}
    key = ("plan_id", "kind", "day")
    adding = new.on_conflict_do_update(index_elements=key, set_=more)
    db.execute(adding if kind == STALE else new.on_conflict_do_nothing(), row)


def _keep(db: Connection, branch: str, rows: list[dict[str, object]]) -> None:
    """Inserts the plans that are not there; an offset that the terms no longer name stays as it was planned."""
    known = select(Plan.event, Plan.offset, Plan.revision).where(Plan.branch == branch)
    there = {tuple(row) for row in db.execute(known)}
    missing = [row for row in rows if (row["event"], row["offset"], row["revision"]) not in there]
    if missing:
        db.execute(inserting(db, Plan).on_conflict_do_nothing(), missing)


def _row(branch: str, subject: Subject, one: Moment, revision: int) -> dict[str, object]:
    return {
        "branch": branch,
        "event": subject.event.uid,
        "offset": one.offset,
        "revision": revision,
        "topic": subject.event.programme,
        "urgency": urgency(one.offset),
        "ready_at": one.ready_at,
        "due_on": one.due_on,
        "latest_hour": one.latest_hour,
        "stale_at": one.stale_at,
        "was": "",
        "derived_to": 0,
    }


def urgency(offset: str) -> int:
    """0 for what is lost today, more for what can wait."""
    if offset in URGENCY:
        return URGENCY[offset]
    return next(rank for below, rank in LESS_THAN if int(offset) < below)


def _days(event: Event) -> dict[str, object]:
    return {"first": event.first, "last": event.last, "time": event.time, "words": event.in_words()}
