"""What changes between two days of an association: every dated file, figure by figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.calendar import Calendar, Event, read_calendar
from models.days import fiscal_year, in_full
from models.desk import DeskTerms
from models.terms import read_dated, read_raw

MARKS = {"from", "until", "since", "source", "fiscal_year"}  # of the block itself, no terms
READ = {"title", "answer"}  # of an answer to a question: what members read


@dataclass(frozen=True)
class Change:
    """One figure: its file, its path inside, and its values; None where it does not stand."""

    file: str
    path: str
    old: Any
    new: Any

    def in_words(self) -> str:
        where = f"{self.file} {self.path}"
        if self.old is None:
            return f"{where}: 新しく {_words(self.new)}"
        if self.new is None:
            return f"{where}: なくなります（今まで {_words(self.old)}）"
        return f"{where}: {_words(self.old)} → {_words(self.new)}"


def changes(folder: Path, before: date, after: date) -> list[Change]:
    """All changes of a branch's dated files between two days, by file and path; then those of its calendar."""
    files = sorted(folder.glob("*.yaml"))
    return [
        *(change for file in files for change in _in_file(file, before, after)),
        *_in_calendar(folder, before, after),
    ]


def _in_calendar(folder: Path, before: date, after: date) -> Iterator[Change]:
    """What stands on other days in the fiscal year of the later day."""
    desks = folder / "desk.yaml"
    calendar = read_calendar(folder, read_dated(desks, DeskTerms) if desks.exists() else None)
    if calendar is None:
        return
    old, new = (_dates(calendar, fiscal_year(day)) for day in (before, after))
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield Change("calendar", key, old.get(key), new.get(key))


def _dates(calendar: Calendar, year: int) -> dict[str, str]:
    """When each thing of a fiscal year is, with the year; by its key."""
    events = sorted(calendar.years.get(year, ()), key=lambda event: (event.last, event.uid))
    return {event.uid.split("-", 2)[-1]: _dated(event) for event in events}


def _dated(event: Event) -> str:
    last = f"{in_full(event.last)}{event.time}"
    return last if event.first == event.last else f"{in_full(event.first)}〜{last}"


def _in_file(file: Path, before: date, after: date) -> Iterator[Change]:
    blocks = read_raw(file)
    if not _is_dated(blocks):
        return
    old, new = dict(_on(blocks, before)), dict(_on(blocks, after))
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield Change(file.stem, path, old.get(path), new.get(path))


def _is_dated(blocks: Any) -> bool:
    return isinstance(blocks, list) and all(
        isinstance(block, dict) and {"from", "since"} & set(block) for block in blocks
    )


def _on(blocks: list[dict[str, Any]], day: date) -> Iterator[tuple[str, Any]]:
    """The figures that hold on a day, by path; editions of one topic (faq.yaml) under the topic's name."""
    for block in blocks:
        if _begins(block) <= day and (block.get("until") is None or day <= block["until"]):
            wanted = READ if "topic" in block else set(block) - MARKS
            terms = {key: value for key, value in block.items() if key in wanted}
            yield from _flat(terms, block.get("topic", ""))


def _begins(block: dict[str, Any]) -> date:
    found: date = block.get("from") or block["since"]
    return found


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _words(value: Any) -> str:
    match value:
        case bool():
            return "はい" if value else "いいえ"
        case date():
            return in_full(value)
        case list():
            return "・".join(_words(each) for each in value) or "（なし）"
        case str():
            return f"「{value.strip()}」"
        case None:
            return "（なし）"
    return f"{value:,}" if isinstance(value, int) else str(value)
