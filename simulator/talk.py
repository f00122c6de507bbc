"""Talk files: a conversation word for word, which people can read and write, and which plays as a test."""

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

MYSELF = "自分"
JAPAN = timezone(timedelta(hours=9))
NOW = "%Y-%m-%d %H:%M"
HEAD = re.compile(r"(branch|now|linked|friend|staff|with):\s*(.+)")
ACT = re.compile(r"\{(\w+)\s*(.*)\}")


class TalkError(Exception):
    """A talk file that cannot be read; says the line and what is expected."""


@dataclass(frozen=True)
class Line:
    """One line: `mark` is > @ & < <! <[ <{page} or <0, `words` what follows it."""

    number: int
    mark: str
    words: str

    def __str__(self) -> str:
        return f"{self.mark} {self.words}"


@dataclass(frozen=True)
class Other:
    """Another person of the talk: a member with a proof, or staff with roles."""

    name: str
    linked: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()


@dataclass(frozen=True)
class Talk:
    title: str
    branch: str
    now: datetime
    linked: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]
    friend: bool = True
    staff: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()


@dataclass(frozen=True)
class Said:
    """One message of the bot: all its text, and the labels of what can be tapped in it."""

    text: str
    buttons: Sequence[str] = ()
    page: str = ""  # what the page says on which the person is now, instead of a message


@dataclass(frozen=True)
class Failure:
    """A line that did not hold, and what was there instead."""

    line: int
    expected: str
    heard: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.expected}\n    heard: {self.heard}"


class Refused(Exception):
    """The phone cannot do this now (no such button, blocked …)."""


class Phone(Protocol):
    """What a talk needs of a phone; every act returns the bot's new messages."""

    def say(self, text: str) -> Sequence[Said]: ...
    def tap(self, label: str, *, oldest: bool = False) -> Sequence[Said]: ...
    def pick(self, label: str, value: str) -> Sequence[Said]: ...
    def photo(self, name: str) -> Sequence[Said]: ...
    def sticker(self) -> Sequence[Said]: ...
    def scan(self, code: str) -> Sequence[Said]: ...
    def open(self, label: str) -> Sequence[Said]: ...
    def submit(self, fields: dict[str, str]) -> Sequence[Said]: ...
    def block(self) -> Sequence[Said]: ...
    def unblock(self) -> Sequence[Said]: ...
    def unsend(self) -> Sequence[Said]: ...
    def redeliver(self) -> Sequence[Said]: ...
    def link(self, *proof: str) -> Sequence[Said]: ...
    def elsewhere(self, *proof: str) -> Sequence[Said]: ...
    def clock(self, to: datetime) -> Sequence[Said]: ...
    def enlist(self, *roles: str) -> Sequence[Said]: ...
    def other(self, name: str) -> "Phone": ...
    def news(self) -> Sequence[Said]: ...


def parse(text: str) -> Talk:
    """Read a talk file; raises TalkError with the number of the bad line."""
    rows = list(enumerate(text.splitlines(), start=1))
    if not rows or not rows[0][1].startswith("# "):
        raise TalkError("line 1: the first line is the title, as in `# 施設のQRから1日ドックを使う`")
    end = next((at for at, (_, row) in enumerate(rows) if not row.strip()), len(rows))
    head = [read_head(number, row) for number, row in rows[1:end]]
    single = dict(head)
    for name in ("branch", "now"):
        if name not in single:
            raise TalkError(f"the head needs a line `{name}: …`")
    linked = tuple(tuple(value.split()) for name, value in head if name == "linked")
    others = tuple(read_other(number, row) for number, row in rows[1:end] if row.startswith("with:"))
    lines = tuple(read_line(number, row.strip()) for number, row in rows[end:] if spoken(row))
    check_names(lines, others)
    moment, friend = read_moment(1, single["now"]), single.get("friend") != "no"
    staff = tuple(single.get("staff", "").split())
    return Talk(rows[0][1][2:].strip(), single["branch"], moment, linked, lines, friend, staff, others)


def play(talk: Talk, phone: Phone) -> list[Failure]:
    """Play the talk; after an act that is impossible the rest makes no sense and is left out."""
    failures: list[Failure] = []
    heard: Sequence[Said] = ()
    number, shown = 1, "the head"
    try:
        phones = make_ready(talk, phone)
        for line in talk.lines:
            number, shown = line.number, str(line)
            if line.mark == "&":
                phone = phones[line.words]
                heard = phone.news()
            elif line.mark in (">", "@"):
                heard = act(phone, line)
            elif not holds(line, heard):
                failures.append(Failure(line.number, shown, transcript(heard)))
    except Refused as refused:
        failures.append(Failure(number, shown, str(refused)))
    return failures


def make_ready(talk: Talk, phone: Phone) -> dict[str, Phone]:
    """The head: who is linked, who is staff, and the phones of the others by their names."""
    phone.clock(talk.now)
    for proof in talk.linked:
        phone.link(*proof)
    if talk.staff:
        phone.enlist(*talk.staff)
    phones = {MYSELF: phone}
    for other in talk.others:
        phones[other.name] = theirs = phone.other(other.name)
        if other.linked:
            theirs.link(*other.linked)
        if other.staff:
            theirs.enlist(*other.staff)
        theirs.news()
    return phones


