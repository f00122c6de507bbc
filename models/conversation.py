"""Where each chat stands in its conversation, and which events have been seen."""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.prepared import Prepared

EVENT_IDS_KEPT = timedelta(days=90)
UNFINISHED_KEPT = timedelta(days=30)
NOT_SHOWN = 0.0
MOST_AT_ONCE = 10_000  # chats emptied in one night
FORGOTTEN = "forgotten-"  # how the name begins that stands for a LINE id that was removed

_BLOCKED = text("blocked")

log = logging.getLogger(__name__)


class SeenEvent(Base):
    """An event that has been handled; its id makes a second delivery harmless."""

    __tablename__ = "seen_events"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Conversation(Base):
    """One chat of one LINE user with one branch."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    user_id: Mapped[str] = mapped_column(String(64))
    blocked: Mapped[bool]  # their unfollow is known
    flow: Mapped[str | None] = mapped_column(String(40))
    step: Mapped[str | None] = mapped_column(String(40))
    turn: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        UniqueConstraint("branch", "user_id"),
        Index("ix_chats_blocked", "branch", sqlite_where=_BLOCKED, postgresql_where=_BLOCKED),
    )


class StoredEvent(Base):
    """An event that needs bytes from LINE (a photo) before its step can run."""

    __tablename__ = "stored_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    turn: Mapped[int]
    message_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(Text)
    tries: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_stored_events_due", "due_at"),)


@dataclass
class Frame:
    """A place in a flow: the step being asked, the answers so far, the steps asked on the way, and what the opener
    said of steps not reached yet."""

    flow: str
    step: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)


@dataclass
class Place:
    """All that a conversation remembers between two messages."""

    frame: Frame | None = None
    turn: int = 0
    asked_at: float = NOT_SHOWN  # when the present question was shown (UTC, POSIX seconds)
    detours: list[Frame] = field(default_factory=list)  # flows that go on by themselves after this one
    parked: Frame | None = None  # the one flow left for another, offered as 前の手続きに戻る
    ended_turn: int = -1  # the turn whose answer ended the last flow …
    ended_with: str = ""  # … and the opener that shows its result again
    asked_back: bool = False  # the last question was answered by choices
    about: str = ""  # the topic that was answered last, or the flow that ended last
    half: str = ""  # what the last text said of an answer, where it was asked for the rest
    warned: bool = False  # the last text in the flow was heard as a danger
    options: list[list[str]] = field(default_factory=list)  # what may be typed as a number outside a flow
    choices: int | None = None  # the print of the present question's choices, as they were shown

    def dump(self) -> str:
        return orjson.dumps(self).decode()

    @staticmethod
    def load(text: str) -> "Place":
        raw = json.loads(text)
        for name in ("frame", "parked"):
            raw[name] = Frame(**raw[name]) if raw[name] else None
        raw["detours"] = [Frame(**frame) for frame in raw["detours"]]
        return Place(**raw)


@dataclass(frozen=True)
class LoadedChat:
    id: int
    blocked: bool
    place: Place
    updated_at: datetime
    stored: str  # the place as it was before the event


_EMPTY = Place().dump()
_SEEN_COLUMNS = ("branch", "event_id", "seen_at")
_SEEN = {
    "sqlite": Prepared(sqlite_insert(SeenEvent).on_conflict_do_nothing(), _SEEN_COLUMNS),
    "postgresql": Prepared(pg_insert(SeenEvent).on_conflict_do_nothing(), _SEEN_COLUMNS),
}
_NEW = {
    "sqlite": sqlite_insert(Conversation).on_conflict_do_nothing(),
    "postgresql": pg_insert(Conversation).on_conflict_do_nothing(),
}
_LOAD = Prepared(
    select(
        Conversation.id,
        Conversation.blocked,
        Conversation.turn,
        Conversation.place,
        Conversation.updated_at,
    )
    .where(Conversation.branch == bindparam("branch"), Conversation.user_id == bindparam("user_id"))
    # Not the strongest lock: rows of other tables may go on pointing to the chat meanwhile.
    .with_for_update(key_share=True)
)
_SAVE = Prepared(
    update(Conversation)
    .where(Conversation.id == bindparam("chat_id"))
    .values(
        flow=bindparam("flow"),
        step=bindparam("step"),
        turn=bindparam("turn"),
        place=bindparam("place"),
        blocked=bindparam("blocked"),
        updated_at=bindparam("updated_at"),
    )
)


def first_time(db: Connection, branch: str, event_id: str, now: datetime) -> bool:
    """Remembers an event; False when it had been seen already."""
    row = {"branch": branch, "event_id": event_id, "seen_at": now}
    return _SEEN[db.dialect.name].run(db, row) == 1


def load(db: Connection, branch: str, user_id: str, now: datetime) -> LoadedChat:
    """The chat, locked until the transaction ends; begun when it is new."""
    key = {"branch": branch, "user_id": user_id}
    found = _LOAD.first(db, key)
    if found is None:
        new = {"blocked": False, "turn": 0, "place": _EMPTY, "updated_at": now}
        db.execute(_NEW[db.dialect.name], key | new)
        (found,) = _LOAD.all(db, key)
    chat_id, blocked, turn, place, updated_at = found
    try:
        return LoadedChat(chat_id, blocked, Place.load(place), updated_at, place)
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("the place of a chat cannot be read; it begins anew")  # another release wrote it
        anew = Place(turn=turn + 1)
        return LoadedChat(chat_id, blocked, anew, updated_at, anew.dump())


def reachable(db: Connection, branch: str, chat_id: int) -> str | None:
    """The LINE user of a chat that can be written to; None when they have left, or there is no such chat."""
    query = select(Conversation.user_id).where(Conversation.id == chat_id, Conversation.branch == branch)
    return db.execute(query.where(Conversation.blocked.is_(False))).scalar_one_or_none()


def save(db: Connection, chat_id: int, place: Place, *, blocked: bool, now: datetime) -> None:
    """Keeps where the chat stands now."""
    frame = place.frame
    _SAVE.run(
        db,
        {
            "chat_id": chat_id,
            "flow": frame.flow if frame else None,
            "step": frame.step if frame else None,
            "turn": place.turn,
            "place": place.dump(),
            "blocked": blocked,
            "updated_at": now,
        },
    )


def store_event(
    db: Connection,
    branch: str,
    chat_id: int,
    turn: int,
    message_id: str,
    event: dict[str, Any],
    now: datetime,
) -> None:
    """Keeps an event whose bytes a worker will fetch."""
    db.execute(
        insert(StoredEvent),
        {
            "branch": branch,
            "chat_id": chat_id,
            "turn": turn,
            "message_id": message_id,
            "event": json.dumps(event, ensure_ascii=False),
            "tries": 0,
            "received_at": now,
            "due_at": now,
        },
    )


def photos_waiting(db: Connection, chat_id: int) -> int:
    """How many stored events of a chat are not answered yet."""
    query = select(func.count()).select_from(StoredEvent).where(StoredEvent.chat_id == chat_id)
    return db.execute(query).scalar_one()


def forget_message(db: Connection, branch: str, message_id: str) -> None:
    """Removes what was stored of a message that its writer has taken back (unsend)."""
    db.execute(delete(StoredEvent).where(StoredEvent.branch == branch, StoredEvent.message_id == message_id))


def forget_old_events(db: Connection, now: datetime) -> int:
    """Removes event ids after 90 days; LINE redelivers for minutes, not months."""
    return db.execute(delete(SeenEvent).where(SeenEvent.seen_at < now - EVENT_IDS_KEPT)).rowcount


def forget_unfinished(db: Connection, now: datetime) -> int:
    """Empties the chats whose talk was left in the middle, or for another one, 30 days ago: its answers go with it.

    Looks through all chats, once a night: an index that finds them would have to be written with every event."""
    of = Conversation
    left = select(of.id, of.turn).where(of.updated_at < now - UNFINISHED_KEPT, of.place.contains('"answers"'))
    rows = db.execute(left.limit(MOST_AT_ONCE).with_for_update(skip_locked=True)).all()
    begun_anew = [
        {"chat": chat_id, "turn": turn + 1, "place": Place(turn=turn + 1).dump()} for chat_id, turn in rows
    ]
    if begun_anew:
        db.execute(update(of).where(of.id == bindparam("chat")).values(flow=None, step=None), begun_anew)
    return len(begun_anew)
