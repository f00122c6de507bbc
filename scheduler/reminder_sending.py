"""What is due is told: page by page, each in one transaction with what is owed for it; the same words to many at once."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy.orm import aliased

from bot import Card, mail, push
from models.base import Database
from models.conversation import Conversation
from models.days import day_of
from models.mailing import add_batches
from models.member import Link
from models.reminder_people import Chats
from models.reminders import PLANNED, PUSHED, SPARED, Plan, Planned, Reminder
from scheduler.reminder_book import Book, people_of
from scheduler.reminder_words import joined, subject_of

ROWS_AT_A_TIME = 5_000  # in one transaction: the same words make ten full batches …
PERSONAL_AT_A_TIME = 200  # … but what differs from person to person is looked up for each


@dataclass(frozen=True)
class Telling:
    """One message that some chats are told: its cards, and the plan of each."""

    at: datetime
    chats: tuple[int, ...]
    cards: tuple[Card, ...]
    plans: tuple[Planned, ...]


Witness = Callable[[Telling], None]


def nobody_watches(telling: Telling) -> None:
    """What is told is only owed."""


Row = tuple[int, int, int]  # plan, chat, person
Rows = Mapping[int, Sequence[tuple[int, int]]]  # by chat: plan, person


def due_plans(db: Connection, branch: str, now: datetime) -> list[Planned]:
    """Plans whose people may be told by now, the most urgent first."""
    query = select(*PLANNED).where(Plan.branch == branch, Plan.closed_at.is_(None), Plan.ready_at <= now)
    todays = query.where(Plan.due_on <= day_of(now), Plan.derived_at.is_not(None), Plan.stale_at > now)
    return [Planned(*row) for row in db.execute(todays.order_by(Plan.urgency, Plan.due_on, Plan.id))]


def waiting(db: Connection, plans: Iterable[Planned], now: datetime) -> dict[int, int]:
    """How many are due to be told now, by plan."""
    ids = [plan.id for plan in plans]
    counted = select(Reminder.plan_id, func.count()).where(_due(ids, now)).group_by(Reminder.plan_id)
    return {row[0]: row[1] for row in db.execute(counted)}


def tell(
    database: Database,
    book: Book,
    plans: Sequence[Planned],
    now: datetime,
    witness: Witness = nobody_watches,
) -> int:
    """Owes everything of these plans that is due; answers how many chats are told."""
    by_id, after, told = {plan.id: plan for plan in plans}, 0, 0
    size = PERSONAL_AT_A_TIME if any(map(book.is_personal, plans)) else ROWS_AT_A_TIME
    while True:
        next_page = partial(_page, book=book, plans=by_id, after=after, size=size, now=now, witness=witness)
        page = database.run_briefly(next_page)
        if page is None:
            return told
        after, count = page
        told += count


def _page(
    db: Connection,
    book: Book,
    plans: Mapping[int, Planned],
    after: int,
    size: int,
    now: datetime,
    witness: Witness,
) -> tuple[int, int] | None:
    """The next chats: the last of them, and how many are told; None when nobody is left."""
    chats = _next_chats(db, plans, after, size, now)
    if chats is None:
        return None
    day = day_of(now)
    rows = _taken(db, plans, chats, now)
    still = {plan: book.still(db, plans[plan], day, chats) for plan in {plan for plan, _, _ in rows}}
    needless = [row for row in rows if row[1:] not in still[row[0]]]
    by_chat: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for plan, chat, person in rows:
        if (chat, person) in still[plan]:
            by_chat[chat].append((plan, person))
    several = _hold_several(db, chats) & by_chat.keys()
    personal = {one.id for one in plans.values() if book.is_personal(one)}
    own = {chat for chat in by_chat if chat in several or any(plan in personal for plan, _ in by_chat[chat])}
    _mail(db, book, plans, {chat: by_chat[chat] for chat in by_chat if chat not in own}, now, witness)
    spared, pushed = _push(
        db, book, plans, {chat: by_chat[chat] for chat in sorted(own)}, several, now, witness
    )
    _spare(db, needless + spared)
    assert chats.until is not None
    return chats.until, len(by_chat) - len(own) + pushed


def _next_chats(
    db: Connection, plans: Mapping[int, Planned], after: int, size: int, now: datetime
) -> Chats | None:
    """The chats of the next so many rows."""
    due = select(Reminder.chat_id).where(_due(plans, now), Reminder.chat_id > after)
    last = db.execute(due.order_by(Reminder.chat_id).limit(1).offset(size - 1)).scalar()
    if last is None:
        rest = select(func.max(Reminder.chat_id)).where(_due(plans, now), Reminder.chat_id > after)
        last = db.execute(rest).scalar()
    return None if last is None else Chats(after, last)


def _taken(db: Connection, plans: Mapping[int, Planned], chats: Chats, now: datetime) -> list[Row]:
    """The rows of these chats, from now on told: nobody else takes them. Whoever is told something is told all of
    the day at once, also what would come at a later hour."""
    first = aliased(Reminder)
    due = select(first.chat_id).where(_due(plans, now, first), chats.holds(first.chat_id))
    mine = update(Reminder).where(_open(plans), chats.holds(Reminder.chat_id), Reminder.chat_id.in_(due))
    told = mine.values(outcome=PUSHED, done_at=now)
    found = db.execute(told.returning(Reminder.plan_id, Reminder.chat_id, Reminder.person_id))
    return sorted((plan, chat, person) for plan, chat, person in found)


def _mail(
    db: Connection,
    book: Book,
    plans: Mapping[int, Planned],
    rows: Rows,
    now: datetime,
    witness: Witness,
) -> None:
    """Chats that are told the same are told together."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for chat, theirs in rows.items():
        groups[tuple(sorted({plan for plan, _ in theirs}))].append(chat)
    for ids, chats in groups.items():
        share = book.share(db, [(plans[one], 0) for one in ids], {}, day_of(now), several=False)
        mailing = mail(
            db,
            branch=book.branch.id,
            purpose="reminder",
            about=_about(now, ids),
            subject=subject_of(share.labels),
            messages=(joined(share.cards),),
            now=now,
            useful_until=min(plans[one].stale_at for one in ids),
        )
        add_batches(db, mailing, chats, due_at=now)
        witness(Telling(now, tuple(chats), share.cards, share.plans))


