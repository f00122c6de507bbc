"""Forgetting a chat: its LINE id and words go, what was used and what was sent stays as a fact (design §8)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from models import inbox
from models.base import Refusal
from models.broadcast_lists import ListPage
from models.calendar_pages import CalendarPage
from models.conversation import FORGOTTEN, Conversation, Place, StoredEvent
from models.linking import LinkRequest, WrongTry
from models.links import unlink
from models.outbox import LEFT_OUT, Outgoing
from models.point_pages import PointPage
from models.question import QuestionCount
from models.staff import leave, staff_of

THEIRS = (StoredEvent, LinkRequest, WrongTry, QuestionCount, PointPage, CalendarPage, ListPage)
NOT_THERE = "そのLINE利用者のトークは見つかりません。IDと --branch を確かめてください。"


@dataclass(frozen=True)
class Forgotten:
    """A chat that nobody can be found by any more, and how many links ended with it."""

    chat_id: int
    links: int


def chat_of(db: Connection, branch: str, user_id: str) -> int:
    """The chat of a LINE user, locked. Raises Refusal when there is no such chat."""
    here = select(Conversation.id).where(Conversation.branch == branch, Conversation.user_id == user_id)
    chat_id = db.execute(here.with_for_update()).scalar_one_or_none()
    if chat_id is None:
        raise Refusal(NOT_THERE, "no_such_chat")
    return chat_id


def forget_chat(db: Connection, branch: str, user_id: str, who: str, now: datetime) -> Forgotten:
    """Removes who a chat was, as the record knows of `who`. Raises Refusal when there is no such chat."""
    chat_id = chat_of(db, branch, user_id)
    nobody = f"{FORGOTTEN}{chat_id}"
    ended = unlink(db, chat_id, None, now)
    mine = update(Outgoing).where(Outgoing.chat_id == chat_id)
    db.execute(mine.values(user_id=nobody, messages="", reply_token=None))
    db.execute(mine.where(Outgoing.outcome.is_(None)).values(outcome=LEFT_OUT, done_at=now))
    inbox.forget_chat(db, chat_id, now)
    if one := staff_of(db, chat_id):
        leave(db, branch, one.id, who, now)  # its wish for the members' menu is gone once LINE has done it
    for table in THEIRS:
        db.execute(delete(table).where(table.chat_id == chat_id))
    empty = {"user_id": nobody, "blocked": True, "flow": None, "step": None, "place": Place().dump()}
    db.execute(update(Conversation).where(Conversation.id == chat_id).values(**empty, updated_at=now))
    return Forgotten(chat_id, ended)
