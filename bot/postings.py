"""One inverted index: which topics a word belongs to, how strongly, and how much the word tells."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import log
from sys import intern

KEPT = 100
FIRM = 0.3
FAINT = 0.2


class Postings:
    """Filled topic by topic, then closed; from then on it only answers."""

    def __init__(self) -> None:
        self._topics: dict[str, array[int]] = defaultdict(lambda: array("I"))
        self._shares: dict[str, array[float]] = defaultdict(lambda: array("f"))
        self.rarities: dict[str, float] = {}  # how much each word tells
        self.unseen = 0.0

    def add(self, topic: int, shares: Mapping[str, float]) -> None:
        """These words belong to the topic, each from 0 to 1."""
        for text, share in shares.items():
            word = intern(text)  # it stands in the wordings too
            self._topics[word].append(topic)
            self._shares[word].append(share)

    def close(self, topics: int) -> None:
        """Weighs the words; keeps those topics of a common word to which it belongs most."""
        self.unseen = log(1 + topics)
        for word, shares in self._shares.items():
            firm = sum(share >= FIRM for share in shares)
            self.rarities[word] = log(1 + topics / (0.5 + firm + FAINT * (len(shares) - firm)))
            if len(shares) > KEPT:
                self._keep_strongest(word)

    def rarity(self, word: str) -> float:
        """How much the word tells; most when no topic has it."""
        return self.rarities.get(word, self.unseen)

    def knows(self, word: str) -> bool:
        return word in self.rarities

    def explain(self, words: Iterable[str]) -> dict[int, float]:
        """For each topic the share of the words that belong to it, by weight."""
        weights = {word: self.rarities.get(word, self.unseen) for word in words}
        whole = sum(weights.values()) or 1.0
        shares: dict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            if word in self.rarities:
                part = weight / whole
                for topic, share in zip(self._topics[word], self._shares[word], strict=True):
                    shares[topic] += part * share
        return shares

    def _keep_strongest(self, word: str) -> None:
        topics, shares = self._topics[word], self._shares[word]
        kept = nlargest(KEPT, range(len(shares)), key=shares.__getitem__)
        self._topics[word] = array("I", (topics[place] for place in kept))
        self._shares[word] = array("f", (shares[place] for place in kept))
