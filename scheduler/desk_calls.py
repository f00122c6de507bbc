"""Tells the desk that something waits: one push a person, joined, at decent hours; nothing of what waits is in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import Card, Opener, push
from models.base import Database
from models.branch import Branch
from models.days import day_end, day_of
from models.desk_calls import Waiting, is_calling_time, to_be_called, waiting
from models.inbox import InboxTerms
from models.staff import staff_chats
from models.terms import known_on

SUBJECT = "窓口の受付"


def call_desks(database: Database, branches: Iterable[Branch], now: datetime) -> int:
    """Calls whoever is to be called; answers how many people. Where nothing waits, nothing is written."""
    found = [branch for branch in branches if _has_to_call(database, branch, now)]
    return sum(database.run(lambda db, branch=branch: _call(db, branch, now)) for branch in found)  # type: ignore[misc]


def desks_idle_until(database: Database, branches: Iterable[Branch], now: datetime) -> datetime:
    """The end of the day when nothing waits for any desk; `now` when somebody may have to be called."""
    with database.reading() as db:
        waits = any(_waits(db, branch, now) for branch in branches)
    return now if waits else day_end(day_of(now))


def _has_to_call(database: Database, branch: Branch, now: datetime) -> bool:
    """A look without a lock: most runs end here."""
    terms = known_on(branch.inbox, day_of(now))
    if terms is None or not is_calling_time(terms, now):
        return False
    with database.reading() as db:
        return bool(staff_chats(db, branch.id, "desk")) and bool(_waiting(db, branch, terms, now))


def _waits(db: Connection, branch: Branch, now: datetime) -> bool:
    terms = known_on(branch.inbox, day_of(now))
    return terms is not None and bool(_waiting(db, branch, terms, now))


def _call(db: Connection, branch: Branch, now: datetime) -> int:
    terms = known_on(branch.inbox, day_of(now))
    if terms is None:
        return 0
    chats = dict(staff_chats(db, branch.id, "desk"))
    found = _waiting(db, branch, terms, now)
    called = to_be_called(db, sorted(chats), found, terms, now)
    for chat in called:
        push(db, branch.id, chat, chats[chat], SUBJECT, (_card(found),), now)
    return len(called)


def _waiting(db: Connection, branch: Branch, terms: InboxTerms, now: datetime) -> Waiting:
    return waiting(db, branch.id, now - timedelta(days=terms.question_kept_days))


def _card(found: Waiting) -> Card:
    parts = (
        (found.papers, "紙クーポンの受付", "staff_paper"),
        (found.messages, "届いた伝言", "staff_messages"),
        (found.questions, "答えられなかった質問", "staff_questions"),
    )
    buttons = tuple(Opener(f"{label}（{count}件）", flow) for count, label, flow in parts if count)
    return Card("対応をお待ちの用件があります", ("ボタンから開いてください。",), buttons)
