"""How many pushes a month will cost, by day; and what near the plan's limit is held back, the least urgent first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Integer, Select, cast, func, literal, or_, select, union

from models.branch import Branch
from models.conversation import Conversation
from models.days import add_months, day_of
from models.mailing import Mailing, MailingBatch
from models.outbox import Outgoing
from models.reminder_figures import reachable
from models.reminder_people import Chats, whom
from models.reminder_plans import Subject
from models.reminders import PLANNED, Plan, Planned, Reminder

SubjectOf = Callable[[Planned], Subject | None]


@dataclass(frozen=True)
class DayForecast:
    """One day's pushes: how many chats, for which plans."""

    day: date
    pushes: int
    plans: tuple[Planned, ...]


@dataclass(frozen=True)
class Quota:
    """What the plan of the LINE account allows in a month; None = no limit."""

    limit: int | None
    used: int


def coming(db: Connection, branch: str, first: date, last: date) -> list[Planned]:
    """Plans of these days that are not closed."""
    query = select(*PLANNED).where(Plan.branch == branch, Plan.closed_at.is_(None))
    rows = db.execute(query.where(Plan.due_on.between(first, last)).order_by(Plan.due_on, Plan.id))
    return [Planned(*row) for row in rows]


def forecast(
    db: Connection, branch: Branch, plans: Sequence[Planned], subject_of: SubjectOf
) -> list[DayForecast]:
    """By day, the chats that will be told by what is known today; those who write before cost nothing."""
    days: dict[date, list[Planned]] = {}
    for plan in plans:
        days.setdefault(plan.due_on, []).append(plan)
    return [
        DayForecast(day, _chats(db, branch, day, theirs, subject_of), tuple(theirs))
        for day, theirs in sorted(days.items())
    ]


def by_month(days: Sequence[DayForecast]) -> dict[date, int]:
    """Pushes by the first day of each month."""
    months: dict[date, int] = {}
    for one in days:
        first = one.day.replace(day=1)
        months[first] = months.get(first, 0) + one.pushes
    return months


def owed(db: Connection, branch: str) -> int:
    """Pushes that have been decided and that LINE has not counted yet."""
    batches = (
        select(func.coalesce(func.sum(MailingBatch.people), 0))
        .join(Mailing, Mailing.id == MailingBatch.mailing_id)
        .where(Mailing.branch == branch, MailingBatch.outcome.is_(None), MailingBatch.due_at.is_not(None))
    )
    single = select(func.count()).where(
        Outgoing.branch == branch, Outgoing.outcome.is_(None), Outgoing.reply_token.is_(None)
    )
    return int(db.execute(batches).scalar_one()) + int(db.execute(single).scalar_one())


def affordable(
    db: Connection,
    branch: Branch,
    plans: Sequence[Planned],
    quota: Quota,
    now: datetime,
    subject_of: SubjectOf,
) -> tuple[list[Planned], list[Planned]]:
    """Of the plans of today those that may be told, and those held back: what the more urgent will need, at a later
    hour or on a later day of this month, is kept for them. What goes with a message that is sent anyway costs nothing."""
    if quota.limit is None:
        return list(plans), []
    left = quota.limit - quota.used - owed(db, branch.id)
    later = _rest_of_month(db, branch, day_of(now))
    if left >= (1 + len(later)) * reachable(db, branch.id):
        return list(plans), []
    told: list[Planned] = []
    held: list[Planned] = []
    messages = 0
    for plan in sorted(plans, key=lambda one: (one.urgency, one.stale_at)):
        with_it = _messages(db, [*told, plan], now)
        if with_it > messages:
            today = _messages(db, [*told, plan], now, [one for one in told if one.urgency < plan.urgency])
            urgent = [one for one in later if one.urgency < plan.urgency]
            if left < today + sum(one.pushes for one in forecast(db, branch, urgent, subject_of)):
                held.append(plan)
                continue
        told.append(plan)
        messages = with_it
    return told, held


def _messages(
    db: Connection, plans: Sequence[Planned], now: datetime, all_day: Sequence[Planned] = ()
) -> int:
    """How many chats wait for one of these plans by now, or for one of those at whatever hour of the day."""
    ids, whenever = [one.id for one in plans], [one.id for one in all_day]
    waiting = select(func.count(Reminder.chat_id.distinct())).where(
        Reminder.outcome.is_(None),
        Reminder.plan_id.in_(ids),
        or_(Reminder.due_at <= now, Reminder.plan_id.in_(whenever)),
    )
    return int(db.execute(waiting).scalar_one())


def _rest_of_month(db: Connection, branch: Branch, today: date) -> list[Planned]:
    end = add_months(today.replace(day=1), 1)
    return [one for one in coming(db, branch.id, today, end) if today < one.due_on < end]


def _chats(db: Connection, branch: Branch, day: date, plans: Sequence[Planned], subject_of: SubjectOf) -> int:
    found = [(plan, subject_of(plan)) for plan in plans]
    queries: list[Select[int]] = [
        whom(branch, subject, plan, day, Chats()).with_only_columns(Conversation.id)
        for plan, subject in found
        if subject is not None
    ]
    if not queries:
        return 0
    chats = union(*queries, select(cast(literal(None), Integer))).subquery()
    return int(db.execute(select(func.count(chats.c[0]))).scalar_one())
