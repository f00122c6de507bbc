"""An association's calendar: every window, deadline, grant, result, payment and expiry of a fiscal year, computed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from models.audience import EVERYBODY, Audience, audience_of
from models.calendar_terms import Entry, Every, Figures, Kind, check_names, month_of
from models.days import (
    JST,
    add_months,
    business_days_before,
    day_end,
    fiscal_end,
    fiscal_start,
    fiscal_year,
    in_words,
    on_or_after,
    on_or_before,
    span_in_words,
)
from models.terms import BadTerms, NoTerms, read_list

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
POST_TAKES = 3  # business days
MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)


@dataclass(frozen=True)
class Event:
    """One thing that happens from `first` to `last`, both included; `posted_by` where it must have arrived."""

    uid: str  # stays the same when its days are moved
    programme: str
    kind: Kind
    title: str
    first: date
    last: date
    source: str
    topic: str = ""
    time: str = ""
    words: str = ""
    posted_by: date | None = None
    audience: Audience = EVERYBODY
    paper: str = ""  # what one hands in
    settled_by: tuple[str, ...] = ()  # the papers of which any one is enough, its own among them
    follows: str = ""  # the paper whose result or payment this is
    product: str = ""  # the coupon that is used

    @property
    def can_be_handed_in(self) -> bool:
        return self.kind in ("deadline", "request")

    @property
    def is_expiry_of_points(self) -> bool:
        return (self.programme, self.kind) == ("points", "expiry")

    @property
    def ends_at(self) -> datetime:
        """The instant from which it is too late."""
        if not self.time:
            return day_end(self.last)
        return datetime.combine(self.last, time.fromisoformat(self.time), JST)

    def in_words(self) -> str:
        """4月25日（木）17:30必着; the document's own kind of date where it names no day."""
        if self.words:
            return self.words
        if self.posted_by:
            return f"{in_words(self.last)}{self.time}必着"
        if self.kind in ("deadline", "expiry", "request"):
            return f"{in_words(self.last)}{self.time}まで"
        return in_words(self.last) if self.first == self.last else span_in_words(self.first, self.last)

    def by_post(self) -> str:
        """郵送なら4月22日（月）までに投函; empty where nothing must arrive."""
        return f"郵送なら{in_words(self.posted_by)}までに投函" if self.posted_by else ""


@dataclass(frozen=True)
class Calendar:
    """All events of a branch by fiscal year, in the order of their last days."""

    file: Path
    years: dict[int, tuple[Event, ...]] = field(default_factory=dict)

    def year(self, year: int) -> Sequence[Event]:
        """The events of a fiscal year. Raises NoTerms where nobody has written any."""
        if year not in self.years:
            raise NoTerms(f"{self.file.parent.name}/{self.file.name} has no entries for fiscal year {year}")
        return self.years[year]

    def coming(self, now: datetime) -> list[Event]:
        """What is not over yet in this fiscal year and the next. Raises NoTerms without entries for this one."""
        this = fiscal_year(now.astimezone(JST).date())
        events = (*self.year(this), *self.years.get(this + 1, ()))
        return [event for event in events if now < event.ends_at]


def read_calendar(folder: Path, closed: Sequence[str] = ()) -> Calendar | None:
    """The branch's calendar.yaml, computed; None where it has none. `closed`: its year-end days ("12-29").

    Raises BadTerms with file, line and what to write."""
    file = folder / "calendar.yaml"
    if not file.exists():
        return None
    figures, topics = Figures(folder), _topics(folder)
    found: dict[int, list[Event]] = {}
    lines: dict[tuple[str, int], int] = {}
    for entry, line in read_list(file, Entry):
        check_names(file, line, entry, topics)
        for year in entry.years:
            if earlier := lines.get((entry.key, year)):
                raise BadTerms(
                    file,
                    line,
                    f"key: {entry.key} の{year}年度は{earlier}行目にもあります。一つにしてください",
                )
            lines[entry.key, year] = line
            try:
                found.setdefault(year, []).extend(_events(folder.name, entry, year, figures, closed))
            except ValueError as error:
                raise BadTerms(
                    file, line, f"{error}。ある日付（例: {year}-06-10）か項目にしてください"
                ) from None
    ordered = {year: tuple(sorted(each, key=lambda event: event.last)) for year, each in found.items()}
    return Calendar(file, ordered)


def _events(branch: str, entry: Entry, year: int, figures: Figures, closed: Sequence[str]) -> Iterator[Event]:
    clock = _time(entry, year, figures)
    for mark, first, last in _spans(entry, year, figures, closed):
        if last < first:
            raise ValueError(f"終わり（{last}）が始まり（{first}）より前です")
        if not fiscal_start(year) <= last <= fiscal_end(year):
            raise ValueError(f"{last} は{year}年度の日ではありません")
        yield Event(
            uid=_uid(branch, year, entry.key, mark),
            programme=entry.programme,
            kind=entry.kind,
            title=entry.title,
            first=first,
            last=last,
            source=entry.source,
            topic=entry.topic,
            time=clock,
            words=entry.words,
            posted_by=business_days_before(last, POST_TAKES, closed) if entry.arrival else None,
            audience=audience_of(entry.audience, figures, year),
            paper=_uid(branch, year, entry.paper or entry.key, mark),
            settled_by=tuple(
                _uid(branch, year, key, mark) for key in (entry.paper or entry.key, *entry.settled_by)
            ),
            follows=_uid(branch, year, entry.follows, mark) if entry.follows else "",
            product=entry.product,
        )


def _uid(branch: str, year: int, key: str, mark: str) -> str:
    return f"{branch}-{year}-{key}{mark}"


def _spans(
    entry: Entry, year: int, figures: Figures, closed: Sequence[str]
) -> Iterator[tuple[str, date, date]]:
    """A mark for the uid, first day, last day."""
    if entry.every is None:
        last = figures.day(entry.last, year, last=True)
        yield "", figures.day(entry.first, year, last=False) if entry.first else last, last
        return
    shut = (*closed, *(figures.at(entry.every.closed, year) if entry.every.closed else ()))
    number = _number(entry.every, year, figures)
    for month in entry.every.months or MONTHS:
        day = _moved(month_of(year, month).replace(day=number), entry.every, shut)
        yield f"-{month:02}", day, day


def _moved(day: date, every: Every, closed: Sequence[str]) -> date:
    match every.moved:
        case "before":
            return on_or_before(day, closed)
        case "after":
            return on_or_after(day, closed)
    return day


def _number(every: Every, year: int, figures: Figures) -> int:
    number = int(every.day) if every.day.isdecimal() else int(figures.at(every.day, year))
    longest = add_months(date(2023, 1, 31), 1).day  # what every month has
    if not 1 <= number <= longest:
        raise ValueError(f"毎月の日は1〜{longest}です（{number}日のない月があります）")
    return number


def _time(entry: Entry, year: int, figures: Figures) -> str:
    """The hour as written or as the path holds it. Raises ValueError when it is none."""
    written = str(figures.at(entry.time, year)) if "." in entry.time else entry.time
    if written and not CLOCK.fullmatch(written):
        raise ValueError(f'time: {written} は時刻ではありません（例: "17:30"）')
    return written


def _topics(folder: Path) -> frozenset[str]:
    file = folder / "faq.yaml"
    return (
        frozenset(re.findall(r"^- topic: (\S+)", file.read_text("utf-8"), re.M))
        if file.exists()
        else frozenset()
    )
