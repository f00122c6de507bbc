"""Those whose membership ends: who is told of a last day of their own, as soon as that end is known."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from models.agenda import event_called
from models.base import Database
from models.branch import Branch
from models.concerns import own_events
from models.days import add_months, day_of
from models.links import LinkedChat, linked_chats
from models.member import Holder, holders
from models.membership_ends import ending_memberships
from models.points import terms_on
from models.portions import portions
from models.reminder_people import note_known, noted
from models.reminder_plans import Subject

AHEAD = timedelta(days=2 * 366)  # how far ahead the end of a membership is looked for
AT_A_TIME = 200


def own_subject(branch: Branch, uid: str) -> Subject | None:
    """A last day that is only for those whose membership ends, as it is told; the calendar alone does not hold it."""
    event = event_called(branch.calendar, uid)
    terms = branch.reminders.get(event.last) if event and branch.reminders else None
    return Subject(event, terms) if event and terms else None


def is_still_own(db: Connection, branch: Branch, uid: str, holder: Holder, day: date) -> bool:
    """Whether it is still a last day of theirs: they leave that day, and have not handed in."""
    return any(uid == event.uid for event in own_events(db, branch, holder, day))


def note_endings(database: Database, branch: Branch, now: datetime) -> None:
    """Plans what those must be told whose membership ends, once for each last day of theirs."""
    for people in portions(_ending(database, branch, day_of(now)), AT_A_TIME):
        with database.reading() as db:
            new = list(_unnoted(db, branch, people, day_of(now)))
        if new:
            database.run_briefly(partial(_note, branch=branch, new=new, now=now))


def _unnoted(
    db: Connection, branch: Branch, people: Sequence[int], day: date
) -> Iterator[tuple[str, LinkedChat]]:
    """Chats whose person has not been noted for a last day of theirs."""
    chats = linked_chats(db, people)
    for holder in holders(db, sorted(chats)).values():
        for event in own_events(db, branch, holder, day):
            before = noted(db, branch.id, event.uid, holder.id)
            yield from ((event.uid, chat) for chat in chats[holder.id] if chat.chat_id not in before)


def _note(db: Connection, branch: Branch, new: Sequence[tuple[str, LinkedChat]], now: datetime) -> None:
    for uid, chat in new:
        if subject := own_subject(branch, uid):
            note_known(db, branch.id, subject, chat.chat_id, chat.person_id, now)


def _ending(database: Database, branch: Branch, today: date) -> Iterator[int]:
    """People whose membership ends, or has ended where the branch still leaves time to exchange."""
    loss = terms_on(branch.points, today).loss if branch.points else None
    since = add_months(today, -loss.exchange_months) if loss else today
    return ending_memberships(database, branch.id, since, today + AHEAD)
