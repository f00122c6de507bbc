"""Broadcasts: what is said to whom and when, in which state each stands, and how they are found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, ForeignKey, Index, Row, String, Text, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models import approval
from models.base import Base, Instant, Refusal
from models.segments import Segment

State = Literal[
    "draft",  # being written
    "listing",  # its list is frozen, some at a time
    "waiting",  # for a second person's yes
    "approved",  # for its hour
    "first",  # the first people are being told
    "held",  # a minute in which it can be stopped
    "rest",  # everybody else is being told
    "sent",
    "stopped",
    "cancelled",
]
STATES: dict[str, str] = {
    "draft": "下書き",
    "listing": "宛先を確定中",
    "waiting": "承認待ち",
    "approved": "送信予定",
    "first": "はじめの人に送信中",
    "held": "残りの送信を待機中",
    "rest": "送信中",
    "sent": "送信済み",
    "stopped": "中止",
    "cancelled": "取り消し",
}
KIND = "broadcast"  # of approvals and of mailings
RUNNING = ("first", "held", "rest")
OVER = ("sent", "stopped", "cancelled")
LONGEST_TITLE = 20
LONGEST_TEXT = 5_000  # UTF-16 units: LINE's own count
LONGEST_REASON = 100


class Broadcast(Base):
    """One announcement. From `listing` on what it says stands in two mailings: the first people's and the rest's."""

    __tablename__ = "broadcasts"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int]  # each change after the first wish is a new one
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    text: Mapped[str] = mapped_column(Text)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("broadcast_pictures.id"))
    button: Mapped[str] = mapped_column(Text)  # JSON; empty without one
    audience: Mapped[str] = mapped_column(Text)  # a dumped segment
    send_at: Mapped[datetime | None] = mapped_column(Instant)  # None = as soon as it is approved
    quiet_reason: Mapped[str] = mapped_column(String(LONGEST_REASON))  # why it may go out at night
    drafter_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    drafter_chat: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    writer_chat: Mapped[int | None]  # who changed it last; None in broadcasts of before this was kept
    approver_chat: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    approval_id: Mapped[int | None]
    first_mailing: Mapped[int | None]
    rest_mailing: Mapped[int | None]
    first_share: Mapped[int]  # so many are told before everybody else
    listed: Mapped[int]  # people whose list is frozen
    listed_until: Mapped[int]  # the last chat of them
    list_digest: Mapped[str] = mapped_column(String(64))  # of all chats so far, in order
    people: Mapped[int]  # whom it is for, linked or not, when the list was frozen …
    unlinked: Mapped[int]  # … and of these those whom no chat held,
    blocked: Mapped[int]  # and those in blocked chats only
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # when a worker is to look at it
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    told_short: Mapped[
        bool
    ]  # that the month's quota is used up was said; once stopped, that it was the reason
    __table_args__ = (
        UniqueConstraint("drafter_chat", "created_at"),  # a talk that is gone through again makes one draft
        Index("ix_broadcasts_branch", "branch", "state"),
        Index("ix_broadcasts_due", "due_at"),
    )


@dataclass(frozen=True)
class Draft:
    """A broadcast as it stands."""

    id: int
    branch: str
    state: State
    revision: int
    title: str
    text: str
    picture_id: int | None
    button: str
    audience: str
    send_at: datetime | None
    quiet_reason: str
    drafter_id: int
    drafter_chat: int
    writer_chat: int | None
    approver_chat: int | None
    approval_id: int | None
    first_mailing: int | None
    rest_mailing: int | None
    first_share: int
    listed: int
    listed_until: int
    list_digest: str
    people: int
    unlinked: int
    blocked: int
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    told_short: bool

    @property
    def segment(self) -> Segment:
        return Segment.load(self.audience)

    @property
    def about(self) -> str:
        """Its natural key among mailings: one a revision."""
        return f"{self.id}.{self.revision}"

    @property
    def own_chats(self) -> set[int]:
        """Of who asks for it and of who changed it last: neither can be the second person."""
        return {self.drafter_chat, self.writer_chat or self.drafter_chat}

    def fields_seen(self) -> dict[str, object]:
        """All that a second person's yes is bound to: text, picture, button, list and time."""
        return {
            "title": self.title,
            "text": self.text,
            "picture": self.picture_id,
            "button": self.button,
            "audience": self.audience,
            "people": self.listed,
            "list": self.list_digest,
            "send_at": self.send_at.isoformat() if self.send_at else "",
            "quiet_reason": self.quiet_reason,
        }

    def digest(self) -> str:
        return approval.digest_of(self.fields_seen())


