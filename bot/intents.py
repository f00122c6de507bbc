"""Which question a sentence asks: one answer when sure, some choices when not, nothing when it is foreign."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from bot.commands import Commands
from bot.follow_ups import CANCEL, CONTACT, FollowUps, Talked
from bot.lexicon import Lexicon, Reading, fold
from bot.mood import asks, asks_to_be_told, is_an_order, last_clause, orders_paperwork, wishes
from bot.orders import Orders
from bot.ranking import Candidate, Ranking
from bot.several import are_joined, pairs, questions, the_one_asked
from bot.sureness import DONE, NEAR, SHOWN, SURE, WISHED, Action, action, chances, is_ahead
from bot.things import Things
from bot.topics import Topic
from bot.wishes import ABOVE_ALL, BY_HOW, SURELY, WAYS, Wishes

T = TypeVar("T", bound=Topic)

AGREEING = 2
CERTAIN = 0.95
TROUBLE = "trouble"

# An order that no flow takes is told how it is done today: how it surely must be meant, and how near the first
# a topic of the same programme must be that tells of doing it.
HOW = "?how"
OTHER_ACTS = frozenset({"?change", "?cancel"})
ACT_ASPECTS = frozenset({"how", "change", "cancel"})
EXPLAINED = "what"  # what a thing is, is not told to those who order that something be done with it
LIKELY = 0.5
RATHER = 0.65  # and of a topic that tells of doing it, instead of one that the text is only like
OF_ONES_OWN = 0.5  # how surely a person's own figures must be meant: they tell more than a choice of topics
AMONG = 0.6
HALF_SURE = 0.6  # of one question beside another that is sure
MORE = 0.05  # likely than that, where only the programme is sure
CLOSE = 0.8
AS_MUCH = 0.97
OF_A_NAME = 2  # letters beside the ideas in it
SENTENCE = 16  # letters: what is shorter may be a thing's name, which opens it


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

    def __init__(
        self,
        topics: Sequence[T],
        lexicon: Lexicon,
        flows: Mapping[str, Sequence[str]] | None = None,
        orders: Orders | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        """`flows` names the flows that a text can order, each with its phrases; they win over topics."""
        self._ranking = Ranking(topics, lexicon)
        self._topics = topics
        self._orderable = [topic for topic in topics if topic.opens_with]
        self._lexicon = lexicon
        self._flows = [(phrase, name) for name, phrases in (flows or {}).items() for phrase in phrases]
        self._flow_names = frozenset(flows or {})
        self._orders = orders or Orders(())
        self._wishes = wishes or Wishes()
        self._commands: dict[frozenset[str], Commands] = {}
        self._things = Things(lexicon, self._said_of)
        self._follow_ups = FollowUps(topics, lexicon, self._ranking)

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
        whole = self._decide(text, on, step, linked=linked)
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
        alone = self._decide(asked, on, step, linked=linked)
        is_sure = alone.action == "answer" and alone.choices[0].topic == whole.choices[0].topic
        return replace(whole, action="answer") if is_sure else whole

    def _asked_apart(
        self, text: str, whole: Decision[T], on: date, step: str | None, *, linked: bool
    ) -> dict[str, T]:
        """What each of several questions means, where that is sure; of those that say that they are two, one may be less so."""
        asked = questions(text)
        each = [self._decide(one, on, step, linked=linked) for one in asked]
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
            each = [self._decide(one, on, step, linked=False) for one in pair]
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

    def _decide(self, text: str, on: date, step: str | None, *, linked: bool) -> Decision[T]:
        """What is done with a text as one question."""
        reading = self._lexicon.read(text)
        found = self._ranking.best(reading, on, step, linked)
        if not found:
            return Decision("fallback", (), 0.0)
        sure, near = chances(self._ranking, reading, found)
        found = self._named_first(reading.letters, found)
        ranked = tuple((candidate.topic, candidate.score) for candidate in found)
        own = linked and found[0].topic.personal is not None and sure >= OF_ONES_OWN
        rivals = [found[0], *_acts(found[1:])] if _acts(found[:1]) else found
        enough = DONE if _acts(found[:1]) else WISHED
        wished = not own and enough <= sure < SURE and is_ahead(rivals) and wishes(text)
        return Decision("answer" if own or wished else action(sure, near), ranked, sure, wished=wished)

    def command(self, text: str, on: date, *, suspect: bool = False) -> str | None:
        """The flow, or the topic that stands for a flow to come, that the text orders to open.

        A suspect text must name it in words of an order; a likeness is not enough.
        """
        name = self._commanded(text, on, suspect=suspect)
        is_meant = (
            name and not self._things.are_foreign(name, text) and not self._is_rather_asked(name, text, on)
        )
        return name if is_meant else None

    def _is_rather_asked(self, name: str, text: str, on: date) -> bool:
        """Whether a whole sentence asks, or asks to be told, what a topic surely answers and the flow does not show."""
        if len(fold(text)) < SENTENCE or not (asks(text) or asks_to_be_told(text)):
            return False
        decision = self._decide(text, on, None, linked=False)
        known = (
            {decision.choices[0].personal, *(topic.topic for topic in decision.choices)}
            if decision.choices
            else ()
        )
        return decision.action == "answer" and name not in known

    def _commanded(self, text: str, on: date, *, suspect: bool) -> str | None:
        """What the words of the text order to open, whatever things they name."""
        commands = self._commands_on(on)
        literal = commands.literally(text)
        if literal in self._flow_names:
            return literal
        above_all = () if suspect else self._wishes.of(text, ABOVE_ALL)
        ruled, wished = self._ruled(text, on), self._first_of(above_all, on)
        is_ruled = ruled and wished not in self._flow_names and self._is_certain(ruled, text, on)
        name = ruled if is_ruled else wished or ruled
        if name and (name in self._flow_names or not (literal or self._denies(name, text, on))):
            return name
        if name := commands.exactly(text):
            return name
        ended = commands.at_the_end(text)
        if ended and self._denies(ended, text, on):
            ended = None
        if suspect or not orders_paperwork(text) or asks_to_be_told(text):
            return ended
        told = self._wished(text, on) or self._told_how(text, on, AMONG)
        return told if told and (not ended or _programme(told) == _programme(ended)) else ended

    def _ruled(self, text: str, on: date) -> str | None:
        """What a rule names as ordered, unless the text is like nothing that ever ordered it."""
        name = self._orders.opens(text, lambda each: self._is_there(each, on))
        return None if name and self._wishes.deny(name, text) else name

    def _is_certain(self, name: str, text: str, on: date) -> bool:
        """Whether it is a topic, and surely the one that the text is about."""
        if name in self._flow_names:
            return False
        decision = self._decide(text, on, None, linked=False)
        return decision.confidence >= CERTAIN and decision.choices[0].topic == name

    def wish(self, text: str, on: date, least: float = 0.0) -> str | None:
        """The way, flow or topic that is ordered in a wording like those that are known, likelier than that."""
        name = self._wished(text, on, least)
        if name is None or name in WAYS:
            return name
        return None if self._things.are_foreign(name, text) or self._is_rather_asked(name, text, on) else name

    def _wished(self, text: str, on: date, least: float = 0.0) -> str | None:
        wished = self._wishes.of(text, least)
        if WAYS.issuperset(wished) and wished:
            return wished[0]
        name = self._first_of(wished, on) or (self._told_how(text, on, NEAR) if BY_HOW in wished else None)
        if name and self._denies(name, text, on):
            return None
        return self._rather_done(name, text, on) or name

    def _rather_done(self, name: str | None, text: str, on: date) -> str | None:
        """Instead of a topic that a text is only like, the one that tells of doing what it names."""
        if name is None or name in self._flow_names or name in self._wishes.of(text, ABOVE_ALL):
            return None
        decision = self._decide(text, on, None, linked=False)
        first = decision.choices[0] if decision.confidence >= RATHER else None
        return first.topic if first and first.aspect in ACT_ASPECTS else None

    def is_ordered(self, text: str, least: float) -> bool:
        """Whether a rule names what the text orders, and its likeness says the same, likelier than that."""
        wished = self._wishes.of(text, least)
        return bool(wished) and self._orders.opens(text, wished.__contains__) is not None

    def opens_one_of(self, flows: Collection[str], text: str) -> bool:
        """Whether a rule names one of these flows as what the text orders to open."""
        return is_an_order(text) and self._orders.opens(text, self._flow_names.__contains__) in flows

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

    def _first_of(self, names: Sequence[str], on: date) -> str | None:
        return next((name for name in names if self._is_there(name, on)), None)

    def _is_there(self, name: str, on: date) -> bool:
        return name in self._flow_names or self._has(name, on)

    def _told_how(self, text: str, on: date, least: float) -> str | None:
        """The topic that says how what is ordered is done today; an order asks just that.

        Where a story drowns what is ordered, the order that ends the text counts.
        """
        last = last_clause(text)
        return self._how(text, on, least) or (
            self._how(last, on, least, named=True) if last != text else None
        )

    def _how(self, text: str, on: date, least: float, *, named: bool = False) -> str | None:
        """The topic that tells of what a text orders; `named`: of a programme that stands in the text."""
        reading = self._lexicon.read(text)
        asked = reading if reading.cues & OTHER_ACTS else reading._replace(cues=reading.cues | {HOW})
        found = self._ranking.best(asked, on, None, linked=False)
        if named and not any(each.evidence["programme"] for each in found):
            return None
        for among in (_named, list):
            if self._is_meant(asked, among(found), least):
                plain = self._ranking.best(reading, on, None, linked=False) or found
                sure = chances(self._ranking, reading, among(plain))[0] >= SURE
                return _of_acts(among(plain)[0], among(found), sure=sure).topic.topic
        return None

    def _is_meant(self, asked: Reading, found: Sequence[Candidate[T]], least: float) -> bool:
        """Whether the first of them is likely; or, of one programme, any of them more than likely."""
        sure, near = chances(self._ranking, asked, found)
        agree = len({each.topic.programme for each in found[:AGREEING]}) == 1
        return near >= least and (sure >= LIKELY or (agree and near >= least + MORE))

    def _commands_on(self, on: date) -> Commands:
        orders = [topic for topic in self._orderable if topic.holds(on)]
        holding = frozenset(topic.topic for topic in orders)
        if holding not in self._commands:
            phrases = [(phrase, topic.topic) for topic in orders for phrase in topic.opens_with]
            self._commands[holding] = Commands([*self._flows, *phrases], self._lexicon)
        return self._commands[holding]

    def _has(self, name: str, on: date) -> bool:
        return any(topic.topic == name and topic.holds(on) for topic in self._topics)

    def _said_of(self, name: str) -> Iterator[str]:
        """All that is said of what a name opens; of a topic, all of its programme."""
        yield from self._wishes.said(name)
        yield from self._orders.said(name)
        yield from (phrase for phrase, flow in self._flows if flow == name)
        about = next((topic.programme for topic in self._topics if topic.topic == name), None)
        for topic in self._topics if about else ():
            if topic.programme == about:
                yield from (topic.title, *topic.triggers, *topic.words, topic.answer)

    def _denies(self, name: str, text: str, on: date) -> bool:
        """Whether a topic about another thing is certain; what a thing is, is not what is ordered."""
        if name in self._wishes.of(text, ABOVE_ALL):
            return False
        decision = self.ask(text, on=on)
        if decision.confidence < CERTAIN or _about(decision.choices[0].topic) == _about(name):
            return False
        is_told = decision.choices[0].aspect == EXPLAINED and is_an_order(text) and not asks_to_be_told(text)
        return not (is_told and name in self._flow_names and name in self._wishes.of(text, SURELY))


def _named(found: list[Candidate[T]]) -> list[Candidate[T]]:
    """Those of the programmes that the text names; all, if it names none."""
    return [each for each in found if each.evidence["programme"]] or found


def _acts(found: Sequence[Candidate[T]]) -> list[Candidate[T]]:
    """Those that tell of doing something."""
    return [each for each in found if each.topic.aspect in ACT_ASPECTS]


def _is_of_its_kind(each: Candidate[T], first: Candidate[T]) -> bool:
    kinds = {(one.topic.programme, one.topic.aspect) for one in (each, first)}
    return len(kinds) == 1 and each.score >= first.score * CLOSE


def _of_acts(first: Candidate[T], found: Sequence[Candidate[T]], *, sure: bool) -> Candidate[T]:
    """What tells of doing the first one's thing, or of doing another that explains as much; else the first.

    Of a sure first one, only its own programme is looked through."""
    enough = found[0].score * CLOSE
    acts = (each for each in _acts(found) if each.score >= enough)
    meant = (
        each
        for each in acts
        if _thing(each) == _thing(first)
        or (
            all(each.evidence[name] >= first.evidence[name] * AS_MUCH for name in ("ideas", "tokens"))
            and not (sure and each.topic.programme != first.topic.programme)
        )
    )
    return next(meant, first)


def _thing(candidate: Candidate[T]) -> str:
    return _about(candidate.topic.topic)


def _programme(topic: str) -> str:
    return topic.partition(".")[0]


def _about(topic: str) -> str:
    """What a topic is about, less the aspect: benefit.birth of benefit.birth.how."""
    return topic.rpartition(".")[0]
