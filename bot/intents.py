"""Which question a sentence asks: one answer when sure, some choices when not, nothing when it is foreign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Generic, TypeVar

from bot.follow_ups import CANCEL, CONTACT, FollowUps, Talked
from bot.lexicon import Lexicon, fold
from bot.mood import wishes
from bot.ranking import Candidate, Ranking
from bot.several import are_joined, pairs, questions, the_one_asked
from bot.sureness import DONE, SHOWN, SURE, WISHED, Action, action, chances, is_ahead
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

ACT_ASPECTS = frozenset({"how", "change", "cancel"})
TROUBLE = "trouble"

CERTAIN = 0.95
OF_ONES_OWN = 0.5  # how surely a person's own figures must be meant: they tell more than a choice of topics
HALF_SURE = 0.6  # of one question beside another that is sure
CLOSE = 0.8  # to the first, by its score
OF_A_NAME = 2  # letters beside the ideas in it
RECENT = (
    8  # questions that are remembered: what one orders and what it asks are told apart by the same decision
)


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What is done with a question, the topics that were likeliest, and how surely the first is right."""

    action: Action
    ranked: tuple[tuple[T, float], ...]
    confidence: float
    all_meant: bool = False  # the first choices answer one question each: nothing is asked back
    wished: bool = False  # answered only since it is wished for

    @property
    def choices(self) -> tuple[T, ...]:
        return tuple(topic for topic, _ in self.ranked[:SHOWN])


