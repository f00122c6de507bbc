"""Birth dates as people write them: 19740122, 1974/1/22, 昭和49年1月22日, S49.1.22, and any of them with 生まれ."""

import re
import unicodedata
from datetime import date

from models.written_day import read_day

_BORN = re.compile(r"\s*生(まれ)?\s*$")


def read_birthdate(text: str) -> date | None:
    """The date, or None when the text is no date; an era's day outside its years is taken by arithmetic."""
    return read_day(_BORN.sub("", unicodedata.normalize("NFKC", text)))
