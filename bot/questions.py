"""What a step asks: each kind of question reads its own answers."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from bot.choosing import chosen, yes_or_no
from bot.lexicon import fold, read_aloud
from bot.messages import Answer, Button, Card, DateButton, Message
from bot.mood import asks, asks_to_be_told, is_done
from bot.words import loose
from models.days import in_full
from models.written_day import find_day, find_span

BY_BUTTON = "下のボタンからお選びください。"
BY_BUTTON_OR_NUMBER = "下のボタンからお選びください。番号（1、2…）でも選べます。"
NO_DAY = (
    "日付を読み取れませんでした。「日付を選ぶ」から選ぶか、「3月31日」「2025/3/31」のように送ってください。"
)
NO_SUCH_DAY = "その日付は、こよみにありません。「日付を選ぶ」から選ぶか、「3月31日」「2025/3/31」のように送ってください。"
WHICH_DAY = "何日ですか？「{0}月{1}日」のように、日にちまで送ってください。"
_ASKS = re.compile(
    r"[?]|(?:か|の|っけ|(?<![うくすつぬむるた])って)[。.]*$"
    r"|いつ|ど[うこのれ]|どっち|どちら|どんな|誰|だれ|何|なに|なん[でのと]|いくら|なぜ|教え|おしえ|知りた|しりた"
)
# What may stand beside the words for an option, besides kana and what the question says itself; but not a denial.
_IDLE = frozenset("手続願思方人申請金今回")
# The first or the last of what is shown: 一番上の.
_AT_THE_END = re.compile(
    r"(?:一番|いちばん)(?P<end>[上下])(?:の(?:やつ|もの|人|方|ほう)?)?(?:です|で|にします|を?開いて|をお?願いします|お願いします)?"
)
_NUMBER = re.compile(r"\d+番?")
_KANA = re.compile("[ぁ-んー]+")
LONG_IN_KANA = 4
_DENIES = re.compile(r"ない|ません|なく|まへん|ずに|やめ|いつ|どこ|いくら|なぜ")


class Retry(Exception):
    """The answer cannot be read: the text says why; the same step is asked again."""


class Unfit(Retry):
    """The answer was read and cannot be taken: whatever else the words might mean, the text says why."""


class Half(Unfit):
    """Half of an answer was read: the text asks for the rest, which may then come alone."""

    def __init__(self, asks_for_the_rest: str, said: str) -> None:
        super().__init__(asks_for_the_rest)
        self.said = said


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
    """One thing to choose, with a second line in small print; `also` are stems of other words for it."""

    label: str
    note: str = ""
    also: tuple[str, ...] = ()


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
    goes_on = "下のボタンからお進みください。"  # how one answers

    def answers(self) -> tuple[Button, ...]:
        return ()

    def exact(self, given: Given) -> Any:
        """The answer, when it is certain. Raises Retry otherwise."""
        raise Retry(BY_BUTTON)

    def whole(self, half: str, text: str) -> Any:
        """The answer that a text gives, if as the rest of what was said before: 円 after 10. Raises Retry otherwise."""
        try:
            return self.exact(Given("text", text))
        except Retry:
            if not half or any(sign.isdecimal() for sign in text):
                raise
            with suppress(Retry):
                return self.exact(Given("text", half + text))
            raise

    def has_option(self, words: str) -> bool:
        """Whether the words are one of several answers; a number alone is none, nor is a yes."""
        return False

    def option_in(self, text: str) -> str:
        """The answer that a text chooses; empty where there is none."""
        return ""

    def speaks_of(self, words: str) -> bool:
        """Whether the question asks for what the words name."""
        asked = f"{self.card.title if self.card else ''}{self.prompt}"
        return len(loose(words)) > 1 and loose(words) in loose(asked)

    def loosely(self, text: str) -> Any:
        """The answer that a text can only mean. Raises Retry when it could mean none or several."""
        raise Retry(BY_BUTTON)

    def says_half(self, text: str) -> bool:
        """Whether the text is a part of an answer's words, which can mean no other one."""
        try:
            self.loosely(text)
        except Retry:
            return False
        return True

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

    goes_on = "下のボタンからお選びください。"

    def answers(self) -> tuple[Button, ...]:
        return tuple(Answer(option.label, value, option.note) for value, option in self._options())

    def labels(self) -> tuple[str, ...]:
        return tuple(option.label for _, option in self._options())

    def option_in(self, text: str) -> str:
        core = chosen(text) or text
        return self._named_in_full(core) or self._part_of(core)

    def has_option(self, words: str) -> bool:
        is_plain = not _NUMBER.fullmatch(loose(words)) and not yes_or_no(words)
        return is_plain and bool(self._named_in_full(words))

    def speaks_of(self, words: str) -> bool:
        named = self._named_in_full(words) or self._part_of(words)
        return bool(named or self.objection(words)) or super().speaks_of(words)

    def print_of_choices(self) -> int:
        return crc32("\n".join(self.choices).encode())

    def exact(self, given: Given) -> str:
        if given.kind == "button" and given.value in self.choices:
            return given.value
        if given.kind == "button":
            raise Retry("その項目は、今はお選びいただけません。")
        return self._named_in_full(given.value) or self._told(given.value)

    def _named_in_full(self, text: str) -> str:
        return self._named(text) or self._named_otherwise(text) or self._in_kana(text)

    def _named(self, text: str) -> str:
        """The answer whose number or label the text is; empty where there is none."""
        for place, (value, option) in enumerate(self._options(), start=1):
            if loose(text) in (str(place), f"{place}番", loose(option.label)):
                return value
        if self.choices and not self.by_hand and (end := _AT_THE_END.fullmatch(loose(text))):
            return list(self.choices)[0 if end["end"] == "上" else -1]
        return ""

    def _told(self, text: str) -> str:
        """The answer that a sentence of choosing gives; what cannot be undone is named in full."""
        core = "" if self.in_full else chosen(text)
        if core:
            if (
                found := self._named(core)
                or self._in_kana(core)
                or ("" if self.by_hand else self._part_of(core))
            ):
                return found
            if words := self.objection(core):
                raise Unfit(words)
        spoken = "" if self.in_full or self.by_hand else yes_or_no(text)
        if spoken in self.choices:
            return spoken
        raise Retry(BY_BUTTON_OR_NUMBER)

    def objects(self, text: str) -> str:
        if self.by_hand and yes_or_no(text) == "yes":
            return "ここは、下のボタンをご自身で押してください。"
        return self.objection(text)

    def loosely(self, text: str) -> str:
        spoken = yes_or_no(text)
        if spoken in self.choices and not self.in_full:
            return spoken
        if part := self._part_of(text):
            return part
        raise Retry(BY_BUTTON_OR_NUMBER)

    def _part_of(self, text: str) -> str:
        """The one answer whose label holds the text; empty where there is none, or several."""
        part = loose(text)
        says_enough = len(part) >= 2 or part >= "一"  # one kanji does (脳), one kana does not
        fitting = [value for value, option in self._options() if says_enough and part in loose(option.label)]
        return fitting[0] if len(fitting) == 1 else ""

    def _named_otherwise(self, text: str) -> str:
        """The one option that the text has other words for, when it asks nothing and says no more than these."""
        letters = loose(text)
        meant = {
            value: stems
            for value, option in self._options()
            if (stems := [stem for stem in option.also if stem in letters])
        }
        if len(meant) != 1 or asks(text) or asks_to_be_told(text):
            return ""
        ((value, stems),) = meant.items()
        rest = re.sub("|".join(sorted(stems, key=len, reverse=True)), "", letters)
        is_idle = _IDLE.union(self._words()).issuperset(_KANA.sub("", rest))
        return value if is_idle and not _DENIES.search(rest) else ""

    def _words(self) -> str:
        """The signs of all that the question says."""
        options = (f"{option.label}{option.note}" for _, option in self._options())
        return "".join((self.prompt, self.card.title if self.card else "", *options))

    def _in_kana(self, text: str) -> str:
        """The one answer whose label, or a long part of it, is written as it is read: すいみん, みほんうどん."""
        kana = fold(text)
        if len(kana) < 3 or not _KANA.fullmatch(kana):
            return ""
        read = {value: read_aloud(fold(option.label)) for value, option in self._options()}
        part = len(kana) >= LONG_IN_KANA and not self.by_hand
        meant = [value for value, aloud in read.items() if kana == aloud or (part and kana in aloud)]
        return meant[0] if len(meant) == 1 else ""

    def _options(self) -> Iterator[tuple[str, Option]]:
        for value, option in self.choices.items():
            yield value, option if isinstance(option, Option) else Option(option)


