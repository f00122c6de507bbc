"""Whom an entry of the calendar is for, as days and words that a person's data can be compared with."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.calendar_terms import Figures, Span, Wanted, year_of
from models.days import add_months
from models.member import EMPLOYMENTS, KINDS, Holder, Period

ONE_DAY = timedelta(days=1)
OLDEST = 150  # years; nobody is


@dataclass(frozen=True)
class Audience:
    """Empty conditions are met by everybody. Birth days: both ends included."""

    kinds: tuple[str, ...] = ()
    employments: tuple[str, ...] = ()
    sex: str = ""
    born_from: date | None = None
    born_until: date | None = None
    birth_month: int | None = None
    through: Span | None = None  # one membership that lasts all of it
    member_on: date | None = None  # a member on this day too
    joined_after: date | None = None  # no member yet on this day
    joined_in: tuple[Span, ...] = ()  # a membership of theirs began in one of these
    only: str = ""  # a condition that our data do not know, in words

    def takes(self, period: Period) -> bool:
        """True for somebody with this membership; an unknown employment is no reason to leave anybody out."""
        return (
            (not self.kinds or period.kind in self.kinds)
            and (not self.employments or not period.employment or period.employment in self.employments)
            and (not self.sex or period.sex == self.sex)
            and (not self.through or all(map(period.holds_on, (self.through.first, self.through.last))))
            and self._is_of_age(period.birthdate)
        )

    def knows(self, holder: Holder) -> bool:
        """True for somebody with this history."""
        return (
            (not self.member_on or holder.on(self.member_on) is not None)
            and (not self.joined_after or holder.on(self.joined_after) is None)
            and (not self.joined_in or any(map(self._began, holder.periods)))
        )

    def _began(self, period: Period) -> bool:
        return any(span.first <= period.acquired_on <= span.last for span in self.joined_in)

    def born_in(self, month: int) -> "Audience":
        return replace(self, birth_month=month)

    def _is_of_age(self, birthdate: date | None) -> bool:
        """Nobody can tell the age of somebody without a birth date: a rule that needs it leaves them out."""
        if self.born_from is None and self.born_until is None and self.birth_month is None:
            return True
        if birthdate is None or self.birth_month not in (None, birthdate.month):
            return False
        return (self.born_from or date.min) <= birthdate <= (self.born_until or date.max)


EVERYBODY = Audience()


def audience_of(wanted: Wanted, figures: Figures, span: Span) -> Audience:
    """The entry's conditions with the figures of a span. Raises ValueError for what cannot be read."""
    for word in wanted.kinds:
        _check("kinds", word, KINDS)
    for word in (*wanted.employments, *wanted.not_employments):
        _check("employments", word, EMPLOYMENTS)
    employments = wanted.employments
    if wanted.not_employments:
        kept = employments or EMPLOYMENTS
        employments = tuple(each for each in kept if each not in wanted.not_employments)
    born_from, born_until = _born(wanted, figures, span)
    through = year_of(span.year) if wanted.whole_year and figures.at(wanted.whole_year, span) else None
    return Audience(
        wanted.kinds,
        employments,
        wanted.sex,
        born_from,
        born_until,
        through=through,
        member_on=_member_on(wanted, figures, span),
        joined_after=figures.day(wanted.joined_from, span, last=False) - ONE_DAY
        if wanted.joined_from
        else None,
        joined_in=_joined_in(wanted.years, figures, span),
        only=wanted.only,
    )


def _member_on(wanted: Wanted, figures: Figures, span: Span) -> date | None:
    if wanted.joined_before:
        return figures.day(wanted.joined_before, span, last=False) - ONE_DAY
    return figures.day(wanted.joined_by, span, last=True) if wanted.joined_by else None


def _joined_in(path: str, figures: Figures, span: Span) -> tuple[Span, ...]:
    """When those joined who complete one of the years in the fiscal year."""
    year = year_of(span.year)
    return tuple(
        Span(_years_before(year.first, years), _years_before(year.last, years))
        for years in (figures.at(path, span) if path else ())
    )


def _born(wanted: Wanted, figures: Figures, span: Span) -> tuple[date | None, date | None]:
    """The first and the last birth day of those who are of the age."""
    if not (wanted.age_from or wanted.age_until):
        return None, None
    if not wanted.age_on:
        raise ValueError("age_on: に、年齢を数える日を書いてください")
    day = figures.day(wanted.age_on, span, last=True)
    if wanted.age_counts == "eve":
        day += ONE_DAY
    youngest = _years_before(day, figures.number(wanted.age_from, span)) if wanted.age_from else None
    if not wanted.age_until:
        return None, youngest
    return _years_before(day, figures.number(wanted.age_until, span) + 1) + ONE_DAY, youngest


def _years_before(day: date, years: int) -> date:
    if not 0 <= years <= OLDEST:
        raise ValueError(f"{years}歳は年齢ではありません")
    return add_months(day, -12 * years)


def _check(key: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(f"for.{key}: {word} は使えません。次のどれかにしてください: {'、'.join(known)}")
