"""Conversations: a flow is a file of step functions, read downwards in the order they are asked."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, Self, TypeVar
from zlib import crc32

from sqlalchemy import Connection

from bot.messages import Answer, Button, Card, DateButton, Message, Opener
from bot.words import loose
from models.base import Refusal
from models.conversation import Frame
from models.days import in_full
from models.member import linked_people
from models.written_day import find_day

World = TypeVar("World")
Target = TypeVar("Target", covariant=True)
Read = TypeVar("Read")
NO_DAY = (
    "日付を読み取れませんでした。「日付を選ぶ」から選ぶか、「3月31日」「2025/3/31」のように送ってください。"
)
_QUESTION = re.compile(r"[?]|か[。.]?$|(いつ|どう|何|なに|いくら|なぜ)")
# What says yes or no to any question whose answers are called so.
SPOKEN = {
    **dict.fromkeys(
        ("はい", "ハイ", "ええ", "うん", "ok", "お願いします", "おねがいします", "そうです"), "yes"
    ),
    **dict.fromkeys(("いいえ", "いえ", "いや", "ちがいます", "違います"), "no"),
}


class Retry(Exception):
    """The answer cannot be read: the text says why; the same step is asked again."""


class Unfit(Retry):
    """The answer was read and cannot be taken: whatever else the words might mean, the text says why."""


@dataclass(frozen=True)
class SentPicture:
    """A photo that a person sent, made to fit what LINE shows; `problem` says why it could not be."""

    data: bytes = b""
    kind: str = ""  # image/jpeg, image/png
    width: int = 0
    height: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Given:
    """What a person gave: a typed text, the value of a pressed button, a picked date, a photo, or the link's result."""

    kind: str  # text, button, date, photo, linked
    value: str
    picture: SentPicture | None = None


@dataclass(frozen=True)
class Option:
    """One thing to choose, with a second line in small print."""

    label: str
    note: str = ""


@dataclass(frozen=True)
class Question:
    """What a step asks; `card` is what the person sees before the prompt, in the same bubble."""

    prompt: str
    card: Card | None = None
    before: tuple[Message, ...] = ()
    ways: tuple[Button, ...] = ()  # further buttons under the answers (openers, links, calls)
    holds_for: timedelta | None = None  # afterwards the question is shown anew instead of being answered
    by_hand: bool = False  # what this answer does cannot be undone: an opener never answers it
    in_full: bool = False  # half a word does not answer either: it is asked once more
    no_photo: str = ""  # what is said here of a photo without a printed code

    takes_all_text = False

    def answers(self) -> tuple[Button, ...]:
        return ()

    def exact(self, given: Given) -> Any:
        """The answer, when it is certain. Raises Retry otherwise."""
        raise Retry("下のボタンからお選びください。")

    def loosely(self, text: str) -> Any:
        """The answer that a text can only mean. Raises Retry when it could mean none or several."""
        raise Retry("下のボタンからお選びください。")

    def keeps_out(self, text: str) -> str:
        """What is said of a text that does not belong in the chat; it is then understood as nothing else."""
        return ""

    def print_of_choices(self) -> int | None:
        """Whether these are the choices that were shown: a number or a yes means those, and no others."""
        return None

    def objects(self, text: str) -> str:
        """What this question itself says against a text that is no answer; empty where it has nothing to say."""
        return ""

    def why_not(self, text: str) -> str:
        """What to say of a text that is no answer."""
        try:
            self.exact(Given("text", text))
        except Retry as retry:
            return str(retry)
        return ""


@dataclass(frozen=True)
class Choose(Question):
    """One of several, by button, number, label or an unambiguous part of it; はい where one is called yes.

    `objection` may tell why a text cannot be an answer here."""

    choices: Mapping[str, str | Option] = field(default_factory=dict)
    objection: Callable[[str], str] = field(default=lambda text: "")

    def answers(self) -> tuple[Button, ...]:
        return tuple(Answer(_label(option), value, _note(option)) for value, option in self.choices.items())

    def labels(self) -> tuple[str, ...]:
        return tuple(_label(option) for option in self.choices.values())

    def print_of_choices(self) -> int:
        return crc32("\n".join(self.choices).encode())

    def exact(self, given: Given) -> str:
        if given.kind == "button" and given.value in self.choices:
            return given.value
        if given.kind == "button":
            raise Retry("その項目は、今はお選びいただけません。")
        text = loose(given.value)
        for place, (value, option) in enumerate(self.choices.items(), start=1):
            if text in (str(place), f"{place}番", loose(_label(option))):
                return value
        raise Retry("下のボタンからお選びください。番号（1、2…）でも選べます。")

    def objects(self, text: str) -> str:
        if self.by_hand and SPOKEN.get(loose(text)) == "yes":
            return "ここは、下のボタンをご自身で押してください。"
        return self.objection(text)

    def loosely(self, text: str) -> str:
        part = loose(text)
        spoken = SPOKEN.get(part, "")
        if spoken in self.choices and not self.in_full:
            return spoken
        fitting = [value for value, option in self.choices.items() if part and part in loose(_label(option))]
        if (len(part) >= 2 or part >= "一") and len(
            fitting
        ) == 1:  # one kanji says enough (脳), one kana does not
            return fitting[0]
        raise Retry("下のボタンからお選びください。番号（1、2…）でも選べます。")


