"""All wordings of all topics: how like a text is to the likeliest wording of each topic."""

from collections.abc import Iterable, Mapping
from sys import intern


class Wordings:
    """Filled topic by topic, then closed; from then on it only answers."""

    def __init__(self) -> None:
        self._tables: list[
            dict[str, tuple[int, ...]]
        ] = []  # by topic: in which of its wordings a word stands
        self._weights: list[list[float]] = []  # by topic: how much each of its wordings tells

    def add(self, wordings: Iterable[Iterable[str]]) -> None:
        """The next topic: all ways to ask for it, each with its words."""
        table: dict[str, tuple[int, ...]] = {}
        number = 0
        for number, words in enumerate(wordings, start=1):
            for word in words:
                table[intern(word)] = (*table.get(word, ()), number - 1)
        self._tables.append(table)
        self._weights.append([0.0] * number)

    def close(self, tells: Mapping[str, float]) -> None:
        """Weighs the wordings, now that it is known how much each word tells."""
        for table, weights in zip(self._tables, self._weights, strict=True):
            for word, places in table.items():
                for place in places:
                    weights[place] += tells[word]

    def likeness(self, words: Mapping[str, float], topics: Iterable[int]) -> dict[int, float]:
        """For each of the topics the cosine of a text (its words, and how much they tell) and its likeliest wording."""
        whole = sum(words.values())
        return {topic: self._best(words, topic) / whole**0.5 if whole else 0.0 for topic in topics}

    def _best(self, words: Mapping[str, float], topic: int) -> float:
        table, weights = self._tables[topic], self._weights[topic]
        common = [0.0] * len(weights)
        for word in words.keys() & table.keys():
            for place in table[word]:
                common[place] += words[word]
        return max(
            (shared / weights[place] ** 0.5 for place, shared in enumerate(common) if shared), default=0.0
        )
