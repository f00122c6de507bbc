"""One-use pages of the points programme: an address for a gift, a checkup's values, a statement to download."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, ForeignKey, Index, String, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.member import Link
from models.one_use import KEPT, PAGE_LIFE, hash_of, new_address

Purpose = Literal["address", "checkup", "statement"]
# What the page lets the person say when it is filled in, and the talk waits for.
FILLED: dict[Purpose, str] = {"address": "送り先を入力しました", "checkup": "健診結果を入力しました"}


class PointPage(Base):
    """A page handed to one chat for one person; only a hash of its address is kept, and what was filled in until then."""

    __tablename__ = "point_pages"
    page_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(40))  # the gift, or the kind of checkup
    content: Mapped[str] = mapped_column(Text)  # JSON; empty until filled in, and again once it was taken
    asked_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_point_pages_asked", "asked_at"),)


@dataclass(frozen=True)
class OpenPage:
    """A page that may still be used."""

    id: str
    chat_id: int
    branch: str
    person_id: int
    about: str


def new_page(
    db: Connection, chat_id: int, person_id: int, purpose: Purpose, now: datetime, about: str = ""
) -> str:
    """An opaque page id, good once, for 30 minutes."""
    page = new_address()
    row = {
        "page_hash": hash_of(page),
        "chat_id": chat_id,
        "person_id": person_id,
        "purpose": purpose,
        "about": about,
        "content": "",
        "asked_at": now,
    }
    db.execute(insert(PointPage), row)
    return page


def open_page(db: Connection, page: str, purpose: Purpose, now: datetime) -> OpenPage | None:
    """The page behind an id; None when it is unknown, used, too old, or its chat no longer holds the person."""
    held = (Link.chat_id == PointPage.chat_id) & (Link.person_id == PointPage.person_id) & Link.live.is_(True)
    query = (
        select(PointPage.chat_id, Conversation.branch, PointPage.person_id, PointPage.about)
        .join(Conversation, Conversation.id == PointPage.chat_id)
        .join(Link, held)
        .where(PointPage.page_hash == hash_of(page), PointPage.purpose == purpose)
        .where(PointPage.used_at.is_(None), PointPage.asked_at > now - PAGE_LIFE)
    )
    row = db.execute(query).one_or_none()
    return OpenPage(page, *row) if row else None


def use(db: Connection, page: OpenPage, now: datetime, content: Mapping[str, object] | None = None) -> bool:
    """Uses the page up, and keeps what was filled in; False when somebody else was faster."""
    this = (PointPage.page_hash == hash_of(page.id), PointPage.used_at.is_(None))
    written = json.dumps(content, ensure_ascii=False) if content else ""
    return db.execute(update(PointPage).where(*this).values(used_at=now, content=written)).rowcount == 1


def filled_in(db: Connection, page: str, chat_id: int) -> dict[str, str]:
    """What was filled in; empty before that and after it was taken."""
    this = (PointPage.page_hash == hash_of(page), PointPage.chat_id == chat_id)
    content = db.execute(select(PointPage.content).where(*this)).scalar()
    return dict(json.loads(content)) if content else {}


def is_open(db: Connection, page: str, now: datetime) -> bool:
    """True while the page can still be filled in."""
    this = (PointPage.page_hash == hash_of(page), PointPage.used_at.is_(None))
    young = PointPage.asked_at > now - PAGE_LIFE
    return db.execute(select(PointPage.page_hash).where(*this, young)).first() is not None


def take(db: Connection, page: str) -> None:
    """Forgets what was filled in, now that it stands where it belongs."""
    db.execute(update(PointPage).where(PointPage.page_hash == hash_of(page)).values(content=""))


def forget_old_pages(db: Connection, now: datetime) -> int:
    """Removes pages, and what was filled in but never taken, after a day."""
    return db.execute(delete(PointPage).where(PointPage.asked_at < now - KEPT)).rowcount
