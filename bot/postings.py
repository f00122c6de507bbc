"""One inverted index: which topics a word belongs to, how strongly, and how much the word tells."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
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
        self._counted: dict[str, list[Share]] = defaultdict(list)  # until it is closed
        self._shares: dict[str, tuple[Share, ...]] = {}
        self.rarities: dict[str, float] = {}  # how much each word tells
        self.unseen = 0.0

    def add(self, topic: int, counts: Mapping[str, float]) -> None:
        """So often these words stand in the topic; the more often, the firmer they belong to it, from 0 to 1."""
        firm = {count: (topic, count / (count + 1.0)) for count in set(counts.values())}
        for word, count in counts.items():
            self._counted[word].append(firm[count])

    def close(self, topics: int) -> None:
        """Weighs the words; keeps those topics of a common word to which it belongs most."""
        self.unseen = log(1 + topics)
        for word, shares in self._counted.items():
            firm = sum([share >= FIRM for _, share in shares])
            self.rarities[word] = _rarity(topics, len(shares) - firm, firm)
            self._shares[word] = tuple(
                nlargest(KEPT, shares, key=itemgetter(1)) if len(shares) > KEPT else shares
            )
        self._counted.clear()

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
            if word in self.rarities:
                part = weight / whole
                for topic, share in self._shares[word]:
                    shares[topic] += part * share
        return shares


@cache  # words that are met as often share one number
def _rarity(topics: int, faint: int, firm: int) -> float:
    """How much a word tells that belongs faintly to some topics and firmly to others."""
    return log(1 + topics / (0.5 + firm + FAINT * faint))
