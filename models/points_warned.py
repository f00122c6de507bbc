"""Who is warned of losing points: which day counts, how many days before, and that nobody is told twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.member import Link
from models.points import Losing, State, last_open_day
from models.points_terms import Points
from models.upsert import inserting

OFFSETS = (90, 30, 7, 1)
AS_SOON_AS_KNOWN = 9_999  # instead of days before: the end of a membership has become known


class PointWarning(Base):
    """One warning that a person has been given; its key makes a second run of the job harmless."""

    __tablename__ = "point_warnings"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    event: Mapped[str] = mapped_column(String(40), primary_key=True)
    days_before: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Warned:
    """What a warning says: all that is lost unless it is exchanged by one day."""

    last_chance: date
    losing: tuple[Losing, ...]

    @property
    def event(self) -> str:
        return f"chance:{self.last_chance}"

    @property
    def points(self) -> int:
        return sum(one.points for one in self.losing)

    @property
    def is_ending(self) -> bool:
        return any(one.ending == "membership" for one in self.losing)


@dataclass(frozen=True)
class LinkedChat:
    """A chat that holds a person and can be written to."""

    person_id: int
    chat_id: int
    user_id: str


def warnings(points: Points, state: State) -> tuple[Warned, ...]:
    """What the person would lose, by the last day to exchange it: 31 March also for what goes in April (AMB-K6)."""

    def chance(losing: Losing) -> date:
        return last_open_day(points, losing.last_day)

    if state.reason:
        return ()
    coming = sorted((one for one in state.losing if chance(one) >= state.day), key=chance)
    return tuple(Warned(day, tuple(some)) for day, some in groupby(coming, key=chance))


def due_offset(last_chance: date, day: date) -> int | None:
    """The warning that is due: of 90, 30, 7 and 1 days before the smallest that has been reached, else None."""
    left = (last_chance - day).days
    return min((offset for offset in OFFSETS if left <= offset), default=None) if left >= 0 else None


def new_offsets(db: Connection, person_id: int, warned: Warned, day: date, now: datetime) -> tuple[int, ...]:
    """Writes the warnings down that are due and have not been given; empty when nothing is to be said."""
    due = due_offset(warned.last_chance, day)
    wanted = [*([due] if due is not None else []), *([AS_SOON_AS_KNOWN] if warned.is_ending else [])]
    return tuple(each for each in wanted if _is_new(db, person_id, warned.event, each, now))


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


def expiry_days(points: Points, day: date) -> Iterator[date]:
    """The last days of validity from the day on that a warning may be due for."""
    ends = {(block.terms.expiry.month, block.terms.expiry.day) for block in points.terms.blocks}
    for year in (day.year, day.year + 1):
        for month, last in sorted(ends):
            end = date(year, month, last)
            if day <= end <= day + timedelta(days=max(OFFSETS)):
                yield end


def _is_new(db: Connection, person_id: int, event: str, days_before: int, now: datetime) -> bool:
    row = {"person_id": person_id, "event": event, "days_before": days_before, "at": now}
    new = inserting(db, PointWarning).on_conflict_do_nothing().returning(PointWarning.person_id)
    return db.execute(new, row).first() is not None
