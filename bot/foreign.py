"""What is no matter of the bot's, though called like one: a shop's coupon, another site's password, a lost card."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.lexicon import fold


@dataclass(frozen=True)
class _Rule:
    """What must be said, each in one of some ways, and what must not."""

    said: tuple[tuple[str, ...], ...]
    unsaid: tuple[str, ...]

    def fits(self, letters: str) -> bool:
        return all(_any(slot, letters) for slot in self.said) and not _any(self.unsaid, letters)


class Foreign:
    """Lines `イオン|マック + クーポン - マイリフ`: one of these and one of those is said, none of the last."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._rules = tuple(map(_rule, lines))

    def names(self, text: str) -> bool:
        """Whether the text names a thing that only sounds like one of the branches'."""
        letters = fold(text)
        return any(rule.fits(letters) for rule in self._rules)


def _rule(line: str) -> _Rule:
    said, _, unsaid = line.partition(" - ")
    return _Rule(tuple(map(_ways, said.split(" + "))), _ways(unsaid))


def _ways(slot: str) -> tuple[str, ...]:
    return tuple(letters for way in slot.split("|") if (letters := fold(way)))


def _any(ways: Iterable[str], letters: str) -> bool:
    return any(way in letters for way in ways)
