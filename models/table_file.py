"""A CSV file as an association's systems write it: encoding, header, rows, and what is wrong in it."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from models.base import Refusal

Row = TypeVar("Row")

ENCODINGS = ("utf-8-sig", "cp932")
END_OF_FILE = "\x1a"  # what systems from the days of DOS write behind the last line
CHUNK_BYTES = 1 << 20
LISTED = 200
LONGEST_SHOWN = 80
FORMULA = ("=", "+", "-", "@", "\t")  # what a formula begins with
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|/([0-9]{1,2})/([0-9]{1,2}))")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where, what stands there, and what is expected instead."""

    line: int
    column: str
    value: str
    expected: str

    def in_words(self) -> str:
        place = f"{self.line}行目 {self.column}".strip()
        return f"{place}「{self.value}」: {self.expected}" if self.value else f"{place}: {self.expected}"


class BadRows(Refusal):
    """The file cannot be taken over; nothing has changed. `problems` holds every one of them, by line."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        super().__init__(
            f"{file.name} に直すところが {len(problems)} 件あります。何も取り込んでいません。", "bad_rows"
        )
        self.problems = tuple(problems)

    def in_words(self, limit: int = LISTED) -> str:
        """The problems for a terminal: the first ones, and how many more there are."""
        lines = [problem.in_words() for problem in self.problems[:limit]]
        if len(self.problems) > limit:
            lines.append(f"ほか {len(self.problems) - limit} 件（--json ですべて表示します）")
        return "\n".join([self.text, *lines])


class Unreadable(Exception):
    """A value that is not what its column needs; the text says what is expected."""


def rows(
    file: Path, columns: Sequence[str], read: Callable[[int, dict[str, str]], Row], problems: list[Problem]
) -> Iterator[Row]:
    """Each row as `read` understands it; what it does not is added to `problems`, and reading goes on."""
    header: list[str] | None = None
    for line, values in lines(file, problems):
        if header is None:
            header = _header(file, line, values, columns)
        elif len(values) != len(header):
            expected = f"列は {len(header)} 個です（この行は {len(values)} 個）"
            problems.append(Problem(line, "", ",".join(values)[:LONGEST_SHOWN], expected))
        else:
            try:
                yield read(line, dict(zip(header, values, strict=True)))
            except WrongRow as wrong:
                problems.extend(wrong.problems)
    if header is None:
        problems.append(Problem(1, "", "", f"1行目に見出しを書いてください: {','.join(columns)}"))
        raise BadRows(file, problems)


def lines(file: Path, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """The values of each line that is not empty, with the number of the line where they begin."""
    with file.open(encoding=encoding_of(file), newline="") as text:
        read = csv.reader(text, strict=True)
        line = 1
        try:
            for values in read:
                if any(value.strip() for value in values) and values != [END_OF_FILE]:
                    yield line, values
                line = read.line_num + 1
        except csv.Error as error:
            expected = f"CSV として読めません。引用符の閉じ忘れを確かめてください（{error}）"
            problems.append(Problem(line, "", "", expected))


class WrongRow(Exception):
    """A row with problems; the others of the file are still read."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class Reader:
    """Reads the values of one row and gathers all that is wrong in it."""

    def __init__(self, line: int, values: dict[str, str]) -> None:
        self.line = line
        self.values = values
        self.problems: list[Problem] = []

    def __call__(self, column: str, read: Callable[[str], Row]) -> Row | None:
        """The column's value; None when it cannot be read, which `finish` then tells."""
        try:
            return read(self.values[column])
        except Unreadable as unreadable:
            self.wrong(column, str(unreadable))
            return None

    def wrong(self, column: str, expected: str) -> None:
        self.problems.append(
            Problem(self.line, column, self.values[column].strip()[:LONGEST_SHOWN], expected)
        )

    def finish(self) -> None:
        if self.problems:
            raise WrongRow(self.problems)


def encoding_of(file: Path) -> str:
    """UTF-8 (with or without BOM) or CP932, whichever reads the whole file without a doubt."""
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            with file.open("rb") as binary:
                while chunk := binary.read(CHUNK_BYTES):
                    if b"\0" in chunk:
                        break  # UTF-16, which CP932 would read as something else
                    decoder.decode(chunk)
                else:
                    decoder.decode(b"", final=True)
                    return encoding
        except UnicodeDecodeError:
            continue
    expected = "文字コードを UTF-8 か Shift_JIS（CP932）にして保存し直してください"
    raise BadRows(file, [Problem(1, "", "", expected)])


def _header(file: Path, line: int, values: list[str], columns: Sequence[str]) -> list[str]:
    header = [narrow(value).lower() for value in values]
    missing = (name for name in columns if name not in header)
    problems = [Problem(line, name, "", "この列が見出しにありません") for name in missing]
    for place, name in enumerate(header):
        if name not in columns:
            problems.append(Problem(line, name, "", f"知らない列です。使える列: {','.join(columns)}"))
        elif name in header[:place]:
            problems.append(Problem(line, name, "", "同じ列が2つあります"))
    if problems:
        raise BadRows(file, problems)
    return header


def narrow(value: str) -> str:
    """NFKC without surrounding space: ＦＳ０００７ is FS0007."""
    return unicodedata.normalize("NFKC", value).strip()


def text(value: str) -> str:
    """Words as they are; full-width space outside is dropped, rare forms of characters stay."""
    value = value.strip()
    if _CONTROL.search(value):
        raise Unreadable("改行や制御文字を除いてください")
    return value


def words(value: str) -> str:
    """Words that may not be missing."""
    return text(value) or _missing()


def optional_text(value: str) -> str | None:
    return text(value) or None


def _missing() -> str:
    raise Unreadable("空欄にできません")


@lru_cache(maxsize=50_000)
def day(value: str) -> date:
    """2024-07-01 or 2024/7/1."""
    match = _DAY.fullmatch(narrow(value))
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else date.fromisoformat("")
    except ValueError:
        raise Unreadable("実在する日付を 2024-07-01 か 2024/7/1 の形で書いてください") from None


def optional_day(value: str) -> date | None:
    return day(value) if value.strip() else None


def harmless(value: str) -> str:
    """A value of a file we write that a spreadsheet takes for words, never for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
