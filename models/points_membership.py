"""What membership does to points: when a lot can be used, when it rests, and what ends it (R-KAG-05, 06, 14, R-AIC-54)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from models.days import add_months
from models.member import Holder, Period
from models.points_terms import PointTerms

Ending = Literal["expiry", "membership", "never_held"]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """Membership without a gap that counts: from the first day to the first day without it."""

    since: date
    end: date  # date.max while no end is known

    def holds_on(self, day: date) -> bool:
        return self.since <= day < self.end


@dataclass(frozen=True)
class Days:
    """Days in a row, both ends included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Fate:
    """What becomes of a lot by all that is known: the days it is usable, those it rests, what ends it."""

    usable: tuple[Days, ...]
    frozen: tuple[Days, ...]
    ending: Ending

    def is_usable(self, day: date) -> bool:
        return any(days.has(day) for days in self.usable)

    def is_frozen(self, day: date) -> bool:
        return any(days.has(day) for days in self.frozen)

    @property
    def gone_on(self) -> date | None:
        """The first day on which nothing of it is there, not even at rest; None for what never comes."""
        return max((days.last + ONE_DAY for days in (*self.usable, *self.frozen)), default=None)

    @property
    def last_usable_day(self) -> date | None:
        """None for what never comes; of what has only rested, the day before it came."""
        if self.usable:
            return self.usable[-1].last
        return self.frozen[0].first - ONE_DAY if self.frozen else None


def spells(terms: PointTerms, holder: Holder) -> tuple[Spell, ...]:
    """The person's memberships as the points see them; 任意継続 and dependents are no members (R-KAG-14)."""
    found: list[Spell] = []
    others = [one.acquired_on for one in holder.periods if one.kind in ("voluntary", "dependent")]
    for period in sorted(holder.periods, key=lambda one: one.acquired_on):
        end = min((day for day in others if day > period.acquired_on), default=date.max)
        end = min(end, ends_on(period))
        if period.kind != "member" or end <= period.acquired_on:
            continue
        if found and _goes_on(terms, found[-1].end, period.acquired_on):
            found[-1] = replace(found[-1], end=max(found[-1].end, end))
        else:
            found.append(Spell(period.acquired_on, end))
    return tuple(found)


def ends_on(period: Period) -> date:
    """The first day without this membership; date.max while no end is known."""
    after_term = period.term_ends_on + ONE_DAY if period.term_ends_on else date.max
    return min(period.lost_on or date.max, after_term)


def member_on(spells: tuple[Spell, ...], day: date) -> Spell | None:
    return next((spell for spell in spells if spell.holds_on(day)), None)


def to_register_since(terms: PointTerms, spells: tuple[Spell, ...], day: date) -> date | None:
    """Whoever has been away so long that a registration from before counts no more must have registered since this
    day; None for the others (R-KAG-05, AMB-K3)."""
    if terms.reacquisition is None:
        return None
    begun = [spell for spell in spells if spell.since <= day]
    months = terms.reacquisition.months
    after_long = (back.since for gone, back in pairwise(begun) if back.since >= add_months(gone.end, months))
    return max(after_long, default=None)


def usable_from(terms: PointTerms, spell: Spell) -> date | None:
    """The first day on which this membership can use the programme; None when it ends before a base date."""
    if terms.base_dates is None:
        return spell.since
    base = first_base_date(terms, spell.since)
    return add_months(base, terms.usable_after_months).replace(day=1) if spell.holds_on(base) else None


def first_base_date(terms: PointTerms, since: date) -> date:
    """The base date on or after the day: the 1st of a month from April to January, whatever the year."""
    assert terms.base_dates is not None
    bases = terms.base_dates
    months = 1 + (bases.until.month - bases.since.month) % 12
    day = since.replace(day=bases.day)
    while day < since or (day.month - bases.since.month) % 12 >= months:
        day = add_months(day, 1)
    return day


def fate(terms: PointTerms, spells: tuple[Spell, ...], granted_on: date, last_day: date) -> Fate:
    """Follows a lot from its grant through all memberships; what is granted in a gap fares like what was there."""
    place = max((place for place, spell in enumerate(spells) if spell.since <= granted_on), default=None)
    if place is None or granted_on >= _gone_on(terms, spells[place].end):
        return Fate((), (), "never_held")
    if terms.reacquisition is None:
        return _with_grace(terms, spells[place], granted_on, last_day)
    usable: list[Days] = []
    frozen: list[Days] = []
    first = granted_on
    for spell, following in zip(spells[place:], (*spells[place + 1 :], None), strict=True):
        if last_day < spell.end:
            return Fate((*usable, Days(first, last_day)), tuple(frozen), "expiry")
        if first < spell.end:
            usable.append(Days(first, spell.end - ONE_DAY))
        back_before = _gone_on(terms, spell.end)
        returns = following is not None and following.since < back_before
        thawed = following.since if returns and following else back_before
        frozen.append(Days(max(first, spell.end), min(last_day, thawed - ONE_DAY)))
        if not returns or last_day < thawed:  # the normal expiry goes on at rest (AMB-K2)
            return Fate(tuple(usable), tuple(frozen), "expiry" if last_day < thawed else "membership")
        first = thawed
    raise AssertionError("unreachable")


def back_before(terms: PointTerms, spells: tuple[Spell, ...], day: date) -> date | None:
    """While points rest on the day: a membership that begins before this date brings them back."""
    ended = [spell.end for spell in spells if spell.end <= day]
    return add_months(ended[-1], terms.reacquisition.months) if ended and terms.reacquisition else None


def ending_on(holder: Holder, last_day: date) -> Holder:
    """The same person, if membership ended after this day."""
    cut = tuple(
        replace(period, lost_on=min(period.lost_on or date.max, last_day + ONE_DAY))
        for period in holder.periods
        if period.acquired_on <= last_day
    )
    return Holder(holder.id, cut)


def _with_grace(terms: PointTerms, spell: Spell, granted_on: date, last_day: date) -> Fate:
    grace = terms.loss.exchange_months if terms.loss else 0
    last_by_loss = add_months(spell.end, grace) if spell.end < date.max else date.max
    if last_day <= last_by_loss:
        return Fate((Days(granted_on, last_day),), (), "expiry")
    return Fate((Days(granted_on, last_by_loss),), (), "membership")


def _gone_on(terms: PointTerms, end: date) -> date:
    """The first day on which a membership that ended leaves no trace: points neither rest nor can be exchanged."""
    if end == date.max:
        return date.max
    if terms.reacquisition:
        return add_months(end, terms.reacquisition.months)
    return add_months(end, terms.loss.exchange_months) + ONE_DAY if terms.loss else end


def _goes_on(terms: PointTerms, end: date, since: date) -> bool:
    """True when the next membership follows at once, or in the same month where the branch says so (AMB-K7)."""
    same_month = (end.year, end.month) == (since.year, since.month)
    return since <= end or bool(terms.reacquisition and terms.reacquisition.same_month and same_month)
