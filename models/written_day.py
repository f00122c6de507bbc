"""Days as people write them: 2025/3/31, 20250331, 令和7年3月31日, R7.3.31, 3月31日, 来年の3月末, 年度末, 昨日."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from models.days import fiscal_year

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
    )
    for form, read in readers:
        if match := form.search(plain):
            return Said(plain[: match.start()], read(match.groupdict()), plain[match.end() :])
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().translate(_DASHES).strip()


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


def _date(year: int, said: dict[str, str]) -> date | None:
    try:
        month = int(said["month"])
        return date(year, month, monthrange(year, month)[1] if said["day"] == "末" else int(said["day"]))
    except ValueError:
        return None
