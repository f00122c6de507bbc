"""Who is told what today: plans from the calendar, people from the database, messages to the outbox. Run every hour."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, literal, or_, select, update

from models.base import Database
from models.branch import Branch
from models.conversation import Conversation
from models.days import JST, day_end, day_of
from models.member import Link
from models.reminder_dropped import report_dropped
from models.reminder_forecast import Quota, affordable
from models.reminder_people import Chats, derive, ready, whom
from models.reminder_plans import agrees, report, synchronise
from models.reminder_settings import HOURS
from models.reminders import PLANNED, STALE, Plan, Planned, Reminder
from scheduler.endings import note_endings
from scheduler.reminder_book import Book, open_book
from scheduler.reminder_sending import Witness, due_plans, nobody_watches, tell, waiting

MISSED, HELD, OVER = "missed", "held", "over"
HOUR = timedelta(hours=1)
LOOK_BACK = timedelta(days=7)  # for what was dropped, when the process starts

log = logging.getLogger(__name__)


def no_limit(branch: str) -> Quota:
    """An account without a limit."""
    return Quota(None, 0)


_OPEN = select(literal(1)).select_from(Plan).where(Plan.closed_at.is_(None))
_OPEN = _OPEN.where(Plan.branch.in_(bindparam("branches", expanding=True)))
_READY = _OPEN.where(Plan.derived_at.is_(None), Plan.ready_at <= bindparam("now"))
_DUE = (
    _OPEN.join(Reminder, Reminder.plan_id == Plan.id)
    .where(Plan.due_on <= bindparam("today"), Plan.derived_at.is_not(None))
    .where(Reminder.outcome.is_(None), Reminder.due_at <= bindparam("now"))
)
_ANYTHING = select(
    or_(_OPEN.where(Plan.stale_at <= bindparam("now")).exists(), _READY.exists(), _DUE.exists())
)


@dataclass
class Reminders:
    """The reminders of some branches; all it remembers is which day it has planned already."""

    database: Database
    books: dict[str, Book]
    quota: Callable[[str], Quota] = no_limit
    witness: Witness = nobody_watches
    planned: dict[str, date] = field(default_factory=dict)
    _agreed: dict[str, datetime] = field(default_factory=dict)
    _looked: dict[str, datetime] = field(default_factory=dict)  # for what was dropped

    def run(self, now: datetime) -> int:
        """Plans, finds people, tells what is due; answers how many chats are told. At night nobody is told.

        What is due is asked of the database each time: a run that comes late, twice, or from two processes at once
        tells everybody once."""
        return sum(self._run(book, now) for book in self.books.values())

    def idle_until(self, now: datetime) -> datetime:
        """`now` when a run may do something; the end of the day when today is planned and nothing is ready, due
        or over by then; the next hour when only this one is empty."""
        today = day_of(now)
        if any(self.planned.get(branch) != today for branch in self.books):
            return now
        with self.database.reading() as db:
            for then, free_until in ((day_end(today), day_end(today)), (now, now + HOUR)):
                if not _is_anything(db, self.books, then, today):
                    return free_until
        return now

    def plan(self, book: Book, now: datetime) -> None:
        """Plans what has become known by today, once a day."""
        branch = book.branch
        if self.planned.get(branch.id) == day_of(now):
            return
        self._agree(book, now)
        note_endings(self.database, branch, now)
        self.planned[branch.id] = day_of(now)

    def _agree(self, book: Book, now: datetime) -> None:
        """Plans from the calendar when the process starts, when the clock has gone back, and when a day's look
        finds other days in the plans than in the calendar."""
        branch, last = book.branch.id, self._agreed.get(book.branch.id)
        goes_on = last is not None and last <= now and branch in self.planned
        if not (goes_on and self._still_agrees(book, now)):
            self.database.run(lambda db: synchronise(db, branch, book.subjects, now))
        self._agreed[branch] = now

    def _still_agrees(self, book: Book, now: datetime) -> bool:
        with self.database.reading() as db:
            return agrees(db, book.branch.id, book.subjects, now)

    def _look_for_dropped(self, branch: str, now: datetime) -> None:
        """What was decided and then came too late at LINE is reported; once more does no harm."""
        last = self._looked.get(branch)
        since = last - HOUR if last and last <= now else now - LOOK_BACK
        report_dropped(self.database, branch, since, now)
        self._looked[branch] = now

    def _run(self, book: Book, now: datetime) -> int:
        self._look_for_dropped(book.branch.id, now)
        self.plan(book, now)
        with self.database.reading() as db:
            if not _is_anything(db, (book.branch.id,), now, day_of(now)):
                return 0
            over, plans = _over(db, book.branch.id, now), ready(db, book.branch.id, now)
        if over:
            self.database.run(lambda db: _close_stale(db, book, now))
        for plan in plans:
            if subject := book.subject(plan):
                derive(self.database, book.branch, subject, plan, now)
        return self._tell(book, now) if now.astimezone(JST).hour in HOURS else 0

    def _tell(self, book: Book, now: datetime) -> int:
        with self.database.reading() as db:
            plans = due_plans(db, book.branch.id, now)
            counts = waiting(db, plans, now) if plans else {}
        if not counts:
            return 0
        quota = self.quota(book.branch.id)
        with self.database.reading() as db:
            told, held = affordable(db, book.branch, plans, quota, now, book.subject)
        for plan in held:
            if plan.id in counts:
                self._report_held(plan, counts[plan.id], now)
        return tell(self.database, book, told, now, self.witness) if told else 0

    def _report_held(self, plan: Planned, people: int, now: datetime) -> None:
        log.warning("reminder %s/%s held back: near the monthly limit", plan.event, plan.offset)
        self.database.run(lambda db: report(db, plan.branch, HELD, plan.id, people, now))


def reminders_of(
    database: Database, branches: Iterable[Branch], quota: Callable[[str], Quota] = no_limit
) -> Reminders:
    """The reminders of these branches."""
    books = {branch.id: book for branch in branches if (book := open_book(branch))}
    return Reminders(database, books, quota)


def _is_anything(db: Connection, branches: Iterable[str], then: datetime, today: date) -> bool:
    """True when something is over, ready or due by then: one look."""
    by_then = {"branches": list(branches), "now": then, "today": today}
    return bool(db.execute(_ANYTHING, by_then).scalar())


def _over(db: Connection, branch: str, now: datetime) -> bool:
    """True when the time of an open plan is over."""
    over = select(Plan.id).where(Plan.branch == branch, Plan.closed_at.is_(None), Plan.stale_at <= now)
    return db.execute(over.limit(1)).first() is not None


def _close_stale(db: Connection, book: Book, now: datetime) -> None:
    """Closes plans whose time is over: what was not sent by then is not sent any more, but reported."""
    over = select(*PLANNED, Plan.derived_at).where(
        Plan.branch == book.branch.id, Plan.closed_at.is_(None), Plan.stale_at <= now
    )
    for *row, derived_at in db.execute(over.with_for_update()).all():
        plan = Planned(*row)
        left = update(Reminder).where(Reminder.plan_id == plan.id, Reminder.outcome.is_(None))
        stale: int = db.execute(left.values(outcome=STALE, done_at=now)).rowcount
        missed = 0 if derived_at else _not_found(db, book, plan)
        for kind, people in ((STALE, stale), (MISSED, missed)):
            if people:
                log.warning("reminder %s/%s not sent to %d: too late", plan.event, plan.offset, people)
                report(db, plan.branch, kind, plan.id, people, now)
        outcome = OVER if derived_at else MISSED
        db.execute(update(Plan).where(Plan.id == plan.id).values(closed_at=now, outcome=outcome))


def _not_found(db: Connection, book: Book, plan: Planned) -> int:
    """How many would have been told, and were never found."""
    subject = book.subject(plan)
    if subject is None:
        return 0
    theirs = (Reminder.chat_id == Conversation.id, Reminder.person_id == Link.person_id)
    row = select(literal(1)).where(Reminder.plan_id == plan.id, *theirs).exists()
    concerned = whom(book.branch, subject, plan, plan.due_on, Chats()).where(~row).subquery()
    return int(db.execute(select(func.count()).select_from(concerned)).scalar_one())
