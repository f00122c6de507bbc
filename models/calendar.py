"""An association's calendar: every window, deadline, grant, result, payment and expiry of a fiscal year, computed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from models.audience import EVERYBODY, Audience, audience_of
from models.calendar_checks import check_names, clash
from models.calendar_terms import After, Entry, Every, Figures, Kind, Span, month_of, year_of
from models.counted import Counted, counted_of
from models.days import (
    JST,
    add_months,
    day_end,
    fiscal_end,
    fiscal_start,
    fiscal_year,
    in_words,
    on_or_after,
    on_or_before,
    span_in_words,
)
from models.desk import DeskTerms, posting_day
from models.terms import BadTerms, Dated, NoTerms, read_list

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
PATH = re.compile(r"[a-z_]+(\.\w+)+")
POST = "郵送"
CARRIED = (POST, "文書交換")  # ways that take days
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
    ways: tuple[str, ...] = (POST,)  # in which it is taken, as far as known
    audience: Audience = EVERYBODY
    paper: str = ""  # what one hands in
    settled_by: tuple[str, ...] = ()  # the papers of which any one is enough, its own among them
    follows: str = ""  # the paper whose result or payment this is
    product: str = ""  # the coupon that is used
    says: str = ""  # what arrives, and what there is to do
    then: str = ""  # of a result: what there is to do once it is in
    routine: bool = False  # comes every month
    term_end_counts: bool = True  # False: on the last day of one's term it is too late already
    leaving: bool = False  # only for who leaves within its days: theirs ends with their membership

    @property
    def can_be_handed_in(self) -> bool:
        return self.kind in ("deadline", "request")

    @property
    def can_be_done(self) -> bool:
        """True where one hands something in, or uses a coupon."""
        return self.can_be_handed_in or (self.kind == "window" and bool(self.product))

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

    def slow_ways(self) -> str:
        """郵送・文書交換: what is carried for days."""
        return "・".join(way for way in self.ways if way in CARRIED)

    def quick_ways(self) -> str:
        """直接持参; empty where none is known."""
        return "・".join(way for way in self.ways if way not in CARRIED)

    def too_late_to_post(self) -> str:
        """What is said once the last day for the post is over, with the quick ways where they are known."""
        quick = self.quick_ways()
        others = (
            f"ほかに{quick}があります。" if quick else "ほかの出し方は、届いた案内か窓口でご確認ください。"
        )
        return f"{self.slow_ways()}では間に合わないおそれがあります。{others}"


@dataclass(frozen=True)
class Calendar:
    """All events of a branch by fiscal year, in the order of their last days; and the entries that cannot be used.

    Apart from them what counts from an event of one's own, and what is only for those whose membership ends."""

    file: Path
    years: dict[int, tuple[Event, ...]] = field(default_factory=dict)
    problems: tuple[BadTerms, ...] = ()
    counted: dict[int, tuple[Counted, ...]] = field(default_factory=dict)
    leaving: dict[int, tuple[Event, ...]] = field(default_factory=dict)
    desks: Dated[DeskTerms] | None = None

    def year(self, year: int) -> Sequence[Event]:
        """The events of a fiscal year. Raises NoTerms where nobody has written any."""
        if year not in self.years:
            raise NoTerms(f"{self.file.parent.name}/{self.file.name} has no entries for fiscal year {year}")
        return self.years[year]

    def coming(self, now: datetime) -> list[Event]:
        """What is not over yet in this fiscal year and the next. Raises NoTerms without entries for either."""
        this = fiscal_year(now.astimezone(JST).date())
        written = [year for year in (this, this + 1) if year in self.years] or [this]
        return [event for year in written for event in self.year(year) if now < event.ends_at]

    def find(self, uid: str) -> Event | None:
        """The event with this uid, whatever its year."""
        years = (*self.years.values(), *self.leaving.values())
        return next((event for year in years for event in year if event.uid == uid), None)


