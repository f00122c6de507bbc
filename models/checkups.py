"""Checkup results and the points they earn: the first registered decides, once a fiscal year (R-KAG-10…12, AMB-K4, K9)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy import (
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.days import age_on, day_of, fiscal_end, fiscal_year, in_full
from models.member import Holder
from models.points import terms_on, why_not
from models.points_earning import items_on
from models.points_ledger import CHECKUP, Grant, grant_new, lock
from models.points_terms import CheckupLimits, Points, Range

Source = Literal["association", "member"]
KINDS = {"periodic": "定期健康診断", "dock": "人間ドック", "specific": "特定健康診査"}


class Checkup(Base):
    """One checkup as it was registered. `decides` is the fiscal year whose points it has settled, else NULL."""

    __tablename__ = "checkups"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    registered_on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    decides: Mapped[int | None]
    points: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("person_id", "decides"),)


class CheckupValue(Base):
    """One measured item of a checkup."""

    __tablename__ = "checkup_values"
    person_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    registered_on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    item: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "kind", "registered_on", "source"],
            [f"checkups.{column}" for column in ("person_id", "kind", "registered_on", "source")],
            name="fk_checkup_values_checkup",
        ),
    )


@dataclass(frozen=True)
class Judged:
    """An item of a checkup beside its standard range."""

    item: str
    range: Range
    value: float
    is_within: bool

    @property
    def points(self) -> int:
        return self.range.points if self.is_within else 0


@dataclass(frozen=True)
class Registered:
    """Which checkup of a person: its natural key."""

    kind: str
    registered_on: date
    source: Source


@dataclass(frozen=True)
class Kept:
    """What is stored of a checkup."""

    points: int
    values: dict[str, float]
    decides: int | None  # the fiscal year whose points it has settled


Known: TypeAlias = dict[Registered, Kept]


@dataclass(frozen=True)
class Settled:
    """What came of a checkup; `note` says why there are no points."""

    granted_on: date
    judged: tuple[Judged, ...]
    kept: Kept
    is_new: bool
    note: str = ""

    @property
    def points(self) -> int:
        return self.kept.points


class OtherValues(Exception):
    """The same checkup is registered already, with other values."""

    def __init__(self, known: Mapping[str, float]) -> None:
        super().__init__("registered with other values")
        self.known = dict(known)


def register(
    db: Connection, points: Points, holder: Holder, kind: str, values: Mapping[str, float], now: datetime
) -> Settled:
    """A member enters their own results. Raises Refusal when these come from the association."""
    day = day_of(now)
    if reason := why_not(points, holder, day):
        raise Refusal(reason, "not_a_member")
    if comes_from_association(points, holder, day):
        age = _limits(points, day).collected_from_age
        text = f"年度の終わりに{age}歳以上の方の健診結果は、共済組合に届いたデータで登録されます。ご自身での登録はいりません。"
        raise Refusal(text, "from_association")
    ranges = items_on(points, day).checkup
    if not values or not set(values) <= set(ranges) or kind not in KINDS:
        raise Refusal("健診の項目を一覧から選んで、値を入れてください。", "values")
    for item, value in values.items():
        if not ranges[item].is_plausible(value):
            text = f"{ranges[item].name}は、{ranges[item].expected()}で入れてください。"
            raise Refusal(text, "values")
    try:
        return settle(db, points, holder, kind, day, "member", values, author="member", now=now)
    except OtherValues:
        text = "今日は、この健診をもう登録しています。値の間違いは窓口にお知らせください。"
        raise Refusal(text, "registered") from None


def settle(
    db: Connection,
    points: Points,
    holder: Holder,
    kind: str,
    registered_on: date,
    source: Source,
    values: Mapping[str, float],
    *,
    author: str,
    now: datetime,
) -> Settled:
    """Keeps a checkup and gives its points if it is the one that decides. Raises OtherValues."""
    lock(db, holder.id)
    known = known_checkups(db, [holder.id]).get(holder.id, {})
    one = Registered(kind, registered_on, source)
    settled = decide(points, holder, one, values, known)
    if settled.is_new:
        keep(db, points, [(holder.id, one, settled)], author=author, now=now)
    return settled


def decide(
    points: Points, holder: Holder, one: Registered, values: Mapping[str, float], known: Known
) -> Settled:
    """What a checkup earns beside those that are known, and adds it to them. Raises OtherValues."""
    granted_on = grant_day(points, one.registered_on)
    judged = judge(points, holder, one.registered_on, values)
    if one in known:
        if known[one].values != dict(values):
            raise OtherValues(known[one].values)
        return Settled(granted_on, judged, known[one], False, "この健診は、すでに登録されています。")
    year = fiscal_year(granted_on)
    note = _why_nothing(points, holder, one, year, known)
    earned = 0 if note else _points(points, one.registered_on, judged)
    known[one] = Kept(earned, dict(values), None if note else year)
    return Settled(granted_on, judged, known[one], True, note)


def keep(
    db: Connection,
    points: Points,
    new: Sequence[tuple[int, Registered, Settled]],
    *,
    author: str,
    now: datetime,
) -> None:
    """Writes new checkups with their points, all at one go."""
    rows: list[dict[str, object]] = []
    values: list[dict[str, object]] = []
    for person, one, settled in new:
        key = {"person_id": person, **asdict(one)}
        rows.append({**key, "decides": settled.kept.decides, "points": settled.points, "at": now})
        values += ({**key, "item": item, "value": value} for item, value in settled.kept.values.items())
    if rows:
        db.execute(insert(Checkup), rows)
        db.execute(insert(CheckupValue), values)
    grants = [_grant(points, person, one, settled) for person, one, settled in new if settled.points]
    grant_new(db, points.branch, grants, author=author, now=now)


def known_checkups(db: Connection, people: Sequence[int]) -> dict[int, Known]:
    """All checkups of these people that are registered already."""
    found: dict[int, Known] = {}
    for row in db.execute(select(Checkup).where(Checkup.person_id.in_(people))):
        one = Registered(row.kind, row.registered_on, row.source)
        found.setdefault(row.person_id, {})[one] = Kept(row.points, {}, row.decides)
    for value in db.execute(select(CheckupValue).where(CheckupValue.person_id.in_(people))):
        one = Registered(value.kind, value.registered_on, value.source)
        found[value.person_id][one].values[value.item] = value.value
    return found


def judge(points: Points, holder: Holder, day: date, values: Mapping[str, float]) -> tuple[Judged, ...]:
    """Each value beside its standard range, in the order of the branch's sheet."""
    ranges, sex = items_on(points, day).checkup, holder.latest.sex
    return tuple(
        Judged(item, one, values[item], one.holds(values[item], sex))
        for item, one in ranges.items()
        if item in values
    )


