"""Earning health points: what a member does, how often it counts, and the day on which the points arrive (R-KAG-09)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Float, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.days import day_of
from models.member import Holder
from models.points import at_rest_when_granted, terms_on, why_not
from models.points_ledger import Grant, grant, known_lots
from models.points_terms import Earning, GrantDays, PointItems, Points, PointTerms
from models.upsert import inserting

Activity = Literal["first_login", "daily_login", "record", "my_rule", "steps", "article"]
ACTIVITIES: tuple[Activity, ...] = ("first_login", "daily_login", "record", "my_rule", "steps", "article")
MOST_STEPS = 200_000


class HealthRecord(Base):
    """What a member wrote down on a day; the last word of the day counts."""

    __tablename__ = "health_records"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(Instant)


class MyRule(Base):
    """A rule that a member has set themselves."""

    __tablename__ = "my_rules"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[date]


@dataclass(frozen=True)
class Earned:
    """What came of an activity. `note` says why `points` is 0, or what keeps them from being used."""

    name: str
    points: int
    granted_on: date | None
    is_new: bool
    note: str = ""


def earn(db: Connection, points: Points, holder: Holder, what: Activity, now: datetime) -> Earned:
    """Gives the points of an activity of today, once a day, month or ever. Raises Refusal when the person may not."""
    day = day_of(now)
    if reason := why_not(points, holder, day):
        raise Refusal(reason, "not_a_member")
    earning, days = _earning(points, what, day)
    key = _key(what, day)
    before = known_lots(db, [(holder.id, key)]).get((holder.id, key))
    if before:
        return Earned(earning.name, before.points, before.granted_on, False, _ALREADY[_per(what)])
    if terms_on(points, day).only_records_on(day):
        return Earned(earning.name, 0, None, False, _nothing_now(terms_on(points, day), what, day))
    granted_on = grant_day(days, what, day)
    note = at_rest_when_granted(points, holder, granted_on)
    if note and what == "first_login":  # only once ever: it waits for a day on which it is worth something
        return Earned(earning.name, 0, None, False, f"{note}はじめての利用のポイントは、まだ付きません。")
    if earning.points:
        last_day = terms_on(points, granted_on).last_day(granted_on)
        one = Grant(holder.id, key, earning.points, granted_on, last_day, what, key)
        grant(db, points.branch, [one], author="rule", now=now)
    return Earned(earning.name, earning.points, granted_on, True, note)


def grant_day(days: GrantDays, what: Activity, day: date) -> date:
    """The day on which the points of a day's activity arrive."""
    after = {"first_login": days.first_login_days, "article": days.article_days}.get(what, days.daily_days)
    return day + timedelta(days=after)


def may_arrive_on(points: Points, what: str, day: date) -> bool:
    """False in the part of the year that earns nothing, except for what was earned just before it, and for the first
    login, which the guide can be read to except (R-AIC-54, AMB-A32)."""
    days, terms = points.grants_on(day), terms_on(points, day)
    earned_on = day - timedelta(days=days.daily_days if days else 0)
    return what == "first_login" or not (terms.only_records_on(day) and terms.only_records_on(earned_on))


def earned_on(db: Connection, holder: Holder, day: date) -> dict[Activity, int]:
    """What the person has already earned for the day's activities, so that nobody is asked twice."""
    keys = {_key(what, day): what for what in ACTIVITIES}
    found = known_lots(db, [(holder.id, key) for key in keys])
    return {keys[key]: lot.points for (_, key), lot in found.items()}


def record(db: Connection, points: Points, holder: Holder, item: str, value: float, now: datetime) -> Earned:
    """Writes a value of today down. Raises Refusal for a value that nobody has."""
    asked = items_on(points, day_of(now)).records.get(item)
    if asked is None:
        raise Refusal("この項目は記録できません。一覧から選んでください。", "no_such_item")
    if not asked.low <= value <= asked.high:
        raise Refusal(
            f"{asked.name}は{asked.low:g}〜{asked.high:g}{asked.unit}の数字で入れてください。", "value"
        )
    earned = earn(db, points, holder, "record", now)
    _write(db, holder, item, value, now)
    return earned


