"""What an order names, whose and of what, and whether what it would open knows of that: 給食のメニュー is no menu of the bot's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.lexicon import Lexicon, fold, things_named
from bot.mood import last_clause


@dataclass
class Things:
    """`said` has all that is said of what a name opens: how it is ordered, and what it tells."""

    lexicon: Lexicon
    said: Callable[[str], Iterable[str]]
    _letters: dict[str, str] = field(default_factory=dict)
    _ideas: dict[str, frozenset[str]] = field(default_factory=dict)

    def are_foreign(self, name: str, text: str) -> bool:
        """Whether the order that ends a text names something of which nothing is said there."""
        return any(not self._is_known(name, parts) for parts in things_named(last_clause(text)))

    def _is_known(self, name: str, parts: tuple[str, ...]) -> bool:
        """Whether one part of a thing's name is said, or what it means."""
        if name not in self._letters:
            self._letters[name] = "\n".join(map(fold, self.said(name)))
        if any(part in self._letters[name] for part in map(fold, parts)):
            return True
        meant = self._meant("".join(parts))
        if meant and name not in self._ideas:
            self._ideas[name] = self._meant(self._letters[name])
        return bool(meant and meant & self._ideas[name])

    def _meant(self, text: str) -> frozenset[str]:
        spelt = (idea for idea, known in self.lexicon.spell(fold(text)) if known)
        return frozenset(idea for names in spelt for idea in names.split("+"))