class Index(Generic[T]):
    """A branch's topics, ready to be asked; built once, used by all threads."""

    def __init__(self, topics: Sequence[T], lexicon: Lexicon) -> None:
        self.topics, self.ranking = topics, Ranking(topics, lexicon)
        self._lexicon = lexicon
        self._follow_ups = FollowUps(topics, lexicon, self.ranking)
        self._recent = lru_cache(RECENT)(self._decide)

    def ask(
        self,
        text: str,
        *,
        on: date,
        step: str | None = None,
        linked: bool = False,
        talked: Talked | None = None,
    ) -> Decision[T]:
        """The topics that hold on the day, likeliest first, and what to do with them.

        Of two questions each has its answer only where both are offered; the one question of a story is as sure as it is
        alone, if its topic is the story's, too. What names nothing is asked of what is `talked` about."""
        whole = self.decide(text, on, step, linked=linked)
        if talked and (meant := self._meant_there(talked, text, whole, on)):
            return meant
        if linked and whole.choices and whole.choices[0].personal:
            return whole  # a person's own figures tell more than one thing
        meant_each = self._asked_apart(text, whole, on, step, linked=linked) or self._paired(text, on, step)
        if len(meant_each) < 2:
            return self._as_sure_as_alone(text, whole, on, step, linked=linked)
        scores = {topic.topic: score for topic, score in whole.ranked}
        rest = (topic for topic, _ in whole.ranked if topic.topic not in meant_each)
        ranked = tuple((topic, scores.get(topic.topic, 0.0)) for topic in (*meant_each.values(), *rest))
        return Decision("choices", ranked, whole.confidence, all_meant=True)

    def _as_sure_as_alone(
        self, text: str, whole: Decision[T], on: date, step: str | None, *, linked: bool
    ) -> Decision[T]:
        """The whole; answered where its one question, without the story, surely has the same topic."""
        asked = the_one_asked(text)
        if whole.action != "choices" or not asked:
            return whole
        alone = self.decide(asked, on, step, linked=linked)
        is_sure = alone.action == "answer" and alone.choices[0].topic == whole.choices[0].topic
        return replace(whole, action="answer") if is_sure else whole

    def _asked_apart(
        self, text: str, whole: Decision[T], on: date, step: str | None, *, linked: bool
    ) -> dict[str, T]:
        """What each of several questions means, where that is sure; of those that say that they are two, one may be less so."""
        asked = questions(text)
        each = [self.decide(one, on, step, linked=linked) for one in asked]
        sure = {one.choices[0].topic: one.choices[0] for one in each if one.action == "answer"}
        likely = {one.choices[0].topic: one.choices[0] for one in each if one.confidence >= HALF_SURE}
        first = {topic.topic for topic in whole.choices[:1]}
        if len(sure) >= 2 and (first & sure.keys() or self._differ(asked)):
            return sure
        joined = sure and len(likely) == len(asked) > 1 and are_joined(text) and self._are_unlike(asked)
        return likely if joined else {}

    def _paired(self, text: str, on: date, step: str | None) -> dict[str, T]:
        """What two names mean that share one question, where one is sure and the other likely."""
        for pair in pairs(text):
            each = [self.decide(one, on, step) for one in pair]
            found = {one.choices[0].topic: one.choices[0] for one in each if one.confidence >= HALF_SURE}
            is_sure = any(one.action == "answer" for one in each)
            if is_sure and len(found) == len(pair) and self._are_unlike(pair):
                return found
        return {}

    def _meant_there(self, talked: Talked, text: str, alone: Decision[T], on: date) -> Decision[T] | None:
        """What is done with a question that names nothing; unsure, what it means by itself is offered, too."""
        if just_that := self._follow_ups.just_that(text, talked, on):
            return Decision("answer", ((just_that, 1.0),), 1.0)
        by_itself = alone.choices[0] if alone.choices else None
        ranked, sure = self._follow_ups.among(text, talked, by_itself, on)
        may_be = [] if sure or alone.action == "answer" else self._follow_ups.may_be_meant(text, talked, on)
        if may_be:
            return Decision("choices", tuple(may_be), alone.confidence)
        if not ranked:
            return None
        speaks_for_itself = alone.action == "choices" or not self._lexicon.read(text).ideas
        if not sure and speaks_for_itself and by_itself and by_itself.programme == ranked[0][0].programme:
            return None
        if not sure and by_itself and by_itself.aspect == TROUBLE and alone.confidence >= CERTAIN:
            return None  # what goes wrong is told, whatever was talked about
        if not sure and alone.action == "answer":
            rest = (each for each in ranked[: SHOWN - 1] if each[0] is not by_itself)
            ranked = [*rest, alone.ranked[0]]
        return Decision("answer" if sure else "choices", tuple(ranked), alone.confidence)

    def follows_up(self, text: str, talked: Talked, on: date) -> bool:
        """Whether a text that names nothing is asked of what is talked about, or cancels something of it."""
        if self._follow_ups.just_that(text, talked, on):
            return True
        cancels = self._follow_ups.bare_cues(text) == {CANCEL}
        return cancels and bool(self._follow_ups.may_be_meant(text, talked, on))

    def asks_for_phone(self, text: str) -> bool:
        """Whether a text asks for a phone number, and for nobody's."""
        return self._follow_ups.bare_cues(text) == {CONTACT}

    def _differ(self, asked: Iterable[str]) -> bool:
        """Whether each question names things of its own."""
        named = [self._lexicon.read(each).ideas for each in asked]
        return all(named) and sum(map(len, named)) == len(frozenset().union(*named))

    def _are_unlike(self, asked: Sequence[str]) -> bool:
        """Whether no two questions name the same things; what they have in common is named in each."""
        return len({self._lexicon.read(each).ideas for each in asked}) == len(asked)

    def decide(self, text: str, on: date, step: str | None = None, *, linked: bool = False) -> Decision[T]:
        """What is done with a text as one question."""
        return self._recent(text, on, step, linked)

    def _decide(self, text: str, on: date, step: str | None, linked: bool) -> Decision[T]:
        reading = self._lexicon.read(text)
        found = self.ranking.best(reading, on, step, linked)
        if not found:
            return Decision("fallback", (), 0.0)
        sure, near = chances(self.ranking, reading, found)
        found = self._named_first(reading.letters, found)
        ranked = tuple((candidate.topic, candidate.score) for candidate in found)
        own = linked and found[0].topic.personal is not None and sure >= OF_ONES_OWN
        rivals = [found[0], *of_acts(found[1:])] if of_acts(found[:1]) else found
        enough = DONE if of_acts(found[:1]) else WISHED
        wished = not own and enough <= sure < SURE and is_ahead(rivals) and wishes(text)
        return Decision("answer" if own or wished else action(sure, near), ranked, sure, wished=wished)

    def _named_first(self, letters: str, found: list[Candidate[T]]) -> list[Candidate[T]]:
        """Before a topic of a whole programme, that of the very one of them that is named: はるさきの脳ドックいくら."""
        first = found[0]
        alike = (each for each in found[:SHOWN] if _is_of_its_kind(each, first))
        named = next((each for each in alike if self._is_named(each.topic, letters)), first)
        return [named, *(each for each in found if each is not named)]

    def _is_named(self, topic: T, letters: str) -> bool:
        """Whether the topic's title holds a name that stands in the letters: one that no idea explains."""
        title = fold(topic.title)
        names = (name for name in map(fold, topic.triggers) if name in letters and name in title)
        return any(len(self._lexicon.ways(name)[1]) >= OF_A_NAME for name in names)


def of_acts(found: Sequence[Candidate[T]]) -> list[Candidate[T]]:
    """Those that tell of doing something."""
    return [each for each in found if each.topic.aspect in ACT_ASPECTS]


def _is_of_its_kind(each: Candidate[T], first: Candidate[T]) -> bool:
    kinds = {(one.topic.programme, one.topic.aspect) for one in (each, first)}
    return len(kinds) == 1 and each.score >= first.score * CLOSE