def walk(db: Connection, points: Points, holder: Holder, steps: int, now: datetime) -> Earned:
    """Writes today's steps down; they earn points from the goal on."""
    if not 0 <= steps <= MOST_STEPS:
        raise Refusal(f"歩数は0〜{MOST_STEPS:,}の数字で入れてください。", "value")
    day = day_of(now)
    earning, _ = _earning(points, "steps", day)
    if reason := why_not(points, holder, day):
        raise Refusal(reason, "not_a_member")
    _write(db, holder, "steps", steps, now)
    if earning.goal and steps < earning.goal and not terms_on(points, day).only_records_on(day):
        note = f"{earning.goal:,}歩からポイントが付きます（あと{earning.goal - steps:,}歩）。"
        return Earned(earning.name, 0, None, False, note)
    return earn(db, points, holder, "steps", now)


def choose_rules(
    db: Connection, points: Points, holder: Holder, rules: Collection[str], now: datetime
) -> None:
    """Sets the person's own rules in place of those before."""
    day = day_of(now)
    known = items_on(points, day).my_rules
    if not rules or not set(rules) <= set(known):
        raise Refusal("マイルールは一覧から選んでください。", "no_such_rule")
    this = MyRule.person_id == holder.id
    db.execute(delete(MyRule).where(this, MyRule.rule.not_in(rules)))
    rows = [{"person_id": holder.id, "rule": rule, "since": day} for rule in known if rule in rules]
    db.execute(inserting(db, MyRule).on_conflict_do_nothing(), rows)


def chosen_rules(db: Connection, holder: Holder) -> tuple[str, ...]:
    """The person's own rules."""
    query = select(MyRule.rule).where(MyRule.person_id == holder.id).order_by(MyRule.since, MyRule.rule)
    return tuple(db.execute(query).scalars())


def tick(db: Connection, points: Points, holder: Holder, rule: str, now: datetime) -> Earned:
    """A rule of one's own, kept today."""
    if rule not in chosen_rules(db, holder):
        raise Refusal("先にマイルールを選んでください。", "no_such_rule")
    earned = earn(db, points, holder, "my_rule", now)
    _write(db, holder, f"rule:{rule}", 1, now)
    return earned


def records(db: Connection, holder: Holder, since: date, until: date) -> list[tuple[date, str, float]]:
    """What the person wrote down in these days."""
    query = select(HealthRecord.day, HealthRecord.item, HealthRecord.value).where(
        HealthRecord.person_id == holder.id, HealthRecord.day.between(since, until)
    )
    return [
        (row.day, row.item, row.value)
        for row in db.execute(query.order_by(HealthRecord.day, HealthRecord.item))
    ]


def items_on(points: Points, day: date) -> PointItems:
    """The branch's own sheet on a day. Raises Refusal where it has none yet."""
    items = points.items.get(day)
    if items is None:
        raise Refusal("この日のポイントの一覧は、まだ登録されていません。窓口にお尋ねください。", "no_terms")
    return items


_ALREADY = {
    "once": "はじめての利用のポイントは、1回だけ付きます。",
    "day": "今日のぶんは、すでに付いています。",
    "month": "今月のぶんは、すでに付いています。",
}


def _per(what: Activity) -> Literal["once", "day", "month"]:
    if what == "first_login":
        return "once"
    return "month" if what == "article" else "day"


def _key(what: Activity, day: date) -> str:
    """The natural key: one a day, one a month of viewing (AMB-K8), or one ever."""
    when = {"once": "", "day": f":{day}", "month": f":{day:%Y-%m}"}[_per(what)]
    return f"rule:{what}{when}"


def _earning(points: Points, what: Activity, day: date) -> tuple[Earning, GrantDays]:
    earning, days = items_on(points, day).earning.get(what), points.grants_on(day)
    if earning is None or days is None:
        raise Refusal("この方法では、ポイントは付きません。ほかの方法をお選びください。", "no_such_way")
    return earning, days


def _nothing_now(terms: PointTerms, what: Activity, day: date) -> str:
    if what == "first_login":  # the guide can be read both ways: nothing is promised (AMB-A32)
        return f"{day.month}月のはじめての利用にポイントが付くかは、支部の窓口にお確かめください。"
    assert terms.record_only is not None
    back = terms.record_only.until + timedelta(days=1)
    return f"{day.month}月は記録と交換だけの月です。ポイントは{back.month}月からまた付きます。"


def _write(db: Connection, holder: Holder, item: str, value: float, now: datetime) -> None:
    row = {"person_id": holder.id, "day": day_of(now), "item": item, "value": value, "at": now}
    new = inserting(db, HealthRecord)
    again = {"value": new.excluded.value, "at": new.excluded.at}
    db.execute(new.on_conflict_do_update(index_elements=("person_id", "day", "item"), set_=again), row)
