"""What a chat wants to be told of by itself: which topics, at what hour, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Select,
    String,
    and_,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.base import Base
from models.days import at
from models.reminders import Plan, Reminder
from models.upsert import inserting

Columns = TypeVarTuple("Columns")

NOON = 12
HOURS = range(8, 21)  # from 21:00 to 8:00 nobody is disturbed


class ReminderSetting(Base):
    """A chat's own hour, and whether it wants no reminders; no row = noon, and all that is usual."""

    __tablename__ = "reminder_settings"
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True, autoincrement=False)
    hour: Mapped[int]
    stopped: Mapped[bool]


class ReminderTopic(Base):
    """A topic that a chat has turned on or off; no row = as the branch's terms have it."""

    __tablename__ = "reminder_topics"
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(String(30), primary_key=True)
    wanted: Mapped[bool]


HOUR_OF_CHAT = func.coalesce(ReminderSetting.hour, NOON)  # in queries `with_settings`


@dataclass(frozen=True)
class Wishes:
    """What a chat has chosen."""

    hour: int = NOON
    stopped: bool = False
    topics: Mapping[str, bool] = field(default_factory=dict)  # only those that were chosen

    def wants(self, topic: str, usual: bool = True) -> bool:
        return not self.stopped and self.topics.get(topic, usual)


def wishes(db: Connection, chat_id: int) -> Wishes:
    """The chat's choices so far."""
    of = ReminderSetting
    row = db.execute(select(of.hour, of.stopped).where(of.chat_id == chat_id)).one_or_none()
    chosen = select(ReminderTopic.topic, ReminderTopic.wanted).where(ReminderTopic.chat_id == chat_id)
    topics = {each.topic: each.wanted for each in db.execute(chosen)}
    return Wishes(row.hour, row.stopped, topics) if row else Wishes(topics=topics)


def mute(db: Connection, chat_id: int, topic: str) -> None:
    """Nothing more of this topic (a programme) for the chat, until it is turned on again."""
    want(db, chat_id, topic, wanted=False)


def want(db: Connection, chat_id: int, topic: str, *, wanted: bool) -> None:
    """Turns a topic on or off."""
    new = inserting(db, ReminderTopic)
    row = {"chat_id": chat_id, "topic": topic, "wanted": wanted}
    kept = new.on_conflict_do_update(
        index_elements=("chat_id", "topic"), set_={"wanted": new.excluded.wanted}
    )
    db.execute(kept, row)


def choose_hour(db: Connection, chat_id: int, hour: int) -> None:
    """The hour of the day at which reminders come, those included that the chat waits for already; each no later than
    it has to. Raises ValueError outside daytime."""
    if hour not in HOURS:
        raise ValueError(f"{hour} is not between {HOURS[0]} and {HOURS[-1]}")
    _set(db, chat_id, {"hour": hour}, {"stopped": False})
    waiting = (Reminder.chat_id == chat_id, Reminder.outcome.is_(None))
    plans = select(Plan.id, Plan.due_on, Plan.latest_hour).join(Reminder, Reminder.plan_id == Plan.id)
    for plan in db.execute(plans.where(*waiting).distinct()).all():
        due_at = at(plan.due_on, min(hour, plan.latest_hour))
        db.execute(update(Reminder).where(*waiting, Reminder.plan_id == plan.id).values(due_at=due_at))


def stop_all(db: Connection, chat_id: int, *, stopped: bool) -> None:
    """No reminders at all, or again those that the topics name."""
    _set(db, chat_id, {"stopped": stopped}, {"hour": NOON})


def with_settings(query: Select[*Columns], chat_id: InstrumentedAttribute[int]) -> Select[*Columns]:
    """The query with each chat's settings beside it, which `wanting` and `HOUR_OF_CHAT` read."""
    return query.outerjoin(ReminderSetting, ReminderSetting.chat_id == chat_id)


def wanting(chat_id: InstrumentedAttribute[int], topic: str, *, usual: bool) -> ColumnElement[bool]:
    """The condition, for queries `with_settings`, that a chat wants a topic; `usual`: those who chose nothing want it."""
    chosen = ReminderTopic
    other = select(literal(1)).where(
        chosen.chat_id == chat_id, chosen.topic == topic, chosen.wanted.is_(not usual)
    )
    return and_(ReminderSetting.stopped.is_not(True), ~other.exists() if usual else other.exists())


def _set(db: Connection, chat_id: int, chosen: dict[str, object], usual: dict[str, object]) -> None:
    new = inserting(db, ReminderSetting).on_conflict_do_update(index_elements=("chat_id",), set_=chosen)
    db.execute(new, {"chat_id": chat_id, **usual, **chosen})
