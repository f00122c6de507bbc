"""Days as people write them: 2025/3/31, 20250331, 令和7年3月31日, R7.3.31, 3月31日, 来年の3月末, 年度末, 昨日, 3日後, 来週の金曜."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from models.days import WEEKDAYS, add_months, fiscal_year, last_of_month
from models.written_number import read_number

ERAS = {
    **dict.fromkeys(("令和", "令", "r"), 2018),
    **dict.fromkeys(("平成", "平", "h"), 1988),
    **dict.fromkeys(("昭和", "昭", "s"), 1925),
    **dict.fromkeys(("大正", "大", "t"), 1911),
}
_DASHES = str.maketrans(dict.fromkeys("ー‐‑‒–—―−─", "-") | {"・": ".", "、": ".", ",": ".", "〜": "~"})
_NOTHING_BEFORE, _NOTHING_AFTER = r"(?<![\d/.\-年a-z])", r"(?!\s?[/.\-]?\d)"
_OF_SOME_YEAR = r"\d元一二三四五六七八九十新旧同各毎"  # before 年度: it is not that of today
_DAY = r"の?\s?(?P<day>\d{1,2}|末)日?"
_BETWEEN = rf"\s?[年/.\- ]\s?(?P<month>\d{{1,2}})\s?[月/.\- ]\s?{_DAY}"
_YEARS = {"一昨年": -2, "昨年": -1, "去年": -1, "今年": 0, "本年": 0, "来年": 1, "再来年": 2}
_FISCAL_YEARS = {
    "一昨": -2,
    "昨": -1,
    "前": -1,
    "今": 0,
    "本": 0,
    "この": 0,
    "来": 1,
    "次": 1,
    "翌": 1,
    "再来": 2,
}
_FROM_TODAY = {
    **dict.fromkeys(("一昨日", "おととい"), -2),
    **dict.fromkeys(("昨日", "きのう"), -1),
    **dict.fromkeys(("今日", "本日", "きょう"), 0),
    **dict.fromkeys(("明日", "あした", "あす"), 1),
    **dict.fromkeys(("明後日", "あさって"), 2),
}
# 明日です, 明日に着く, 明日届きます; not 今日は暑いですね, and not the きょう of べんきょう
_RELATIVE = re.compile(
    f"(?P<word>{'|'.join(word if word > 'ん' else f'(?<![ぁ-ん]){word}' for word in _FROM_TODAY)})"
    "(?=(?:で|に)(?![もき])|(?:まで|お(?:願|ねが)いします|(?:退職|辞|着|届|送|出|使|利用)[ぁ-ん]*)?[。.!]*$)"
)
_MONTHS = {"先月": -1, "今月": 0, "当月": 0, "来月": 1, "翌月": 1, "再来月": 2}
_WEEKS = {"先週": -7, "今週": 0, "来週": 7, "翌週": 7, "再来週": 14}
_THE_NEXT = ("今度", "こんど", "次")
_WEEKEND = 5
# First and last day of each part; of a month the last may be its end.
_PARTS_OF_WEEK = {"末": (_WEEKEND, 6), "明け": (0, 6), "前半": (0, 2), "半ば": (2, 2), "後半": (3, 4)}
_PARTS_OF_MONTH = {
    **dict.fromkeys(("上旬", "初旬", "初め", "はじめ", "始め", "頭", "前半"), (1, 10)),
    **dict.fromkeys(("中旬", "半ば", "なかば", "中頃", "中ごろ"), (11, 20)),
    **dict.fromkeys(("下旬", "終わり", "おわり", "後半"), (21, 31)),
}
_SEASONS = {
    "夏休み": ((7, 21), (8, 31)),
    "お盆": ((8, 13), (8, 16)),
    "年末": ((12, 21), (12, 31)),
    "冬休み": ((12, 25), (1, 6)),
    "年明け": ((1, 4), (1, 15)),
    "年始": ((1, 4), (1, 15)),
    "春休み": ((3, 26), (4, 5)),
    "新年度": ((4, 1), (4, 30)),
}
# What a number or weekday is a day before, and no length of time or name: 25日に, 金曜です; not 10日で, 3日間
_THEN = r"(?=$|[にごだ、。.!]|で(?:す|お願い|$)|まで|着|必着|の(?:予定|朝|午前|午後|夕方)|かな|(?:退職|辞|届|送|出)[ぁ-ん])"
_WITH_NUMBER_ALONE = re.compile(
    rf"(?:(?P<which>{'|'.join(_MONTHS)})の?|(?<![\d月年/.\-約])(?<!あと)(?<!毎月の))(?:(?P<day>\d{{1,2}})日|(?:(?<=月)|(?<=月の))末日?){_THEN}"
    rf"|(?<![\d今当来翌先毎])月末{_THEN}"
)
_WEEKDAY = re.compile(
    rf"(?:(?P<which>{'|'.join((*_WEEKS, *_THE_NEXT))})の?|(?<![毎週第\d]))(?P<weekday>[{WEEKDAYS}])曜日?{_THEN}"
)
_LATER = re.compile(
    rf"(?<![\d.])(?P<count>\d{{1,3}})(?P<unit>日|週間|[かヶケカヵ箇]月)(?:後|先)(?!半){_THEN}"
)
_SPAN = re.compile(
    rf"(?:(?P<week>{'|'.join(_WEEKS)})の?(?:週(?=末))?(?P<part_of_week>{'|'.join(_PARTS_OF_WEEK)})?"
    rf"|週(?P<part_of_some>末|明け)|(?P<both>土日)"
    rf"|(?:(?P<which>{'|'.join(_MONTHS)})|(?P<month>\d{{1,2}})月)の?(?P<part>{'|'.join(_PARTS_OF_MONTH)})?"
    rf"|(?P<season>{'|'.join(_SEASONS)})(?:前|明け)?"
    rf"|(?:あと|今から)?(?P<within>\d{{1,2}})(?P<unit>日|週間)(?:以内|のうち))"
    r"中?(?:頃|ごろ|ころ|くらい|ぐらい|あたり|のうち)?"
    r"(?:に(?!は)|まで|は|です|かな|の?予定|で|お願いします)*(?:(?:届|着|出|送|提出|退職|辞)[ぁ-ん]*)?[。.!]*"
)
# Two days where one is asked for: 10日か11日, 月曜か火曜, 8日から10日のあいだ
_NAMED = rf"(?:(?:\d{{1,2}}月)?\d{{1,2}}日|\d{{1,2}}/\d{{1,2}}|(?:(?:{'|'.join(_WEEKS)})の?)?[{WEEKDAYS}]曜日?|{'|'.join(_FROM_TODAY)})"
_SEVERAL = re.compile(
    rf"(?<![\d/.\-])(?P<one>{_NAMED})(?:に|ごろ|頃|あたり)?(?:から|か|または|又は|もしくは|あるいは|[~/.\-\s]|と|or)+{_NAMED}"
)
# What is over is looked for before today: 金曜に出しました
_OVER = re.compile(
    r"^日?(?:に|には|で|の(?:朝|夕方|午前|午後)に?)?(?:もう|すでに|既に|確か|たしか)?"
    r"(?:(?:書類|用紙|請求書|申込書|届)を?)?(?:提出|投函|郵送|発送)?(?:し|出し|送り|送っ|届き|届い|着き|着い|届け|退職し|辞め|入れ)(?:て(?:き|い|しまい)|と[いき])?(?:まし)?た"
)
_KANJI_NUMBER = re.compile(
    "(?:(?<![一-龥])|(?<=[月年度]))(?:[二三四五六七八九]?十)?[一二三四五六七八九]?(?=[月日](?!曜)|週間|[かヶケカヵ箇]月)"
)
_NAMES = "|".join(ERAS)
_FORMS = tuple(
    re.compile(f"{_NOTHING_BEFORE}{form}{_NOTHING_AFTER}")
    for form in (
        rf"(?P<era>{_NAMES})\.?\s?(?P<year>元|\d{{1,2}}){_BETWEEN}",
        rf"(?P<era>{_NAMES})(?P<year>\d{{2}})(?P<month>\d{{2}})(?P<day>\d{{2}})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?P<year>\d{{4}}){_BETWEEN}",
    )
)
_IN_FISCAL_YEAR = re.compile(
    rf"(?:(?P<which>{'|'.join(_FISCAL_YEARS)})|(?:(?P<era>{_NAMES})\.?\s?)?(?P<year>元|\d{{1,4}})|(?<![{_OF_SOME_YEAR}]))年度"
    rf"の?\s?(?:(?P<month>\d{{1,2}})\s?[月/.\-]\s?{_DAY}{_NOTHING_AFTER}|末日?|終わり|おわり|いっぱい)"
)
_IN_SOME_YEAR = re.compile(
    rf"(?:(?P<which>{'|'.join(_YEARS)})の?|{_NOTHING_BEFORE})"
    rf"(?P<month>\d{{1,2}})\s?[月/.\-]\s?{_DAY}{_NOTHING_AFTER}"
)


class _Times(NamedTuple):
    today: date
    since: date  # a day without its year is the next one from here on
    is_over: bool  # but the last one before today, of what is told to be over


class Said(NamedTuple):
    """A day with the words around it."""

    before: str
    day: date | None  # None where no calendar has it: 2月30日
    after: str


def read_day(text: str) -> date | None:
    """The day, when the text is one with its year; an era's day outside its years is taken by arithmetic."""
    plain = _plain(text)
    found = (form.fullmatch(plain) for form in _FORMS)
    return next((_day(match.groupdict()) for match in found if match and match["day"] != "末"), None)