@dataclass(frozen=True)
class Type(Question):
    """A text in the person's own words; `read` turns it into the answer or raises Retry.

    With `as_it_is` a text that cannot be read is never taken for a question or a command; what is `for_people` is read
    by somebody, so that whoever writes of a danger twice is not kept from them."""

    read: Callable[[str], Any] = str
    as_it_is: bool = False
    for_people: bool = False

    takes_all_text = True
    goes_on = "文字でお答えください。"

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
    """A day between two days, by LINE's picker or typed.

    The picker shows `initial`, else today; a day without its year is the next one from `initial`, else from `first`."""

    first: date = date.min
    last: date = date.max
    today: date = field(kw_only=True)
    initial: date | None = None
    too_early: str = ""  # what is said besides of a day before the first

    goes_on = "日付をお知らせください。"

    def answers(self) -> tuple[Button, ...]:
        initial = self.initial or self.today
        return (DateButton("日付を選ぶ", self.first.isoformat(), self.last.isoformat(), initial.isoformat()),)

    def exact(self, given: Given) -> str:
        return self._read(given.value, begins=True)

    def loosely(self, text: str) -> str:
        return self._read(text, begins=False)

    def _read(self, text: str, *, begins: bool) -> str:
        """The day that the text names, or begins with; nothing else may be asked: 3月31日に届くと、いつ送金されますか"""
        since = self.initial or self.first
        if not _ASKS.search(text) and (span := find_span(text, since, self.today)):
            raise Unfit(self._which_day(*span))
        said = find_day(text, since, self.today)
        if said is None or (begins and said.before) or any(map(_ASKS.search, (said.before, said.after))):
            raise Retry(NO_DAY)
        if said.day is None:
            raise Unfit(NO_SUCH_DAY)
        if not self.first <= said.day <= self.last:
            raise Unfit(self._out_of_range(said.day))
        return said.day.isoformat()

    def _which_day(self, first: date, last: date) -> str:
        """Asks for the day, with one in the midst of these for an example."""
        if last < self.first or first > self.last:
            return self._out_of_range(last)
        day = max(first + (last - first) / 2, self.first)
        return WHICH_DAY.format(day.month, day.day)

    def _out_of_range(self, day: date) -> str:
        why = self.too_early if day < self.first else ""
        return f"{why}{in_full(self.first)}から{in_full(self.last)}までの日付をお知らせください。"


@dataclass(frozen=True)
class Wait(Question):
    """Waits for something that happens outside the chat (a page, the account link)."""

    until: str = "linked"

    def exact(self, given: Given) -> str:
        if given.kind == self.until:
            return given.value
        retry = Unfit if is_done(given.value) else Retry
        raise retry("まだ終わっていないようです。下のボタンからお進みください。")
