"""All wordings of a topic: how like a text is to the likeliest of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping


class Wordings:
    """All ways to ask for one topic, each with its words."""

    def __init__(self, wordings: Iterable[Collection[str]], tells: Mapping[str, float]) -> None:
        """`tells` says how much each word tells."""
        self._places: dict[str, list[int]] = defaultdict(list)  # in which of the wordings a word stands
        self._weights: list[float] = []  # how much each wording tells
        for place, words in enumerate(wordings):
            for word in words:
                self._places[word].append(place)
            self._weights.append(sum(map(tells.__getitem__, words)))

    def likeness(self, words: Mapping[str, float]) -> float:
        """The cosine of a text (its words, and how much they tell) and its likeliest wording."""
        common = [0.0] * len(self._weights)
        for word in words.keys() & self._places.keys():
            for place in self._places[word]:
                common[place] += words[word]
        shares = (shared / self._weights[place] ** 0.5 for place, shared in enumerate(common) if shared)
        return max(shares, default=0.0) / (sum(words.values()) ** 0.5 or 1.0)
