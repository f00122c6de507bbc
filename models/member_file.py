"""The columns of a members file and what may stand in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from models.member import EMPLOYMENTS, KINDS
from models.table_file import (
    Problem,
    Reader,
    Unreadable,
    day,
    narrow,
    optional_day,
    optional_text,
    rows,
    text,
    words,
)

COLUMNS = (
    "number",
    "name",
    "kana",
    "birthdate",
    "sex",
    "kind",
    "employment",
    "acquired_on",
    "lost_on",
    "term_ends_on",
    "workplace",
    "refresh_coupons",
    "auth_code",
    "previous_number",
)
OLDEST = date(1900, 1, 1)
SEXES = {"M": "M", "F": "F", "男": "M", "女": "F"}
_NUMBER = re.compile(r"[0-9A-Z]{4,12}")
_COUPONS = re.compile(r"[0-9]{1,2}")  # how many a person may really hold is a term of the branch
_SPOUSE = re.compile(r"[0-9A-Z]{4,10}[0-9]{2}")


class MemberRow(NamedTuple):
    """One membership period as the file tells it."""

    line: int
    number: str
    name: str
    kana: str
    birthdate: date  # None where it is left out: such people are put aside
    sex: str
    kind: str
    employment: str | None
    acquired_on: date
    lost_on: date | None
    term_ends_on: date | None
    workplace: str | None
    refresh_coupons: int | None
    auth_code: str | None
    previous: str | None


@dataclass(frozen=True)
class MemberRules:
    """What one association alone expects of its rows."""

    numbers: Mapping[str, str] = field(
        default_factory=dict
    )  # by kind: a regular expression; others may have any
    number_length: str = ""  # the same in words
    most_coupons: int | None = None


NO_RULES = MemberRules()
FILED = MemberRow._fields[1:-1]  # what is kept of a row


def member_rows(file: Path, rules: MemberRules, today: date, problems: list[Problem]) -> Iterator[MemberRow]:
    """The rows that can be read, one by one; what is wrong in the others is added to `problems`."""
    return rows(file, COLUMNS, lambda line, values: _row(line, values, rules, today), problems)


def _row(line: int, values: dict[str, str], rules: MemberRules, today: date) -> MemberRow:
    read = Reader(line, values)
    row = MemberRow(
        line,
        *(  # type: ignore[arg-type]  # None only where `finish` raises, or for a birth date left out
            read("number", member_number),
            read("name", words),
            read("kana", text),
            read("birthdate", optional_day),
            read("sex", _sex),
            read("kind", _kind),
            read("employment", _employment),
            read("acquired_on", day),
            read("lost_on", optional_day),
            read("term_ends_on", optional_day),
            read("workplace", optional_text),
            read("refresh_coupons", _refresh_coupons),
            read("auth_code", lambda value: optional_text(narrow(value))),
            read("previous_number", lambda value: member_number(value) if value.strip() else None),
        ),
    )
    if not read.problems:
        _compare(read, row, today)
        _keep_to(read, row, rules)
    read.finish()
    return row


def _compare(read: Reader, row: MemberRow, today: date) -> None:
    """What holds between the columns of a row."""
    born = row.birthdate or OLDEST
    if not OLDEST <= born <= today:
        read.wrong("birthdate", f"{OLDEST} から {today} までの日付を書いてください")
    elif row.acquired_on < born:
        read.wrong("acquired_on", f"生年月日（{born}）以後の日付を書いてください")
    if row.lost_on and row.lost_on < row.acquired_on:
        read.wrong("lost_on", f"資格取得日（{row.acquired_on}）以後の日付か、空欄にしてください")
    if row.term_ends_on and row.term_ends_on < row.acquired_on:
        read.wrong("term_ends_on", f"資格取得日（{row.acquired_on}）以後の日付か、空欄にしてください")
    if row.kind == "spouse" and not _SPOUSE.fullmatch(row.number):
        read.wrong("number", "配偶者の番号は、組合員の番号に数字2桁を付けてください（例: 12345601）")
    if row.previous == row.number:
        read.wrong("previous_number", "前の番号は、今の番号と違うものを書いてください")


def _keep_to(read: Reader, row: MemberRow, rules: MemberRules) -> None:
    """What the association's own rules say of a row."""
    form = rules.numbers.get(row.kind)
    if form and not read.problems and not re.fullmatch(form, row.number):
        read.wrong("number", f"番号は{rules.number_length}です。番号か kind を確かめてください")
    if rules.most_coupons is not None and (row.refresh_coupons or 0) > rules.most_coupons:
        read.wrong("refresh_coupons", f"0〜{rules.most_coupons} の枚数を書くか、空欄にしてください")


def member_number(value: str) -> str:
    number = narrow(value).upper()
    if not _NUMBER.fullmatch(number):
        raise Unreadable("4〜12文字の英数字を書いてください（例: 123456、K12345）")
    return number


def _sex(value: str) -> str:
    sex = SEXES.get(narrow(value).upper())
    if sex is None:
        raise Unreadable("M か F（男・女でも可）を書いてください")
    return sex


def _kind(value: str) -> str:
    kind = narrow(value).lower()
    if kind not in KINDS:
        raise Unreadable(f"次のどれかを書いてください: {', '.join(KINDS)}")
    return kind


def _employment(value: str) -> str | None:
    employment = narrow(value).lower()
    if employment and employment not in EMPLOYMENTS:
        raise Unreadable(f"空欄か、次のどれかを書いてください: {', '.join(EMPLOYMENTS)}")
    return employment or None


def _refresh_coupons(value: str) -> int | None:
    coupons = narrow(value)
    if coupons and not _COUPONS.fullmatch(coupons):
        raise Unreadable("枚数を数字で書くか、空欄にしてください（例: 3）")
    return int(coupons) if coupons else None
