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

from bot.lexicon import Lexicon, Reading, grams_of
from bot.postings import Postings
from bot.topics import Topic
from bot.wordings import Wordings

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
        self._letters: list[tuple[str, ...]] = []  # of each topic's wordings
        self._said: list[
            tuple[tuple[str, ...], ...]
        ] = []  # the words of each, which as sets would take four times the room
        self._wordings: dict[
            int, tuple[Wordings, Wordings]
        ] = {}  # by words and by letters, of topics come near
        with _undisturbed():
            self._build(lexicon)

    def _build(self, lexicon: Lexicon) -> None:
        known: dict[str, Reading] = {}
        times = Counter(chain.from_iterable(map(_texts, self._topics)))
        for number, topic in enumerate(self._topics):
            new = dict.fromkeys(text for text in _texts(topic) if text not in known)
            known.update(zip(new, lexicon.read_all(new), strict=True))
            self._learn(number, topic, known)
            for text in new:
                if times[text] == 1:
                    del known[text]  # only what editions have in common is met again
        for postings in self._postings.values():
            postings.close(len(self._topics))
        self._tells = {
            word: rarity * factor
            for family, factor in (("tokens", 1.0), ("cues", CUE_WEIGHT), ("ideas", 1.0))
            for word, rarity in self._postings[family].rarities.items()
        }

    def best(self, reading: Reading, on: date, step: str | None, linked: bool) -> list[Candidate[T]]:
        """The topics that hold on the day, likeliest first."""
        found = []
        near = self._near(reading, on)
        words = {word: self.weight(word) for word in _all_words(reading)}
        grams = {gram: self.gram_weight(gram) for gram in reading.grams}
        held = self._postings["tokens"].held(reading.tokens)
        for number, shares in near.items():
            topic = self._topics[number]
            said, spelt = self._wordings_of(number)
            evidence = {
                **shares,
                "phrase": said.likeness(words),
                "phrase_grams": spelt.likeness(grams),
                "holds_phrase": self._longest_held(number, reading.letters),
                "aspect": max((ASPECTS[cue].get(topic.aspect, 0.0) for cue in reading.cues), default=0.0),
                "programme": float(topic.programme in reading.ideas),
                "step": float(step is not None and step in topic.steps),
                "personal": float(linked and topic.personal is not None),
                "beside": 1 - held[number] / max(len(reading.tokens), 1),
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

    def _wordings_of(self, number: int) -> tuple[Wordings, Wordings]:
        """A topic's wordings; most topics never come near what is asked."""
        found = self._wordings.get(number)
        if found is None:
            spelt = map(grams_of, self._letters[number])
            found = (
                Wordings(self._said[number], self._tells),
                Wordings(spelt, self._postings["grams"].rarities),
            )
            self._wordings[number] = found
        return found

    def _longest_held(self, number: int, letters: str) -> float:
        """How much of the text a wording of the topic is that stands in it as it is."""
        held = (len(wording) for wording in self._letters[number] if wording and wording in letters)
        return max(held, default=0) / max(len(letters), 1)

    def _learn(self, number: int, topic: T, readings: Mapping[str, Reading]) -> None:
        """Enters all words of a topic."""
        *read, told = map(readings.__getitem__, _texts(topic))
        wordings, words = read[: 1 + len(topic.triggers)], read[1 + len(topic.triggers) :]
        spelt = [each.grams for each in wordings]
        self._said.append(tuple(tuple(_all_words(each)) for each in wordings))
        self._letters.append(tuple(wording.letters for wording in wordings))
        named = {"ideas": topic.programme, "cues": f"?{topic.aspect}"}
        for family, postings in self._postings.items():
            of = attrgetter(family)
            said = spelt if family == "grams" else list(map(of, wordings))
            counts = _counts(said, map(of, words), of(told) if family != "grams" else ())
            if name := named.get(family):
                counts[name] = counts.get(name, 0) + 2.0
            postings.add(number, counts)


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


def _counts(wordings: Sequence[Set[str]], words: Iterable[Set[str]], told: Iterable[str]) -> dict[str, float]:
    """How often each word stands in a topic: its title counts twice, its answer hardly and without letters."""
    counts: dict[str, float] = dict(Counter(chain(wordings[0], *wordings)))
    for word in chain.from_iterable(words):
        counts[word] = counts.get(word, 0) + NAMED
    for word in told:
        counts[word] = counts.get(word, 0) + TOLD
    return counts


def _words(reading: Reading, family: str) -> Set[str]:
    words: Set[str] = getattr(reading, family)
    return words


def _all_words(reading: Reading) -> frozenset[str]:
    return reading.tokens.union(reading.ideas, reading.cues)