@dataclass(frozen=True)
class Type(Question):
    """A text in the person's own words; `read` turns it into the answer or raises Retry.

    With `as_it_is` a text that cannot be read is never taken for a question or a command; what is `for_people` is read
    by somebody, so that whoever writes of a danger twice is not kept from them."""

    read: Callable[[str], Any] = str
    as_it_is: bool = False
    for_people: bool = False

    takes_all_text = True

    def exact(self, given: Given) -> Any:
        return self.read(given.value)


@dataclass(frozen=True)
class Photo(Choose):
    """A photo, sent in the chat; or one of the choices, for whoever has none. `keep` stores it and names it."""

    keep: Callable[[SentPicture], str] = field(default=lambda picture: "")

    def exact(self, given: Given) -> str:
        if given.picture is None:
            return super().exact(given)
        if given.picture.problem:
            raise Retry(given.picture.problem)
        return self.keep(given.picture)


@dataclass(frozen=True)
class PickDate(Question):
    """A day between two days, by LINE's picker or typed."""

    first: date = date.min
    last: date = date.max
    initial: date | None = None

    def answers(self) -> tuple[Button, ...]:
        initial = self.initial or self.first
        return (DateButton("日付を選ぶ", self.first.isoformat(), self.last.isoformat(), initial.isoformat()),)

    def exact(self, given: Given) -> str:
        said = find_day(given.value, self.first)
        if said is None or said.before or _asks(said.after):
            raise Retry(NO_DAY)
        return self._within(said.day)

    def loosely(self, text: str) -> str:
        said = find_day(text, self.first)
        if said is None or _asks(said.after):
            raise Retry(NO_DAY)
        return self._within(said.day)

    def _within(self, day: date) -> str:
        if not self.first <= day <= self.last:
            raise Unfit(f"{in_full(self.first)}から{in_full(self.last)}までの日付をお知らせください。")
        return day.isoformat()


@dataclass(frozen=True)
class Wait(Question):
    """Waits for something that happens outside the chat (a page, the account link)."""

    until: str = "linked"

    def exact(self, given: Given) -> str:
        if given.kind == self.until:
            return given.value
        raise Retry("まだ終わっていないようです。下のボタンからお進みください。")


@dataclass(frozen=True)
class Skip:
    """Not asked: the answer is known."""

    answer: Any


@dataclass(frozen=True)
class GoTo(Generic[Target]):
    """On to another step; the answers from there on are forgotten. `GoTo[Literal["facility"]]` in annotations."""

    step: Target
    say: tuple[Message, ...] = ()


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
        """What the opener said of steps not reached yet."""
        return self.frame.given

    def get(self, step: str, default: Any = None) -> Any:
        return self.frame.answers.get(step, default)

    @property
    def people(self) -> tuple[int, ...]:
        """The people linked with this chat, in the order they were linked."""
        return self.once(linked_people, self.id)


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
        hears: Callable[[str], Mapping[str, str] | None] | None = None,
    ) -> None:
        """`only_for` names roles: for everybody else the flow does not exist. One that `rests_on_opener` is about what
        its opener named, also when it is begun anew. `hears` finds in a text that no phrase foresees what it answers;
        None when the flow is not meant."""
        self.name = name
        self.title = title
        self.opens_with = (title, *opens_with)
        self.subject = subject or title
        self.resumable = resumable
        self.rests_on_opener = rests_on_opener or not resumable
        self.only_for = tuple(only_for)
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


def _label(option: str | Option) -> str:
    return option if isinstance(option, str) else option.label


def _note(option: str | Option) -> str:
    return "" if isinstance(option, str) else option.note


def _asks(words: str) -> bool:
    """True for what follows a day in a question: 3月31日に届くと、いつ送金されますか"""
    return bool(_QUESTION.search(words))
