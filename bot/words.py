"""What a member typed, made comparable: one width, one kind of dash, no invisible signs, no personal numbers."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"
    "\U000e0000-\U000e01ef]+"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─━﹘﹣⁃", "-") | dict.fromkeys("〜∼∿〰", "~"))
_KANA_DASH = re.compile(r"(?<=[ぁ-ゖァ-ヺー])[-~]+(?![\d-])")
_SPACES = re.compile(r"\s+")
_REPEATED = re.compile(r"([!?。、,.・~…])\1+|(ー)ー+|([^\W\d_]|[^\w\s])\3{3,}")
_PLAIN = re.compile(
    r"(?:([ぁ-ゖァ-ヺ一-龥a-z0-9])(?!\1{3})|ー(?!ー))*"
)  # most wordings: nothing is to be done
_SIGNS = re.compile(r"[\W_]+")

_DIGIT_RUN = re.compile(r"\d(?:[-\s.・_]{0,2}\d){11,}")
_SEPARATORS = re.compile(r"[^\d]+")
_SOLID_TWELVE = re.compile(r"(?<!\d)(?:\d{12}|\d{4}([-\s.・_]{1,2})\d{4}\1\d{4})(?!\d)")

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")  # unbounded, each letter would look to the end
_PHONE = re.compile(
    r"(?<!\d)(?:\+81[-\s]?|\(?0)\d{1,4}\)?[-\s]?\d{1,4}[-\s]?\d{3,4}(?!\d)(?!円)",
)
_BIRTH = re.compile(
    r"(?:(?:明治|大正|昭和|平成|(?<![a-z])[mtsh])\s?(?:\d{1,2}|元)\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}日?"
    r"|(?<!\d)(?:19\d\d|200\d|201[0-5])\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}(?!\d)日?"
    r"|(?<!\d)(?:19\d\d|200\d|201[0-5])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?:(?:19|20)\d\d|令和(?:\d{1,2}|元))\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}日?(?=生))"
)
_MEMBER = re.compile(
    r"(?<![0-9a-z./:@〒-])(?!fs\d)(?=[a-z]{0,3}\d)(?:[a-z]{0,3}\s?\d{5,13}(?:-\d{1,4})?"
    r"|(?!(?:19|20)\d\d-)\d{4}-\d{4}|[a-z0-9]{6,8})"
    r"(?![0-9a-z@])(?!円|万|ポイント|pt|点)"
)
SHORTEST_NUMBER = 6  # signs of a member's number: what is shorter is a number of something
_ONLY_PERSONAL = re.compile(
    r"(?:番号|生年月日|(?:組合員|会員)?(?:証|番号)?の?番号?|誕生日|生まれ|(?:私|本人|自分|配偶者|妻|夫)|[のはがとを]|です|ます|だ|よ|ね|よろしく|お?願い|送り|し|年月日)+"
)


def normalise(text: str) -> str:
    """One width, one space, one kind of dash, lower case; what the member means stays."""
    if _PLAIN.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DASHES).lower()
    plain = _SPACES.sub(" ", _INVISIBLE.sub("", plain)).strip()
    return _REPEATED.sub(_squeeze, _KANA_DASH.sub("ー", plain))


def loose(text: str) -> str:
    """The letters alone, for comparing what is typed with what was offered."""
    return _SIGNS.sub("", normalise(text))


def is_my_number(text: str) -> bool:
    """Whether a 12-digit number with My Number's check digit stands anywhere in the text."""
    return any(True for _ in _my_numbers(normalise(text)))


def without_personal(text: str) -> tuple[str, bool]:
    """The text without numbers, dates and addresses that point to a person, and whether there were any."""
    kept = before = normalise(text)
    for start, end in sorted(_my_numbers(kept), reverse=True):
        kept = f"{kept[:start]}〔番号〕{kept[end:]}"
    kept = _MAIL.sub("〔メール〕", kept)
    kept = _BIRTH.sub("〔生年月日〕", kept)
    kept = _PHONE.sub("〔電話番号〕", kept)
    kept = _MEMBER.sub(_member_number, kept)
    return kept, kept != before


def is_only_personal(text: str) -> bool:
    """Whether the text is a member's number, a birth date or both, and says nothing besides: 生年月日は19740122です."""
    kept, removed = without_personal(text)
    return removed and len(loose(text)) >= SHORTEST_NUMBER and bool(_ONLY_PERSONAL.fullmatch(loose(kept)))


def _squeeze(match: re.Match[str]) -> str:
    return match[1] or match[2] or match[3] * 2


def _my_numbers(text: str) -> list[tuple[int, int]]:
    runs = [match for match in _DIGIT_RUN.finditer(text) if len(_SEPARATORS.sub("", match[0])) == 12]
    found = {match.span() for match in (*runs, *_SOLID_TWELVE.finditer(text)) if _checks(match[0])}
    return sorted(found)


def _checks(number: str) -> bool:
    digits = [int(digit) for digit in _SEPARATORS.sub("", number)]
    total = sum(digit * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(digits[10::-1], start=1))
    return digits[11] == (0 if total % 11 <= 1 else 11 - total % 11)


def _member_number(match: re.Match[str]) -> str:
    return "〔番号〕" if sum(letter.isdigit() for letter in match[0]) >= 3 else match[0]
