"""Numbers as people write them: 8500, 8,500, ８千, 八千, 1万2千, 65.5."""

import re
import unicodedata

LONGEST = 20  # signs; a longer one is no number that anybody has
_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_COMMA_ELSEWHERE = re.compile(r"^,|,(?!\d{3}(?!\d))|\.\d*,")
_FORM = re.compile(r"(?:([^億万]+)億)?(?:([^億万]+)万)?([^億万]*)")
_NUMBER = re.compile(r"(?:(\d?)千)?(?:(\d?)百)?(?:(\d?)十)?(\d*)|(\d+\.\d+)")


def read_number(text: str) -> float | None:
    """The number, or None when the text is none."""
    plain = unicodedata.normalize("NFKC", text).strip().translate(_DIGITS)
    if not plain or len(plain) > LONGEST or _COMMA_ELSEWHERE.search(plain):
        return None
    match = _FORM.fullmatch(plain.replace(",", ""))
    parts = [_part(part or "0") for part in match.groups()] if match else [None]
    if None in parts:
        return None
    *large, ones = (part or 0 for part in parts)
    return sum(round(part * unit) for part, unit in zip(large, (10**8, 10**4), strict=True)) + ones


def _part(text: str) -> float | None:
    """What stands before 億 or 万, or after them: 785, 78.5, 2千5百, 百."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    *places, ones, broken = match.groups()
    if broken:
        return float(broken)
    return sum(
        int(digit or 1) * unit
        for digit, unit in zip(places, (1000, 100, 10), strict=True)
        if digit is not None
    ) + int(ones or 0)
