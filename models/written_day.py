"""Days as people write them: 2025/3/31, 20250331, 令和7年3月31日, R7.3.31, 3月31日."""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

ERAS = {
    **dict.fromkeys(("令和", "令", "r"), 2018),
    **dict.fromkeys(("平成", "平", "h"), 1988),
    **dict.fromkeys(("昭和", "昭", "s"), 1925),
    **dict.fromkeys(("大正", "大", "t"), 1911),
}
_DASHES = str.maketrans(dict.fromkeys("ー‐‑‒–—―−─", "-") | {"・": ".", "、": ".", ",": "."})
_NOTHING_BEFORE, _NOTHING_AFTER = r"(?<![\d/.\-年a-z])", r"(?!\s?[/.\-]?\d)"
_BETWEEN = r"\s?[年/.\- ]\s?(?P<month>\d{1,2})\s?[月/.\- ]\s?(?P<day>\d{1,2})日?"
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
_IN_SOME_YEAR = re.compile(
    rf"{_NOTHING_BEFORE}(?P<month>\d{{1,2}})\s?[月/.\-]\s?(?P<day>\d{{1,2}})日?{_NOTHING_AFTER}"
)


class Said(NamedTuple):
    """A day with the words around it."""

    before: str
    day: date
    after: str


def read_day(text: str) -> date | None:
    """The day, when the text is one with its year; an era's day outside its years is taken by arithmetic."""
    plain = _plain(text)
    found = (form.fullmatch(plain) for form in _FORMS)
    return next((_day(match.groupdict()) for match in found if match), None)


def find_day(text: str, since: date) -> Said | None:
    """The first day that a text names; without a year the next one from `since` on."""
    plain = _plain(text)
    for form in (*_FORMS, _IN_SOME_YEAR):
        if match := form.search(plain):
            day = _day(match.groupdict()) if form is not _IN_SOME_YEAR else _next(match.groupdict(), since)
            return Said(plain[: match.start()], day, plain[match.end() :]) if day else None
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().translate(_DASHES).strip()


def _day(said: dict[str, str]) -> date | None:
    year = 1 if said["year"] == "元" else int(said["year"])
    if "era" in said:
        return _date(ERAS[said["era"]] + year, said) if year else None
    return _date(year, said)


def _next(said: dict[str, str], since: date) -> date | None:
    """29 February may be years away."""
    years = (_date(since.year + more, said) for more in range(9))
    return next((day for day in years if day and day >= since), None)


def _date(year: int, said: dict[str, str]) -> date | None:
    try:
        return date(year, int(said["month"]), int(said["day"]))
    except ValueError:
        return None