def find_day(text: str, since: date, today: date) -> Said | None:
    """The day that a text names; without a year the next one from `since` on, or the last one of what is over.

    年度末 is 31 March."""
    plain = _plain(text)
    for form, read in _READERS:
        if match := form.search(plain):
            after = plain[match.end() :]
            times = _Times(today, since, is_over=_OVER.search(after) is not None)
            return Said(plain[: match.start()], read(match.groupdict(), times), after)
    return None


def find_span(text: str, since: date, today: date) -> tuple[date, date] | None:
    """First and last day of the week or month that is all that a text tells: 来週, 7月中旬に出します; or of two days."""
    plain = _plain(text)
    if several := _SEVERAL.search(plain):
        said = find_day(several["one"], since, today)
        return (said.day, said.day) if said and said.day else None
    match = _SPAN.fullmatch(plain)
    return _span(match.groupdict(), since, today) if match else None


def _span(said: dict[str, str], since: date, today: date) -> tuple[date, date] | None:
    if said["week"] or said["part_of_some"] or said["both"]:
        part = said["part_of_week"] or said["part_of_some"] or ("末" if said["both"] else "")
        away = 7 if said["part_of_some"] == "明け" else _WEEKS.get(said["week"], 0)
        monday = _monday(today) + timedelta(days=away)
        first, last = _PARTS_OF_WEEK.get(part, (0, 6))
        return monday + timedelta(days=first), monday + timedelta(days=last)
    if said["within"]:
        days = int(said["within"]) * (7 if said["unit"] == "週間" else 1)
        return today, today + timedelta(days=days)
    if said["season"]:
        begins, ends = _SEASONS[said["season"]]
        over = _next(*ends, today)
        return _next(*begins, over - timedelta(days=100)), over
    return _part_of_month(said, since, today)


