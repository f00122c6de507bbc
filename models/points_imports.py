"""Taking over grants and checkup results: all of a file or nothing, and a second time nothing more."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from models import points_staging
from models.base import Database, Refusal
from models.checkups import Known, OtherValues, Registered, Settled, decide, keep, known_checkups
from models.checkups_file import CheckupRow, checkup_rows
from models.days import day_of
from models.grants_file import GrantRow, grant_rows
from models.imports import Progress, Report
from models.member import Holder, Number, holders
from models.points import terms_on
from models.points_earning import items_on, may_arrive_on
from models.points_ledger import Lot, known_lots, lock_all
from models.points_membership import member_on, spells
from models.points_staging import Import, Kind
from models.points_terms import Points
from models.portions import portions
from models.table_file import BadRows, Problem

Row = TypeVar("Row", GrantRow, CheckupRow)
ROWS_AT_A_TIME = 500
AUTHOR = "import"


@dataclass
class Taking:
    """An import under way: what has been read, what is wrong, what has become of it."""

    database: Database
    points: Points
    this: Import
    tell: Progress
    rows: int = 0
    checkups: int = 0
    added: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def stage(self, rows: Sequence[dict[str, Any]]) -> None:
        self.database.run_briefly(lambda db: points_staging.stage(db, self.this, rows))


def import_grants(
    database: Database, points: Points, file: Path, *, now: datetime, progress: Progress | None = None
) -> Report:
    """Takes over a grants file; on BadRows nothing has changed. Counts rows, not people.

    `progress` hears how many rows are checked (the total is not known yet), then how many of all are taken over."""
    with _taking(database, points, "grants", file, now, progress) as taking:
        for some in portions(grant_rows(file, day_of(now), taking.problems), ROWS_AT_A_TIME):
            _check_grants(taking, some)
            taking.rows += len(some)
            taking.tell(taking.rows, None)
    return Report(taking.rows, taking.added, 0, taking.rows - taking.added, warnings=tuple(taking.warnings))


def import_checkups(
    database: Database, points: Points, file: Path, *, now: datetime, progress: Progress | None = None
) -> Report:
    """Takes over checkup results of the association; on BadRows nothing has changed. Counts checkups."""
    if terms_on(points, day_of(now)).checkup is None:
        raise Refusal("この支部では、健診結果のポイントはありません。", "no_such_way")
    items = items_on(points, day_of(now)).checkup
    with _taking(database, points, "checkups", file, now, progress) as taking:
        for some in portions(checkup_rows(file, day_of(now), items, taking.problems), ROWS_AT_A_TIME):
            _check_values(taking, some)
            taking.rows += len(some)
            taking.tell(taking.rows, None)
        for people in points_staging.people(database, taking.this):
            with database.reading() as db:
                _check_checkups(db, taking, people)
    unchanged = taking.checkups - taking.added
    return Report(taking.rows, taking.added, 0, unchanged, warnings=tuple(taking.warnings))


def finish_imports(database: Database, points: Points, now: datetime) -> int:
    """Takes over what an import that died still owes, and forgets what one has not checked to its end."""
    with database.reading() as db:
        owed = points_staging.owed(db, points.branch)
        abandoned = points_staging.abandoned(db, points.branch, now)
    for each in owed:
        _move(Taking(database, points, each, lambda done, total: None))
    for each in abandoned:
        _forget(database, each)
    return len(owed)


@contextmanager
def _taking(
    database: Database, points: Points, kind: Kind, file: Path, now: datetime, progress: Progress | None
) -> Iterator[Taking]:
    """What is done inside checks and lays aside; afterwards all of it is taken over, or nothing."""
    finish_imports(database, points, now)
    this = database.run(lambda db: points_staging.begin(db, points.branch, kind, now))
    taking = Taking(database, points, this, progress or (lambda done, total: None))
    try:
        yield taking
        if not taking.rows and not taking.problems:
            taking.problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
        if taking.problems:
            raise BadRows(file, sorted(taking.problems))
    except BaseException:
        _forget(database, this)
        raise
    database.run(lambda db: points_staging.owe(db, this, now))
    _move(taking)


def _forget(database: Database, this: Import) -> None:
    for people in points_staging.people(database, this):
        database.run_briefly(partial(points_staging.remove, one=this, people=people))
    database.run(lambda db: points_staging.end(db, this))


def _move(taking: Taking) -> None:
    """Moves what is laid aside, some people in each transaction."""
    move = _move_grants if taking.this.kind == "grants" else _move_checkups
    done = 0
    for people in points_staging.people(taking.database, taking.this):
        moved, added, warnings = taking.database.run_briefly(partial(move, taking=taking, people=people))
        done, taking.added = done + moved, taking.added + added
        taking.warnings += warnings
        taking.tell(done, taking.rows)
    taking.database.run(lambda db: points_staging.end(db, taking.this))


# Whose rows they are


def _members(
    db: Connection,
    points: Points,
    some: Sequence[Row],
    problems: list[Problem],
    day_column: Callable[[Row], tuple[str, date]],
    since: date,
) -> Iterator[tuple[Row, Holder]]:
    """The rows of people who were members on the day that counts, none before `since`; of the others, what is wrong."""
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
        elif day < since:
            expected = (
                f"{since} 以後の日付を書いてください（それより前のポイントのきまりは、登録されていません）"
            )
            problems.append(Problem(row.line, column, str(day), expected))
        else:
            yield row, holder


def _people(db: Connection, branch: str, numbers: Sequence[str]) -> dict[str, int]:
    query = select(Number.number, Number.person_id).where(Number.branch == branch, Number.number.in_(numbers))
    return {row.number: row.person_id for row in db.execute(query)}


# Grants


def _check_grants(taking: Taking, some: Sequence[GrantRow]) -> None:
    """Lays the grants aside that are right by themselves; each is held against the file so far and the ledger."""
    with taking.database.reading() as db:
        grants = list(_grants(db, taking.points, some, taking.problems))
        people = sorted({each["person_id"] for each in grants})
        staged = {(row.person_id, row.lot): row for row in points_staging.laid_aside(db, taking.this, people)}
        known = known_lots(db, [(each["person_id"], each["lot"]) for each in grants])
    first: dict[tuple[int, str], dict[str, Any]] = {key: row._asdict() for key, row in staged.items()}
    new = []
    for each in grants:
        key = each["person_id"], each["lot"]
        if key not in first:
            first[key] = each
            new.append(each)
        elif _what(first[key]) != _what(each):
            taking.problems.append(_twice(each, first[key]["line"]))
        lot = known.get(key)
        if lot and (lot.points, lot.granted_on) != _what(each):
            taking.problems.append(_contradicts(each, lot))
    taking.stage(new)


def _what(grant: dict[str, Any]) -> tuple[int, date]:
    return grant["points"], grant["granted_on"]


def _grants(
    db: Connection, points: Points, some: Sequence[GrantRow], problems: list[Problem]
) -> Iterator[dict[str, Any]]:
    """The grants as they are laid aside."""
    since = points.terms.blocks[0].since
    for row, holder in _members(
        db, points, some, problems, lambda row: ("granted_on", row.granted_on), since
    ):
        if not may_arrive_on(points, row.reason, row.granted_on):
            problems.append(_without_grants(row))
            continue
        yield {
            "person_id": holder.id,
            "lot": f"file:{row.reference}",
            "line": row.line,
            "points": row.points,
            "granted_on": row.granted_on,
            "last_day": terms_on(points, row.granted_on).last_day(row.granted_on),
            "reason": row.reason,
            "reference": row.reference,
        }


def _without_grants(row: GrantRow) -> Problem:
    month = row.granted_on.month
    expected = (
        f"{month}月は記録と交換だけの月で、ポイントは付きません。"
        f"前の月の末日の分の{month}月1日までか、{month % 12 + 1}月1日からの日付を書いてください"
    )
    return Problem(row.line, "granted_on", str(row.granted_on), expected)


def _twice(grant: dict[str, Any], line: int) -> Problem:
    """One reference with two meanings inside the file."""
    expected = f"{line}行目と同じ reference で、日付かポイントが違います。別の reference を付けてください"
    return Problem(grant["line"], "reference", grant["reference"], expected)


def _contradicts(grant: dict[str, Any], known: Lot) -> Problem:
    expected = (
        f"この reference では、{known.granted_on} に {known.points} ポイントが付与済みです。"
        "同じ内容にするか、別の reference を付けてください"
    )
    column = "points" if known.points != grant["points"] else "granted_on"
    return Problem(grant["line"], column, str(grant[column]), expected)


def _move_grants(db: Connection, taking: Taking, people: Sequence[int]) -> tuple[int, int, list[str]]:
    added, lines = points_staging.grant_staged(db, taking.this, people, taking.points.branch, AUTHOR)
    words = "取り込みの途中で、同じ reference の別の内容が付与されました。窓口の記録と見比べてください"
    warnings = [f"{line}行目: {words}" for line in lines]
    return points_staging.remove(db, taking.this, people), added, warnings


# Checkups


def _check_values(taking: Taking, some: Sequence[CheckupRow]) -> None:
    """Lays the values aside that are right by themselves and beside those of the file so far."""
    points = taking.points
    since = max(points.terms.blocks[0].since, points.items.blocks[0].since)

    def registered(row: CheckupRow) -> tuple[str, date]:
        return "registered_on", row.registered_on

    with taking.database.reading() as db:
        found = list(_members(db, points, some, taking.problems, registered, since))
        people = sorted({holder.id for _, holder in found})
        first = {_item(row): row.value for row in points_staging.laid_aside(db, taking.this, people)}
    new = []
    for row, holder in found:
        value = {"person_id": holder.id, **row._asdict()}
        del value["number"]
        key = (holder.id, row.kind, row.registered_on, row.item)
        if key not in first:
            first[key] = row.value
            new.append(value)
        elif first[key] != row.value:
            expected = "同じ健診の同じ項目に、別の値があります。1つにしてください"
            taking.problems.append(Problem(row.line, "value", f"{row.value:g}", expected))
    taking.stage(new)


def _item(row: Any) -> tuple[int, str, date, str]:
    return row.person_id, row.kind, row.registered_on, row.item


def _check_checkups(db: Connection, taking: Taking, people: Sequence[int]) -> None:
    """Whether each checkup can be taken over, and why it brings no points."""
    for line, person, settled in _decided(db, taking, people):
        taking.checkups += 1
        if settled is None:
            expected = "同じ番号・種類・日の健診が、別の値で登録されています。値を確かめてください"
            taking.problems.append(Problem(line, "registered_on", str(person[1].registered_on), expected))
        elif settled.is_new and settled.note:
            taking.warnings.append(f"{line}行目: {settled.note}")


def _decided(
    db: Connection, taking: Taking, people: Sequence[int]
) -> Iterator[tuple[int, tuple[int, Registered], Settled | None]]:
    """What each checkup laid aside earns, the first registered first; None where it is registered otherwise."""
    whose = holders(db, people)
    known: dict[int, Known] = known_checkups(db, people)
    for person, rows in groupby(points_staging.laid_aside(db, taking.this, people), attrgetter("person_id")):
        for line, key, values in _checkups(rows):
            theirs = known.setdefault(person, {})
            try:
                settled = decide(taking.points, whose[person], key, values, theirs)
            except OtherValues:
                yield line, (person, key), None
            else:
                yield line, (person, key), settled


def _checkups(rows: Iterable[Any]) -> list[tuple[int, Registered, dict[str, float]]]:
    """One person's values gathered to checkups, with the line where each begins; the earliest registered first."""
    found: dict[Registered, tuple[int, dict[str, float]]] = {}
    for row in rows:
        key = Registered(row.kind, row.registered_on, "association")
        found.setdefault(key, (row.line, {}))[1][row.item] = row.value
    order = sorted(found, key=lambda key: (key.registered_on, found[key][0]))
    return [(found[key][0], key, found[key][1]) for key in order]


def _move_checkups(db: Connection, taking: Taking, people: Sequence[int]) -> tuple[int, int, list[str]]:
    """Decides once more, with the people locked: what has been registered meanwhile counts."""
    lock_all(db, people)
    new = [
        (person, key, settled)
        for _, (person, key), settled in _decided(db, taking, people)
        if settled is not None and settled.is_new
    ]
    keep(db, taking.points, new, author=AUTHOR, now=taking.this.begun_at)
    return points_staging.remove(db, taking.this, people), len(new), []
