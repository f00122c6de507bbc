"""How surely the likeliest topic is meant: answered when sure, three offered when near, else the desk."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Literal, TypeVar

from bot.lexicon import Reading
from bot.ranking import Candidate, Ranking
from bot.topics import Topic

T = TypeVar("T", bound=Topic)
Action = Literal["answer", "choices", "fallback"]

SHOWN = 3
SURE = 0.92  # that the first is right: it is answered
WISHED = 0.6  # enough for what is wished for, where the first is ahead
DONE = 0.4  # where the first tells of doing it, and is ahead of all others that tell of doing anything
AHEAD = 1.0  # of the second, by its score
NEAR = 0.25  # that one of those shown is right: they are offered

FAR = 3.0
BREATH, STORY = 20, 40  # letters of a bare question, and of one with its story told
FEW = 0.2  # of the things that are named, explained by the topic

# How surely the first topic is right, and whether a right one is among the first three: logistic
# regressions on the tuning half of the question bank, with questions that no topic answers among them.
# Of a story, and of things apart, the weights are those by which most was answered with 95 of 100 right.
FIRST_IS_RIGHT: Mapping[str, float] = {
    "one": -4.57,
    "tokens": 1.28,
    "grams": 2.88,
    "phrase_grams": -1.92,
    "holds_phrase": 0.2,
    "lead": 2.48,
    "score": 3.48,
    "unknown": -2.59,
    "no_words": 3.82,
    "short": -9.84,
    "story": 3.9,
    "beside": -5.0,
    "apart": -2.0,
}
ONE_IS_RIGHT: Mapping[str, float] = {
    "one": -3.65,
    "tokens": 3.33,
    "grams": 3.52,
    "phrase_grams": -1.94,
    "holds_phrase": 1.24,
    "lead": 0.74,
    "score": 3.84,
    "unknown": -2.08,
    "no_words": 4.97,
    "short": -16.27,
}
_HIGHEST = ("tokens", "grams", "phrase_grams", "holds_phrase")


def action(sure: float, near: float) -> Action:
    """What is done at these chances."""
    return "answer" if sure >= SURE else "choices" if near >= NEAR else "fallback"


def is_ahead(found: Sequence[Candidate[T]]) -> bool:
    """Whether the first stands clearly before the others."""
    return len(found) == 1 or found[0].score - found[1].score >= AHEAD


def chances(ranking: Ranking[T], reading: Reading, found: Sequence[Candidate[T]]) -> tuple[float, float]:
    """How surely the first is right, and one of those that are shown."""
    if not found:
        return 0.0, 0.0
    seen = signs(ranking, reading, found)
    return _chance(FIRST_IS_RIGHT, seen), _chance(ONE_IS_RIGHT, seen)


def signs(ranking: Ranking[T], reading: Reading, found: Sequence[Candidate[T]]) -> dict[str, float]:
    """What tells a sure answer from a guess."""
    first = found[0]
    words, letters = len(reading.tokens) + len(reading.ideas), len(reading.letters)
    story = _story(letters)
    unknown = sum(not ranking.knows(word) for word in reading.strange)
    highest = {name: max(candidate.evidence[name] for candidate in found[:SHOWN]) for name in _HIGHEST}
    return highest | {
        "one": 1.0,
        "lead": min(first.score - found[1].score, FAR) / FAR if len(found) > 1 else 1.0,
        "score": first.score / 10,
        "unknown": unknown / max(words, 1),
        "no_words": float(words == 0),
        "short": 1 / max(letters, 1),
        "story": story,
        "beside": story * first.evidence["beside"],
        "apart": float(bool(reading.ideas) and first.evidence["ideas"] < FEW),
    }


def _story(letters: int) -> float:
    """How far a text is a story with its question: then the topic has fewer of its words, and lacks most when not meant."""
    return min(max(letters - BREATH, 0) / (STORY - BREATH), 1.0)


def _chance(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    return 1 / (1 + exp(-sum(weight * found[name] for name, weight in weights.items())))
