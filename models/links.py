"""The links between chats and people: which chats hold a person, how a link ends, and which may not be made again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.member import Link, linked


class Disowned(Base):
    """これは私ではありません: this chat may not be linked with this person again until the desk says so."""

    __tablename__ = "disowned_links"
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class LinkedChat:
    """A chat that holds a person and can be written to."""

    person_id: int
    chat_id: int
    user_id: str


@dataclass(frozen=True)
class LinkElsewhere:
    """Another chat's live link with a person of this chat."""

    id: int
    linked_at: datetime


def unlink(db: Connection, chat_id: int, person_id: int | None, now: datetime) -> int:
    """Ends one link of the chat, or all; returns how many ended."""
    live = update(Link).where(Link.chat_id == chat_id, Link.live.is_(True))
    if person_id is not None:
        live = live.where(Link.person_id == person_id)
    return db.execute(live.values(live=None, ended_at=now)).rowcount


def unlink_everywhere(db: Connection, people: Sequence[int], now: datetime) -> int:
    """Ends these people's links in all chats; returns how many ended."""
    live = update(Link).where(Link.person_id.in_(people), Link.live.is_(True))
    return db.execute(live.values(live=None, ended_at=now)).rowcount


def disown(db: Connection, chat_id: int, link_id: int, now: datetime) -> int | None:
    """A chat that holds the person says that another chat's new link is not theirs: that link ends and stays shut.

    Answers whose link it was; None when it is over already, or the chat does not hold the person."""
    query = select(Link.chat_id, Link.person_id).where(Link.id == link_id, Link.live.is_(True))
    link = db.execute(query).one_or_none()
    if link is None or link.person_id not in linked(db, chat_id):
        return None
    unlink(db, link.chat_id, link.person_id, now)
    db.execute(insert(Disowned), {"chat_id": link.chat_id, "person_id": link.person_id, "at": now})
    return int(link.person_id)


def undisown(db: Connection, person_id: int) -> int:
    """The desk lets chats link a person again that were shut out; returns how many."""
    return db.execute(delete(Disowned).where(Disowned.person_id == person_id)).rowcount


def linked_at(db: Connection, chat_id: int, person_id: int) -> datetime | None:
    """When the chat was linked with the person, for the last time; None when it is not."""
    live = (Link.chat_id == chat_id, Link.person_id == person_id, Link.live.is_(True))
    return db.execute(select(Link.linked_at).where(*live)).scalar_one_or_none()


def elsewhere(db: Connection, chat_id: int) -> list[LinkElsewhere]:
    """The live links of other chats with the people of this one, oldest first."""
    people = linked(db, chat_id)
    query = select(Link.id, Link.linked_at).where(
        Link.person_id.in_(people), Link.chat_id != chat_id, Link.live.is_(True)
    )
    return [LinkElsewhere(*row) for row in db.execute(query.order_by(Link.id))]


def linked_chats(db: Connection, people: Sequence[int]) -> dict[int, list[LinkedChat]]:
    """The chats that hold these people and have not left, by person."""
    query = (
        select(Link.person_id, Conversation.id, Conversation.user_id)
        .join(Conversation, Conversation.id == Link.chat_id)
        .where(Link.person_id.in_(people), Link.live.is_(True), Conversation.blocked.is_(False))
        .order_by(Link.person_id, Link.id)
    )
    found: dict[int, list[LinkedChat]] = {}
    for row in db.execute(query):
        found.setdefault(row.person_id, []).append(LinkedChat(*row))
    return found


def chats_with(db: Connection, person_id: int, but: int) -> tuple[tuple[int, str], ...]:
    """The other chats that hold a person: chat id, LINE user id."""
    query = (
        select(Conversation.id, Conversation.user_id)
        .join(Link, Link.chat_id == Conversation.id)
        .where(Link.person_id == person_id, Link.live.is_(True), Conversation.id != but)
    )
    return tuple((row.id, row.user_id) for row in db.execute(query))


def is_disowned(db: Connection, chat_id: int, person_id: int) -> bool:
    """Whether the chat was told that it is not this person's."""
    shut = select(Disowned.chat_id).where(Disowned.chat_id == chat_id, Disowned.person_id == person_id)
    return db.execute(shut).first() is not None
