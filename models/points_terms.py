"""The terms of health points: dates and limits from the guides, amounts and catalogue from the branch's own sheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from models.days import fiscal_year
from models.terms import BadTerms, Dated, read_dated

GiftKind = Literal["prefectural", "other"]
Drawing = Literal["box", "noodles", "bottle", "pedometer", "towel", "thermometer"]
GIFT_KINDS: dict[GiftKind, str] = {"prefectural": "県産品", "other": "その他"}


@dataclass(frozen=True)
class Postcard:
    months: int


@dataclass(frozen=True)
class Expiry:
    """Valid through this day, so many fiscal years after the start of the one of the grant."""

    fiscal_years: int
    month: int
    day: int


@dataclass(frozen=True)
class Reacquisition:
    """Points rest at the end of membership and come back with one that begins within these months."""

    months: int
    same_month: bool  # lost and acquired in one calendar month: nothing has happened


@dataclass(frozen=True)
class Loss:
    """Points can still be exchanged for these months after the end of membership."""

    exchange_months: int
    latest: date


@dataclass(frozen=True)
class GrantDays:
    """When points arrive, counted from what earned them."""

    first_login_days: int
    daily_days: int
    article_days: int
    article_per_month: int
    checkup_days: int
    guidance_months: int
    walking: str


@dataclass(frozen=True)
class CheckupLimits:
    collected_from_age: int  # from this age (at the end of the fiscal year) only the association's data count
    per_year: int


@dataclass(frozen=True)
class Exchange:
    first_month: int | None = None
    last_month: int | None = None
    closed_month: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Delivery:
    prefectural_months_min: int
    prefectural_months_max: int
    other_months: int


@dataclass(frozen=True)
class Span:
    since: date
    until: date


@dataclass(frozen=True)
class BaseDates:
    day: int
    since: date
    until: date


@dataclass(frozen=True)
class RemoteBonus:
    text: str


@dataclass(frozen=True)
class Login:
    group_id: str
    key1_prefix: str
    key1_digits: int
    key2: str
    page: str
    app: str


@dataclass(frozen=True)
class PointTerms:
    """points.yaml: what the guide of the branch prints. A part that it does not print is None."""

    expiry: Expiry
    exchange: Exchange
    postcard: Postcard | None = None
    reacquisition: Reacquisition | None = None
    loss: Loss | None = None
    grants: GrantDays | None = None
    checkup: CheckupLimits | None = None
    delivery: Delivery | None = None
    year: str = ""
    base_dates: BaseDates | None = None
    usable_after_months: int = 0
    earning: Span | None = None
    record_only: Span | None = None
    remote_bonus: RemoteBonus | None = None
    login: Login | None = None

    def last_day(self, granted_on: date) -> date:
        """The last day on which points of this grant are valid (AMB-K1, K5)."""
        return date(fiscal_year(granted_on) + self.expiry.fiscal_years, self.expiry.month, self.expiry.day)

    def only_records_on(self, day: date) -> bool:
        """True in the part of the year that earns nothing, whatever the year the guide was printed for."""
        return self.record_only is not None and _within(day, self.record_only)


@dataclass(frozen=True)
class Earning:
    """One way to earn points. `sample`: not from the association, to be replaced."""

    name: str
    points: int
    goal: int | None = None  # steps a day
    sample: bool = False


@dataclass(frozen=True)
class Record:
    """Something to write down each day."""

    name: str
    unit: str
    low: float
    high: float
    sample: bool = False


@dataclass(frozen=True)
class Choice:
    """A rule that members may set themselves."""

    name: str
    sample: bool = False


@dataclass(frozen=True)
class Range:
    """An item of a checkup: within low and high (both included; None = no limit) it earns the points.

    Nobody has a value below `least` or above `most`: there somebody has mistyped. `example` is an ordinary one."""

    name: str
    unit: str
    points: int
    least: float
    most: float
    example: float
    low: float | None = None
    high: float | None = None
    female_low: float | None = None
    female_high: float | None = None
    sample: bool = False

    def is_plausible(self, value: float) -> bool:
        return self.least <= value <= self.most

    def expected(self) -> str:
        """60〜260mmHgの数字（例：118）"""
        return f"{self.least:g}〜{self.most:g}{self.unit}の数字（例：{self.example:g}）"

    def limits(self, sex: str) -> tuple[float | None, float | None]:
        if sex != "F":
            return self.low, self.high
        low = self.low if self.female_low is None else self.female_low
        return low, self.high if self.female_high is None else self.female_high

    def holds(self, value: float, sex: str) -> bool:
        low, high = self.limits(sex)
        return (low is None or low <= value) and (high is None or value <= high)

    def in_words(self, sex: str) -> str:
        """18.5〜24.9, 〜129 or 40〜"""
        low, high = self.limits(sex)
        return f"{'' if low is None else f'{low:g}'}〜{'' if high is None else f'{high:g}'}"


@dataclass(frozen=True)
class Gift:
    """`picture`: the https address of the association's own photograph; without one, `drawing` is drawn by us."""

    name: str
    points: int
    kind: GiftKind
    note: str = ""
    picture: str = ""
    drawing: Drawing = "box"
    sample: bool = False


