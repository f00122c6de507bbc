"""Taking over grants and checkup results: all of a file or nothing, and a second time nothing more."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from models.base import Database, Refusal
from models.checkups import Known, OtherValues, Registered, Settled, decide, keep, known_checkups
from models.checkups_file import CheckupRow, checkup_rows
from models.days import day_of
from models.grants_file import GrantRow, grant_rows
from models.imports import Progress, Report
from models.member import Holder, Number, holders
from models.points import terms_on
from models.points_earning import items_on
from models.points_ledger import Grant, Lot, grant_new, known_lots
from models.points_membership import member_on, spells
from models.points_terms import Points
from models.table_file import BadRows, Problem

Item = TypeVar("Item")
Row = TypeVar("Row", GrantRow, CheckupRow)
AT_A_TIME = 500
ATTEMPTS = 3
AUTHOR = "import"
Plan: TypeAlias = tuple[int, Callable[[Connection], None]]  # how many are new, and what writes them


def import_grants(
    database: Database, points: Points, file: Path, *, now: datetime, progress: Progress | None = None
) -> Report:
    """Takes over a grants file; on BadRows nothing has changed. Counts rows, not people."""
    problems: list[Problem] = []
    found = list(grant_rows(file, day_of(now), problems))
    _require_rows(found, problems)
    with database.reading() as db:
        grants = [one for some in _some(found) for one in _grants(db, points, some, problems)]
    problems += _twice(grants)
    unique = list({(one.grant.person_id, one.grant.lot): one for one in grants}.values())
    added = _written(database, lambda: _new_grants(database, points, file, unique, problems, now, progress))
    return Report(len(found), added, 0, len(found) - added)


def import_checkups(
    database: Database, points: Points, file: Path, *, now: datetime, progress: Progress | None = None
) -> Report:
    """Takes over checkup results of the association; on BadRows nothing has changed. Counts checkups."""
    if terms_on(points, day_of(now)).checkup is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    problems: list[Problem] = []
    items = items_on(points, day_of(now)).checkup
    found = list(checkup_rows(file, day_of(now), items, problems))
    _require_rows(found, problems)
    with database.reading() as db:
        known = [pair for some in _some(found) for pair in _members(db, points, some, problems, _registered)]
    checkups = list(_checkups(known, problems))
    warnings: list[str] = []
    added = _written(
        database,
        lambda: _new_checkups(database, points, file, checkups, problems, warnings, now, progress),
    )
    return Report(len(found), added, 0, len(checkups) - added, warnings=tuple(warnings))


def _written(database: Database, plan: Callable[[], Plan]) -> int:
    """Plans without keeping anybody from writing, then writes at one go; anew when somebody was faster."""
    for attempt in range(1, ATTEMPTS + 1):
        count, write = plan()
        try:
            database.run(write)
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
        else:
            return count
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class ReadGrant:
    """A grant with the row it comes from."""

    row: GrantRow
    grant: Grant


class ReadCheckup(NamedTuple):
    """All items of one checkup, with the line where it begins."""

    registered_on: date
    line: int
    kind: str
    number: str
    person_id: int
    values: dict[str, float]


def _require_rows(found: Sequence[object], problems: list[Problem]) -> None:
    if not found and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))


def _grants(
    db: Connection, points: Points, some: list[GrantRow], problems: list[Problem]
) -> Iterator[ReadGrant]:
    for row, holder in _members(db, points, some, problems, _granted):
        terms = points.terms.get(row.granted_on)
        if terms is None:
            first = points.terms.blocks[0].since
            expected = f"{first} 以後の日付を書いてください（それより前の付与は、もう失効しています）"
            problems.append(Problem(row.line, "granted_on", str(row.granted_on), expected))
            continue
        last_day = terms.last_day(row.granted_on)
        lot = f"file:{row.reference}"
        one = Grant(holder.id, lot, row.points, row.granted_on, last_day, row.reason, row.reference)
        yield ReadGrant(row, one)


def _members(
    db: Connection,
    points: Points,
    some: list[Row],
    problems: list[Problem],
    day_column: Callable[[Row], tuple[str, date]],
) -> Iterator[tuple[Row, Holder]]:
    """The rows of people who were members on the day that counts; of the others, what is wrong."""
    people = _people(db, points.branch, sorted({row.number for row in some}))
    known = holders(db, sorted(set(people.values())))
    for row in some:
        holder = known.get(people.get(row.number, 0))
        column, day = day_column(row)
        if holder is None:
            expected = (
                "この番号の組合員は登録されていません。先に組合員のCSVを取り込むか、番号を確かめてください"
            )
            problems.append(Problem(row.line, "number", row.number, expected))
        elif member_on(spells(terms_on(points, day), holder), day) is None:
            expected = "組合員の資格がある日を書いてください（この日は資格がありません）"
            problems.append(Problem(row.line, column, str(day), expected))
        else:
            yield row, holder


def _granted(row: GrantRow) -> tuple[str, date]:
    return "granted_on", row.granted_on


def _registered(row: CheckupRow) -> tuple[str, date]:
    return "registered_on", row.registered_on


def _people(db: Connection, branch: str, numbers: Sequence[str]) -> dict[str, int]:
    query = select(Number.number, Number.person_id).where(Number.branch == branch, Number.number.in_(numbers))
    return {row.number: row.person_id for row in db.execute(query)}


def _twice(grants: Iterable[ReadGrant]) -> Iterator[Problem]:
    """One reference with two meanings inside the file."""
    first: dict[tuple[int, str], ReadGrant] = {}
    for one in grants:
        other = first.setdefault((one.grant.person_id, one.grant.lot), one)
        if (other.grant.points, other.grant.granted_on) != (one.grant.points, one.grant.granted_on):
            expected = f"{other.row.line}行目と同じ reference で、日付かポイントが違います。別の reference を付けてください"
            yield Problem(one.row.line, "reference", one.row.reference, expected)


def _new_grants(
    database: Database,
    points: Points,
    file: Path,
    grants: list[ReadGrant],
    problems: list[Problem],
    now: datetime,
    progress: Progress | None,
) -> Plan:
    new: list[Grant] = []
    wrong = list(problems)
    for done, some in _counted(grants):
        with database.reading() as db:
            known = known_lots(db, [(one.grant.person_id, one.grant.lot) for one in some])
        for one in some:
            lot = known.get((one.grant.person_id, one.grant.lot))
            if lot is None:
                new.append(one.grant)
            elif (lot.points, lot.granted_on) != (one.grant.points, one.grant.granted_on):
                wrong.append(_contradicts(one.row, lot))
        if progress:
            progress(done, len(grants))
    if wrong:
        raise BadRows(file, sorted(wrong))
    return len(new), lambda db: grant_new(db, points.branch, new, author=AUTHOR, now=now)


def _contradicts(row: GrantRow, known: Lot) -> Problem:
    expected = (
        f"この reference では、{known.granted_on} に {known.points} ポイントが付与済みです。"
        "同じ内容にするか、別の reference を付けてください"
    )
    if known.points != row.points:
        return Problem(row.line, "points", str(row.points), expected)
    return Problem(row.line, "granted_on", str(row.granted_on), expected)


def _checkups(known: list[tuple[CheckupRow, Holder]], problems: list[Problem]) -> Iterator[ReadCheckup]:
    """Items gathered to checkups, first registered first."""

    def key(pair: tuple[CheckupRow, Holder]) -> tuple[int, str, date]:
        row, holder = pair
        return holder.id, row.kind, row.registered_on

    found = []
    for (person, kind, registered_on), some in groupby(
        sorted(known, key=lambda pair: (key(pair), pair[0].line)), key
    ):
        rows = [row for row, _ in some]
        values: dict[str, float] = {}
        for row in rows:
            if values.setdefault(row.item, row.value) != row.value:
                expected = "同じ健診の同じ項目に、別の値があります。1つにしてください"
                problems.append(Problem(row.line, "value", f"{row.value:g}", expected))
        found.append(ReadCheckup(registered_on, rows[0].line, kind, rows[0].number, person, values))
    yield from sorted(found, key=itemgetter(0, 1))


def _new_checkups(
    database: Database,
    points: Points,
    file: Path,
    checkups: list[ReadCheckup],
    problems: list[Problem],
    warnings: list[str],
    now: datetime,
    progress: Progress | None,
) -> Plan:
    new: list[tuple[int, Registered, Settled]] = []
    wrong = list(problems)
    warnings.clear()
    known: dict[int, Known] = {}
    for done, some in _counted(checkups):
        people = sorted({one.person_id for one in some} - set(known))
        with database.reading() as db:
            whose = holders(db, sorted({one.person_id for one in some}))
            known |= {person: {} for person in people} | known_checkups(db, people)
        for one in some:
            key = Registered(one.kind, one.registered_on, "association")
            try:
                settled = decide(points, whose[one.person_id], key, one.values, known[one.person_id])
            except OtherValues:
                expected = "同じ番号・種類・日の健診が、別の値で登録されています。値を確かめてください"
                wrong.append(Problem(one.line, "registered_on", str(one.registered_on), expected))
                continue
            if settled.is_new:
                new.append((one.person_id, key, settled))
                warnings += [f"{one.line}行目 {one.number}: {settled.note}"] if settled.note else []
        if progress:
            progress(done, len(checkups))
    if wrong:
        raise BadRows(file, sorted(wrong))
    return len(new), lambda db: keep(db, points, new, author=AUTHOR, now=now)


def _counted(items: Sequence[Item]) -> Iterator[tuple[int, list[Item]]]:
    done = 0
    for some in _some(items):
        done += len(some)
        yield done, some


def _some(items: Sequence[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), AT_A_TIME):
        yield list(items[start : start + AT_A_TIME])
