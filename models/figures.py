"""The numbers of an association's bot: today's and this month's, for the staff, without a person in them."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from models.branch import Branch
from models.conversation import Conversation
from models.coupon_uses import Use
from models.days import JST, day_of
from models.desk_calls import waiting
from models.line_quota import Quota, quota
from models.member import Link
from models.refusals import Refused, refused

REDEEM = "redeem"
MOST_REASONS = 5


@dataclass(frozen=True)
class Figure:
    """One number of today and of this month."""

    label: str
    today: int
    month: int


@dataclass(frozen=True)
class Figures:
    """Everything that the picture shows; the words beside it say the same."""

    day: date
    linked: int  # people linked with a chat now
    counted: tuple[Figure, ...]
    refused: tuple[Figure, ...]  # why, the most frequent of the month first
    waiting: tuple[tuple[str, int], ...]
    quota: Quota | None


def figures(db: Connection, branch: Branch, now: datetime) -> Figures:
    """The numbers of the branch at an instant."""
    day = day_of(now)
    counted = [_new_links(db, branch.id, day)]
    reasons: tuple[Figure, ...] = ()
    if branch.coupons:
        counted.append(_uses(db, branch.id, day))
        reasons = _refusals(db, branch.id, day)
        counted.append(
            Figure("利用できず", sum(one.today for one in reasons), sum(one.month for one in reasons))
        )
    return Figures(
        day, _linked(db, branch.id), tuple(counted), reasons, _waiting(db, branch, now), quota(db, branch.id)
    )


def _linked(db: Connection, branch: str) -> int:
    query = (
        select(func.count(Link.person_id.distinct()))
        .join(Conversation, Conversation.id == Link.chat_id)
        .where(Conversation.branch == branch, Link.live.is_(True))
    )
    return int(db.execute(query).scalar_one())


def _new_links(db: Connection, branch: str, day: date) -> Figure:
    query = (
        select(func.count(Link.id))
        .join(Conversation, Conversation.id == Link.chat_id)
        .where(Conversation.branch == branch)
    )
    numbers = (db.execute(query.where(Link.linked_at >= _start(since))).scalar_one() for since in _since(day))
    return Figure("新しい連携", *(int(number) for number in numbers))


def _uses(db: Connection, branch: str, day: date) -> Figure:
    query = select(func.count(Use.id)).where(Use.branch == branch, Use.live.is_(True), Use.used_on <= day)
    numbers = (db.execute(query.where(Use.used_on >= since)).scalar_one() for since in _since(day))
    return Figure("利用", *(int(number) for number in numbers))


def _refusals(db: Connection, branch: str, day: date) -> tuple[Figure, ...]:
    today, month = (refused(db, branch, REDEEM, since, day) for since in _since(day))
    of_today = {one.code: one.count for one in today}
    named = [_reason(one, of_today) for one in month[:MOST_REASONS]]
    rest = month[MOST_REASONS:]
    if rest:
        others = sum(of_today.get(one.code, 0) for one in rest)
        named.append(Figure("ほかの理由", others, sum(one.count for one in rest)))
    return tuple(named)


def _reason(one: Refused, of_today: dict[str, int]) -> Figure:
    return Figure(one.words, of_today.get(one.code, 0), one.count)


def _waiting(db: Connection, branch: Branch, now: datetime) -> tuple[tuple[str, int], ...]:
    terms = branch.inbox.on(day_of(now)) if branch.inbox else None
    since = now - timedelta(days=terms.question_kept_days if terms else 0)
    found = waiting(db, branch.id, since)
    papers = (("紙の申請", found.papers),) if branch.paper else ()
    return (("残った質問", found.questions), ("届いた伝言", found.messages), *papers)


def _since(day: date) -> tuple[date, date]:
    return day, day.replace(day=1)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=JST)


def in_text(shown: Figures, accent: str) -> str:
    """The figures as they travel, sealed, in the picture's address."""
    counted = [[one.label, one.today, one.month] for one in shown.counted]
    reasons = [[one.label, one.today, one.month] for one in shown.refused]
    quota_ = [shown.quota.used, shown.quota.most, shown.quota.read_at.isoformat()] if shown.quota else None
    parts = [shown.day.isoformat(), shown.linked, counted, reasons, shown.waiting, quota_, accent]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def read_text(text: str) -> tuple[Figures, str]:
    """The figures and the association's colour from a picture's address."""
    day, linked, counted, reasons, waiting_, quota_, accent = json.loads(text)
    last = Quota(quota_[1], quota_[0], datetime.fromisoformat(quota_[2])) if quota_ else None
    return (
        Figures(
            date.fromisoformat(day),
            linked,
            tuple(Figure(*one) for one in counted),
            tuple(Figure(*one) for one in reasons),
            tuple((label, count) for label, count in waiting_),
            last,
        ),
        accent,
    )
