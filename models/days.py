"""Japanese days: the fiscal year, ages, business days."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import jpholiday

JST = ZoneInfo("Asia/Tokyo")
WEEKDAYS = "月火水木金土日"


def day_of(now: datetime) -> date:
    """The date in Japan at an instant."""
    return now.astimezone(JST).date()


def at(day: date, hour: int) -> datetime:
    """An hour of a day in Japan."""
    return datetime.combine(day, time(hour), JST)


def day_end(day: date) -> datetime:
    """The instant at which the day is over in Japan."""
    return datetime.combine(day + timedelta(days=1), time(), JST)


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_end(day: date) -> datetime:
    """The instant at which the day's month is over in Japan."""
    return day_end(last_of_month(day))


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year (1 April to 31 March) that contains the day."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_start(year: int) -> date:
    return date(year, 4, 1)


def fiscal_end(year: int) -> date:
    return date(year + 1, 3, 31)


def age_on(birthdate: date, day: date) -> int:
    """Full years by the calendar birthday on the day itself (AMB-S1); someone born on 29 February ages on 1 March."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_holiday(day: date) -> bool:
    """True on Japanese public holidays, substitute ones too."""
    return bool(jpholiday.is_holiday(day))


def is_business_day(day: date, closed: Collection[str] = ()) -> bool:
    """True unless Saturday, Sunday, a public holiday, or one of the `closed` days ("12-29")."""
    return day.weekday() < 5 and not is_holiday(day) and f"{day:%m-%d}" not in closed


def on_or_before(day: date, closed: Collection[str] = ()) -> date:
    """The day itself when it is a business day, else the last one before it."""
    while not is_business_day(day, closed):
        day -= timedelta(days=1)
    return day


def on_or_after(day: date, closed: Collection[str] = ()) -> date:
    """The day itself when it is a business day, else the first one after it."""
    while not is_business_day(day, closed):
        day += timedelta(days=1)
    return day


def business_days_before(day: date, count: int, closed: Collection[str] = ()) -> date:
    """So many business days before the day: when a letter is posted that must arrive on it."""
    for _ in range(count):
        day = on_or_before(day - timedelta(days=1), closed)
    return day


def in_words(day: date, today: date | None = None) -> str:
    """7月1日（月）; with the year where it is not that of today: 2025年7月1日（火）"""
    words = f"{day.day}日（{WEEKDAYS[day.weekday()]}）"
    return month_in_words(day, today or day) + words


def month_in_words(day: date, today: date) -> str:
    """7月; with the year where it is not that of today: 2025年7月"""
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月"


def in_full(day: date) -> str:
    """2024年7月1日（月）"""
    return f"{day.year}年{in_words(day)}"


def span_in_words(first: date, last: date) -> str:
    """7月1日（月）〜12月31日（火）; with the years where they differ."""
    words = in_words if first.year == last.year else in_full
    return f"{words(first)}〜{words(last)}"


def minute_in_words(now: datetime) -> str:
    """2024年7月1日 10:32"""
    local = now.astimezone(JST)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
