"""One-use addresses from which events are taken into a phone's calendar, and how often each event's days were moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, String, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.calendar import Event
from models.conversation import Conversation
from models.one_use import KEPT, PAGE_LIFE, hash_of, new_address
from models.upsert import inserting


class CalendarPage(Base):
    """An address handed to a chat; only a hash of it is kept."""

    __tablename__ = "calendar_pages"
    page_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    uids: Mapped[str] = mapped_column(Text)  # one a line
    asked_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_calendar_pages_asked", "asked_at"),)


class IssuedEvent(Base):
    """The days with which an event was last handed out, and how often they have moved since the first time."""

    __tablename__ = "calendar_issues"
    uid: Mapped[str] = mapped_column(String(80), primary_key=True)
    days: Mapped[str] = mapped_column(String(60))
    sequence: Mapped[int]


@dataclass(frozen=True)
class OpenCalendar:
    """A page that may still be used."""

    page_hash: str
    branch: str
    uids: tuple[str, ...]


def new_page(db: Connection, chat_id: int, uids: Sequence[str], now: datetime) -> str:
    """An opaque page id, good once, for 30 minutes."""
    page = new_address()
    row = {
        "page_hash": hash_of(page),
        "chat_id": chat_id,
        "uids": "\n".join(uids),
        "asked_at": now,
        "used_at": None,
    }
    db.execute(insert(CalendarPage), row)
    return page


def open_page(db: Connection, page: str, now: datetime) -> OpenCalendar | None:
    """The page behind an id; None when it is unknown, used, or too old."""
    query = (
        select(CalendarPage.page_hash, Conversation.branch, CalendarPage.uids)
        .join(Conversation, Conversation.id == CalendarPage.chat_id)
        .where(CalendarPage.page_hash == hash_of(page), CalendarPage.used_at.is_(None))
        .where(CalendarPage.asked_at > now - PAGE_LIFE)
    )
    row = db.execute(query).one_or_none()
    return OpenCalendar(row.page_hash, row.branch, tuple(row.uids.split("\n"))) if row else None


def use(db: Connection, page: OpenCalendar, now: datetime) -> bool:
    """Uses the page up; False when somebody else was faster."""
    this = (CalendarPage.page_hash == page.page_hash, CalendarPage.used_at.is_(None))
    return db.execute(update(CalendarPage).where(*this).values(used_at=now)).rowcount == 1


def sequence(db: Connection, event: Event) -> int:
    """How often the event's days have moved since they were first handed out; remembers them as they are now."""
    days = f"{event.first} {event.last} {event.time}"
    issued = IssuedEvent
    row = {"uid": event.uid, "days": days, "sequence": 0}
    db.execute(inserting(db, issued).on_conflict_do_nothing(), row)
    moved = update(issued).where(issued.uid == event.uid, issued.days != days)
    db.execute(moved.values(days=days, sequence=issued.sequence + 1))
    return db.execute(select(issued.sequence).where(issued.uid == event.uid)).scalar_one()


def forget_old_pages(db: Connection, now: datetime) -> int:
    """Removes pages after a day."""
    return db.execute(delete(CalendarPage).where(CalendarPage.asked_at < now - KEPT)).rowcount
