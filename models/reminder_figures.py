"""What staff see of reminders: the months' pushes as last counted, and what was not sent, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.days import day_of
from models.reminders import Plan, ReminderReport

REASONS = {
    "held": "月の上限が近いため見合わせ",
    "stale": "遅すぎたため送らず",
    "missed": "止まっていたため送らず",
    "moved": "日程が変わったため取り下げ",
}
REPORTED_FOR = timedelta(days=30)
TENTH = 10  # so much more or fewer people make a forecast an old one


class ReminderForecast(Base):
    """The pushes of one month as they were counted last: counting takes too long for a talk."""

    __tablename__ = "reminder_forecasts"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    pushes: Mapped[int]
    reachable: Mapped[int]  # chats, at that time
    made_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Forecast:
    """Pushes by the first day of each month, counted at an instant: of its own month what was still to come."""

    made_at: datetime
    months: Mapping[date, int]


@dataclass(frozen=True)
class Reported:
    """A reminder that was not sent, or was withdrawn: to how many, and why."""

    day: date
    event: str
    offset: str
    kind: str
    people: int


def is_stale(db: Connection, branch: str, now: datetime) -> bool:
    """True when nothing has been counted this month, or many more or fewer people can be reached by now."""
    of = ReminderForecast
    last = db.execute(select(of.reachable, of.made_at).where(of.branch == branch).limit(1)).one_or_none()
    if last is None or day_of(last.made_at).replace(day=1) != day_of(now).replace(day=1):
        return True
    return bool(abs(reachable(db, branch) - last.reachable) * TENTH > last.reachable)


def keep(db: Connection, branch: str, months: Mapping[date, int], now: datetime) -> None:
    """Puts a forecast in the place of the one before."""
    db.execute(delete(ReminderForecast).where(ReminderForecast.branch == branch))
    same = {"branch": branch, "reachable": reachable(db, branch), "made_at": now}
    rows = [same | {"month": month, "pushes": pushes} for month, pushes in months.items()]
    if rows:
        db.execute(insert(ReminderForecast), rows)


def forecast_of(db: Connection, branch: str, since: date) -> Forecast | None:
    """What was counted last, from the month of this day on; None while nothing is."""
    of = ReminderForecast
    query = select(of.month, of.pushes, of.made_at).where(of.branch == branch).order_by(of.month)
    rows = db.execute(query).all()
    months = {row.month: row.pushes for row in rows if row.month >= since.replace(day=1)}
    return Forecast(rows[0].made_at, months) if rows else None


def reported(db: Connection, branch: str, since: date) -> Sequence[Reported]:
    """What was not sent since the day, oldest first."""
    of = ReminderReport
    query = select(of.day, Plan.event, Plan.offset, of.kind, of.people).join(Plan, Plan.id == of.plan_id)
    rows = db.execute(query.where(of.branch == branch, of.day >= since).order_by(of.id))
    return [Reported(*row) for row in rows]


def reachable(db: Connection, branch: str) -> int:
    """Chats that have not left."""
    counted = select(func.count()).where(Conversation.branch == branch, Conversation.blocked.is_(False))
    return int(db.execute(counted).scalar_one())
