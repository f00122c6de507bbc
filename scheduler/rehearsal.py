"""A year's rehearsal: the same reminders run through a fiscal year on a copy of the people, and every message is kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from models import schema
from models.base import Base, Database
from models.branch import Branch
from models.conversation import Conversation
from models.coupon_uses import Use
from models.days import JST, at, fiscal_end, fiscal_start
from models.done import HandedIn
from models.member import Link, MemberEdition, Membership, Number, Person, members_of
from models.points_ledger import Entry
from models.reminder_plans import Subject
from models.reminder_settings import HOURS, ReminderSetting, ReminderTopic
from models.reminder_terms import BEGINS, IN, KNOWN, MOVED, ON, POST
from models.reminders import Planned, Reminder
from scheduler.reminder_book import Book, open_book
from scheduler.reminder_sending import Telling
from scheduler.reminders import Reminders

ROWS_AT_A_TIME = 5_000
WHY = {
    BEGINS: "期間のはじめ",
    ON: "その日",
    IN: "結果が出たため",
    MOVED: "日程が変わったため",
    KNOWN: "資格の終わりが分かったため",
    POST: "郵送の最後の日",
    "0": "当日",
}


@dataclass(frozen=True)
class Rehearsed:
    """One card of one message of the year; cards with the same number come as one message."""

    number: int
    at: datetime
    chats: tuple[int, ...]
    programme: str
    event: str
    offset: str
    why: str
    title: str
    text: str

    @property
    def day(self) -> date:
        return self.at.astimezone(JST).date()

    def as_data(self) -> dict[str, Any]:
        return {
            "message": self.number,
            "day": self.day.isoformat(),
            "at": self.at.astimezone(JST).isoformat(),
            "people": len(self.chats),
            "programme": self.programme,
            "event": self.event,
            "offset": self.offset,
            "why": self.why,
            "title": self.title,
            "text": self.text,
        }


def rehearse(source: Database, branch: Branch, year: int, person_id: int | None = None) -> list[Rehearsed]:
    """Every message that the branch's people, or one of them, get in the fiscal year when nobody writes or does anything."""
    book = open_book(branch)
    if book is None:
        return []
    found: list[Rehearsed] = []

    def keep(telling: Telling) -> None:
        number = found[-1].number + 1 if found else 1
        found.extend(_cards(book, telling, number))

    with _copy(source, branch.id, person_id) as database:
        reminders = Reminders(database, {branch.id: book}, witness=keep)
        for day in _days(year):
            for hour in _hours(database, day):
                reminders.run(hour)
    return found


def why(subject: Subject, plan: Planned) -> str:
    """The reason of a reminder in a few words, with the source of its date."""
    event = subject.event
    when = WHY.get(plan.offset) or f"{plan.offset}日前"
    source = f"（{event.source}）" if event.source else ""
    return f"{event.title}・{event.in_words()}の{when}{source}"


def _cards(book: Book, telling: Telling, number: int) -> Iterator[Rehearsed]:
    for card, plan in zip(telling.cards, telling.plans, strict=True):
        subject = book.subject(plan)
        assert subject is not None
        reason = why(subject, plan)
        programme = subject.event.programme
        yield Rehearsed(
            number,
            telling.at,
            telling.chats,
            programme,
            plan.event,
            plan.offset,
            reason,
            card.title,
            card.words(),
        )


def _hours(database: Database, day: date) -> Iterator[datetime]:
    """The first hour of the day, and those at which something is due: at all others a run does nothing."""
    yield at(day, HOURS[0])
    last = at(day, HOURS[-1])
    due = select(func.min(Reminder.due_at)).where(Reminder.outcome.is_(None), Reminder.due_at <= last)
    done = at(day, HOURS[0])
    while True:
        with database.reading() as db:
            coming = db.execute(due.where(Reminder.due_at > done)).scalar()
        if coming is None:
            return
        done = coming
        yield coming


def _days(year: int) -> Iterator[date]:
    day = fiscal_start(year)
    while day <= fiscal_end(year):
        yield day
        day += timedelta(days=1)


@contextmanager
def _copy(source: Database, branch: str, person_id: int | None) -> Iterator[Database]:
    """A database of its own with what the reminders read."""
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'rehearsal.db'}")
        with database.transaction() as into, source.streaming() as db:
            schema.tables().create_all(into)
            for table, condition in _tables(branch, person_id):
                _copy_table(db, into, table, condition)
        yield database
        database.close()


def _tables(branch: str, person_id: int | None) -> Sequence[tuple[type[Base], ColumnElement[bool]]]:
    people = select(Person.id).where(Person.branch == branch)
    if person_id is not None:
        people = people.where(Person.id == person_id)
    chats = select(Link.chat_id).where(Link.live.is_(True), Link.person_id.in_(people))
    counts = select(MemberEdition.edition).where(MemberEdition.branch == branch).scalar_subquery()
    edition = (Membership.branch == branch) & (Membership.edition == counts)
    known = people if person_id is None else people.union(members_of(people))  # a spouse depends on a member
    return (
        (MemberEdition, MemberEdition.branch == branch),
        (Person, Person.id.in_(known)),
        (Number, Number.person_id.in_(known)),
        (Membership, edition & Membership.person_id.in_(known)),
        (Conversation, Conversation.id.in_(chats)),
        (Link, Link.live.is_(True) & Link.person_id.in_(people)),
        (ReminderSetting, ReminderSetting.chat_id.in_(chats)),
        (ReminderTopic, ReminderTopic.chat_id.in_(chats)),
        (HandedIn, HandedIn.person_id.in_(people)),
        (Use, Use.person_id.in_(people)),
        (Entry, Entry.person_id.in_(people)),
    )


def _copy_table(db: Connection, into: Connection, table: type[Base], condition: ColumnElement[bool]) -> None:
    query = select(table.__table__).where(condition).execution_options(yield_per=ROWS_AT_A_TIME)
    for some in db.execute(query).mappings().partitions():
        into.execute(insert(table), [dict(row) for row in some])
