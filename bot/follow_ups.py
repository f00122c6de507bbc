"""A short question that names nothing of its own, いくら？ or 夫の分も？: it is asked of what is talked about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from bot.lexicon import Lexicon, Reading, fold, named_and_done
from bot.mood import asks
from bot.ranking import ASPECTS, Candidate, Ranking
from bot.sureness import NEAR, chances
from bot.topics import Topic

T = TypeVar("T", bound=Topic)

SHORT = 12  # letters of what may name nothing of its own
EXPLAINED = 0.48  # of what it names, by the topic that is meant
SURELY = 0.95  # that the first is right, with the name of what is talked about and without

LEAST = 0.5  # what the cues of a bare question must say of a topic's aspect
APART = 0.25  # and more than of the next one's
LEAD = 2.0  # of a whole programme's topics the first one's, over the next that is asked for
GENERAL = "general"  # in a topic's name: of the whole programme
CONTACT, CANCEL, HOW = "?contact", "?cancel", "?how"
TOLD_BY_HOW = frozenset({"?deadline", "?bring"})  # what tells how a thing is applied for says, too
DONE_WITH_ANY = frozenset({"apply", "claim"})  # ideas that name no matter: どうやって申請するの
_BARE = re.compile(
    r"(?:(?:それ|これ|その|この|あれ|そっち|こっち)[のはで]?|じゃあ?|では|で|ほな|えっと|あの|あと)?"
    r"(?:[はのもがをに]|って|だっけ|でしたっけ|っけ|でしょう|です|します|する|したい|か|かな|ね|や|なん|ん|の|教えて|おしえて|知りたい|ください|を|分かる|わかる|分かります|わかります|(?:し|に)?(?:たら|なる|なります))*"
)
_PLACE = re.compile(
    r"(?:その|そこの|それの)?(?:住所|所在地|場所|行き方|地図)(?:は|って|を)?(?:どこ|教えて|知りたい|ください)?(?:です|なん)?か?"
)
_ALSO = re.compile("(?:も|の(?:場合|とき|時|ほう|方)は)(?:です|だ)?(?:か|よね|ね)?$")


@dataclass(frozen=True)
class Talked:
    """What is talked about: by its name, and the topic that was answered, if any."""

    name: str
    topic: str = ""


class FollowUps(Generic[T]):
    """Reads a question as it is meant in a talk about something."""

    def __init__(self, topics: Sequence[T], lexicon: Lexicon, ranking: Ranking[T]) -> None:
        self._topics = topics
        self._programme_of = {topic.topic: topic.programme for topic in topics}
        self._programmes = frozenset(self._programme_of.values())
        self._lexicon, self._ranking = lexicon, ranking

    def bare_cues(self, text: str, about: str = "") -> frozenset[str]:
        """What a text asks that names nothing but what is talked about: 締切は？, 電話番号は？; nothing where it does more."""
        letters = fold(text)
        if len(letters) > SHORT:
            return frozenset()
        reading, (_, beside) = self._lexicon.read(text), self._lexicon.ways(letters)
        if not reading.ideas <= DONE_WITH_ANY | {about} or not _BARE.fullmatch(beside):
            return frozenset()
        is_asked = asks(text) or letters.endswith("は") or reading.cues == {CANCEL}
        how = frozenset({HOW} if reading.ideas & DONE_WITH_ANY else ())
        return (reading.cues or how) if is_asked else frozenset()

    def just_that(self, text: str, talked: Talked, on: date) -> T | None:
        """The topic that a bare question can only mean: of the matter that was answered, else of its whole programme."""
        about = self._programme_about(talked)
        there = [each for each in self._topics if each.programme == about and each.holds(on)]
        if asks_for_place(text):
            places = (each for each in there if each.aspect == "where")
            return next((each for each in places if _matter(each.topic) == _matter(talked.topic)), None)
        if about is None or not (cues := self.bare_cues(text, about)):
            return None
        for matter in (_matter(talked.topic), f"{about}.{GENERAL}"):
            of_it = [each for each in there if _matter(each.topic) == matter]
            if found := _likeliest(of_it, cues):
                return found
        asked = self._asked_there(text, talked, on)
        if not asked and cues <= TOLD_BY_HOW:
            return _only([each for each in there if each.aspect == "how"], _matter(talked.topic))
        if not asked or asked[0].topic is not self._there(text, about, on)[0].topic:
            return None
        leads = len(asked) == 1 or asked[0].score - asked[1].score >= LEAD
        return asked[0].topic if leads else None

    def may_be_meant(self, text: str, talked: Talked, on: date) -> list[tuple[T, float]]:
        """What a bare question may be asked of, in what is talked about, likeliest first."""
        return [(each.topic, each.score) for each in self._asked_there(text, talked, on)]

    def _asked_there(self, text: str, talked: Talked, on: date) -> list[Candidate[T]]:
        """The topics of the programme that is talked about whose aspect a bare question asks for."""
        about = self._programme_about(talked)
        if about is None or not (cues := self.bare_cues(text, about)):
            return []
        return [each for each in self._there(text, about, on) if _asked_of(each.topic, cues) >= LEAST]

    def _there(self, text: str, programme: str, on: date) -> list[Candidate[T]]:
        """The programme's topics, likeliest first, as if the text had named it."""
        reading = self._lexicon.read(text)
        return self._found(reading._replace(ideas=reading.ideas | {programme}), programme, on)

    def _programme_about(self, talked: Talked) -> str | None:
        """The programme that is talked about."""
        named = self._lexicon.read(talked.name).ideas
        return self._programme_of.get(talked.topic) or next(iter(named & self._programmes), None)

    def among(
        self, text: str, talked: Talked, alone: T | None, on: date
    ) -> tuple[list[tuple[T, float]], bool]:
        """Topics of the programme that is talked about, likeliest first, and whether the first is surely meant.

        None where the question names another thing, or where `alone`, its topic by itself, is the likeliest here, too.
        """
        reading, named = self._lexicon.read(text), self._lexicon.read(talked.name)
        programme = self._programme_about(talked)
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


def asks_for_place(text: str) -> bool:
    """Whether a text asks for an address, and for nobody's: 住所は？"""
    return _PLACE.fullmatch(fold(text)) is not None


def _only(topics: Sequence[T], matter: str) -> T | None:
    """The one of the matter, else the only one."""
    of_it = [each for each in topics if _matter(each.topic) == matter] or topics
    return of_it[0] if len(of_it) == 1 else None


def _likeliest(topics: Sequence[T], cues: frozenset[str]) -> T | None:
    """The one whose aspect the cues speak for, and for no other one as much."""
    ranked = sorted(topics, key=lambda topic: -_asked_of(topic, cues))
    said = [_asked_of(topic, cues) for topic in (*ranked, *ranked[:1])]
    if not ranked or said[0] < LEAST or (len(ranked) > 1 and said[0] - said[1] < APART):
        return None
    return ranked[0]


def _asked_of(topic: Topic, cues: frozenset[str]) -> float:
    """How much the cues together say of the topic's aspect; nothing where one of them says another."""
    said = [ASPECTS[cue].get(topic.aspect, 0.0) for cue in cues]
    return sum(said) if all(said) else 0.0


def _matter(topic: str) -> str:
    """Of benefit.birth.amount benefit.birth: what it is a question of."""
    return ".".join(topic.split(".")[:2])


def _mean(one: Candidate[T], other: Candidate[T]) -> float:
    return (one.score + other.score) / 2


def _led_by(first: T, found: Sequence[Candidate[T]]) -> list[Candidate[T]]:
    """Those found, the first one before the rest."""
    return sorted(found, key=lambda each: each.topic is not first)