@dataclass(frozen=True)
class PointItems:
    """points_items.yaml: the branch's sheet of conditions, amounts, standard ranges and gifts."""

    earning: Mapping[str, Earning]
    records: Mapping[str, Record]
    my_rules: Mapping[str, Choice]
    checkup: Mapping[str, Range]
    gifts: Mapping[str, Gift]
    grants: GrantDays | None = None  # where the guide prints no days
    grants_sample: bool = False
    delivery: Delivery | None = None  # where the guide prints no times
    delivery_sample: bool = False


@dataclass(frozen=True)
class Points:
    """All terms of a branch's health points."""

    branch: str
    terms: Dated[PointTerms]
    items: Dated[PointItems]

    def grants_on(self, day: date) -> GrantDays | None:
        terms, items = self.terms.get(day), self.items.get(day)
        return (terms and terms.grants) or (items.grants if items else None)

    def delivery_on(self, day: date) -> tuple[Delivery | None, bool]:
        """How long gifts take, and whether that is only an example."""
        terms, items = self.terms.get(day), self.items.get(day)
        if terms and terms.delivery:
            return terms.delivery, False
        return (items.delivery, items.delivery_sample) if items else (None, False)


@dataclass(frozen=True)
class SampleValue:
    """A value that is only an example: where it stands, and what it says."""

    file: str
    since: date
    path: str
    value: str


def read_points(folder: Path) -> Points | None:
    """The terms of a branch folder; None where the branch has no health points. Raises BadTerms."""
    file = folder / "points.yaml"
    if not file.exists():
        return None
    items = read_dated(folder / "points_items.yaml", PointItems)
    _check_pictures(items)
    _check_ranges(items)
    return Points(folder.name, read_dated(file, PointTerms), items)


def sample_values(points: Points) -> list[SampleValue]:
    """Every example value that an association must replace before going live."""
    file = f"{points.branch}/{points.items.file.name}"
    return [
        SampleValue(file, block.since, path, value)
        for block in points.items.blocks
        for path, value in _samples(block.terms)
    ]


def _check_pictures(items: Dated[PointItems]) -> None:
    """LINE shows no other pictures than those of https addresses. Raises BadTerms."""
    lines = items.file.read_text("utf-8").splitlines()
    for picture in (gift.picture for block in items.blocks for gift in block.terms.gifts.values()):
        if picture and not picture.startswith("https://"):
            line = next((number for number, text in enumerate(lines, 1) if picture in text), 1)
            what = f"picture: {picture} は使えません。https:// で始まるアドレスにしてください"
            raise BadTerms(items.file, line, what)


def _check_ranges(items: Dated[PointItems]) -> None:
    """What earns points, and the example, can be typed. Raises BadTerms."""
    lines = items.file.read_text("utf-8").splitlines()
    for key, one in ((key, one) for block in items.blocks for key, one in block.terms.checkup.items()):
        named = (one.low, one.high, one.female_low, one.female_high, one.example)
        if not all(one.is_plausible(value) for value in named if value is not None):
            line = next(
                (number for number, text in enumerate(lines, 1) if text.strip().startswith(f"{key}:")), 1
            )
            what = f"{key}: least と most の間に、基準値（low・high）と example が入るようにしてください"
            raise BadTerms(items.file, line, what)


def _samples(items: PointItems) -> Iterator[tuple[str, str]]:
    for part in fields(items):
        found = getattr(items, part.name)
        if isinstance(found, Mapping):
            yield from ((f"{part.name}.{key}", _in_words(one)) for key, one in found.items() if one.sample)
        elif is_dataclass(found) and getattr(items, f"{part.name}_sample"):
            yield part.name, _in_words(found)


def _in_words(one: Any) -> str:
    told = (
        (field.name, getattr(one, field.name))
        for field in fields(one)
        if field.name not in ("name", "sample")
    )
    rest = ", ".join(f"{name} {value}" for name, value in told if value not in (None, ""))
    return " ".join(part for part in (getattr(one, "name", ""), rest) if part)


def _within(day: date, span: Span) -> bool:
    """By month and day alone; a span that ends with its month does so in leap years too."""
    ends_month = (span.until + timedelta(days=1)).day == 1
    until = (span.until.month, 31 if ends_month else span.until.day)
    return (span.since.month, span.since.day) <= (day.month, day.day) <= until
