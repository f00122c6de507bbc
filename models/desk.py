"""Whom to call: an association's desks, their hours, and when they open next (R-SAI-40)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.days import JST, WEEKDAYS, business_days_before, in_words, is_holiday, on_or_before
from models.terms import Dated

LONGEST_CLOSING = 31


@dataclass(frozen=True)
class Desk:
    """One desk; `days` are weekday signs (月火水…), `hours` "8:30-17:15", both empty where nobody prints them."""

    name: str
    scope: str
    phone: str = ""
    email: str = ""
    url: str = ""
    days: str = ""
    hours: str = ""
    holidays: bool = False  # open on public holidays
    note: str = ""

    def in_words(self) -> str:
        """月〜金 8:30〜17:15（祝日を除く）; says so when the hours are not known."""
        if not (self.hours and self.days):
            return "受付時間は案内されていません。平日の日中におかけください"
        days = (
            f"{self.days[0]}〜{self.days[-1]}"
            if self.days in WEEKDAYS and len(self.days) > 1
            else "・".join(self.days)
        )
        opens, closes = self.hours.split("-")
        return f"{days} {opens}〜{closes}" + ("" if self.holidays else "（祝日を除く）")


@dataclass(frozen=True)
class Post:
    """How long a letter takes: business days, and days on which no letter goes beside weekends and holidays."""

    business_days: int
    closed: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeskTerms:
    main: str
    desks: dict[str, Desk]
    closed: tuple[str, ...] = ()  # every year, "12-29"
    post: Post | None = None  # None where nothing has to arrive
    to_confirm: tuple[str, ...] = ()  # what is ours and not the document's


def posting_day(terms: DeskTerms, arrives: date) -> date | None:
    """By when something is posted that must have arrived on a day (必着); None where nobody says how long it takes."""
    if terms.post is None:
        return None
    return business_days_before(arrives, terms.post.business_days, _nothing_arrives(terms))


def arrival_day(terms: DeskTerms, last: date) -> date:
    """The day itself when desks are open and letters come, else the last such one before it."""
    return on_or_before(last, _nothing_arrives(terms))


@dataclass(frozen=True)
class Opening:
    """Whether a desk is open at an instant, and when it opens next (JST); None where no hours are printed."""

    is_open: bool | None
    next_day: date | None = None
    next_time: str = ""

    def in_words(self) -> str:
        if self.is_open is None or self.is_open:
            return ""
        assert self.next_day is not None
        return f"ただいま受付時間外です。次の受付は{in_words(self.next_day)}{self.next_time}からです。"


def desk_of(dated: Dated[DeskTerms], day: date, key: str = "") -> Desk:
    """The desk with this key, else the branch's main desk."""
    terms = dated.nearest(day)
    return terms.desks.get(key) or terms.desks[terms.main]


def opening(dated: Dated[DeskTerms], desk: Desk, now: datetime) -> Opening:
    """Whether the desk answers now; weekends, holidays and the year end counted."""
    if not (desk.hours and desk.days):
        return Opening(None)
    local = now.astimezone(JST)
    terms = dated.nearest(local.date())
    opens, closes = (_time(part) for part in desk.hours.split("-"))
    today_open = _opens_on(desk, local.date(), terms.closed)
    if today_open and opens <= local.time() < closes:
        return Opening(True)
    first = local.date() if today_open and local.time() < opens else local.date() + timedelta(days=1)
    days = (first + timedelta(days=ahead) for ahead in range(LONGEST_CLOSING))
    day = next(day for day in days if _opens_on(desk, day, terms.closed))
    return Opening(False, day, desk.hours.split("-")[0])


def _nothing_arrives(terms: DeskTerms) -> tuple[str, ...]:
    return (*terms.closed, *(terms.post.closed if terms.post else ()))


def _opens_on(desk: Desk, day: date, closed: tuple[str, ...]) -> bool:
    if WEEKDAYS[day.weekday()] not in desk.days or f"{day:%m-%d}" in closed:
        return False
    return desk.holidays or not is_holiday(day)


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