def _push(
    db: Connection,
    book: Book,
    plans: Mapping[int, Planned],
    rows: Rows,
    several: set[int],
    now: datetime,
    witness: Witness,
) -> tuple[list[Row], int]:
    """Chats that are told something of their own; answers the rows that were not needed, and how many are told."""
    people = people_of(db, sorted({person for theirs in rows.values() for _, person in theirs}))
    needless: list[Row] = []
    told = 0
    for chat, user_id in _users(db, list(rows)):
        theirs = [(plans[plan], person) for plan, person in rows[chat]]
        share = book.share(db, theirs, people, day_of(now), several=chat in several)
        needless += [(plan, chat, person) for plan, person in share.spared]
        if share.cards:
            subject = subject_of(share.labels)
            until = min(plan.stale_at for plan in share.plans)
            message = (joined(share.cards),)
            push(db, book.branch.id, chat, user_id, subject, message, now, useful_until=until)
            witness(Telling(now, (chat,), share.cards, share.plans))
            told += 1
    return needless, told


def _spare(db: Connection, rows: Sequence[Row]) -> None:
    """Whoever has done it meanwhile, or does not want it, is not told."""
    if rows:
        this = (Reminder.plan_id == bindparam("plan"), Reminder.chat_id == bindparam("chat"))
        spared = update(Reminder).where(*this, Reminder.person_id == bindparam("person"))
        db.execute(
            spared.values(outcome=SPARED),
            [{"plan": plan, "chat": chat, "person": person} for plan, chat, person in rows],
        )


def _open(plans: Iterable[int], of: type[Reminder] = Reminder) -> ColumnElement[bool]:
    return of.outcome.is_(None) & of.plan_id.in_(list(plans))


def _due(plans: Iterable[int], now: datetime, of: type[Reminder] = Reminder) -> ColumnElement[bool]:
    return _open(plans, of) & (of.due_at <= now)


def _hold_several(db: Connection, chats: Chats) -> set[int]:
    """Chats that hold more than one person."""
    linked = select(Link.chat_id).where(Link.live.is_(True), chats.holds(Link.chat_id))
    return set(db.execute(linked.group_by(Link.chat_id).having(func.count() > 1)).scalars())


def _users(db: Connection, chats: Sequence[int]) -> Iterator[tuple[int, str]]:
    for first in range(0, len(chats), 500):
        some = chats[first : first + 500]
        found = select(Conversation.id, Conversation.user_id).where(Conversation.id.in_(some))
        yield from ((chat, user_id) for chat, user_id in db.execute(found.order_by(Conversation.id)))


def _about(now: datetime, plans: Sequence[int]) -> str:
    """The instant, at which those are told who get it, and the plans: what two processes say of them is one mailing."""
    return f"{now.isoformat()}:{hashlib.sha256(repr(plans).encode()).hexdigest()[:32]}"
