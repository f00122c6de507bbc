"""Calling the desk: that something waits is said once to each of its people, joined, at decent hours, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, ForeignKey, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.base import Base, Instant
from models.days import JST, day_of, is_business_day
from models.inbox import InboxTerms, Thread
from models.paper import PaperRequest
from models.question import OpenQuestion
from models.upsert import inserting


class DeskCall(Base):
    """When a desk person was last told that something waits."""

    __tablename__ = "desk_calls"
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True)
    called_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Waiting:
    """What waits for the desk, and since when the newest of it does."""

    papers: int
    messages: int
    questions: int
    newest: datetime | None

    def __bool__(self) -> bool:
        return bool(self.papers or self.messages or self.questions)


def is_calling_time(terms: InboxTerms, now: datetime) -> bool:
    """True on business days, in the hours in which the desk may be called."""
    if not is_business_day(day_of(now)):
        return False
    return _time(terms.calls_from) <= now.astimezone(JST).time() < _time(terms.calls_until)


def waiting(db: Connection, branch: str, questions_since: datetime) -> Waiting:
    """Everything of a branch that waits for the desk now."""
    papers = _count(
        db, PaperRequest.changed_at, PaperRequest.branch == branch, PaperRequest.state == "waiting"
    )
    messages = _count(db, Thread.changed_at, Thread.branch == branch, Thread.state == "waiting")
    questions = _count(
        db,
        OpenQuestion.asked_at,
        OpenQuestion.branch == branch,
        OpenQuestion.done_at.is_(None),
        OpenQuestion.asked_at >= questions_since,
    )
    newest = max((at for _, at in (papers, messages, questions) if at), default=None)
    return Waiting(papers[0], messages[0], questions[0], newest)


def to_be_called(
    db: Connection, chats: Sequence[int], found: Waiting, terms: InboxTerms, now: datetime
) -> list[int]:
    """Those of the desk's chats that are to be called now, noted as called: something new waits, and none was called a moment ago."""
    if not found or found.newest is None or not is_calling_time(terms, now):
        return []
    return [chat for chat in chats if _call(db, chat, found.newest, terms, now)]


def _call(db: Connection, chat: int, newest: datetime, terms: InboxTerms, now: datetime) -> bool:
    """True when this run is the one that calls: the row decides between two runs at once."""
    row = {"chat_id": chat, "called_at": now}
    free = now - timedelta(minutes=terms.call_minutes)
    new = inserting(db, DeskCall).values(row)
    due = (DeskCall.called_at <= newest) & (DeskCall.called_at <= free)
    called = new.on_conflict_do_update(index_elements=["chat_id"], set_={"called_at": now}, where=due)
    return db.execute(called.returning(DeskCall.chat_id)).first() is not None


def _count(
    db: Connection, at: InstrumentedAttribute[datetime], *conditions: ColumnElement[bool]
) -> tuple[int, datetime | None]:
    count, newest = db.execute(select(func.count(), func.max(at)).where(*conditions)).one()
    return int(count), newest


def _time(text: str) -> time:
    return time.fromisoformat(text)
