"""All wordings of all topics in one table: how like a text is to the likeliest wording of each topic."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping


class Wordings:
    """Filled wording by wording, then closed; from then on it only answers."""

    def __init__(self) -> None:
        self._with: dict[str, array[int]] = {}  # the wordings that hold a word, by their places in the table
        self._topics = array("I")
        self._weights = array("d")

    def add(self, topic: int, words: Iterable[str]) -> None:
        """One more way to ask for the topic."""
        place = len(self._topics)
        self._topics.append(topic)
        for word in words:
            if (places := self._with.get(word)) is None:
                self._with[word] = array("I", (place,))
            else:
                places.append(place)

    def close(self, tells: Mapping[str, float]) -> None:
        """Weighs the wordings, now that it is known how much each word tells."""
        self._weights = array("d", bytes(8 * len(self._topics)))
        for word, places in self._with.items():
            weight = tells[word]
            for place in places:
                self._weights[place] += weight

    def likeness(self, words: Mapping[str, float], topics: Collection[int]) -> dict[int, float]:
        """For each of the topics the cosine of a text (its words, and how much they tell) and its likeliest wording."""
        common: dict[int, float] = defaultdict(float)
        for word, weight in words.items():
            for place in self._with.get(word, ()):
                common[place] += weight
        best = dict.fromkeys(topics, 0.0)
        whole = sum(words.values())
        for place, shared in common.items():
            topic = self._topics[place]
            if topic in best:
                best[topic] = max(best[topic], shared / (whole * self._weights[place]) ** 0.5)
        return best
