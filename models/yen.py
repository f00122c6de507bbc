"""Amounts of yen as people write them: 7850000, 7,850,000円, 785万円, ７８５万, 1千万円, 百万円です, 1億."""

import re
import unicodedata

from models.courtesy import ABOUT, bare
from models.written_number import read_number

_BARE = re.compile("[0-9〇一二三四五六七八九]+")
LARGEST = 10**11
LEAST_BARE = 1_000
_ABOUT = re.compile(rf"(?:{ABOUT}|に)*$")


def lacks_a_unit(text: str) -> bool:
    """True for a bare number that is too small to be meant as yen (785 is said of 万円)."""
    plain = _plain(text)
    return _BARE.fullmatch(plain) is not None and 0 < (read_yen(plain) or 0) < LEAST_BARE


def read_yen(text: str) -> int | None:
    """The whole yen, or None when the text is no amount."""
    amount = read_number(re.sub(r"円$|えん$", "", _plain(text)))
    return int(amount) if amount is not None and amount == int(amount) and amount < LARGEST else None


def _plain(text: str) -> str:
    """Without what stands around an amount."""
    narrow = re.sub(r"[,、\s¥\\]", "", unicodedata.normalize("NFKC", text))
    return _ABOUT.sub("", bare(narrow.rstrip("ー-。!")))