def read_calendar(folder: Path, desks: Dated[DeskTerms] | None = None) -> Calendar | None:
    """The branch's calendar.yaml, computed; None where it has none. An entry that cannot be used is left out and
    told in `problems`, with file, line and what to write; the others stand.

    Raises BadTerms when the file is no list at all."""
    file = folder / "calendar.yaml"
    if not file.exists():
        return None
    reading = _Reading(folder, desks)
    for entry, line in read_list(file, Entry, reading.problems):
        reading.take(entry, line)
    ordered = {
        year: tuple(sorted(events, key=lambda event: event.last)) for year, events in reading.years.items()
    }
    counted = {year: tuple(some) for year, some in reading.counted.items()}
    leaving = {year: tuple(some) for year, some in reading.leaving.items()}
    return Calendar(file, ordered, tuple(reading.problems), counted, leaving, desks)


class _Reading:
    """A calendar as it grows, entry by entry."""

    def __init__(self, folder: Path, desks: Dated[DeskTerms] | None) -> None:
        self.file = folder / "calendar.yaml"
        self.years: dict[int, list[Event]] = {}
        self.counted: dict[int, list[Counted]] = {}
        self.leaving: dict[int, list[Event]] = {}
        self.problems: list[BadTerms] = []
        self._figures, self._desks, self._topics = Figures(folder), desks, _topics(folder)
        self._lines: dict[str, int] = {}  # of every event, by its uid

    def take(self, entry: Entry, line: int) -> None:
        """Adds the entry's events; what is wrong with it in a year leaves it out of that year."""
        try:
            check_names(self.file, line, entry, self._topics)
        except BadTerms as bad:
            self.problems.append(bad)
            return
        for year in entry.years:
            try:
                if entry.after:
                    self.counted.setdefault(year, []).append(self._counted(entry, entry.after, year))
                    continue
                found = list(_events(self.file.parent.name, entry, year, self._figures, self._desks))
                self._check_against_others(found)
            except BadTerms as bad:  # in the file that a path leads to
                if str(bad) not in map(str, self.problems):
                    self.problems.append(bad)
            except ValueError as error:
                self.problems.append(BadTerms(self.file, line, f"{entry.key}（{year}年度）: {error}"))
            else:
                (self.leaving if entry.leaving else self.years).setdefault(year, []).extend(found)
                self._lines |= {event.uid: line for event in found}

    def _counted(self, entry: Entry, after: After, year: int) -> Counted:
        """Raises ValueError, with what to write instead."""
        span, uid = year_of(year), _uid(self.file.parent.name, year, entry.key, "")
        words = self._figures.words(entry.words, span, span.last)
        audience = audience_of(entry.audience, self._figures, span)
        what = (uid, entry.programme, entry.kind, entry.title, entry.source, entry.topic)
        return counted_of(*what, after, words, audience, self._figures, span)

    def _check_against_others(self, found: Sequence[Event]) -> None:
        others = [event for year in self.years.values() for event in year]
        for new in found:
            for other in (each for each in others if each.programme == new.programme):
                if words := clash(new, other):
                    raise ValueError(f"{self._lines[other.uid]}行目の「{other.title}」{words}")


def _events(
    branch: str, entry: Entry, year: int, figures: Figures, desks: Dated[DeskTerms] | None
) -> Iterator[Event]:
    """Raises ValueError, with what to write instead."""
    for mark, span in _spans(entry, year, figures):
        desk = _desk_terms(desks, span.last)
        first, last = _days(entry, span, figures, desk.closed if desk else ())
        audience = audience_of(entry.audience, figures, span)
        if last < first:
            raise ValueError(
                f"終わり（{last}）が始まり（{first}）より前です。last: を {first} 以後の日にしてください"
            )
        if not fiscal_start(year) <= last <= fiscal_end(year):
            held = f"{entry.last} の " if PATH.fullmatch(entry.last) else ""
            raise ValueError(
                f"{held}{last} は{year}年度の日ではありません。{fiscal_start(year)} から {fiscal_end(year)} までの日にしてください"
            )
        yield Event(
            uid=_uid(branch, year, entry.key, mark),
            programme=entry.programme,
            kind=entry.kind,
            title=entry.title.replace("{before}", f"{year - 1}年度"),
            first=first,
            last=last,
            source=entry.source,
            topic=entry.topic,
            time=_time(entry, span, figures),
            words=figures.words(entry.words, span, last),
            posted_by=posted_by(last, desks) if entry.arrival else None,
            ways=tuple(figures.at(entry.accepts, span)) if entry.accepts else (POST,),
            audience=audience.born_in(last.month) if entry.audience.birth_month else audience,
            paper=_uid(branch, year, entry.paper or entry.key, mark),
            settled_by=tuple(
                _uid(branch, year, key, mark) for key in (entry.paper or entry.key, *entry.settled_by)
            ),
            follows=_followed(branch, year, entry, mark, last) if entry.follows else "",
            product=entry.product,
            says=entry.says,
            then=figures.words(entry.then, span, last),
            term_end_counts=not entry.term_end_counts or figures.at(entry.term_end_counts, span) is True,
            leaving=entry.leaving,
            routine=entry.every is not None and not entry.every.months and not entry.audience.birth_month,
        )


