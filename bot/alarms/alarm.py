"""A kind of guard as lists of patterns: what it is found by, and what shows that something else is meant.

A list holds patterns between spaces; a line that begins with + goes on with the pattern above it.
«name» stands for the family of that name. All read folded text: hiragana and kanji, without spaces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.alarms.families import FAMILIES
from bot.lexicon import HIRAGANA


@dataclass(frozen=True)
class Alarm:
    """A kind of guard, what it is found by, and what excuses it."""

    kind: str
    found: re.Pattern[str]
    unless: re.Pattern[str] | None

    def meets(self, folded: str) -> bool:
        return self.found.search(folded) is not None and not self.excused(folded)

    def excused(self, folded: str) -> bool:
        return self.unless is not None and self.unless.search(folded) is not None


def alarm(kind: str, found: str, unless: str = "") -> Alarm:
    """An alarm of the lists `found` and `unless`."""
    return Alarm(kind, re.compile(either(found)), re.compile(either(unless)) if unless else None)


def either(words: str, families: Mapping[str, str] = FAMILIES) -> str:
    """One pattern of a list, its families filled in, katakana as hiragana."""
    pattern = "|".join(re.sub(r"\n\s*\+ ", "", words).split())
    filled = re.sub("«(.+?)»", lambda name: f"(?:{either(families[name[1]], families)})", pattern)
    return filled.translate(HIRAGANA)
