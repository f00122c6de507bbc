"""Which kind a text is most like, by groups of its letters: learnt from what was said, for what nobody foresaw."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from math import inf, log
from operator import add

from bot.lexicon import fold

NO_KIND = "-"
LONGEST = 60
ANY_DIGIT = str.maketrans("123456789", "0" * 9)
ADDED = 0.1  # to each count, so that a group not met with a kind does not rule it out


class Likeness:
    """How often each group of letters was met with each kind of saying."""

    def __init__(self, sayings: Iterable[tuple[str, str]] = ()) -> None:
        """Pairs of a kind and what was said; `-` is what is of no kind."""
        self._said: Counter[str] = Counter()
        self._met: dict[str, Counter[str]] = defaultdict(Counter)
        self._taught: dict[str, str] = {}
        for kind, text in sayings:
            self._said[kind] += 1
            letters = fold(text)
            self._taught[letters] = kind
            self._met[kind].update(_groups(letters))
        self._known = frozenset[str]().union(*self._met.values())
        self._among = {kind: log(met.total() + ADDED * len(self._known)) for kind, met in self._met.items()}

    def of(self, text: str) -> tuple[str, float]:
        """The likeliest kind, and how much likelier than none it is (a logarithm)."""
        letters = fold(text)
        if taught := self._taught.get(letters):
            return taught, -inf if taught == NO_KIND else inf
        groups = _groups(letters) & self._known
        chances = {kind: self._chance(kind, groups) for kind in self._said}
        none = chances.pop(NO_KIND, 0.0)
        kind = max(chances, key=lambda each: chances[each], default=NO_KIND)
        return kind, chances.get(kind, none) - none

    def _chance(self, kind: str, groups: Collection[str]) -> float:
        met = self._met[kind]
        seen = sum(log(met[group] + ADDED) for group in groups)
        return log(self._said[kind]) + seen - self._among[kind] * len(groups)


def _groups(letters: str) -> set[str]:
    """One, two and three letters that stand together, the ends marked; one number is as good as another."""
    letters = f"^{letters[:LONGEST].translate(ANY_DIGIT)}$"
    pairs = list(map(add, letters, letters[1:]))
    return {*letters, *pairs, *map(add, pairs, letters[2:])}
