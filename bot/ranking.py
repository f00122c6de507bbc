"""Which topics a text is likely to ask for: an inverted index over words, ideas and letter groups."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.lexicon import Lexicon, Reading, fold
from bot.topics import Topic

FAMILIES = ("tokens", "ideas", "cues", "grams")
CANDIDATES = 24
EXAMINED = 2_500
ANSWER_LETTERS = 300

# How much each evidence counts; found by regression on the tuning half of the question bank.
WEIGHTS: Mapping[str, float] = {
    "tokens": 5.3,
    "ideas": 4.1,
    "cues": 1.8,
    "grams": 4.4,
    "asked_tokens": 0.3,
    "asked_ideas": 0.6,
    "asked_cues": 0.25,
    "phrase": 4.3,
    "phrase_grams": 5.2,
    "holds_phrase": 1.7,
    "aspect": 1.3,
    "programme": 1.15,
    "step": 1.2,
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
class Entry:
    """A topic as the index knows it: how likely each word stands in its wordings."""

    topic: Topic
    phrases: tuple[Phrase, ...]
    typical: Mapping[str, Mapping[str, float]]


class Ranking:
    """Finds the likeliest topics of a text without looking at all of them."""

    def __init__(self, topics: Sequence[Topic], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.topics = topics
        readings = [[lexicon.read(text) for text in (topic.title, *topic.triggers)] for topic in topics]
        vectors = [_vector(topic, read, lexicon) for topic, read in zip(topics, readings, strict=True)]
        self.rarity = {family: _rarity([vector[family] for vector in vectors]) for family in FAMILIES}
        self.unseen = log(1 + len(topics))
        self.postings = {family: _postings([vector[family] for vector in vectors]) for family in FAMILIES}
        self.entries = [
            Entry(topic, tuple(map(self._phrase, read)), _typical(read))
            for topic, read in zip(topics, readings, strict=True)
        ]

    def near(self, reading: Reading, holds: Iterable[bool] | None = None) -> dict[int, dict[str, float]]:
        """The candidates, each with the share of the text that its words, ideas and letters explain."""
        shares: dict[str, dict[int, float]] = {}
        total: dict[int, float] = defaultdict(float)
        for family in FAMILIES:
            shares[family] = self._share(family, getattr(reading, family))
            for number, share in shares[family].items():
                total[number] += share * _FIRST[family]
        best = sorted(total, key=total.__getitem__, reverse=True)[:CANDIDATES]
        return {number: {family: shares[family].get(number, 0.0) for family in FAMILIES} for number in best}

    def _share(self, family: str, words: Iterable[str]) -> dict[int, float]:
        rarity, postings = self.rarity[family], self.postings[family]
        ranked = sorted(((rarity.get(word, self.unseen), word) for word in words), reverse=True)
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

    def evidence(
        self, number: int, shares: Mapping[str, float], reading: Reading, step: str | None
    ) -> dict[str, float]:
        """All that speaks for a topic."""
        entry = self.entries[number]
        found = dict(shares)
        for family in ("tokens", "ideas", "cues"):
            found[f"asked_{family}"] = self._asked(family, entry.typical[family], getattr(reading, family))
        words = reading.tokens | reading.ideas | reading.cues
        weight = sum(map(self._weight, words)) or 1.0
        gram_weight = sum(map(self._gram_weight, reading.grams)) or 1.0
        found["phrase"] = max(self._overlap(phrase, words, weight) for phrase in entry.phrases)
        found["phrase_grams"] = max(
            self._likeness(phrase, reading.grams, gram_weight) for phrase in entry.phrases
        )
        found["holds_phrase"] = max(
            (
                len(phrase.letters) / max(len(reading.letters), 1)
                for phrase in entry.phrases
                if phrase.letters and phrase.letters in reading.letters
            ),
            default=0.0,
        )
        found["aspect"] = max(
            (ASPECTS[cue].get(entry.topic.aspect, 0.0) for cue in reading.cues), default=0.0
        )
        found["programme"] = float(entry.topic.programme in reading.ideas)
        found["step"] = float(step is not None and step in entry.topic.steps)
        return found

    def _asked(self, family: str, typical: Mapping[str, float], words: frozenset[str]) -> float:
        rarity = self.rarity[family]
        whole = sum(share * rarity.get(word, 0.0) for word, share in typical.items())
        asked = sum(typical[word] * rarity.get(word, 0.0) for word in words if word in typical)
        return asked / whole if whole else 0.0

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
            if word in self.rarity[family]:
                return self.rarity[family][word] * (0.5 if family == "cues" else 1.0)
        return self.unseen

    def _gram_weight(self, gram: str) -> float:
        return self.rarity["grams"].get(gram, self.unseen)

    def _overlap(self, phrase: Phrase, words: frozenset[str], weight: float) -> float:
        common = sum(map(self._weight, phrase.words & words))
        return float(common / (weight * phrase.weight) ** 0.5) if common else 0.0

    def _likeness(self, phrase: Phrase, found: frozenset[str], weight: float) -> float:
        common = sum(map(self._gram_weight, phrase.grams & found))
        return float(common / (weight * phrase.gram_weight) ** 0.5) if common else 0.0


_FIRST = {"tokens": 1.0, "ideas": 1.0, "cues": 0.4, "grams": 1.0}


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


def _typical(readings: Sequence[Reading]) -> dict[str, dict[str, float]]:
    counts = {
        family: Counter(word for reading in readings for word in getattr(reading, family))
        for family in ("tokens", "ideas", "cues")
    }
    return {
        family: {word: n / len(readings) for word, n in found.items() if n >= 0.3 * len(readings)}
        for family, found in counts.items()
    }


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


__all__ = ["Ranking", "fold"]
