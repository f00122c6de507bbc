"""Checkup results and the points they earn: the first registered decides, once a fiscal year (R-KAG-10…12, AMB-K4, K9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

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
from models.days import age_on, day_of, fiscal_end, fiscal_year
from models.member import Holder
from models.points import terms_on, why_not
from models.points_earning import items_on
from models.points_ledger import Grant, grant, lock
from models.points_terms import CheckupLimits, Points, Range

Source = Literal["association", "member"]
KINDS = {"periodic": "定期健康診断", "dock": "人間ドック", "specific": "特定健康診査"}
LARGEST = 10_000


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
class Settled:
    """What came of a checkup; `note` says why there are no points."""

    points: int
    granted_on: date
    judged: tuple[Judged, ...]
    is_new: bool
    note: str = ""


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
    if any(not is_possible(value) for value in values.values()):
        raise Refusal("健診の値を、結果の紙のとおりに数字で入れてください。", "values")
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
    granted_on = grant_day(points, registered_on)
    judged = judge(points, holder, registered_on, values)
    year = fiscal_year(granted_on)
    key = {
        "person_id": holder.id,
        "kind": kind,
        "registered_on": registered_on,
        "source": source,
    }
    if (known := known_checkup(db, key)) is not None:
        earned, before = known
        if before != dict(values):
            raise OtherValues(before)
        return Settled(earned, granted_on, judged, False, "この健診は、すでに登録されています。")
    note = _why_nothing(db, points, holder, registered_on, year, source)
    earned = 0 if note else _points(points, registered_on, judged)
    db.execute(insert(Checkup), {**key, "decides": None if note else year, "points": earned, "at": now})
    db.execute(
        insert(CheckupValue), [{**key, "item": item, "value": value} for item, value in values.items()]
    )
    if earned:
        last_day = terms_on(points, granted_on).last_day(granted_on)
        reference = f"{kind}:{registered_on}"
        one = Grant(holder.id, f"checkup:{year}", earned, granted_on, last_day, "checkup", reference)
        grant(db, points.branch, [one], author=author, now=now)
    return Settled(earned, granted_on, judged, True, note)


def judge(points: Points, holder: Holder, day: date, values: Mapping[str, float]) -> tuple[Judged, ...]:
    """Each value beside its standard range, in the order of the branch's sheet."""
    ranges, sex = items_on(points, day).checkup, holder.latest.sex
    return tuple(
        Judged(item, one, values[item], one.holds(values[item], sex))
        for item, one in ranges.items()
        if item in values
    )


def comes_from_association(points: Points, holder: Holder, registered_on: date) -> bool:
    """True from the age on at which only the association's data earn points; the age at the fiscal year's end."""
    year = fiscal_year(grant_day(points, registered_on))
    return (
        age_on(holder.latest.birthdate, fiscal_end(year)) >= _limits(points, registered_on).collected_from_age
    )


def grant_day(points: Points, registered_on: date) -> date:
    """The day on which the points of a checkup arrive (R-KAG-09)."""
    days = points.grants_on(registered_on)
    if days is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    return registered_on + timedelta(days=days.checkup_days)


def known_checkup(db: Connection, key: Mapping[str, object]) -> tuple[int, dict[str, float]] | None:
    """The points and values of a checkup that is registered already."""
    same = [Checkup.__table__.columns[name] == value for name, value in key.items()]
    found = db.execute(select(Checkup.points).where(*same)).scalar_one_or_none()
    if found is None:
        return None
    same = [CheckupValue.__table__.columns[name] == value for name, value in key.items()]
    rows = db.execute(select(CheckupValue.item, CheckupValue.value).where(*same))
    return found, {row.item: row.value for row in rows}


def is_possible(value: float) -> bool:
    return 0 <= value <= LARGEST


def _limits(points: Points, day: date) -> CheckupLimits:
    limits = terms_on(points, day).checkup
    if limits is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    return limits


def _points(points: Points, day: date, judged: tuple[Judged, ...]) -> int:
    """Each item within its range, and what the branch adds for any result at all."""
    base = items_on(points, day).earning.get("checkup")
    return sum(one.points for one in judged) + (base.points if base else 0)


def _why_nothing(
    db: Connection, points: Points, holder: Holder, registered_on: date, year: int, source: Source
) -> str:
    if source == "member" and comes_from_association(points, holder, registered_on):
        return "この方の健診結果のポイントは、共済組合に届いたデータで付きます。"
    this = (Checkup.person_id == holder.id, Checkup.decides == year)
    decided = db.execute(select(Checkup.kind, Checkup.registered_on).where(*this)).first()
    if decided is None:
        return ""
    return (
        f"健診結果のポイントは年度に1回です。{decided.registered_on:%Y-%m-%d}に登録された"
        f"{KINDS[decided.kind]}の結果で、{year}年度のぶんは決まっています。"
    )
