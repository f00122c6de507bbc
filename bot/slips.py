"""Slips of the finger in words of ours: クポーン, クーポソ and ポイソト are read as what is meant."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from bot.lexicon import HIRAGANA, fold
from bot.words import normalise

KATAKANA = {hiragana: katakana for katakana, hiragana in HIRAGANA.items()}
SHORTEST = 4  # letters of a word; one of a shorter word is too much of it
_MAY_BE = re.compile(rf"[ァ-ヺー]{{{SHORTEST - 1},}}|(?<!\S)[ぁ-ゖー]{{{SHORTEST},}}(?!\S)")


class Slips:
    """The words that may be meant, and which others there are."""

    def __init__(self, words: Iterable[str], is_word: Callable[[str], bool]) -> None:
        """`is_word` tells of letters whether they are a word themselves, which is not mended."""
        self._is_word = is_word
        self._words = frozenset(word for word in map(fold, words) if len(word) >= SHORTEST)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            self._by_length[len(word)].append(word)

    def mended(self, text: str) -> str:
        """The text with each word that is one letter from one of ours, and no word itself, as that."""
        plain = normalise(text)
        mended = _MAY_BE.sub(lambda found: self._meant(found[0]), plain)
        return text if mended == plain else mended

    def _meant(self, typed: str) -> str:
        letters = fold(typed)
        if letters in self._words:
            return typed
        lengths = (len(letters) + more for more in (0, 1, -1))
        words = (word for length in lengths for word in self._by_length.get(length, ()))
        word = next((word for word in words if _is_one_apart(letters, word)), None)
        return word.translate(KATAKANA) if word and not self._is_word(typed) else typed


def _is_one_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or another, or two in each other's place, is all the difference."""
    if len(one) > len(other):
        one, other = other, one
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest, others = one[start:], other[start:]
    if len(one) < len(other):
        return rest == others[1:]
    return rest[1:] == others[1:] or (rest[1::-1] == others[:2] and rest[2:] == others[2:])
