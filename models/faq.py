"""What the association answers: topics with their editions, read from faq.yaml, figures filled in from the terms."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from models.days import fiscal_year, in_words
from models.terms import BadTerms, read_list, read_raw

ASPECTS = Literal[
    "what", "who", "amount", "count", "from", "deadline", "how", "bring", "where", "result", "payment",
    "change", "cancel", "expiry", "trouble", "contact",
]  # fmt: skip
PLACEHOLDER = re.compile(r"\{([a-z_]+)\.([A-Za-z0-9_.]+)\}")
WORDS = r"((?:[^{}|]|\{[^{}]*\})*)"
# {dock.application.until?必着です|で終わりました}: the first words through that day, the second ones after it.
TURNING = re.compile(rf"\{{([a-z_]+)\.([A-Za-z0-9_.]+)\?{WORDS}\|{WORDS}\}}")
MOST_LABEL = 20


@dataclass(frozen=True)
class Go:
    """A button that goes on: a flow, a desk to call, or a page."""

    flow: str = ""
    call: str = ""
    link: str = ""
    label: str = ""
    topic: str = ""


@dataclass(frozen=True)
class FaqEntry:
    """One answer in one edition; `since` and `until` are its first and last day (JST)."""

    topic: str
    programme: str
    aspect: ASPECTS
    title: str
    since: date
    answer: str
    source: str
    owner: str
    review_by: date
    until: date | None = None
    triggers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    opens_with: tuple[str, ...] = ()
    go: tuple[Go, ...] = ()
    desk: str = ""
    when_closed: str = ""  # the topic that is answered while the desk is closed
    personal: str | None = None
    steps: tuple[str, ...] = ()
    hand_over: bool = False
    confirm: str | None = None
    figures: tuple[str, ...] = ()  # written words and numbers of the answer that must not be lost

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Faq:
    """A branch's answers."""

    folder: Path
    entries: tuple[FaqEntry, ...]
    _figures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def find(self, topic: str, day: date) -> FaqEntry | None:
        """The topic's edition for the day; before its first edition the first, after its last the last."""
        editions = [entry for entry in self.entries if entry.topic == topic]
        holding = [entry for entry in editions if entry.holds(day)]
        return holding[0] if holding else (editions[-1] if editions else None)

    def answer(self, entry: FaqEntry, day: date) -> str:
        """The answer with the figures of the day's terms; words that a deadline turns are those of the day."""
        text = TURNING.sub(lambda match: self._turned(match, entry, day), entry.answer)
        return PLACEHOLDER.sub(lambda match: _in_words(self._figure(match, entry, day)), text).strip()

    def earlier_year(self, entry: FaqEntry, day: date) -> int | None:
        """The fiscal year whose days the answer tells, where it is over and the day's own are not known yet."""
        found = (*PLACEHOLDER.finditer(entry.answer), *TURNING.finditer(entry.answer))
        years = [fiscal_year(told) for match in found if (told := self._day_told(match, entry, day))]
        return max(years) if years and max(years) < fiscal_year(day) else None

    def _day_told(self, match: re.Match[str], entry: FaqEntry, day: date) -> date | None:
        """A day of the terms in force; days before they began (a birth, an earlier rule) are no schedule."""
        told = self._figure(match, entry, day)
        return told if isinstance(told, date) and told >= self._block(match[1], entry, day)["from"] else None

    def _turned(self, match: re.Match[str], entry: FaqEntry, day: date) -> str:
        return match[3] if day <= self._figure(match, entry, day) else match[4]

    def _figure(self, match: re.Match[str], entry: FaqEntry, day: date) -> Any:
        return value_at(self._block(match[1], entry, day), match[2])

    def _block(self, noun: str, entry: FaqEntry, day: date) -> dict[str, Any]:
        return block_on(self._blocks(noun), min(max(day, entry.since), entry.until or date.max))

    def _blocks(self, noun: str) -> list[dict[str, Any]]:
        if noun not in self._figures:
            self._figures[noun] = read_raw(self.folder / f"{noun}.yaml")
        return self._figures[noun]


def load_faq(folder: Path) -> Faq:
    """Reads faq.yaml. Raises BadTerms with file, line and what to write instead; of the terms file where that is wrong."""
    file = folder / "faq.yaml"
    lined = read_list(file, FaqEntry) if file.exists() else ()
    faq = Faq(folder, tuple(entry for entry, _ in lined))
    for entry, line in lined:
        _check(file, line, faq, entry)
    _check_editions(file, lined)
    return faq


def figure(blocks: Iterable[dict[str, Any]], path: str, day: date) -> Any:
    """The value at a path in the block that holds on the day. Raises KeyError."""
    return value_at(block_on(blocks, day), path)


def block_on(blocks: Iterable[dict[str, Any]], day: date) -> dict[str, Any]:
    """The last block that has begun by the day. Raises StopIteration."""
    return next(block for block in reversed(list(blocks)) if block["from"] <= day)


def value_at(block: Any, path: str) -> Any:
    """The value at a path in a block. Raises KeyError."""
    for part in path.split("."):
        block = block[int(part)] if isinstance(block, list) else block[_key(block, part)]
    return block


def _key(block: dict[Any, Any], part: str) -> Any:
    return part if part in block else int(part) if part.isdecimal() else part


def _in_words(value: Any) -> str:
    match value:
        case bool():
            return "はい" if value else "いいえ"
        case date():
            return in_words(value)
        case int():
            return f"{value:,}"
        case list():
            return "・".join(_in_words(each) for each in value)
    return str(value)


def _check(file: Path, line: int, faq: Faq, entry: FaqEntry) -> None:
    if len(entry.title) > MOST_LABEL:
        raise BadTerms(file, line, f"title は{MOST_LABEL}文字までにしてください（今 {len(entry.title)}文字）")
    if entry.until and entry.until < entry.since:
        raise BadTerms(
            file, line, f"until: {entry.until} は from: {entry.since} より前です。後の日にしてください"
        )
    for match in (*PLACEHOLDER.finditer(entry.answer), *TURNING.finditer(entry.answer)):
        try:
            found = faq._figure(match, entry, entry.since)
        except (KeyError, IndexError, ValueError, StopIteration, FileNotFoundError):
            raise BadTerms(
                file, line, f"{match[0]} に当たる値がありません。用語ファイルの道筋を確かめてください"
            ) from None
        if match.re is TURNING and not isinstance(found, date):
            raise BadTerms(file, line, f"{match[0]} の「?」の前には、日付の道筋を書いてください")
    text = faq.answer(entry, entry.since)
    for expected in entry.figures:
        if expected not in text:
            raise BadTerms(file, line, f"figures の「{expected}」が answer の文にありません")


def _check_editions(file: Path, lined: Iterable[tuple[FaqEntry, int]]) -> None:
    last: dict[str, FaqEntry] = {}
    for entry, line in sorted(lined, key=lambda one: one[0].since):
        before = last.get(entry.topic)
        if before and (before.until is None or before.until >= entry.since):
            raise BadTerms(
                file, line, f"{entry.topic} の期間が前の版と重なっています。前の版に until: を書いてください"
            )
        last[entry.topic] = entry
