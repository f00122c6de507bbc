"""A branch whose reminders run when a test says so, and what its people are told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import conversation
from models.base import Database
from models.branch import Branch, load_branch
from models.calendar import Event
from models.conversation import Conversation
from models.days import JST
from models.done import hand_in
from models.mailing import Mailing, MailingBatch
from models.member import Holder, Link
from models.outbox import Outgoing
from models.reminder_forecast import Quota
from models.reminders import Plan, Reminder, ReminderReport
from scheduler.reminder_book import Book, open_book
from scheduler.reminders import Reminders
from tests.points_people import BRANCHES, person

DOCK = "aichi-2024-dock-application"


def when(text: str) -> datetime:
    """An instant in Japan: 2024-04-25 12:00."""
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def event(key: str = "dock-application", last: str = "2024-04-25", **more: Any) -> Event:
    """A deadline of Aichi's dock, or what is asked for instead."""
    uid, day = f"aichi-2024-{key}", date.fromisoformat(last)
    usual: dict[str, Any] = {
        "programme": "dock",
        "kind": "deadline",
        "title": "人間ドックの申込み",
        "first": day,
        "source": "test",
        "time": "17:30",
        "paper": uid,
        "settled_by": (uid,),
    }
    return Event(uid=uid, last=day, **{**usual, **more})


def with_events(branch: Branch, *events: Event) -> Branch:
    """The branch with a calendar of these; with its own when none are named."""
    if not events:
        return branch
    assert branch.calendar is not None
    return replace(branch, calendar=replace(branch.calendar, years={2024: events}))


def book_of(branch: str, *events: Event) -> Book:
    """What a branch with these events tells."""
    book = open_book(with_events(load_branch(BRANCHES / branch), *events))
    assert book is not None
    return book


@dataclass(frozen=True)
class Heard:
    """One message that a chat is told."""

    chat: int
    subject: str
    words: str


class Reminded:
    """Aichi with a calendar of the test's own."""

    def __init__(self, database: Database, *events: Event, branch: str = "aichi") -> None:
        self.database = database
        self.branch = load_branch(BRANCHES / branch)
        self.quota = Quota(None, 0)
        self.people: dict[str, Holder] = {}
        self.calendar(*events)

    def calendar(self, *events: Event) -> None:
        """Staff change the terms, and the program starts again."""
        self.branch = with_events(self.branch, *events)
        self.restart()

    def restart(self) -> None:
        book = open_book(self.branch)
        assert book is not None
        self.reminders = Reminders(self.database, {self.branch.id: book}, lambda _: self.quota)

    def at(self, *moments: str) -> int:
        """Runs at these moments; answers how many chats were told."""
        return sum(self.reminders.run(when(moment)) for moment in moments)

    def member(self, name: str, *terms: tuple[str, str | None], chats: int = 1) -> Holder:
        with self.database.transaction() as db:
            one = person(db, self.branch.id, *(terms or (("2010-04-01", None),)))
            for place in range(chats):
                self._link(db, f"U{name}{place or ''}", one.id)
        self.people[name] = one
        return one

    def link(self, name: str, person_id: int) -> None:
        self.database.run(lambda db: self._link(db, f"U{name}", person_id))

    def chat(self, name: str) -> int:
        with self.database.reading() as db:
            query = select(Conversation.id).where(Conversation.user_id == f"U{name}")
            return db.execute(query).scalar_one()

    def block(self, name: str) -> None:
        chat = update(Conversation).where(Conversation.user_id == f"U{name}").values(blocked=True)
        self.database.run(lambda db: db.execute(chat))

    def unlink(self, holder: Holder) -> None:
        link = update(Link).where(Link.person_id == holder.id).values(live=None)
        self.database.run(lambda db: db.execute(link))

    def hand_in(self, holder: Holder, paper: str = DOCK) -> None:
        self.database.run(lambda db: hand_in(db, holder.id, paper, when("2024-04-12 10:00")))

    def heard(self) -> list[Heard]:
        """All that has been owed so far, by mailing and by push, oldest first."""
        with self.database.reading() as db:
            mailed = select(Mailing, MailingBatch.chat_ids).join(
                MailingBatch, MailingBatch.mailing_id == Mailing.id
            )
            found = [
                Heard(chat, row.subject, words_of(row.messages))
                for row in db.execute(mailed.order_by(MailingBatch.id))
                for chat in json.loads(row.chat_ids)
            ]
            pushed = db.execute(select(Outgoing.__table__).order_by(Outgoing.id))
            return found + [Heard(row.chat_id, row.subject, words_of(row.messages)) for row in pushed]

    def outcomes(self) -> list[tuple[str, str | None]]:
        """Offset and outcome of every row, in order."""
        query = select(Plan.offset, Reminder.outcome).join(Plan, Plan.id == Reminder.plan_id)
        with self.database.reading() as db:
            return [(row[0], row[1]) for row in db.execute(query.order_by(Plan.id, Reminder.chat_id))]

    def reports(self) -> list[tuple[str, str, int]]:
        query = select(ReminderReport.kind, Plan.offset, ReminderReport.people)
        with self.database.reading() as db:
            rows = db.execute(query.join(Plan, Plan.id == ReminderReport.plan_id).order_by(ReminderReport.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def _link(self, db: Connection, user_id: str, person_id: int) -> None:
        now = when("2024-04-01 00:00")
        chat = conversation.load(db, self.branch.id, user_id, now).id
        row = {"chat_id": chat, "person_id": person_id, "linked_at": now, "live": True}
        db.execute(insert(Link), row)


def words_of(messages: str) -> str:
    """All that can be read in LINE's JSON, without the lock screen's line."""
    return "\n".join(_texts(json.loads(messages)))


def _texts(part: Any) -> Sequence[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "text" else []
    return [*own, *(text for key in ("contents", "body") if key in part for text in _texts(part[key]))]
