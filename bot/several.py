"""The questions of a text that asks more than one, each by itself."""

import re

from bot.lexicon import fold
from bot.mood import asks, asks_to_be_told

LEAST = 5  # letters of what may be a question of its own
_END = re.compile(
    r"(?<=[。？?！!\n])|(?:それと(?!も)|それから|あとは?(?=[、,])|もう(?:一つ|ひとつ|1つ)|ついでに|(?:あわせて|併せて)(?=[、,])|また(?=[、,]))"
)
_TELLS = re.compile(r"ません(?:[。、]|$)")  # beside another sentence: まだ届きません。いつ来ますか


def questions(text: str) -> list[str]:
    """What a text asks, piece by piece; what is only told, and what is too short, is none."""
    pieces = [piece for piece in _END.split(text) if len(fold(piece)) >= LEAST]
    return [piece for piece in pieces if _is_asked(piece)] if len(pieces) > 1 else []


def _is_asked(piece: str) -> bool:
    return asks_to_be_told(piece) or (asks(piece) and not _TELLS.search(piece))
