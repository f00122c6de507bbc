"""Birth dates as people write them: 19740122, 1974/1/22, 昭和49年1月22日, S49.1.22."""

import re
import unicodedata
from datetime import date

ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911}
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WESTERN = re.compile(r"(\d{4})[年/.\- ](\d{1,2})[月/.\- ](\d{1,2})日?")
_ERA = re.compile(r"(令和|平成|昭和|大正|[rhst])\.?(元|\d{1,2})[年/.\- ](\d{1,2})[月/.\- ](\d{1,2})日?")


def read_birthdate(text: str) -> date | None:
    """The date, or None when the text is no date; an era's day outside its years is taken by arithmetic."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("年 ", "年").replace("月 ", "月").strip()
    if match := _SOLID.fullmatch(plain) or _WESTERN.fullmatch(plain):
        return _date(int(match[1]), match[2], match[3])
    if match := _ERA.fullmatch(plain):
        return _date(ERAS[match[1]] + (1 if match[2] == "元" else int(match[2])), match[3], match[4])
    return None


def _date(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None
