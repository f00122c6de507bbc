"""Which kind a text is most like, by groups of its letters: learnt from what was said, for what nobody foresaw."""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from math import inf, log

from bot.lexicon import fold

NO_KIND = "-"
LONGEST = 60
ANY_DIGIT = str.maketrans("123456789", "0" * 9)
LETTER = 21  # bits that a letter takes
ADDED = 0.1  # to each count, so that a group not met with a kind does not rule it out


class Likeness:
    """How often each group of letters was met with each kind of saying.

    There are very many, so that arrays hold them side by side: one place each, in the order of the groups."""

    def __init__(self, sayings: Iterable[tuple[str, str]] = ()) -> None:
        """Pairs of a kind and what was said; `-` is what is of no kind."""
        said: Counter[str] = Counter()
        met: dict[str, Counter[int]] = defaultdict(Counter)
        self._taught: dict[str, str] = {}
        for kind, text in sayings:
            said[kind] += 1
            letters = fold(text)
            self._taught[letters] = kind
            met[kind].update(_groups(letters))
        self._kinds = list(met)
        self._alone = [log(said[kind]) for kind in met]  # how likely each kind is before a letter is read
        known = len(set[int]().union(*met.values()))
        self._unmet = [log(ADDED / (counts.total() + ADDED * known)) for counts in met.values()]
        in_order = sorted(
            (group, kind, times)
            for kind, counts in enumerate(met.values())
            for group, times in counts.items()
        )
        self._groups = array("q", (group for group, _, _ in in_order))
        self._of = array("H", (kind for _, kind, _ in in_order))
        # how much likelier the group is with this kind than with one that it was not met with
        self._more = array("d", (log(1 + times / ADDED) for _, _, times in in_order))

    def of(self, text: str) -> tuple[str, float]:
        """The likeliest kind, and how much likelier than none it is (a logarithm)."""
        letters = fold(text)
        if taught := self._taught.get(letters):
            return taught, -inf if taught == NO_KIND else inf
        chances = dict(zip(self._kinds, self._chances(letters), strict=True))
        none = chances.pop(NO_KIND, 0.0)
        kind = max(chances, key=lambda each: chances[each], default=NO_KIND)
        return kind, chances.get(kind, none) - none

    def _chances(self, letters: str) -> Iterable[float]:
        """How likely each kind is (a logarithm); groups that were never met tell nothing."""
        chances, known = [*self._alone], 0
        for group in _groups(letters):
            first = place = bisect_left(self._groups, group)
            while place < len(self._groups) and self._groups[place] == group:
                chances[self._of[place]] += self._more[place]
                place += 1
            known += place > first
        return (chance + known * unmet for chance, unmet in zip(chances, self._unmet, strict=True))


def _groups(letters: str) -> set[int]:
    """One, two and three letters that stand together, the ends marked; one number is as good as another."""
    ones = list(map(ord, f"^{letters[:LONGEST].translate(ANY_DIGIT)}$"))
    twos = [one << LETTER | other for one, other in pairwise(ones)]
    return {*ones, *twos, *(two << LETTER | third for two, third in zip(twos, ones[2:], strict=False))}
