"""How many pushes a month will cost, by day; and what near the plan's limit is held back, the least urgent first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Integer, Select, cast, func, literal, select, union

from models.branch import Branch
from models.conversation import Conversation
from models.days import add_months
from models.mailing import Mailing, MailingBatch
from models.outbox import Outgoing
from models.reminder_figures import reachable
from models.reminder_people import Chats, whom
from models.reminder_plans import Subject
from models.reminders import PLANNED, Plan, Planned

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
    waiting: Mapping[int, int],
    quota: Quota,
    now_day: date,
    subject_of: SubjectOf,
) -> tuple[list[Planned], list[Planned]]:
    """The plans that may be told, and those held back: what the more urgent of this month will need is kept for them."""
    if quota.limit is None:
        return list(plans), []
    left = quota.limit - quota.used - owed(db, branch.id)
    later = _rest_of_month(db, branch, now_day)
    if left >= sum(waiting.values()) + len(later) * reachable(db, branch.id):
        return list(plans), []
    told: list[Planned] = []
    held: list[Planned] = []
    for plan in sorted(plans, key=lambda one: (one.urgency, one.stale_at)):
        urgent = [one for one in later if one.urgency < plan.urgency]
        kept = sum(one.pushes for one in forecast(db, branch, urgent, subject_of))
        if waiting.get(plan.id, 0) + kept <= left:
            told.append(plan)
            left -= waiting.get(plan.id, 0)
        else:
            held.append(plan)
    return told, held


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
