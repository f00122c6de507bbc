"""Amounts of yen as people write them: 7850000, 7,850,000円, 785万円, ７８５万, 1億."""

import re
import unicodedata

LARGEST = 10**11
LEAST_BARE = 1_000
LONGEST = 20  # signs; a longer one is no amount that anybody has
_FORM = re.compile(r"(?:(\d+)億)?(?:(\d+(?:\.\d+)?)万)?(?:(\d+)千)?(\d*)")


def lacks_a_unit(text: str) -> bool:
    """True for a bare number that is too small to be meant as yen (785 is said of 万円)."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain.isdecimal() and 0 < (read_yen(plain) or 0) < LEAST_BARE


def read_yen(text: str) -> int | None:
    """The whole yen, or None when the text is no amount."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("ー-－")
    plain = re.sub(r"[,、\s¥\\]|円$|えん$|くらい$|ぐらい$|ほど$|約", "", plain)
    match = _FORM.fullmatch(plain)
    if not plain or len(plain) > LONGEST or match is None:
        return None
    billions, myriads, thousands, rest = match.groups()
    amount = int(billions or 0) * 10**8 + round(float(myriads or 0) * 10**4) + int(thousands or 0) * 1000
    amount += int(rest or 0)
    return amount if amount < LARGEST else None
