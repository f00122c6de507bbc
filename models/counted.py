"""What no calendar day holds: it counts from an event of one's own, about a month after an order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from models.audience import EVERYBODY, Audience
from models.calendar_terms import After, Figures, Kind, Span
from models.days import add_months, in_words, span_in_words
from models.member import Holder

Unit = Literal["days", "weeks", "months", "years"]
UNITS: dict[Unit, str] = {"days": "日", "weeks": "週間", "months": "か月", "years": "年"}
ENDS = {"exact": "後", "within": "以内", "about": "ほど"}  # of so long
DAY_ENDS = {"exact": "", "within": "まで", "about": "ごろ"}  # of a day


@dataclass(frozen=True)
class Counted:
    """So many days, weeks or months after `what`; `least` and `most` are 0 where nobody knows yet."""

    uid: str
    programme: str
    kind: Kind
    title: str
    source: str
    topic: str
    after: After
    unit: Unit = "days"
    least: int = 0
    most: int = 0
    words: str = ""
    audience: Audience = EVERYBODY

    def in_words(self) -> str:
        """申込みから1〜2か月ほど; the document's own words where it names no number."""
        if not self.most:
            return self.words
        if (self.unit, self.most, self.after.how) == ("days", 1, "exact"):
            return f"{self.after.what}の翌日"
        number = f"{self.least}〜{self.most}" if self.least != self.most else f"{self.most}"
        return f"{self.after.what}から{number}{UNITS[self.unit]}{ENDS[self.after.how]}"

    def falls_on(self, start: date) -> tuple[date, date]:
        """The first and the last day, counted from the person's own."""
        return self._later(start, self.least), self._later(start, self.most)

    def _later(self, start: date, number: int) -> date:
        if self.unit in ("months", "years"):
            return add_months(start, number * (12 if self.unit == "years" else 1))
        return start + timedelta(days=number * (7 if self.unit == "weeks" else 1))


@dataclass(frozen=True)
class Own:
    """One of them as somebody is told it: with the days where that of their own is known."""

    counted: Counted
    starts: tuple[date, ...] = ()

    def in_words(self) -> str:
        return "\n".join((self.counted.in_words(), *map(self._on, self.starts)))

    def _on(self, start: date) -> str:
        first, last = self.counted.falls_on(start)
        days = in_words(last) if first == last else span_in_words(first, last)
        return f"{in_words(start)}から数えて、{days}{DAY_ENDS[self.counted.after.how]}"


def counted_of(
    uid: str, programme: str, kind: Kind, title: str, source: str, topic: str, after: After, words: str,
    audience: Audience, figures: Figures, span: Span,
) -> Counted:  # fmt: skip
    """With the figures of a span. Raises ValueError, with what to write instead."""
    given: list[tuple[Unit, str]] = [(unit, path) for unit in UNITS if (path := getattr(after, unit))]
    if len(given) > 1 or bool(given) == bool(words):
        raise ValueError(
            "after: には days・weeks・months・years のどれか一つか、まだ決まっていなければ words: を書いてください"
        )
    if not given:
        return Counted(uid, programme, kind, title, source, topic, after, words=words, audience=audience)
    unit, path = given[0]
    most = figures.number(path, span)
    least = figures.number(after.least, span) if after.least else most
    if not 0 < least <= most:
        raise ValueError(f"after: の数は1以上にし、least: は {most} 以下にしてください")
    return Counted(uid, programme, kind, title, source, topic, after, unit, least, most, audience=audience)


def own(
    counted: Collection[Counted], holder: Holder | None, starts: Mapping[str, Sequence[date]], today: date
) -> list[Own]:
    """Those for somebody; what counts from joining is left out once it is over."""
    return [
        Own(one, days)
        for one in counted
        if _is_for(one, holder, today)
        and ((days := _coming(one, starts, today)) or one.after.known != "joined" or holder is None)
    ]


def _coming(one: Counted, starts: Mapping[str, Sequence[date]], today: date) -> tuple[date, ...]:
    return tuple(
        each for each in starts.get(one.after.known, ()) if one.most and one.falls_on(each)[1] >= today
    )


def _is_for(one: Counted, holder: Holder | None, today: date) -> bool:
    if holder is None:
        return True
    period = holder.on(today)
    return period is not None and one.audience.takes(period) and one.audience.knows(holder)
