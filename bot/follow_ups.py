"""A short question that names nothing of its own, いくら？ or 夫の分も？: it is asked of what is talked about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from bot.lexicon import Lexicon, Reading, fold, named_and_done
from bot.ranking import Candidate, Ranking
from bot.sureness import NEAR, chances
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

SHORT = 12  # letters of what may name nothing of its own
EXPLAINED = 0.48  # of what it names, by the topic that is meant
SURELY = 0.95  # that the first is right, with the name of what is talked about and without

_ALSO = re.compile("(?:も|の(?:場合|とき|時|ほう|方)は)(?:です|だ)?(?:か|よね|ね)?$")


@dataclass(frozen=True)
class Talked:
    """What is talked about: by its name, and the topic that was answered, if any."""

    name: str
    topic: str = ""


class FollowUps(Generic[T]):
    """Reads a question as it is meant in a talk about something."""

    def __init__(self, topics: Sequence[T], lexicon: Lexicon, ranking: Ranking[T]) -> None:
        self._programme_of = {topic.topic: topic.programme for topic in topics}
        self._programmes = frozenset(self._programme_of.values())
        self._lexicon, self._ranking = lexicon, ranking

    def among(
        self, text: str, talked: Talked, alone: T | None, on: date
    ) -> tuple[list[tuple[T, float]], bool]:
        """Topics of the programme that is talked about, likeliest first, and whether the first is surely meant.

        None where the question names another thing, or where `alone`, its topic by itself, is the likeliest here, too.
        """
        reading, named = self._lexicon.read(text), self._lexicon.read(talked.name)
        programme = self._programme_of.get(talked.topic) or next(iter(named.ideas & self._programmes), None)
        if programme is None or not self._names_nothing(text, reading):
            return [], False
        asked = reading._replace(ideas=reading.ideas | named.ideas | {programme})
        told = asked._replace(tokens=reading.tokens | named.tokens)
        plainly, by_name = (self._found(each, programme, on) for each in (asked, told))
        if not plainly or not by_name or by_name[0].topic is alone:
            return [], False
        # The name of the topic that was answered speaks for itself only: it is left out of what speaks for that one.
        named_too = {each.topic.topic: each for each in by_name if each.topic.topic != talked.topic}
        ranked = sorted(
            ((each.topic, _mean(each, named_too.get(each.topic.topic, each))) for each in plainly),
            key=lambda pair: -pair[1],
        )
        first = ranked[0][0]
        seen = [
            chances(self._ranking, read, _led_by(first, found))
            for read, found in ((asked, plainly), (told, by_name))
        ]
        is_near = max(chance for _, chance in seen) >= NEAR
        if not (self._explains(first, reading, on) if reading.ideas else is_near):
            return [], False
        return ranked, min(sure for sure, _ in seen) >= SURELY

    def _names_nothing(self, text: str, reading: Reading) -> bool:
        """What it names may only be whom or what is meant besides: 夫の分も."""
        if len(reading.letters) > SHORT or reading.strange or reading.ideas & self._programmes:
            return False
        if not (reading.cues or reading.ideas):
            return False  # nor does it ask anything
        things = {name for name in named_and_done(text)[0] if not name.startswith("何")}
        return not reading.ideas or not things or _ALSO.search(fold(text)) is not None

    def _found(self, reading: Reading, programme: str, on: date) -> list[Candidate[T]]:
        found = self._ranking.best(reading, on, None, linked=False)
        return [each for each in found if each.topic.programme == programme]

    def _explains(self, topic: T, reading: Reading, on: date) -> bool:
        """Whether what the question names is a matter of the topic."""
        alone = self._ranking.best(reading, on, None, linked=False)
        return any(each.topic is topic and each.evidence["ideas"] >= EXPLAINED for each in alone)


def _mean(one: Candidate[T], other: Candidate[T]) -> float:
    return (one.score + other.score) / 2


def _led_by(first: T, found: Sequence[Candidate[T]]) -> list[Candidate[T]]:
    """Those found, the first one before the rest."""
    return sorted(found, key=lambda each: each.topic is not first)
