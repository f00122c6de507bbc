"""Amounts of yen as people write them: 7850000, 7,850,000円, 785万円, ７８５万, 1千万円, 百万円です, 1億."""

import re
import unicodedata

LARGEST = 10**11
LEAST_BARE = 1_000
LONGEST = 20  # signs; a longer one is no amount that anybody has
_AROUND = re.compile(
    r"^(?:やっぱり?|えっ?と|ええと|えーと|あの|じゃあ|では|たぶん|多分|いや|はい|もし|約)+|(?:くらい|ぐらい|ほど|だけ|かな|にし(?:ます|たい)|に)*(?:です|で?お願いします|で)?[。!ー-]*$"
)
_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_FORM = re.compile(r"(?:([^億万]+)億)?(?:([^億万]+)万)?([^億万]*)")
_NUMBER = re.compile(r"(?:(\d?)千)?(?:(\d?)百)?(?:(\d?)十)?(\d*)|(\d+\.\d+)")


def lacks_a_unit(text: str) -> bool:
    """True for a bare number that is too small to be meant as yen (785 is said of 万円)."""
    plain = _plain(text)
    return plain.isdecimal() and 0 < (read_yen(plain) or 0) < LEAST_BARE


def read_yen(text: str) -> int | None:
    """The whole yen, or None when the text is no amount."""
    plain = re.sub(r"円$|えん$", "", _plain(text))
    match = _FORM.fullmatch(plain)
    if not plain or len(plain) > LONGEST or match is None:
        return None
    parts = [_number(part or "0") for part in match.groups()]
    if None in parts or "." in (match[3] or ""):
        return None
    amount = sum(round(part * unit) for part, unit in zip(parts, (10**8, 10**4, 1), strict=True) if part)
    return amount if amount < LARGEST else None


def _plain(text: str) -> str:
    """Without what stands around an amount."""
    narrow = re.sub(r"[,、\s¥\\]", "", unicodedata.normalize("NFKC", text))
    return _AROUND.sub("", narrow).translate(_DIGITS)


def _number(text: str) -> float | None:
    """Of a part before 億 or 万, or after them: 785, 78.5, 2千5百, 百."""
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