def _part_of_month(said: dict[str, str], since: date, today: date) -> tuple[date, date] | None:
    first, last = _PARTS_OF_MONTH.get(said["part"], (1, 31))
    if said["which"]:
        month = add_months(today.replace(day=1), _MONTHS[said["which"]])
    elif 1 <= int(said["month"]) <= 12:
        month = _next(int(said["month"]), 1, since.replace(day=1))
    else:
        return None
    return month.replace(day=first), month.replace(day=min(last, last_of_month(month).day))


def _next(month: int, day: int, since: date) -> date:
    this_year = date(since.year, month, day)
    return this_year if this_year >= since else date(since.year + 1, month, day)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower().translate(_DASHES).strip()
    return _KANJI_NUMBER.sub(_in_digits, plain)


def _in_digits(number: re.Match[str]) -> str:
    return f"{read_number(number[0]):g}" if number[0] else ""


def _day(said: dict[str, str]) -> date | None:
    year = _year(said)
    return _date(year, said) if year else None


def _year(said: dict[str, str]) -> int | None:
    year = 1 if said["year"] == "元" else int(said["year"])
    if era := said.get("era"):
        return ERAS[era] + year if year else None
    return year


def _of_fiscal_year(said: dict[str, str], times: _Times) -> date | None:
    """The last day of the fiscal year, or the day in it that is said."""
    year = _year(said) if said["year"] else fiscal_year(times.today) + _FISCAL_YEARS.get(said["which"], 0)
    in_it = said if said["month"] else {"month": "3", "day": "末"}
    return _date(year + (int(in_it["month"]) < 4), in_it) if year else None


