"""What is chosen in a sentence of choosing: やっぱり2枚でお願いします is 2枚, はい、お願いします is はい."""

import re
import unicodedata

from bot.mood import asks
from bot.words import loose, normalise
from models.courtesy import bare

# What says yes or no to any question whose answers are called so.
_YES = """
    はい ハイ ええ うん ok お願いします おねがいします そうです その通りです
    合ってます あってます 合っています 間違いない 間違いないです 間違いありません
"""
_NO = "いいえ いえ いや ちがいます 違います 違う ちがう ちゃう ちゃいます"
SPOKEN = dict.fromkeys(_YES.split(), "yes") | dict.fromkeys(_NO.split(), "no")
_USED = re.compile(r"(?<=枚)を?(?:使|つか)(?:う|います|いたい(?:です)?)[。!]*$")
_COUNTED = re.compile(r"^([一二三四五六七八九])(?=[枚つ個番人回]$)")
_BUT = re.compile("でも|けど|けれど|その前|まず|質問|教え|待")
LONGEST = 12  # letters of what may follow a yes or a no


def chosen(text: str) -> str | None:
    """What the sentence chooses, apart from its words of choosing; None where it has none, or asks."""
    plain = normalise(text)
    rest = bare(_USED.sub("", plain))
    rest = _COUNTED.sub(lambda counted: f"{unicodedata.numeric(counted[1]):g}", rest)
    return None if not rest or rest == plain or asks(plain) else rest


def yes_or_no(text: str) -> str:
    """`yes` or `no` where the text is one, whatever short words follow; empty otherwise."""
    plain = normalise(text)
    if spoken := SPOKEN.get(loose(plain)):
        return spoken
    first, sign, rest = _parted(plain)
    is_plain = sign and len(rest) <= LONGEST and not _BUT.search(rest) and not asks(plain)
    return SPOKEN.get(loose(first), "") if is_plain else ""


def _parted(text: str) -> tuple[str, str, str]:
    """A text at its first pause."""
    found = re.search(r"[、,。\s]+", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")
