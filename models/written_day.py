"""Days as people write them: 2025/3/31, 20250331, 令和7年3月31日, R7.3.31, 3月31日, 来年の3月末, 年度末, 昨日, 来週の金曜."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from models.days import WEEKDAYS, add_months, fiscal_year
from models.written_number import read_number

ERAS = {
    **dict.fromkeys(("令和", "令", "r"), 2018),
    **dict.fromkeys(("平成", "平", "h"), 1988),
    **dict.fromkeys(("昭和", "昭", "s"), 1925),
    **dict.fromkeys(("大正", "大", "t"), 1911),
}
_DASHES = str.maketrans(dict.fromkeys("ー‐‑‒–—―−─", "-") | {"・": ".", "、": ".", ",": "."})
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
_PARTS_OF_MONTH = {
    **dict.fromkeys(("上旬", "初め", "はじめ", "始め", "頭", "前半"), 5),
    **dict.fromkeys(("下旬", "終わり", "おわり", "後半"), 25),
}
_MIDDLE = 15
# What a number or weekday is a day before, and no length of time or name: 25日に, 金曜です; not 10日で, 3日間
_THEN = r"(?=$|[にごだ、。.!]|で(?:す|お願い|$)|まで|着|必着|の(?:予定|朝|午前|午後|夕方)|かな|(?:退職|辞|届|送|出)[ぁ-ん])"
_WITH_NUMBER_ALONE = re.compile(
    rf"(?:(?P<which>{'|'.join(_MONTHS)})の?|(?<![\d月年/.\-約])(?<!あと)(?<!毎月の))(?:(?P<day>\d{{1,2}})日|(?:(?<=月)|(?<=月の))末日?){_THEN}"
    rf"|(?<![\d今当来翌先毎])月末{_THEN}"
)
_WEEKDAY = re.compile(
    rf"(?:(?P<which>{'|'.join((*_WEEKS, *_THE_NEXT))})の?|(?<![毎週第\d]))(?P<weekday>[{WEEKDAYS}])曜日?{_THEN}"
)
_SPAN = re.compile(
    rf"(?:(?P<week>{'|'.join(_WEEKS)})(?P<end>末)?|(?:(?P<which>{'|'.join(_MONTHS)})|(?P<month>\d{{1,2}})月)の?"
    rf"(?P<part>{'|'.join(_PARTS_OF_MONTH)}|中旬|半ば|なかば|中頃|中ごろ)?)中?(?:頃|ごろ|ころ|くらい|ぐらい)?"
    r"(?:に|まで|は|です|かな|の?予定|で|お願いします)*(?:(?:届|着|出|送|提出|退職|辞)[ぁ-ん]*)?[。.!]*"
)
_KANJI_NUMBER = re.compile(
    "(?:(?<![一-龥])|(?<=[月年度]))(?:[二三四五六七八九]?十)?[一二三四五六七八九]?(?=[月日](?!曜))"
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
    """The day that a text names; without a year the next one from `since` on. 年度末 is 31 March."""
    plain = _plain(text)
    readers = (
        *((form, _day) for form in _FORMS),
        (_IN_FISCAL_YEAR, lambda said: _of_fiscal_year(said, today)),
        (_IN_SOME_YEAR, lambda said: _near(said, since, today)),
        (_RELATIVE, lambda said: today + timedelta(days=_FROM_TODAY[said["word"]])),
        (_WEEKDAY, lambda said: _on_weekday(said, today)),
        (_WITH_NUMBER_ALONE, lambda said: _in_month(said, since, today)),
    )
    for form, read in readers:
        if match := form.search(plain):
            return Said(plain[: match.start()], read(match.groupdict()), plain[match.end() :])
    return None


def in_the_middle(text: str, since: date, today: date) -> date | None:
    """A day of the week or month that is all that a text tells: 来週, 7月中旬に出します."""
    match = _SPAN.fullmatch(_plain(text))
    if match is None:
        return None
    if match["week"]:
        return _monday(today) + timedelta(days=_WEEKS[match["week"]] + (5 if match["end"] else 0))
    day = str(_PARTS_OF_MONTH.get(match["part"], _MIDDLE))
    if match["month"]:
        return _near({"which": "", "month": match["month"], "day": day}, since, today)
    return _in_month({"which": match["which"], "day": day}, since, today)


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


def _of_fiscal_year(said: dict[str, str], today: date) -> date | None:
    """The last day of the fiscal year, or the day in it that is said."""
    year = _year(said) if said["year"] else fiscal_year(today) + _FISCAL_YEARS.get(said["which"], 0)
    in_it = said if said["month"] else {"month": "3", "day": "末"}
    return _date(year + (int(in_it["month"]) < 4), in_it) if year else None


def _near(said: dict[str, str], since: date, today: date) -> date | None:
    """In the year that is said, else the next one; 29 February may be years away."""
    if said["which"]:
        return _date(today.year + _YEARS[said["which"]], said)
    years = (_date(since.year + more, said) for more in range(9))
    return next((day for day in years if day and day >= since), None)


def _in_month(said: dict[str, str], since: date, today: date) -> date | None:
    """In the month that is said, else the next day of that number."""
    first, wanted = today.replace(day=1), {"day": said["day"] or "末"}
    if said["which"]:
        month = add_months(first, _MONTHS[said["which"]])
        return _date(month.year, {"month": str(month.month), **wanted})
    months = (add_months(max(since, first).replace(day=1), more) for more in range(3))
    days = (_date(month.year, {"month": str(month.month), **wanted}) for month in months)
    return next((day for day in days if day and day >= max(since, today)), None)


def _on_weekday(said: dict[str, str], today: date) -> date:
    """In the week that is said (from Monday), else the next one: today too, but for 今度の."""
    weekday = WEEKDAYS.index(said["weekday"])
    if said["which"] in _WEEKS:
        return _monday(today) + timedelta(days=_WEEKS[said["which"]] + weekday)
    first = today + timedelta(days=1) if said["which"] else today
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _date(year: int, said: dict[str, str]) -> date | None:
    try:
        month = int(said["month"])
        return date(year, month, monthrange(year, month)[1] if said["day"] == "末" else int(said["day"]))
    except ValueError:
        return None
