"""Which question a sentence asks: one answer when sure, some choices when not, nothing when it is foreign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp
from typing import Generic, Literal, TypeVar

from bot.commands import Commands
from bot.lexicon import Lexicon, Reading
from bot.ranking import Candidate, Ranking
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

SHOWN = 3
SURE = 0.8
NEAR = 0.35

# How surely the first topic is right, and whether a right one is among the first three: logistic
# regressions on the tuning half of the question bank, with questions that no topic answers among them.
FIRST_IS_RIGHT: Mapping[str, float] = {
    "one": -4.9,
    "tokens": 2.66,
    "ideas": 0.29,
    "grams": 3.92,
    "phrase": -0.17,
    "phrase_grams": -2.4,
    "holds_phrase": 1.13,
    "share": 3.18,
    "score": 2.32,
    "unknown": -2.01,
    "no_words": 4.02,
    "short": -10.79,
}
ONE_IS_RIGHT: Mapping[str, float] = {
    "one": -3.75,
    "tokens": 5.94,
    "ideas": 1.03,
    "grams": 4.26,
    "phrase": -0.76,
    "phrase_grams": -1.03,
    "holds_phrase": 2.06,
    "share": 1.12,
    "score": 1.75,
    "unknown": -1.48,
    "no_words": 5.08,
    "short": -17.15,
}


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What is done with a question, the topics that were likeliest, and how surely the first is right."""

    action: Literal["answer", "choices", "fallback"]
    ranked: tuple[tuple[T, float], ...]
    confidence: float

    @property
    def choices(self) -> tuple[T, ...]:
        return tuple(topic for topic, _ in self.ranked[:SHOWN])


class Index(Generic[T]):
    """A branch's topics, ready to be asked; built once, used by all threads."""

    def __init__(
        self, topics: Sequence[T], lexicon: Lexicon, flows: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """`flows` names the flows that a text can order, each with its phrases; they win over topics."""
        self._ranking = Ranking(topics, lexicon)
        self._topics = topics
        self._lexicon = lexicon
        self._flows = [(phrase, name) for name, phrases in (flows or {}).items() for phrase in phrases]
        self._commands: dict[frozenset[str], Commands] = {}

    def ask(self, text: str, *, on: date, step: str | None = None, linked: bool = False) -> Decision[T]:
        """The topics that hold on the day, likeliest first, and what to do with them."""
        reading = self._lexicon.read(text)
        found = self._ranking.best(reading, on, step, linked)
        if not found:
            return Decision("fallback", (), 0.0)
        found_signs = signs(self._ranking, reading, found)
        sure, near = _chance(FIRST_IS_RIGHT, found_signs), _chance(ONE_IS_RIGHT, found_signs)
        ranked = tuple((candidate.topic, candidate.score) for candidate in found)
        action: Literal["answer", "choices", "fallback"] = (
            "answer" if sure >= SURE else "choices" if near >= NEAR else "fallback"
        )
        return Decision(action, ranked, sure)

    def command(self, text: str, on: date) -> str | None:
        """The flow, or the topic that stands for a flow to come, that the text orders to open."""
        holding = frozenset(topic.topic for topic in self._topics if topic.holds(on) and topic.opens_with)
        if holding not in self._commands:
            orders = [
                (phrase, topic.topic) for topic in self._topics if topic.topic in holding for phrase in topic.opens_with
            ]
            self._commands[holding] = Commands([*self._flows, *orders], self._lexicon)
        return self._commands[holding].find(text)


def signs(ranking: Ranking[T], reading: Reading, found: Sequence[Candidate[T]]) -> dict[str, float]:
    """What tells a sure answer from a guess."""
    best = found[0].score
    shares = [exp(candidate.score - best) for candidate in found]
    words = len(reading.tokens) + len(reading.ideas)
    unknown = sum(not ranking.knows(word) for word in reading.strange)
    highest = {name: max(candidate.evidence[name] for candidate in found[:SHOWN]) for name in _HIGHEST}
    return highest | {
        "one": 1.0,
        "share": shares[0] / sum(shares),
        "score": best / 10,
        "unknown": unknown / max(words, 1),
        "no_words": float(words == 0),
        "short": 1 / max(len(reading.letters), 1),
    }


_HIGHEST = ("tokens", "ideas", "grams", "phrase", "phrase_grams", "holds_phrase")


def _chance(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    return 1 / (1 + exp(-sum(weight * found[name] for name, weight in weights.items())))

