"""Which kind a text is most like, by groups of its letters: learnt from what was said, for what nobody foresaw."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise
from math import inf, log

from bot.lexicon import fold

NO_KIND = "-"
LONGEST = 60
ANY_DIGIT = str.maketrans("123456789", "0" * 9)
LETTER = 21  # bits that a letter takes
KINDS = 8  # bits that a kind takes
LAST_KIND = (1 << KINDS) - 1
ADDED = 0.1  # to each count, so that a group not met with a kind does not rule it out


class Likeness:
    """How often each group of letters was met with each kind of saying.

    There are very many, so that arrays hold them side by side: one place each, in the order of the groups."""

    def __init__(self, sayings: Iterable[tuple[str, str]] = ()) -> None:
        """Pairs of a kind and what was said; `-` is what is of no kind."""
        kinds: dict[str, int] = {}
        said, groups = (
            Counter[int](),
            Counter[int](),
        )  # of each kind, how many wordings, how many groups in them
        met: Counter[int] = Counter()  # how often a group and a kind, in one number, were met together
        self._taught: dict[str, str] = {}
        for name, text in sayings:
            letters, kind = fold(text), kinds.setdefault(name, len(kinds))
            self._taught[letters] = name
            in_it = _groups(letters)
            met.update(group << KINDS | kind for group in in_it)
            said[kind] += 1
            groups[kind] += len(in_it)
        in_order = sorted(met)
        self._groups = array("q", (both >> KINDS for both in in_order))
        self._of = array("B", (both & LAST_KIND for both in in_order))
        # how much likelier the group is with this kind than with one that it was not met with
        self._more = array("f", (log(1 + met[both] / ADDED) for both in in_order))
        known = sum(1 for _ in groupby(self._groups))
        self._kinds = list(kinds)
        self._alone = [
            log(said[kind]) for kind in kinds.values()
        ]  # how likely each is before a letter is read
        self._unmet = [log(ADDED / (groups[kind] + ADDED * known)) for kind in kinds.values()]

    def of(self, text: str) -> tuple[str, float]:
        """The likeliest kind, and how much likelier than none it is (a logarithm)."""
        letters = fold(text)
        if taught := self._taught.get(letters):
            return taught, -inf if taught == NO_KIND else inf
        more = self.more(letters)
        kind = max(more, key=lambda each: more[each], default=NO_KIND)
        return kind, more.get(kind, 0.0)

    def more(self, text: str) -> Mapping[str, float]:
        """How much likelier than none each kind is (logarithms), as if the text had never been met."""
        chances = dict(zip(self._kinds, self._chances(fold(text)), strict=True))
        none = chances.pop(NO_KIND, 0.0)
        return {kind: chance - none for kind, chance in chances.items()}

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
