"""The columns of a grants file and what may stand in them."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from models.member_file import member_number
from models.points_ledger import LONGEST_REASON, LONGEST_REFERENCE, MOST_POINTS
from models.table_file import Problem, Reader, Unreadable, day, narrow, rows, words

COLUMNS = ("number", "granted_on", "points", "reason", "reference")
_POINTS = re.compile(r"[0-9]{1,7}")
_REFERENCE = re.compile(r"\S+( \S+)*")


class GrantRow(NamedTuple):
    """One grant as the file tells it."""

    line: int
    number: str
    granted_on: date
    points: int
    reason: str
    reference: str


def grant_rows(file: Path, today: date, problems: list[Problem]) -> Iterator[GrantRow]:
    """The rows that can be read, one by one; what is wrong in the others is added to `problems`."""
    return rows(file, COLUMNS, lambda line, values: _row(line, values, today), problems)


def _row(line: int, values: dict[str, str], today: date) -> GrantRow:
    read = Reader(line, values)
    row = GrantRow(
        line,
        *(  # type: ignore[arg-type]  # None only where `finish` raises
            read("number", member_number),
            read("granted_on", lambda value: past_day(value, today)),
            read("points", _points),
            read("reason", _reason),
            read("reference", _reference),
        ),
    )
    read.finish()
    return row


def past_day(value: str, today: date) -> date:
    """A day that has come."""
    found = day(value)
    if found > today:
        raise Unreadable(f"今日（{today}）までの日付を書いてください")
    return found


def _points(value: str) -> int:
    points = narrow(value)
    if not _POINTS.fullmatch(points) or not 0 < int(points) <= MOST_POINTS:
        raise Unreadable(f"1〜{MOST_POINTS} の整数を書いてください（減らすときは訂正の記録を使います）")
    return int(points)


def _reason(value: str) -> str:
    return _not_longer(words(value), LONGEST_REASON)


def _reference(value: str) -> str:
    reference = _not_longer(words(narrow(value)), LONGEST_REFERENCE)
    if not _REFERENCE.fullmatch(reference):
        raise Unreadable("空白を続けずに書いてください")
    return reference


def _not_longer(value: str, most: int) -> str:
    if len(value) > most:
        raise Unreadable(f"{most}文字以内で書いてください")
    return value
