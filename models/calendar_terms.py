"""What calendar.yaml says: entries with their dates, or with the path of the programme's own term that holds them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from models.days import fiscal_end, fiscal_start, fiscal_year, in_words, last_of_month
from models.terms import read_raw

Kind = Literal["deadline", "window", "grant", "notice", "result", "payment", "expiry", "request", "closed"]
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
DAY_OF_YEAR = re.compile(r"(\d{1,2})(?:-|月)(\d{1,2})日?")
MONTH = re.compile(r"(\d{1,2})月")
SAID = re.compile(r"\{([a-z_.]+)\}")


@dataclass(frozen=True)
class Every:
    """A day of every month, or of some months; `day` is a number or a path, empty where no day is known."""

    day: str = ""
    months: str = ""  # the path of a list (7月, 11月); empty: every month
    moved: Literal["", "before", "after"] = ""
    closed: str = ""  # the path of further closing days ("12-31")


@dataclass(frozen=True)
class After:
    """How long after an event of one's own: one number or path for days, weeks, months or years; none where nobody
    knows it yet."""

    what: str = ""  # 商品の申込み
    days: str = ""
    weeks: str = ""
    months: str = ""
    years: str = ""
    least: str = ""  # 1 of 1〜2か月
    how: Literal["exact", "within", "about"] = "about"
    known: Literal["", "joined", "prefectural", "other"] = (
        ""  # what of the person the data hold: joining, an order
    )


@dataclass(frozen=True)
class Wanted:
    """Whom an entry is for; ages are numbers or paths, counted on a day or a path."""

    kinds: tuple[str, ...] = ()
    employments: tuple[str, ...] = ()
    not_employments: tuple[str, ...] = ()
    sex: Literal["", "M", "F"] = ""
    age_from: str = ""
    age_until: str = ""
    age_on: str = ""
    age_counts: Literal["birthday", "eve"] = (
        "birthday"  # eve: one is older from the day before, as the law counts
    )
    birth_month: bool = False  # each in the month of their own birthday
    joined_before: str = ""  # the path of a day: who was a member on its eve …
    joined_by: str = ""  # … on the day itself …
    joined_from: str = ""  # … or was not yet one on its eve
    years: str = ""  # the path of years ([20, 30]) of which one is completed in the fiscal year
    whole_year: str = ""  # the path of a true where nobody may join or leave during the fiscal year
    only: str = ""  # a condition that our data do not know: へき地の学校にお勤めの方


ANYBODY = Wanted()


@dataclass(frozen=True)
class Entry:
    """One entry for some fiscal years; `first` and `last` are days (2024-04-25, or 04-25 in each of the years), or paths
    such as dock.application.until."""

    key: str
    years: tuple[int, ...]
    programme: str
    kind: Kind
    title: str  # {before}: the fiscal year before
    source: str
    topic: str = ""
    first: str = ""
    last: str = ""
    time: str = ""
    words: str = ""  # how the document says it: {dock.result.decision.text}まで, {month}月{day}日ごろ
    every: Every | None = None
    after: After | None = None
    arrival: bool = False  # 必着
    accepts: str = ""  # the path of the ways in which its paper is taken
    audience: Wanted = ANYBODY  # `for:`
    paper: str = ""  # the key of the entry whose paper this is too; else its own
    settled_by: tuple[str, ...] = ()  # keys of other papers that make this one needless
    follows: str = ""  # the paper whose result or payment this is …
    follows_months: int = 0  # … handed in so many months before, where both come every month
    says: str = ""  # what arrives, and what there is to do, as a sentence
    then: str = ""  # of a result: what there is to do once it is in
    product: str = ""  # the coupon that is used
    term_end_counts: str = ""  # the path of a false where the last day of somebody's term is too late already
    leaving: bool = False  # only for who leaves within its days: theirs ends with their membership


@dataclass(frozen=True)
class Span:
    """A fiscal year, or one month of it; both days included."""

    first: date
    last: date

    @property
    def year(self) -> int:
        """The fiscal year."""
        return fiscal_year(self.last)


class Figures:
    """The terms files of a branch's folder, looked into by path; what holds at the end of a span counts for all of
    it, so that a block that begins within a fiscal year moves the year's days."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, list[dict[str, Any]]] = {}

    def day(self, written: str, span: Span, *, last: bool) -> date:
        """A day as written, or what the path holds: a day (4月1日 is one too), {month, day}, or a month (its first or
        last day).

        Raises ValueError when there is none."""
        if DAY.fullmatch(written):
            return _written_day(written)
        found = written if DAY_OF_YEAR.fullmatch(written) else self.at(written, span)
        match found:
            case date():
                return found
            case {"month": int(month), "day": int(day)}:
                return _day_of_year(span.year, month, day)
            case str() if yearly := DAY_OF_YEAR.fullmatch(found):
                return _day_of_year(span.year, int(yearly[1]), int(yearly[2]))
        if month := _month(found):
            whole = month_of(span.year, month)
            return whole.last if last else whole.first
        raise ValueError(
            f"「{written}」は日付ではありません。日付（例: {span.year}-06-10）か、日付のある項目にしてください"
        )

    def number(self, written: str, span: Span) -> int:
        """A number as written, or what the path holds. Raises ValueError when there is none."""
        found = written if written.isdecimal() else self.at(written, span)
        try:
            return int(found)
        except (TypeError, ValueError):
            raise ValueError(f"「{written}」は数ではありません") from None

    def months(self, path: str, span: Span) -> tuple[int, ...]:
        """The months of the list that the path holds. Raises ValueError when it is none."""
        found = self.at(path, span)
        months = tuple(map(_month, found)) if isinstance(found, list) else ()
        if not months or not all(months):
            raise ValueError(f"「{path}」は月の並びではありません。[7月, 11月] のように書いてください")
        return months

    def words(self, written: str, span: Span, day: date) -> str:
        """The words with a day's {month} and {day}, and with what other paths in braces hold."""
        known = {"month": str(day.month), "day": str(day.day)}
        return SAID.sub(lambda said: known.get(said[1]) or _as_words(self.at(said[1], span)), written)

    def at(self, path: str, span: Span) -> Any:
        """What the path holds in the last block of the span. Raises ValueError when there is nothing."""
        noun, _, rest = path.partition(".")
        found: Any = self._block(noun, span)
        for part in rest.split("."):
            if not isinstance(found, Mapping) or part not in found:
                raise ValueError(
                    f"「{path}」は{noun}.yamlの{span.year}年度にありません。ある項目か、日付（例: {span.year}-06-10）にしてください"
                )
            found = found[part]
        return found

    def _block(self, noun: str, span: Span) -> dict[str, Any]:
        if noun not in self._read:
            file = self._folder / f"{noun}.yaml"
            self._read[noun] = read_raw(file) if re.fullmatch(r"[a-z_]+", noun) and file.exists() else []
        block: dict[str, Any]
        for block in reversed(self._read[noun]):
            if block["from"] <= span.last and span.first <= (block.get("until") or date.max):
                return block
        raise ValueError(
            f"{noun}.yamlに{span.year}年度の内容がありません。その年度のブロックを書くか、years: から{span.year}を消してください"
        )


def _as_words(found: object) -> str:
    return in_words(found) if isinstance(found, date) else str(found)


def _written_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} という日はありません。ある日付にしてください") from None


def _month(written: object) -> int:
    """7 of 7 and of 7月; 0 for what is no month."""
    found = MONTH.fullmatch(f"{written}月" if isinstance(written, int) else str(written))
    return int(found[1]) if found and 1 <= int(found[1]) <= 12 else 0


def _day_of_year(year: int, month: int, day: int) -> date:
    try:
        return date(year if month >= 4 else year + 1, month, day)
    except ValueError:
        raise ValueError(f"{year}年度に{month}月{day}日はありません。ある日付にしてください") from None


def year_of(year: int) -> Span:
    return Span(fiscal_start(year), fiscal_end(year))


def month_of(year: int, month: int) -> Span:
    """A month in a fiscal year."""
    first = date(year if month >= 4 else year + 1, month, 1)
    return Span(first, last_of_month(first))
