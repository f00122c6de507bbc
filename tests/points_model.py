"""The rules of health points, said plainly a second time: what the machine of the ledger holds the product against."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from models.days import add_months, fiscal_year

FOREVER = date.max
ONE_DAY = timedelta(days=1)


@dataclass
class Wanted:
    """A lot as the model keeps it."""

    granted_on: date
    points: int
    left: int
    spent: dict[int, int] = field(default_factory=dict)


@dataclass
class Person:
    """Memberships, oldest first: the first day, and the first day without."""

    terms: list[tuple[date, date]]

    def leaves(self, end: date) -> None:
        self.terms[-1] = (self.terms[-1][0], end)

    @property
    def is_gone(self) -> bool:
        return self.terms[-1][1] < FOREVER


@dataclass(frozen=True)
class Rules(ABC):
    """What a branch's guide says of points."""

    branch: str
    first: date  # of the terms
    years: int  # until they lapse
    prices: dict[str, int]
    closed: int = 0  # the month without exchange

    def last_day(self, lot: Wanted) -> date:
        """31 March of the fiscal year (of the grant + years)."""
        return date(fiscal_year(lot.granted_on) + self.years, 3, 31)

    def is_usable(self, lot: Wanted, who: Person, day: date) -> bool:
        return lot.granted_on <= day <= self.last_day(lot) and self.is_there(lot, who, day)

    @abstractmethod
    def is_there(self, lot: Wanted, who: Person, day: date) -> bool:
        """Whether membership allows it."""

    def is_at_rest(self, lot: Wanted, who: Person, day: date) -> bool:
        return False

    @abstractmethod
    def may_exchange(self, who: Person, day: date) -> bool:
        """Whether the day is one of exchange, and the person may."""

    def last_usable(self, lot: Wanted, who: Person) -> date | None:
        """Only these days can be the last: what holds on one of them, and on none after it."""
        ends = [end for _, end in who.terms if end < FOREVER]
        days = {self.last_day(lot), *(end - ONE_DAY for end in ends), *(add_months(end, 2) for end in ends)}
        return max((day for day in days if self.is_usable(lot, who, day)), default=None)


class Kagawa(Rules):
    """Points rest without membership, come back with one that begins within six months, and are gone after that;
    a gap inside one month is none (R-KAG-05, 06, 14, AMB-K2, K3, K7)."""

    def is_there(self, lot: Wanted, who: Person, day: date) -> bool:
        return self._member(who, day) and self._outlives(lot, who, day)

    def is_at_rest(self, lot: Wanted, who: Person, day: date) -> bool:
        begun = [end for since, end in self._spells(who) if since <= day]
        lives = lot.granted_on <= day <= self.last_day(lot)
        return lives and begun[-1] <= day < add_months(begun[-1], 6) and self._outlives(lot, who, day)

    def may_exchange(self, who: Person, day: date) -> bool:
        return self._member(who, day)

    def _outlives(self, lot: Wanted, who: Person, day: date) -> bool:
        """No gap of six months lies between the grant and the day."""
        gaps = ((end, back) for (_, end), (back, _) in pairwise(self._spells(who)))
        return all(back < add_months(end, 6) for end, back in gaps if lot.granted_on < back <= day)

    def _member(self, who: Person, day: date) -> bool:
        return any(since <= day < end for since, end in self._spells(who))

    def _spells(self, who: Person) -> list[tuple[date, date]]:
        found: list[tuple[date, date]] = []
        for since, end in who.terms:
            if found and f"{found[-1][1]:%Y%m}" == f"{since:%Y%m}":
                found[-1] = (found[-1][0], end)
            else:
                found.append((since, end))
        return found


class Aichi(Rules):
    """Two months after a loss are left for exchange, and nothing comes back; a new membership opens in the month after
    next of the first base date, the 1st of April to January (R-AIC-54, AMB-A15)."""

    def is_there(self, lot: Wanted, who: Person, day: date) -> bool:
        *_, (_, end) = (term for term in self._spells(who) if term[0] <= lot.granted_on)
        return day <= self._grace(end)

    def may_exchange(self, who: Person, day: date) -> bool:
        spells = [(since, end) for since, end in self._spells(who) if since <= day]
        in_grace = any(end <= day <= self._grace(end) for _, end in spells)
        return in_grace or any(day < end and self._opens(since) <= day for since, end in spells)

    def _grace(self, end: date) -> date:
        return end if end == FOREVER else add_months(end, 2)

    def _opens(self, since: date) -> date:
        firsts = (since + timedelta(days=ahead) for ahead in range(100))
        base = next(day for day in firsts if day.day == 1 and day.month not in (2, 3))
        return add_months(base, 2)

    def _spells(self, who: Person) -> list[tuple[date, date]]:
        return list(_joined(who.terms))


def _joined(terms: list[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Terms that follow each other without a day between are one."""
    begun, ended = terms[0]
    for since, end in terms[1:]:
        if since > ended:
            yield begun, ended
            begun = since
        ended = end
    yield begun, ended


KAGAWA = Kagawa("kagawa", date(2023, 2, 1), 2, {"towel": 500, "udon": 1000, "pedometer": 1500}, closed=4)
AICHI = Aichi("aichi", date(2024, 4, 1), 1, {"towel": 500, "thermometer": 800, "noodles": 1000})
