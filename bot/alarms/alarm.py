"""A kind of guard as lists of patterns: what it is found by, and what shows that something else is meant.

A list holds patterns between spaces; a line that begins with + goes on with the pattern above it.
«name» stands for the family of that name. All read folded text: hiragana and kanji, without spaces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.alarms.families import FAMILIES
from bot.lexicon import HIRAGANA, within_words


@dataclass(frozen=True)
class Alarm:
    """A kind of guard, what it is found by, and what excuses it."""

    kind: str
    found_by: str  # the lists; made into patterns when first needed: that takes long, and most commands read no texts
    excused_by: str = ""
    in_words: bool = False  # found only where a word begins: よやくずらし holds no くず

    @cached_property
    def found(self) -> re.Pattern[str]:
        return re.compile(either(self.found_by))

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        return re.compile(either(self.excused_by)) if self.excused_by else None

    def make_ready(self) -> None:
        """Makes the patterns now, so that no member waits for them."""
        _ = self.found, self.unless

    def meets(self, folded: str) -> bool:
        return self.finds(folded) and not self.excused(folded)

    def finds(self, folded: str) -> bool:
        if not self.in_words:
            return self.found.search(folded) is not None
        begins = [match.start() for match in self.found.finditer(folded)]
        inside = within_words(folded) if begins else frozenset()
        return any(begin not in inside or not "ぁ" <= folded[begin : begin + 1] <= "ゖ" for begin in begins)

    def excused(self, folded: str) -> bool:
        return self.unless is not None and self.unless.search(folded) is not None


def either(words: str, families: Mapping[str, str] = FAMILIES) -> str:
    """One pattern of a list, its families filled in, katakana as hiragana."""
    pattern = "|".join(re.sub(r"\n\s*\+ ", "", words).split())
    filled = re.sub("«(.+?)»", lambda name: f"(?:{either(families[name[1]], families)})", pattern)
    return filled.translate(HIRAGANA)
