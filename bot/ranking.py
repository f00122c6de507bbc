"""Which topics a text is likely to ask for: words, ideas, letter groups and whole wordings weighed together."""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from typing import Generic, TypeVar

from bot.lexicon import Lexicon, Reading
from bot.postings import Postings
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

FIRST_WEIGHTS = {"tokens": 1.0, "ideas": 1.0, "cues": 0.4, "grams": 1.0}
CANDIDATES = 24
EDITIONS = 3
ANSWER_LETTERS = 90
CUE_WEIGHT = 0.5
NAMED, TOLD = 1.5, 0.35  # what one of the topic's words counts, and one of its answer

# How much each evidence counts; found by regression on the tuning half of the question bank.
WEIGHTS: Mapping[str, float] = {
    "tokens": 6.84,
    "ideas": 4.97,
    "cues": 2.07,
    "grams": 5.47,
    "phrase": 2.29,
    "phrase_grams": 4.22,
    "holds_phrase": 1.75,
    "aspect": 0.86,
    "programme": 0.66,
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


@dataclass(slots=True)
class Phrase:
    """One wording of a topic: its title or a trigger; with what a text that equals it weighs."""

    letters: str
    words: frozenset[str]
    grams: Set[str]
    weight: float = 1.0
    gram_weight: float = 1.0

    def weigh(self, words: Mapping[str, float], grams: Mapping[str, float]) -> None:
        """Once all topics are learnt it is known how much each word and group of letters tells."""
        self.weight = sum(map(words.__getitem__, self.words))
        self.gram_weight = sum(map(grams.__getitem__, self.grams))


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
        self._postings = {family: Postings() for family in FIRST_WEIGHTS}
        with _undisturbed():
            self._build(lexicon)

    def _build(self, lexicon: Lexicon) -> None:
        topics = self._topics
        texts = dict.fromkeys(chain.from_iterable(map(_texts, topics)))  # editions have most in common
        readings = dict(zip(texts, lexicon.read_all(texts), strict=True))
        self._phrases = [self._learn(number, topic, readings) for number, topic in enumerate(topics)]
        for postings in self._postings.values():
            postings.close(len(topics))
        self._tells = {
            word: rarity * factor
            for family, factor in (("tokens", 1.0), ("cues", CUE_WEIGHT), ("ideas", 1.0))
            for word, rarity in self._postings[family].rarities.items()
        }
        for phrase in chain.from_iterable(self._phrases):
            phrase.weigh(self._tells, self._postings["grams"].rarities)

    def best(self, reading: Reading, on: date, step: str | None, linked: bool) -> list[Candidate[T]]:
        """The topics that hold on the day, likeliest first."""
        found = []
        alike = _Likeness(self, reading)
        for number, shares in self._near(reading, on).items():
            topic = self._topics[number]
            evidence = {
                **shares,
                **alike.to(self._phrases[number]),
                "aspect": max((ASPECTS[cue].get(topic.aspect, 0.0) for cue in reading.cues), default=0.0),
                "programme": float(topic.programme in reading.ideas),
                "step": float(step is not None and step in topic.steps),
                "personal": float(linked and topic.personal is not None),
            }
            score = sum(weight * evidence[name] for name, weight in WEIGHTS.items())
            found.append(Candidate(topic, score, evidence))
        return sorted(found, key=lambda candidate: -candidate.score)

    def knows(self, word: str) -> bool:
        return self._postings["tokens"].knows(word)

    def weight(self, word: str) -> float:
        """How much a token, an idea or a cue tells."""
        return self._tells.get(word, self._postings["tokens"].unseen)

    def gram_weight(self, gram: str) -> float:
        return self._postings["grams"].rarity(gram)

    def _near(self, reading: Reading, on: date) -> dict[int, dict[str, float]]:
        """The candidates, each with the share of the text that its words, ideas and letters explain."""
        shares = {family: self._postings[family].explain(_words(reading, family)) for family in FIRST_WEIGHTS}
        total: dict[int, float] = defaultdict(float)
        for family, weight in FIRST_WEIGHTS.items():
            for number, share in shares[family].items():
                total[number] += share * weight
        best = nlargest(EDITIONS * CANDIDATES, total, key=total.__getitem__)
        holding = [number for number in best if self._topics[number].holds(on)][:CANDIDATES]
        return {
            number: {family: found.get(number, 0.0) for family, found in shares.items()} for number in holding
        }

    def _learn(self, number: int, topic: T, readings: Mapping[str, Reading]) -> list[Phrase]:
        """Enters all words of a topic; gives back its wordings."""
        *read, told = map(readings.__getitem__, _texts(topic))
        wordings, words = read[: 1 + len(topic.triggers)], read[1 + len(topic.triggers) :]
        phrases = [Phrase(each.letters, _all_words(each), each.grams) for each in wordings]
        named = {"ideas": topic.programme, "cues": f"?{topic.aspect}"}
        for family, postings in self._postings.items():
            of = attrgetter(family)
            said = map(of, phrases if family == "grams" else wordings)
            counts = _counts(list(said), map(of, words), of(told) if family != "grams" else ())
            if name := named.get(family):
                counts[name] += 2.0
            postings.add(number, counts)
        return phrases


def _texts(topic: Topic) -> tuple[str, ...]:
    """What is read of a topic: its title, its triggers, its words, the beginning of its answer."""
    return topic.title, *topic.triggers, *topic.words, topic.answer[:ANSWER_LETTERS]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """All that is built stays, so that a search for garbage would only take time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


class _Likeness:
    """How like a text is to a topic's wordings; the likeliest wording counts."""

    def __init__(self, ranking: Ranking[T], reading: Reading) -> None:
        self._letters = reading.letters
        self._words = {word: ranking.weight(word) for word in _all_words(reading)}
        self._grams = {gram: ranking.gram_weight(gram) for gram in reading.grams}
        self._weight = sum(self._words.values())
        self._gram_weight = sum(self._grams.values())

    def to(self, phrases: Sequence[Phrase]) -> dict[str, float]:
        held = (
            len(phrase.letters) for phrase in phrases if phrase.letters and phrase.letters in self._letters
        )
        return {
            "phrase": max(
                _cosine(self._words, phrase.words, self._weight * phrase.weight) for phrase in phrases
            ),
            "phrase_grams": max(
                _cosine(self._grams, phrase.grams, self._gram_weight * phrase.gram_weight)
                for phrase in phrases
            ),
            "holds_phrase": max(held, default=0) / max(len(self._letters), 1),
        }


def _cosine(weights: Mapping[str, float], words: Set[str], product: float) -> float:
    common = weights.keys() & words
    return float(sum(map(weights.__getitem__, common)) / product**0.5) if common else 0.0


def _counts(
    wordings: Sequence[Set[str]], words: Iterable[Set[str]], told: Iterable[str]
) -> defaultdict[str, float]:
    """How often each word stands in a topic: its title counts twice, its answer hardly and without letters."""
    counts: defaultdict[str, float] = defaultdict(float)
    counts.update(Counter(chain(wordings[0], *wordings)))
    for word in chain.from_iterable(words):
        counts[word] += NAMED
    for word in told:
        counts[word] += TOLD
    return counts


def _words(reading: Reading, family: str) -> Set[str]:
    words: Set[str] = getattr(reading, family)
    return words


def _all_words(reading: Reading) -> frozenset[str]:
    return reading.tokens.union(reading.ideas, reading.cues)
