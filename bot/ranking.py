"""Which topics a text is likely to ask for: an inverted index over words, ideas and letter groups."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log
from typing import Generic, TypeVar

from bot.lexicon import Lexicon, Reading
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

FAMILIES = ("tokens", "ideas", "cues", "grams")
CANDIDATES = 24
EXAMINED = 2_500
FIRST_WEIGHTS = {"tokens": 1.0, "ideas": 1.0, "cues": 0.4, "grams": 1.0}
ANSWER_LETTERS = 300

# How much each evidence counts; found by regression on the tuning half of the question bank.
WEIGHTS: Mapping[str, float] = {
    "tokens": 6.47,
    "ideas": 4.69,
    "cues": 1.96,
    "grams": 5.14,
    "phrase": 2.7,
    "phrase_grams": 4.44,
    "holds_phrase": 1.7,
    "aspect": 0.88,
    "programme": 0.77,
    "step": 1.2,
    "personal": 0.3,
}

# What a cue of the text says about the aspect of the topic.
ASPECTS: Mapping[str, Mapping[str, float]] = {
    "?when": {"from": 1.0, "payment": 0.7, "deadline": 0.6, "result": 0.5, "expiry": 0.4},
    "?deadline": {"deadline": 1.0, "expiry": 0.5, "from": 0.4, "trouble": 0.2},
    "?from": {"from": 1.0, "deadline": 0.4},
    "?expiry": {"expiry": 1.0, "deadline": 0.4},
    "?payment": {"payment": 1.0, "from": 0.5, "trouble": 0.3},
    "?amount": {"amount": 1.0, "payment": 0.4, "count": 0.3},
    "?count": {"count": 1.0, "amount": 0.6},
    "?who": {"who": 1.0},
    "?how": {"how": 1.0, "change": 0.2, "cancel": 0.2, "trouble": 0.2},
    "?bring": {"bring": 1.0, "how": 0.3},
    "?where": {"where": 1.0, "contact": 0.4, "how": 0.2},
    "?result": {"result": 1.0, "from": 0.4, "trouble": 0.2},
    "?change": {"change": 1.0, "cancel": 0.2},
    "?cancel": {"cancel": 1.0, "change": 0.3},
    "?trouble": {"trouble": 1.0, "cancel": 0.1},
    "?contact": {"contact": 1.0, "where": 0.2},
    "?what": {"what": 1.0},
}


@dataclass(frozen=True)
class Phrase:
    """One wording of a topic: a trigger or its title."""

    letters: str
    words: frozenset[str]
    grams: frozenset[str]
    weight: float
    gram_weight: float


@dataclass(frozen=True)
class Candidate(Generic[T]):
    """A topic that may be meant, and what speaks for it."""

    topic: T
    score: float
    evidence: Mapping[str, float]


class Ranking(Generic[T]):
    """Finds the likeliest topics of a text without looking at all of them."""

    def __init__(self, topics: Sequence[T], lexicon: Lexicon) -> None:
        self._topics = topics
        readings = [[lexicon.read(text) for text in (topic.title, *topic.triggers)] for topic in topics]
        vectors = [_vector(topic, read, lexicon) for topic, read in zip(topics, readings, strict=True)]
        self._rarity = {family: _rarity([vector[family] for vector in vectors]) for family in FAMILIES}
        self._unseen = log(1 + len(topics))
        self._postings = {family: _postings([vector[family] for vector in vectors]) for family in FAMILIES}
        self._phrases = [tuple(map(self._phrase, read)) for read in readings]

    def best(self, reading: Reading, on: date, step: str | None, linked: bool) -> list[Candidate[T]]:
        """The topics that hold on the day, likeliest first."""
        found = []
        for number, shares in self._near(reading, on).items():
            evidence = self._evidence(number, shares, reading, step, linked)
            score = sum(weight * evidence[name] for name, weight in WEIGHTS.items())
            found.append(Candidate(self._topics[number], score, evidence))
        return sorted(found, key=lambda candidate: -candidate.score)

    def knows(self, word: str) -> bool:
        return word in self._rarity["tokens"]

    def _near(self, reading: Reading, on: date) -> dict[int, dict[str, float]]:
        """The candidates, each with the share of the text that its words, ideas and letters explain."""
        shares: dict[str, dict[int, float]] = {}
        total: dict[int, float] = defaultdict(float)
        for family in FAMILIES:
            shares[family] = self._share(family, getattr(reading, family))
            for number, share in shares[family].items():
                total[number] += share * FIRST_WEIGHTS[family]
        best: list[int] = []
        for number in sorted(total, key=total.__getitem__, reverse=True):
            if self._topics[number].holds(on):
                best.append(number)
                if len(best) == CANDIDATES:
                    break
        return {number: {family: shares[family].get(number, 0.0) for family in FAMILIES} for number in best}

    def _share(self, family: str, words: Iterable[str]) -> dict[int, float]:
        rarity, postings = self._rarity[family], self._postings[family]
        ranked = sorted(((rarity.get(word, self._unseen), word) for word in words), reverse=True)
        whole = sum(weight for weight, _ in ranked) or 1.0
        shares: dict[int, float] = defaultdict(float)
        examined = 0
        for weight, word in ranked:
            found = postings.get(word, ())
            examined += len(found)
            if examined > EXAMINED:
                found = (
                    [(number, share) for number, share in found if number in shares] if len(shares) else found
                )
                found = found[:EXAMINED]
            for number, share in found:
                shares[number] += weight * share / whole
        return shares

    def _evidence(
        self, number: int, shares: Mapping[str, float], reading: Reading, step: str | None, linked: bool
    ) -> dict[str, float]:
        """All that speaks for a topic."""
        topic, phrases = self._topics[number], self._phrases[number]
        words = reading.tokens | reading.ideas | reading.cues
        weight = sum(map(self._weight, words)) or 1.0
        gram_weight = sum(map(self._gram_weight, reading.grams)) or 1.0
        held = [
            len(phrase.letters) for phrase in phrases if phrase.letters and phrase.letters in reading.letters
        ]
        return {
            **shares,
            "phrase": max(self._overlap(phrase, words, weight) for phrase in phrases),
            "phrase_grams": max(self._likeness(phrase, reading.grams, gram_weight) for phrase in phrases),
            "holds_phrase": max(held, default=0) / max(len(reading.letters), 1),
            "aspect": max((ASPECTS[cue].get(topic.aspect, 0.0) for cue in reading.cues), default=0.0),
            "programme": float(topic.programme in reading.ideas),
            "step": float(step is not None and step in topic.steps),
            "personal": float(linked and topic.personal is not None),
        }

    def _phrase(self, reading: Reading) -> Phrase:
        words = reading.tokens | reading.ideas | reading.cues
        return Phrase(
            reading.letters,
            words,
            reading.grams,
            sum(map(self._weight, words)),
            sum(map(self._gram_weight, reading.grams)),
        )

    def _weight(self, word: str) -> float:
        for family in ("ideas", "cues", "tokens"):
            if word in self._rarity[family]:
                return self._rarity[family][word] * (0.5 if family == "cues" else 1.0)
        return self._unseen

    def _gram_weight(self, gram: str) -> float:
        return self._rarity["grams"].get(gram, self._unseen)

    def _overlap(self, phrase: Phrase, words: frozenset[str], weight: float) -> float:
        common = sum(map(self._weight, phrase.words & words))
        return float(common / (weight * phrase.weight) ** 0.5) if common else 0.0

    def _likeness(self, phrase: Phrase, found: frozenset[str], weight: float) -> float:
        common = sum(map(self._gram_weight, phrase.grams & found))
        return float(common / (weight * phrase.gram_weight) ** 0.5) if common else 0.0


def _vector(topic: Topic, readings: Sequence[Reading], lexicon: Lexicon) -> dict[str, dict[str, float]]:
    """How strongly each word belongs to a topic, from 0 to 1."""
    counts: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
    weighted = [(readings[0], 2.0), *((reading, 1.0) for reading in readings[1:])]
    weighted += [(lexicon.read(word), 1.5) for word in topic.words]
    weighted += [(lexicon.read(topic.answer[:ANSWER_LETTERS]), 0.35)]
    for reading, weight in weighted:
        for family in FAMILIES:
            if family == "grams" and weight < 1:
                continue
            for word in getattr(reading, family):
                counts[family][word] += weight
    counts["ideas"][topic.programme] += 2.0
    counts["cues"][f"?{topic.aspect}"] += 2.0
    return {family: {word: n / (n + 1.0) for word, n in found.items()} for family, found in counts.items()}


def _rarity(vectors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    known = Counter(word for vector in vectors for word, share in vector.items() if share >= 0.3)
    weak = Counter(word for vector in vectors for word in vector)
    return {
        word: log(1 + len(vectors) / (0.5 + known[word] + 0.2 * (weak[word] - known[word]))) for word in weak
    }


def _postings(vectors: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, vector in enumerate(vectors):
        for word, share in vector.items():
            postings[word].append((number, share))
    return dict(postings)
