"""What can be told for free: a reminder rides on the reply to the person's own message."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from bot import Message
from models.days import day_of
from models.member import linked
from models.reminder_people import only
from models.reminders import PLANNED, RODE, SPARED, Plan, Planned, Reminder
from scheduler.reminder_book import Book, people_of
from scheduler.reminder_words import joined

_WAITING = (
    select(*PLANNED, Reminder.person_id)
    .join(Plan, Plan.id == Reminder.plan_id)
    .where(
        Reminder.chat_id == bindparam("chat"),
        Reminder.outcome.is_(None),
        Plan.ready_at <= bindparam("now"),
        Plan.stale_at > bindparam("now"),
        Plan.closed_at.is_(None),
    )
    .with_for_update(of=Reminder, skip_locked=True)
)
_TAKE = update(Reminder).where(
    Reminder.plan_id == bindparam("plan"),
    Reminder.chat_id == bindparam("chat"),
    Reminder.person_id == bindparam("person"),
    Reminder.outcome.is_(None),
)


@dataclass(frozen=True)
class Riding:
    """The reminders of a branch that wait for a word of the person."""

    book: Book

    def aboard(self, db: Connection, chat_id: int, now: datetime) -> Message | None:
        """All that waits for the chat, as one message, from now on told; None when nothing does."""
        found = [(Planned(*row[:-1]), row[-1]) for row in db.execute(_WAITING, {"chat": chat_id, "now": now})]
        return self._told(db, chat_id, found, now) if found else None

    def _told(
        self, db: Connection, chat_id: int, found: list[tuple[Planned, int]], now: datetime
    ) -> Message | None:
        day = day_of(now)
        persons: Mapping[Planned, list[int]] = defaultdict(list)
        for plan, person in found:
            persons[plan].append(person)
        rows = []
        for plan, theirs in persons.items():
            still = self.book.still(db, plan, day, only(chat_id))
            rows += [(plan, person) for person in theirs if (chat_id, person) in still]
        several = len(linked(db, chat_id)) > 1
        people = people_of(db, sorted({person for _, person in rows}))
        share = self.book.share(db, rows, people, day, several=several)
        told = {(plan.id, person) for plan, person in rows} - set(share.spared)
        for plan, person in found:
            outcome = RODE if (plan.id, person) in told else SPARED
            this = {"plan": plan.id, "chat": chat_id, "person": person}
            db.execute(_TAKE.values(outcome=outcome, done_at=now), this)
        return joined(share.cards) if share.cards else None
