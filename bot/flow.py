"""Conversations: a flow is a file of step functions, read downwards in the order they are asked."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Connection

from bot.messages import Button, Card, Message, Opener
from bot.questions import Question
from models.base import Refusal
from models.conversation import Frame
from models.member import Holder, linked

World = TypeVar("World")
Target = TypeVar("Target", covariant=True)
Read = TypeVar("Read")


@dataclass(frozen=True)
class Skip:
    """Not asked: the answer is known."""

    answer: Any


@dataclass(frozen=True)
class GoTo(Generic[Target]):
    """On to another step; the answers from there on are forgotten, but for those that are given along.

    `GoTo[Literal["facility"]]` in annotations."""

    step: Target
    say: tuple[Message, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Detour(Generic[Target]):
    """Another flow first; then this step again. `Detour[Literal["link"]]` in annotations."""

    flow: Target
    say: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Done:
    """The talk is over. A repeated tap on the last button opens `again`."""

    messages: tuple[Message, ...]
    ways: tuple[Button, ...] = ()
    again: Opener | None = None
    gives_up: bool = False  # the talks that wait for this one end with it
    refused: str = ""  # the code of the rule that said no, to be counted
    about: str = ""  # the topic that is answered, or what is shown: what is asked next may be asked of it


Result = Question | Skip | GoTo[Any] | Detour[Any] | Done


@dataclass
class Chat(Generic[World]):
    """What a step sees: the transaction, the time, the answers so far. `world` is what the handlers brought along."""

    db: Connection
    id: int
    branch: str
    now: datetime
    today: date
    world: World
    frame: Frame
    seen: dict[Any, Any] = field(default_factory=dict)  # what `once` has read in this event
    message_id: str = ""  # of the message that is answered, where it has one
    about: str = ""  # the topic that was answered last, or the flow that ended last

    def once(self, read: Callable[..., Read], *key: Any) -> Read:
        """What `read(db, *key)` says, asked once in an event; for what no step changes."""
        asked = (read, *key)
        if asked not in self.seen:
            self.seen[asked] = read(self.db, *key)
        found: Read = self.seen[asked]
        return found

    def __getitem__(self, step: str) -> Any:
        return self.frame.answers[step]

    @property
    def given(self) -> Mapping[str, str]:
        """What the opener said of steps not reached yet, and of what no step asks."""
        return self.frame.given

    def get(self, step: str, default: Any = None) -> Any:
        return self.frame.answers.get(step, default)

    @property
    def people(self) -> Mapping[int, Holder | None]:
        """The people linked with this chat, in the order they were linked; None whom the data no longer name."""
        return self.once(linked, self.id)


Step = Callable[[Chat[World]], Result]
SaysNo = Callable[[Chat[World], Refusal], Card]


class Flow(Generic[World]):
    """A named talk: its steps in order, and the words that open it."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        opens_with: Sequence[str] = (),
        subject: str = "",
        resumable: bool = True,
        rests_on_opener: bool = False,
        only_for: Sequence[str] = (),
        only_tells: bool = False,
        hears: Callable[[str], Mapping[str, str] | None] | None = None,
    ) -> None:
        """`only_for` names roles: for everybody else the flow does not exist. One that `rests_on_opener` is about what
        its opener named, also when it is begun anew. One that `only_tells`, asked for in words, leaves the talk one is in
        where it is. `hears` finds in a text that no phrase foresees what it answers;
        None when the flow is not meant."""
        self.name = name
        self.title = title
        self.opens_with = (title, *opens_with)
        self.subject = subject or title
        self.resumable = resumable
        self.rests_on_opener = rests_on_opener or not resumable
        self.only_for = tuple(only_for)
        self.only_tells = only_tells
        self.hears = hears
        self.steps: dict[str, Step[World]] = {}
        self.says_no: dict[str, SaysNo[World]] = {}
        self.words_of_leaving: Callable[[Chat[World]], str] = _nothing_kept

    def step(self, function: Step[World]) -> Step[World]:
        """Adds a step; its name is the state's name and the answer's key."""
        self.steps[function.__name__] = function
        return function

    def refused(self, *steps: str) -> Callable[[SaysNo[World]], SaysNo[World]]:
        """Says why, where the rules say no in one of these steps; what the step had written by then is undone."""

        assert set(steps) <= set(self.steps)

        def add(card: SaysNo[World]) -> SaysNo[World]:
            self.says_no.update(dict.fromkeys(steps, card))
            return card

        return add

    def left(self, words: Callable[[Chat[World]], str]) -> Callable[[Chat[World]], str]:
        """Says what is kept of a talk that is left in the middle."""
        self.words_of_leaving = words
        return words

    def also_opened_by(self, words: Sequence[str]) -> Self:
        """The same talk, which these words open too: an association's own name for it."""
        other = copy(self)
        other.opens_with = (*self.opens_with, *(each for each in words if each not in self.opens_with))
        return other

    @property
    def first(self) -> str:
        return next(iter(self.steps))

    def after(self, step: str) -> str:
        """The next step in the file."""
        names = list(self.steps)
        return names[names.index(step) + 1]

    def from_on(self, step: str) -> list[str]:
        names = list(self.steps)
        return names[names.index(step) :]

    def opener(self, label: str = "", **answers: str) -> Opener:
        """A button that opens this flow."""
        return Opener(label or self.title, self.name, tuple(answers.items()))


def _nothing_kept(chat: Chat[Any]) -> str:
    return "何も登録していません。"
