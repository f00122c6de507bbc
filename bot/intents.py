"""Which question a sentence asks: one answer when sure, some choices when not, nothing when it is foreign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.lexicon import Lexicon
from bot.ranking import WEIGHTS, Ranking
from bot.topics import Topic


@dataclass(frozen=True)
class Decision:
    """What is done with a question: answer, choices or fallback, and the topics that were likeliest."""

    action: str
    ranked: tuple[tuple[Topic, float], ...]
    confidence: float


class Index:
    def __init__(self, topics: Sequence[Topic], lexicon: Lexicon) -> None:
        self.ranking = Ranking(topics, lexicon)

    def rank(self, text: str, on: date, step: str | None = None):
        reading = self.ranking.lexicon.read(text)
        found = []
        for number, shares in self.ranking.near(reading).items():
            topic = self.ranking.topics[number]
            if not topic.holds(on):
                continue
            ev = self.ranking.evidence(number, shares, reading, step)
            found.append((sum(WEIGHTS[k] * v for k, v in ev.items()), topic, ev))
        found.sort(key=lambda item: -item[0])
        return reading, found
