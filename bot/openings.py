"""What a sentence orders to open: a flow, a way out, or the topic that says how it is done today."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

from bot.commands import Commands
from bot.intents import ACT_ASPECTS, CERTAIN, CLOSE, Index, of_acts
from bot.lexicon import Lexicon, Reading, fold
from bot.mood import asks, asks_to_be_told, is_an_order, last_clause, orders_paperwork
from bot.orders import Orders
from bot.ranking import Candidate
from bot.sureness import NEAR, SURE, chances
from bot.things import Things
from bot.topics import Topic
from bot.wishes import ABOVE_ALL, BY_HOW, SURELY, WAYS, Wishes

T = TypeVar("T", bound=Topic)

AGREEING = 2

# An order that no flow takes is told how it is done today: how it surely must be meant, and how near the first
# a topic of the same programme must be that tells of doing it.
HOW = "?how"
OTHER_ACTS = frozenset({"?change", "?cancel"})
EXPLAINED = "what"  # what a thing is, is not told to those who order that something be done with it
LIKELY = 0.5
RATHER = 0.65  # and of a topic that tells of doing it, instead of one that the text is only like
AMONG = 0.6
MORE = 0.05  # likely than that, where only the programme is sure
AS_MUCH = 0.97
SENTENCE = 16  # letters: what is shorter may be a thing's name, which opens it


class Openings(Generic[T]):
    """A branch's flows and topics, ready to be ordered; built once, used by all threads."""

    def __init__(
        self,
        index: Index[T],
        lexicon: Lexicon,
        flows: Mapping[str, Sequence[str]] | None = None,
        orders: Orders | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        """`flows` names the flows that a text can order, each with its phrases; they win over the index's topics."""
        self.index, self._lexicon = index, lexicon
        self._orderable = [topic for topic in index.topics if topic.opens_with]
        self._flows = [(phrase, name) for name, phrases in (flows or {}).items() for phrase in phrases]
        self._flow_names = frozenset(flows or {})
        self._orders = orders or Orders(())
        self._wishes = wishes or Wishes()
        self._commands: dict[frozenset[str], Commands] = {}
        self._things = Things(lexicon, self._said_of)

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
        decision = self.index.decide(text, on)
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
        decision = self.index.decide(text, on)
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
        decision = self.index.decide(text, on)
        first = decision.choices[0] if decision.confidence >= RATHER else None
        return first.topic if first and first.aspect in ACT_ASPECTS else None

    def is_ordered(self, text: str, least: float) -> bool:
        """Whether a rule names what the text orders, and its likeness says the same, likelier than that."""
        wished = self._wishes.of(text, least)
        return bool(wished) and self._orders.opens(text, wished.__contains__) is not None

    def opens_one_of(self, flows: Collection[str], text: str) -> bool:
        """Whether a rule names one of these flows as what the text orders to open."""
        return is_an_order(text) and self._orders.opens(text, self._flow_names.__contains__) in flows

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
        found = self.index.ranking.best(asked, on, None, linked=False)
        if named and not any(each.evidence["programme"] for each in found):
            return None
        for among in (_named, list):
            if self._is_meant(asked, among(found), least):
                plain = self.index.ranking.best(reading, on, None, linked=False) or found
                sure = chances(self.index.ranking, reading, among(plain))[0] >= SURE
                return _done_with(among(plain)[0], among(found), sure=sure).topic.topic
        return None

    def _is_meant(self, asked: Reading, found: Sequence[Candidate[T]], least: float) -> bool:
        """Whether the first of them is likely; or, of one programme, any of them more than likely."""
        sure, near = chances(self.index.ranking, asked, found)
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
        return any(topic.topic == name and topic.holds(on) for topic in self.index.topics)

    def _said_of(self, name: str) -> Iterator[str]:
        """All that is said of what a name opens; of a topic, all of its programme."""
        yield from self._wishes.said(name)
        yield from self._orders.said(name)
        yield from (phrase for phrase, flow in self._flows if flow == name)
        about = next((topic.programme for topic in self.index.topics if topic.topic == name), None)
        for topic in self.index.topics if about else ():
            if topic.programme == about:
                yield from (topic.title, *topic.triggers, *topic.words, topic.answer)

    def _denies(self, name: str, text: str, on: date) -> bool:
        """Whether a topic about another thing is certain; what a thing is, is not what is ordered."""
        if name in self._wishes.of(text, ABOVE_ALL):
            return False
        decision = self.index.ask(text, on=on)
        if decision.confidence < CERTAIN or _about(decision.choices[0].topic) == _about(name):
            return False
        is_told = decision.choices[0].aspect == EXPLAINED and is_an_order(text) and not asks_to_be_told(text)
        return not (is_told and name in self._flow_names and name in self._wishes.of(text, SURELY))


def _named(found: list[Candidate[T]]) -> list[Candidate[T]]:
    """Those of the programmes that the text names; all, if it names none."""
    return [each for each in found if each.evidence["programme"]] or found


def _done_with(first: Candidate[T], found: Sequence[Candidate[T]], *, sure: bool) -> Candidate[T]:
    """What tells of doing the first one's thing, or of doing another that explains as much; else the first.

    Of a sure first one, only its own programme is looked through."""
    enough = found[0].score * CLOSE
    meant = (
        each
        for each in (act for act in of_acts(found) if act.score >= enough)
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