_COLUMNS = [Broadcast.__table__.columns[name] for name in Draft.__dataclass_fields__]


def found(db: Connection, branch: str, number: str | int) -> Draft | None:
    """The broadcast of a branch with this number."""
    if not str(number).isascii() or not str(number).isdecimal() or len(str(number)) > 9:
        return None
    query = select(*_COLUMNS).where(Broadcast.id == int(number), Broadcast.branch == branch)
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


def get(db: Connection, branch: str, number: str | int) -> Draft:
    """The same. Raises Refusal when there is none."""
    one = found(db, branch, number)
    if one is None:
        raise Refusal("この配信は見つかりません。配信の一覧から選び直してください。", "no_broadcast")
    return one


def listed(
    db: Connection, branch: str, states: Sequence[str], *, words: str = "", limit: int = 8, before: int = 0
) -> list[Draft]:
    """Broadcasts in these states, newest first; those whose title or text holds the words."""
    query = select(*_COLUMNS).where(Broadcast.branch == branch, Broadcast.state.in_(states))
    if words:
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%"
        query = query.where(
            or_(Broadcast.title.like(like, escape="\\"), Broadcast.text.like(like, escape="\\"))
        )
    if before:
        query = query.where(Broadcast.id < before)
    return [_draft(row) for row in db.execute(query.order_by(Broadcast.id.desc()).limit(limit))]


def begun(db: Connection, branch: str, chat_id: int, at: datetime) -> Draft | None:
    """The broadcast that a chat began to write at an instant."""
    query = select(*_COLUMNS).where(Broadcast.drafter_chat == chat_id, Broadcast.created_at == at)
    row = db.execute(query.where(Broadcast.branch == branch)).one_or_none()
    return _draft(row) if row else None


def last_sent(db: Connection, branch: str, *, but: int = 0) -> Draft | None:
    """The last broadcast that was sent."""
    query = (
        select(*_COLUMNS)
        .where(Broadcast.branch == branch, Broadcast.started_at.is_not(None), Broadcast.id != but)
        .order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


def same_text(db: Connection, one: Draft) -> Draft | None:
    """An earlier broadcast of the same words that was sent."""
    query = (
        select(*_COLUMNS)
        .where(Broadcast.branch == one.branch, Broadcast.text == one.text, Broadcast.id != one.id)
        .where(Broadcast.started_at.is_not(None))
        .order_by(Broadcast.id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


# What workers ask


def due(db: Connection, now: datetime, limit: int = 20) -> list[Draft]:
    """Broadcasts that a worker is to look at."""
    query = select(*_COLUMNS).where(Broadcast.due_at <= now).order_by(Broadcast.due_at).limit(limit)
    return [_draft(row) for row in db.execute(query)]


_NEXT_DUE = select(func.min(Broadcast.due_at))


def next_due(db: Connection) -> datetime | None:
    return db.execute(_NEXT_DUE).scalar()


def are_at_work(db: Connection, branch: str) -> bool:
    """True while somebody writes, waits or sends in the branch: then the quota's figure is wanted."""
    at_work = ("draft", "listing", "waiting", "approved", *RUNNING)
    query = select(Broadcast.id).where(Broadcast.branch == branch, Broadcast.state.in_(at_work)).limit(1)
    return db.execute(query).first() is not None


def _draft(row: Row[Any]) -> Draft:
    return Draft(**row._mapping)