def _near(said: dict[str, str], times: _Times) -> date | None:
    """In the year that is said, else the next one; 29 February may be years away."""
    if said["which"]:
        return _date(times.today.year + _YEARS[said["which"]], said)
    since = add_months(times.today, -12) + timedelta(days=1) if times.is_over else times.since
    years = (_date(since.year + more, said) for more in range(9))
    return next((day for day in years if day and day >= since), None)


def _in_month(said: dict[str, str], times: _Times) -> date | None:
    """In the month that is said, else the next day of that number."""
    wanted = {"day": said["day"] or "末"}
    if said["which"]:
        month = add_months(times.today.replace(day=1), _MONTHS[said["which"]])
        return _date(month.year, {"month": str(month.month), **wanted})
    a_month_ago = add_months(times.today, -1) + timedelta(days=1)
    since = a_month_ago if times.is_over else max(times.since, times.today)
    months = (add_months(since.replace(day=1), more) for more in range(3))
    days = (_date(month.year, {"month": str(month.month), **wanted}) for month in months)
    return next((day for day in days if day and day >= since), None)


def _on_weekday(said: dict[str, str], times: _Times) -> date:
    """In the week that is said (from Monday), else the next one: today too, but for 今度の."""
    weekday = WEEKDAYS.index(said["weekday"])
    if said["which"] in _WEEKS:
        return _monday(times.today) + timedelta(days=_WEEKS[said["which"]] + weekday)
    away = 1 if said["which"] else -6 if times.is_over else 0
    first = times.today + timedelta(days=away)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _later(said: dict[str, str], times: _Times) -> date:
    count = int(said["count"])
    if said["unit"] == "日":
        return times.today + timedelta(days=count)
    return times.today + timedelta(weeks=count) if said["unit"] == "週間" else add_months(times.today, count)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _date(year: int, said: dict[str, str]) -> date | None:
    try:
        month = int(said["month"])
        return date(year, month, monthrange(year, month)[1] if said["day"] == "末" else int(said["day"]))
    except ValueError:
        return None


def _from_today(said: dict[str, str], times: _Times) -> date:
    return times.today + timedelta(days=_FROM_TODAY[said["word"]])


_READERS: tuple[tuple[re.Pattern[str], Callable[[dict[str, str], _Times], date | None]], ...] = (
    *((form, lambda said, times: _day(said)) for form in _FORMS),
    (_IN_FISCAL_YEAR, _of_fiscal_year),
    (_IN_SOME_YEAR, _near),
    (_RELATIVE, _from_today),
    (_LATER, _later),
    (_WEEKDAY, _on_weekday),
    (_WITH_NUMBER_ALONE, _in_month),
)
