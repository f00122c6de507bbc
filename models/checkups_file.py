"""The columns of a checkups file and what may stand in them: one row an item of a checkup."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from models.checkups import KINDS
from models.grants_file import past_day
from models.member_file import member_number
from models.points_terms import Range
from models.table_file import Problem, Reader, Unreadable, narrow, rows

COLUMNS = ("number", "kind", "registered_on", "item", "value")
_VALUE = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")


class CheckupRow(NamedTuple):
    """One measured item as the file tells it."""

    line: int
    number: str
    kind: str
    registered_on: date
    item: str
    value: float


def checkup_rows(
    file: Path, today: date, items: Mapping[str, Range], problems: list[Problem]
) -> Iterator[CheckupRow]:
    """The rows that can be read, one by one; what is wrong in the others is added to `problems`."""
    return rows(file, COLUMNS, lambda line, values: _row(line, values, today, items), problems)


def _row(line: int, values: dict[str, str], today: date, items: Mapping[str, Range]) -> CheckupRow:
    read = Reader(line, values)
    item = read("item", lambda value: _item(value, items))
    row = CheckupRow(
        line,
        *(  # type: ignore[arg-type]  # None only where `finish` raises
            read("number", member_number),
            read("kind", _kind),
            read("registered_on", lambda value: past_day(value, today)),
            item,
            read("value", lambda value: measured(value, items[item])) if item else None,
        ),
    )
    read.finish()
    return row


def measured(value: str, item: Range) -> float:
    """118 or 5.6, as far as the item can be so much."""
    number = narrow(value)
    if not _VALUE.fullmatch(number) or not item.is_plausible(float(number)):
        raise Unreadable(f"{item.name}は、{item.expected()}で書いてください")
    return float(number)


def _kind(value: str) -> str:
    word = narrow(value).lower()
    kind = next((kind for kind, name in KINDS.items() if word in (kind, narrow(name))), None)
    if kind is None:
        raise Unreadable(f"次のどれかを書いてください: {', '.join(KINDS)}")
    return kind


def _item(value: str, items: Mapping[str, Range]) -> str:
    word = narrow(value).lower()
    item = next((key for key, one in items.items() if word in (key, narrow(one.name).lower())), None)
    if item is None:
        raise Unreadable(f"次のどれかを書いてください: {', '.join(items)}")
    return item
