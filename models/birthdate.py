"""Birth dates as people write them: 19740122, 1974/1/22, 昭和49年1月22日, S49.1.22."""

import re
import unicodedata
from datetime import date

ERAS = {
    **dict.fromkeys(("令和", "令", "r"), 2018),
    **dict.fromkeys(("平成", "平", "h"), 1988),
    **dict.fromkeys(("昭和", "昭", "s"), 1925),
    **dict.fromkeys(("大正", "大", "t"), 1911),
}
_DASHES = str.maketrans(dict.fromkeys("ー‐‑‒–—―−─", "-") | {"・": ".", "、": ".", ",": "."})
_BETWEEN = r"\s?[年/.\- ]\s?(\d{1,2})\s?[月/.\- ]\s?(\d{1,2})日?"
_NAMES = "|".join(ERAS)
_FORMS = (
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(rf"(\d{{4}}){_BETWEEN}"),
)
_ERA_FORMS = (
    re.compile(rf"({_NAMES})\.?\s?(元|\d{{1,2}}){_BETWEEN}"),
    re.compile(rf"({_NAMES})(\d{{2}})(\d{{2}})(\d{{2}})"),
)


def read_birthdate(text: str) -> date | None:
    """The date, or None when the text is no date; an era's day outside its years is taken by arithmetic."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_DASHES).strip()
    plain = re.sub(r"\s?生(まれ)?$", "", plain)
    for form in _FORMS:
        if match := form.fullmatch(plain):
            return _date(int(match[1]), match[2], match[3])
    for form in _ERA_FORMS:
        if match := form.fullmatch(plain):
            return _era_date(match[1], 1 if match[2] == "元" else int(match[2]), match[3], match[4])
    return None


def _era_date(era: str, year: int, month: str, day: str) -> date | None:
    return _date(ERAS[era] + year, month, day) if year else None


def _date(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None