# --- reading ------------------------------------------------------------------------------------


def spoken(row: str) -> bool:
    return bool(row.strip()) and not row.startswith("#")


def read_head(number: int, row: str) -> tuple[str, str]:
    match = HEAD.fullmatch(row.strip())
    if match is None:
        raise TalkError(
            f"line {number}: the head holds branch:, now:, linked:, staff:, with: and friend: no, then an empty line"
        )
    return match[1], match[2].strip()


def read_other(number: int, row: str) -> Other:
    words = row.removeprefix("with:").split()
    match words:
        case [name, "linked", *proof] if proof:
            return Other(name, linked=tuple(proof))
        case [name, "staff", *roles] if roles:
            return Other(name, staff=tuple(roles))
        case [name]:
            return Other(name)
    raise TalkError(
        f"line {number}: another person is written `with: 名前 linked 番号 生年月日` or `staff 役割`"
    )


def read_line(number: int, row: str) -> Line:
    for mark in ("<{page}", "<!", "<0", "<[", "<", ">", "@", "&"):
        if row.startswith(mark):
            words = row.removeprefix(mark).strip()
            line = Line(number, mark, words.removesuffix("]") if mark == "<[" else words)
            check_line(line)
            return line
    raise TalkError(
        f"line {number}: a line begins with > (the person), @ (the clock), & (another phone) or < (the bot)"
    )


def check_line(line: Line) -> None:
    if not line.words and line.mark != "<0":
        raise TalkError(f"line {line.number}: nothing follows {line.mark}")
    if line.mark == "@":
        read_moment(line.number, line.words)
    if line.mark == ">" and (match := ACT.fullmatch(line.words)) and match[1] not in ACTS:
        raise TalkError(f"line {line.number}: {{{match[1]}}} is none of {', '.join(ACTS)}")


def check_names(lines: Sequence[Line], others: Sequence[Other]) -> None:
    known = {MYSELF, *(other.name for other in others)}
    for line in lines:
        if line.mark == "&" and line.words not in known:
            raise TalkError(f"line {line.number}: {line.words} is none of {', '.join(sorted(known))}")


def read_moment(number: int, text: str) -> datetime:
    try:
        return datetime.strptime(text, NOW).replace(tzinfo=JAPAN)
    except ValueError as error:
        raise TalkError(f"line {number}: a moment is written 2024-07-01 09:00") from error


# --- acting -------------------------------------------------------------------------------------


def act(phone: Phone, line: Line) -> Sequence[Said]:
    if line.mark == "@":
        return phone.clock(read_moment(line.number, line.words))
    if match := ACT.fullmatch(line.words):
        return ACTS[match[1]](phone, match[2].strip())
    if line.words.startswith("[") and line.words.endswith("]"):
        return phone.tap(line.words[1:-1])
    return phone.say(line.words)


def pick(phone: Phone, words: str) -> Sequence[Said]:
    label, _, value = words.rpartition(" ")
    return phone.pick(label, value)


def submit(phone: Phone, words: str) -> Sequence[Said]:
    pairs = (word.partition("=") for word in shlex.split(words))
    return phone.submit({name: value for name, _, value in pairs})


ACTS: dict[str, Callable[[Phone, str], Sequence[Said]]] = {
    "scan": lambda phone, words: phone.scan(words),
    "photo": lambda phone, words: phone.photo(words),
    "sticker": lambda phone, words: phone.sticker(),
    "unsend": lambda phone, words: phone.unsend(),
    "redeliver": lambda phone, words: phone.redeliver(),
    "block": lambda phone, words: phone.block(),
    "unblock": lambda phone, words: phone.unblock(),
    "open": lambda phone, words: phone.open(words),
    "old": lambda phone, words: phone.tap(words, oldest=True),
    "elsewhere": lambda phone, words: phone.elsewhere(*words.split()),
    "submit": submit,
    "pick": pick,
}


# --- checking -----------------------------------------------------------------------------------


def holds(line: Line, heard: Sequence[Said]) -> bool:
    """Does the line hold of what the bot said after the last act? Width and spaces do not matter."""
    words = plain(line.words)
    if line.mark == "<0":
        return all(said.page for said in heard)
    if line.mark == "<{page}":
        return any(words in plain(said.page) for said in heard)
    if line.mark == "<[":
        return any(plain(label) == words for said in heard for label in said.buttons)
    found = any(words in plain(said.text) for said in heard)
    return not found if line.mark == "<!" else found


def transcript(heard: Sequence[Said]) -> str:
    return " / ".join(described(heard)) or "(nothing)"


def described(heard: Sequence[Said]) -> Iterator[str]:
    for said in heard:
        shown = said.text or f"(page) {said.page}"
        yield " ".join([shown.replace("\n", " "), *(f"[{label}]" for label in said.buttons)])


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