def comes_from_association(points: Points, holder: Holder, registered_on: date) -> bool:
    """True from the age on at which only the association's data earn points: the age at the fiscal year's end (AMB-K4),
    one year older from the day before the birthday, as the law counts (AMB-A18)."""
    end = fiscal_end(fiscal_year(grant_day(points, registered_on)))
    age = age_on(holder.latest.birthdate, end + timedelta(days=1))
    return age >= _limits(points, registered_on).collected_from_age


def settled_already(db: Connection, points: Points, holder: Holder, day: date) -> str:
    """What has settled the points of a checkup registered on this day, as a sentence; empty when nothing has."""
    year = fiscal_year(grant_day(points, day))
    other = _deciding(year, known_checkups(db, [holder.id]).get(holder.id, {}))
    return _is_settled(other, year) if other else ""


def grant_day(points: Points, registered_on: date) -> date:
    """The day on which the points of a checkup arrive (R-KAG-09)."""
    days = points.grants_on(registered_on)
    if days is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    return registered_on + timedelta(days=days.checkup_days)


def _limits(points: Points, day: date) -> CheckupLimits:
    limits = terms_on(points, day).checkup
    if limits is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    return limits


def _points(points: Points, day: date, judged: tuple[Judged, ...]) -> int:
    """Each item within its range, and what the branch adds for any result at all."""
    base = items_on(points, day).earning.get("checkup")
    return sum(one.points for one in judged) + (base.points if base else 0)


def _grant(points: Points, person_id: int, one: Registered, settled: Settled) -> Grant:
    last_day = terms_on(points, settled.granted_on).last_day(settled.granted_on)
    lot, reference = f"{CHECKUP}{settled.kept.decides}", f"{one.kind}:{one.registered_on}"
    return Grant(person_id, lot, settled.points, settled.granted_on, last_day, "checkup", reference)


def _why_nothing(points: Points, holder: Holder, one: Registered, year: int, known: Known) -> str:
    if one.source == "member" and comes_from_association(points, holder, one.registered_on):
        return "この方の健診結果のポイントは、共済組合に届いたデータで付きます。"
    other = _deciding(year, known)
    if other is None:
        return ""
    is_late = one.registered_on < other.registered_on
    late = "登録日はこの結果のほうが先ですが、届いたのが後のため変わりません。" if is_late else ""
    return f"{_is_settled(other, year)}{late}"


def _deciding(year: int, known: Known) -> Registered | None:
    return next((one for one, kept in known.items() if kept.decides == year), None)


def _is_settled(other: Registered, year: int) -> str:
    return (
        f"健診結果のポイントは年度に1回です。{in_full(other.registered_on)}に登録された"
        f"{KINDS[other.kind]}の結果で、{year}年度のぶんは決まっています。"
    )
