"""Who is told what, when and why: plans that the calendar yields, and the people that each one concerns."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant

_OPEN = text("outcome IS NULL")
RODE, PUSHED, SPARED, STALE, MOVED = "rode", "pushed", "spared", "stale", "moved"
TOLD = (RODE, PUSHED)


class EventSeen(Base):
    """An event of the calendar as the reminders know it; its revision grows when staff move its days."""

    __tablename__ = "reminder_events"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    event: Mapped[str] = mapped_column(String(80), primary_key=True)
    revision: Mapped[int]
    first: Mapped[date]
    last: Mapped[date]
    time: Mapped[str] = mapped_column(String(5))
    words: Mapped[str]  # its day, as people were told
    in_at: Mapped[datetime | None] = mapped_column(Instant)  # a result that has come in


class Plan(Base):
    """One reminder of one event, for all whom it concerns."""

    __tablename__ = "reminder_plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    event: Mapped[str] = mapped_column(String(80))
    offset: Mapped[str] = mapped_column(String(12))  # 14, 7, 1, 0 days before; begins, on, in, moved, known
    revision: Mapped[int]
    topic: Mapped[str] = mapped_column(String(30))
    urgency: Mapped[int]  # 0 is held back last
    ready_at: Mapped[datetime] = mapped_column(Instant)  # from then on it rides on the person's own message
    due_on: Mapped[date]  # pushed on this day, at the person's hour …
    latest_hour: Mapped[int]  # … or at this one, when theirs would come too late
    stale_at: Mapped[datetime] = mapped_column(Instant)  # from then on it helps nobody
    was: Mapped[str]  # the day that people were told before it was moved
    derived_to: Mapped[int]  # the last person for whom it has been found whether they are concerned
    derived_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(
        String(12)
    )  # over, missed, moved; in: the result it announces
    __table_args__ = (
        UniqueConstraint("branch", "event", "offset", "revision"),
        Index("ix_reminder_plans_open", "branch", "ready_at", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip


class Reminder(Base):
    """One person who is told in one chat; the key makes a job that runs twice harmless."""

    __tablename__ = "reminders"
    plan_id: Mapped[int] = mapped_column(primary_key=True)  # no foreign keys: a million rows at once
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(8))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_reminders_open", "chat_id", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class ReminderReport(Base):
    """What was not sent, or was told anew, and to how many; for staff."""

    __tablename__ = "reminder_reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(12))  # stale, missed, held, moved, dropped
    plan_id: Mapped[int] = mapped_column(ForeignKey("reminder_plans.id"))
    day: Mapped[date]
    people: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        UniqueConstraint("plan_id", "kind", "day"),
        Index("ix_reminder_reports_at", "branch", "at"),
    )


@dataclass(frozen=True)
class Planned:
    """A plan as the rest of the program reads it."""

    id: int
    branch: str
    event: str
    offset: str
    revision: int
    topic: str
    urgency: int
    ready_at: datetime
    due_on: date
    latest_hour: int
    stale_at: datetime
    was: str
    derived_to: int


PLANNED = tuple(getattr(Plan, name) for name in Planned.__dataclass_fields__)
