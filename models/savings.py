"""Savings (福祉貯金): which deadline a paper meets and when money comes, and whether the deposit stops (R-AIC-56, 57)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.days import add_months, last_of_month, on_or_after, on_or_before
from models.terms import Dated

Intention = Literal["withdrawal", "cancellation", "entry", "change"]


@dataclass(frozen=True)
class Round:
    """A day of the month by which a paper must have arrived, and the day on which its money goes out."""

    closes_day: int
    remitted_day: int


@dataclass(frozen=True)
class Withdrawal:
    form: str
    first: Round
    second: Round


@dataclass(frozen=True)
class Cancellation:
    form: str
    closes_day: int
    remitted_day: int  # of the next month


@dataclass(frozen=True)
class Change:
    form: str
    closes_day: int
    starts: str


@dataclass(frozen=True)
class Closing:
    """A deadline without a day: as the guide says it, and the days that are meant (6月1日)."""

    text: str
    since: str
    until: str


@dataclass(frozen=True)
class Season:
    closes: Closing
    applies: str


@dataclass(frozen=True)
class AmountChange:
    form: str
    summer: Season
    winter: Season


@dataclass(frozen=True)
class SavingsTerms:
    """savings.yaml"""

    annual_rate_percent: str
    interest_days: dict[str, str]
    limit: int
    limit_shown: str
    interest_at_limit_year: int
    interest_at_limit_half: int
    monthly_limit: int
    monthly_limit_shown: str
    deadline_moves: str
    remittance_moves: str
    bank_closed: tuple[str, ...]
    entry: Change
    change: Change
    withdrawal: Withdrawal
    cancellation: Cancellation
    amount_change: AmountChange
    term_member_needs_years: int
    to_confirm: tuple[str, ...] = ()  # what is ours and not the guide's


@dataclass(frozen=True)
class Filing:
    """What a paper that arrives on a day meets: its deadline, and the day of the money or the month it begins."""

    form: str
    deadline: date
    remitted: date | None = None
    starts: date | None = None  # the first of the month


@dataclass(frozen=True)
class Outlook:
    """Whether the deposit of a month stops; `balance` is that of the end of the month before."""

    balance: int
    month: date  # its first day
    stops: bool


def filing(dated: Dated[SavingsTerms], intention: Intention, day: date) -> Filing:
    """The next deadline that a paper handed in on the day can meet, by what holds at the end of its month, as in the
    calendar. Raises NoTerms."""
    months = (add_months(day.replace(day=1), ahead) for ahead in range(3))
    found = (each for month in months for each in _filings(dated.on(last_of_month(month)), intention, month))
    return next(each for each in found if each.deadline >= day)


def outlook_after(
    dated: Dated[SavingsTerms], balance: int, monthly: int, filed: date, withdrawn: int
) -> Outlook:
    """Whether the deposit stops after a withdrawal filed on a day; `balance` is that of the end of the month before.

    This month's deposit is looked at first, and only if it fits the following month's: what goes out in a month
    helps the next one only (AMB-A13)."""
    this = _outlook(dated.on(filed), balance, monthly, filed.replace(day=1))
    if this.stops:
        return this
    following = add_months(this.month, 1)
    remitted = filing(dated, "withdrawal", filed).remitted
    assert remitted is not None
    end = balance + monthly - (withdrawn if remitted < following else 0)
    return _outlook(dated.on(filed), end, monthly, following)


def _outlook(terms: SavingsTerms, balance: int, monthly: int, month: date) -> Outlook:
    """Exactly at the limit the deposit goes on."""
    return Outlook(balance, month, balance + monthly > terms.limit)


def _filings(terms: SavingsTerms, intention: Intention, month: date) -> tuple[Filing, ...]:
    """Those of a month, earliest first."""
    closed, following = terms.bank_closed, add_months(month, 1)
    match intention:
        case "withdrawal":
            one = terms.withdrawal
            return tuple(
                Filing(
                    one.form,
                    on_or_before(month.replace(day=each.closes_day), closed),
                    on_or_after(month.replace(day=each.remitted_day), closed),
                )
                for each in (one.first, one.second)
            )
        case "cancellation":
            ends = terms.cancellation
            paid = on_or_after(following.replace(day=ends.remitted_day), closed)
            return (Filing(ends.form, on_or_before(month.replace(day=ends.closes_day), closed), paid),)
        case "entry" | "change":
            asked = terms.entry if intention == "entry" else terms.change
            last = on_or_before(month.replace(day=asked.closes_day), closed)
            return (Filing(asked.form, last, starts=following),)
