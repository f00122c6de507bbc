"""One inverted index: which topics a word belongs to, how strongly, and how much the word tells."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from math import log
from operator import itemgetter

Share = tuple[int, float]  # a topic, and how firmly a word belongs to it

KEPT = 80
FIRM = 0.3
FAINT = 0.2


class Postings:
    """Filled topic by topic, then closed; from then on it only answers."""

    def __init__(self) -> None:
        self._shares: dict[str, Sequence[Share]] = {}
        self._faint: Counter[str] = Counter()  # to how many topics a word belongs faintly
        self.rarities: dict[str, float] = {}  # how much each word tells
        self.unseen = 0.0

    def add(self, topic: int, counts: Mapping[str, float]) -> None:
        """So often these words stand in the topic; the more often, the firmer they belong to it, from 0 to 1."""
        firm = {count: (topic, count / (count + 1.0)) for count in set(counts.values())}
        alone = {count: (share,) for count, share in firm.items()}  # most words belong to no other topic
        for word, count in counts.items():
            shares = self._shares.get(word)
            if shares is None:
                self._shares[word] = alone[count]
            elif isinstance(shares, list):
                shares.append(firm[count])
            else:
                self._shares[word] = [*shares, firm[count]]
        if faint := {count for count, (_, share) in firm.items() if share < FIRM}:
            self._faint.update(word for word, count in counts.items() if count in faint)

    def close(self, topics: int) -> None:
        """Weighs the words; keeps those topics of a common word to which it belongs most."""
        self.unseen = log(1 + topics)
        firm = [_rarity(topics, 0, met) for met in range(topics + 1)]
        self.rarities = {word: firm[len(shares)] for word, shares in self._shares.items()}
        for word, faint in self._faint.items():
            self.rarities[word] = _rarity(topics, faint, len(self._shares[word]) - faint)
        for word in [word for word, shares in self._shares.items() if len(shares) > KEPT]:
            self._shares[word] = nlargest(KEPT, self._shares[word], key=itemgetter(1))

    def rarity(self, word: str) -> float:
        """How much the word tells; most when no topic has it."""
        return self.rarities.get(word, self.unseen)

    def knows(self, word: str) -> bool:
        return word in self.rarities

    def held(self, words: Iterable[str]) -> Counter[int]:
        """How many of the words each topic has at all."""
        found: Counter[int] = Counter()
        for word in words:
            found.update(topic for topic, _ in self._shares.get(word, ()))
        return found

    def explain(self, words: Iterable[str]) -> dict[int, float]:
        """For each topic the share of the words that belong to it, by weight."""
        weights = {word: self.rarities.get(word, self.unseen) for word in words}
        whole = sum(weights.values()) or 1.0
        shares: dict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            part = weight / whole
            for topic, share in self._shares.get(word, ()):
                shares[topic] += part * share
        return shares


def _rarity(topics: int, faint: int, firm: int) -> float:
    """How much a word tells that belongs faintly to some topics and firmly to others."""
    return log(1 + topics / (0.5 + firm + FAINT * faint))