def _uid(branch: str, year: int, key: str, mark: str) -> str:
    return f"{branch}-{year}-{key}{mark}"


def _followed(branch: str, year: int, entry: Entry, mark: str, last: date) -> str:
    """The uid of the paper: of the same month, or of an earlier one, perhaps in the fiscal year before."""
    if not (mark and entry.follows_months):
        return _uid(branch, year, entry.follows, mark)
    month = add_months(last.replace(day=1), -entry.follows_months)
    return _uid(branch, fiscal_year(month), entry.follows, f"-{month.month:02}")


def _desk_terms(desks: Dated[DeskTerms] | None, day: date) -> DeskTerms | None:
    return desks.nearest(day) if desks else None


def posted_by(last: date, desks: Dated[DeskTerms] | None) -> date:
    """By when something is posted that must have arrived on the day. Raises ValueError where no terms tell it."""
    terms = _desk_terms(desks, last)
    day = posting_day(terms, last) if terms else None
    if day is None:
        raise ValueError(
            "arrival: の日数がありません。desk.yaml に post: {business_days: 3} を書いてください"
        )
    return day


def _spans(entry: Entry, year: int, figures: Figures) -> Iterator[tuple[str, Span]]:
    """The whole year, or each month on which it comes, with a mark for the uid."""
    if entry.every is None:
        yield "", year_of(year)
        return
    named = entry.every.months
    for month in figures.months(named, year_of(year)) if named else MONTHS:
        yield f"-{month:02}", month_of(year, month)


def _days(entry: Entry, span: Span, figures: Figures, closed: Sequence[str]) -> tuple[date, date]:
    """The first day and the last."""
    every = entry.every
    if every is None:
        last = figures.day(entry.last, span, last=True)
        return figures.day(entry.first, span, last=False) if entry.first else last, last
    if not every.day:  # some day of the month, nobody says which
        return span.first, span.last
    shut = (*closed, *(figures.at(every.closed, span) if every.closed else ()))
    day = _moved(span.first.replace(day=_number(every, span, figures)), every, shut)
    return day, day


def _moved(day: date, every: Every, closed: Sequence[str]) -> date:
    match every.moved:
        case "before":
            return on_or_before(day, closed)
        case "after":
            return on_or_after(day, closed)
    return day


def _number(every: Every, span: Span, figures: Figures) -> int:
    number = figures.number(every.day, span)
    longest = add_months(date(2023, 1, 31), 1).day  # what every month has
    if not 1 <= number <= longest:
        raise ValueError(f"毎月の日は1〜{longest}の数にしてください（{number}日のない月があります）")
    return number


def _time(entry: Entry, span: Span, figures: Figures) -> str:
    """The hour as written or as the path holds it. Raises ValueError when it is none."""
    written = str(figures.at(entry.time, span)) if "." in entry.time else entry.time
    if written and not CLOCK.fullmatch(written):
        raise ValueError(f'time: {written} は時刻ではありません。"17:30" のように書いてください')
    return written


def _topics(folder: Path) -> frozenset[str]:
    file = folder / "faq.yaml"
    return (
        frozenset(re.findall(r"^- topic: (\S+)", file.read_text("utf-8"), re.M))
        if file.exists()
        else frozenset()
    )
