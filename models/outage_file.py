"""A CSV of uses after an outage: all of it registered, or nothing; the same file twice changes nothing."""

import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from models.base import Database, Refusal, savepoint
from models.coupon_terms import CouponTerms
from models.coupon_uses import Redemption, Use
from models.days import day_of
from models.facility import facility, facility_code
from models.grants_file import past_day
from models.imports import Report
from models.member import holder, number_as_stored, person_with
from models.outage import register
from models.table_file import BadRows, Problem, Reader, Unreadable, narrow, rows
from models.terms import Dated

COLUMNS = ("number", "facility", "kind", "used_on")
_NUMBER = re.compile(r"[0-9A-Z]{4,12}")
Tell = Callable[[Connection, Redemption], None]


class OutageRow(NamedTuple):
    """One use as the file tells it."""

    line: int
    number: str
    facility: str
    kind: str
    used_on: date


def register_file(
    database: Database,
    branch: str,
    dated: Dated[CouponTerms],
    file: Path,
    author: str,
    now: datetime,
    tell: Tell,
) -> Report:
    """Registers every use of the file; `tell` hears of each new one. On BadRows nothing has changed."""
    problems: list[Problem] = []
    kinds = _kinds(dated)
    found = list(rows(file, COLUMNS, lambda line, values: _row(line, values, kinds, day_of(now)), problems))
    if not found and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
    _no_doubles(found, problems)

    def work(db: Connection) -> int:
        wrong = [*problems]
        added = 0
        for row in found:
            try:
                with savepoint(db):
                    added += _taken_over(db, branch, dated, row, author, now, tell)
            except WrongValue as bad:
                wrong.append(Problem(row.line, bad.column, getattr(row, bad.column), bad.expected))
        if wrong:
            raise BadRows(file, sorted(wrong))
        return added

    added = database.run(work)
    return Report(len(found), added, 0, len(found) - added)


class WrongValue(Exception):
    """A value that the data or the rules do not allow: its column, and what is expected."""

    def __init__(self, column: str, expected: str) -> None:
        super().__init__(expected)
        self.column, self.expected = column, expected


def _taken_over(
    db: Connection,
    branch: str,
    dated: Dated[CouponTerms],
    row: OutageRow,
    author: str,
    now: datetime,
    tell: Tell,
) -> bool:
    """Registers a row; False when it was registered before and not given back since."""
    code = _code(branch, row)
    if db.execute(select(Use.id).where(Use.redemption == code, Use.live.is_(True))).first():
        return False
    person = person_with(db, branch, row.number)
    one = holder(db, person) if person else None
    if one is None:
        raise WrongValue("number", "組合員のデータにない番号です")
    here = facility(db, branch, row.facility)
    if here is None:
        raise WrongValue("facility", "登録されていない施設コードです（例: fs0007）")
    try:
        tell(db, register(db, dated, one, here, row.kind, row.used_on, author, now, code))
    except Refusal as refusal:
        raise WrongValue("kind", refusal.text) from None
    return True


def _row(line: int, values: dict[str, str], kinds: dict[str, str], today: date) -> OutageRow:
    read = Reader(line, values)
    row = OutageRow(
        line,
        *(  # type: ignore[arg-type]  # None only where `finish` raises
            read("number", _number),
            read("facility", _facility),
            read("kind", lambda value: _kind(value, kinds)),
            read("used_on", lambda value: past_day(value, today)),
        ),
    )
    read.finish()
    return row


def _number(value: str) -> str:
    number = number_as_stored(value)
    if not _NUMBER.fullmatch(number):
        raise Unreadable("組合員番号を書いてください（例: 123456、配偶者は末尾に01）")
    return number


def _facility(value: str) -> str:
    code = facility_code(value)
    if not code:
        raise Unreadable("施設コードを書いてください（例: fs0007）")
    return code


def _kind(value: str, kinds: dict[str, str]) -> str:
    found = kinds.get(narrow(value).lower())
    if found is None:
        raise Unreadable(f"次のどれかを書いてください: {'、'.join(kinds)}")
    return found


def _kinds(dated: Dated[CouponTerms]) -> dict[str, str]:
    """What may be written: the sign of a kind, or its words."""
    pairs = {
        (sign, words)
        for block in dated.blocks
        for name in block.terms.after_outage
        for sign, words in block.terms.products[name].kinds.items()
    }
    return {
        **{sign: sign for sign, _ in sorted(pairs)},
        **{narrow(words).lower(): sign for sign, words in sorted(pairs)},
    }


def _no_doubles(found: list[OutageRow], problems: list[Problem]) -> None:
    lines: dict[tuple[str, str, date], int] = {}
    for row in found:
        key = (row.number, row.kind, row.used_on)
        if key in lines:
            problems.append(
                Problem(row.line, "number", row.number, f"{lines[key]}行目と同じ利用です。1行にしてください")
            )
        lines.setdefault(key, row.line)


def _code(branch: str, row: OutageRow) -> str:
    """The same for the same use, so that a file taken twice changes nothing."""
    words = f"{branch}:{row.number}:{row.facility}:{row.kind}:{row.used_on}"
    return "outage-" + hashlib.sha256(words.encode()).hexdigest()[:24]
