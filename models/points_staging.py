"""Rows of grants and checkups files on their way into the ledger: laid aside, checked, then moved some people at a time.

Nothing is moved before the whole file has been checked. From then on the import is owed: whoever finds it moves what
is left, so that a process that dies in the middle loses nothing, and a webhook never waits for a whole file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import (
    Connection,
    Float,
    ForeignKey,
    String,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Database, Instant
from models.points_ledger import LONGEST_REASON, LONGEST_REFERENCE, Entry
from models.upsert import inserting

Kind = Literal["grants", "checkups"]
# In one transaction: a webhook waits for as long as that takes, and a checkup is judged in it.
PEOPLE_AT_A_TIME: dict[Kind, int] = {"grants": 500, "checkups": 100}
LEFT_BEHIND = timedelta(days=1)  # an import that died while it was checking owes nothing


class PointImport(Base):
    """A file that is being taken over; `checked_at` is NULL while it may still be refused."""

    __tablename__ = "point_imports"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(12))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)


class StagedGrant(Base):
    """A grant of a file; `line` is where it stands."""

    __tablename__ = "staged_grants"
    import_id: Mapped[int] = mapped_column(ForeignKey("point_imports.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(String(80), primary_key=True)
    line: Mapped[int]
    points: Mapped[int]
    granted_on: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))


class StagedValue(Base):
    """One measured item of a file; `line` is where it stands."""

    __tablename__ = "staged_values"
    import_id: Mapped[int] = mapped_column(ForeignKey("point_imports.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    registered_on: Mapped[date] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    line: Mapped[int]


Staged = type[StagedGrant] | type[StagedValue]
TABLES: dict[Kind, Staged] = {"grants": StagedGrant, "checkups": StagedValue}


@dataclass(frozen=True)
class Import:
    """A file that is being taken over."""

    id: int
    kind: Kind
    begun_at: datetime

    @property
    def table(self) -> Staged:
        return TABLES[self.kind]


def begin(db: Connection, branch: str, kind: Kind, now: datetime) -> Import:
    """A new import, of which nothing is laid aside yet."""
    row = {"branch": branch, "kind": kind, "begun_at": now, "checked_at": None}
    made = db.execute(insert(PointImport).returning(PointImport.id), row).scalar_one()
    return Import(made, kind, now)


def owed(db: Connection, branch: str) -> list[Import]:
    """Imports that have been checked and are not moved to the end."""
    return _imports(db, branch, PointImport.checked_at.is_not(None))


def abandoned(db: Connection, branch: str, now: datetime) -> list[Import]:
    """Imports that died while they were checking."""
    dead = PointImport.checked_at.is_(None) & (PointImport.begun_at < now - LEFT_BEHIND)
    return _imports(db, branch, dead)


def _imports(db: Connection, branch: str, which: Any) -> list[Import]:
    query = select(PointImport.id, PointImport.kind, PointImport.begun_at)
    rows = db.execute(query.where(PointImport.branch == branch, which).order_by(PointImport.id))
    return [Import(row.id, cast(Kind, row.kind), row.begun_at) for row in rows]


def stage(db: Connection, one: Import, rows: Sequence[dict[str, Any]]) -> None:
    """Lays rows aside."""
    if rows:
        db.execute(insert(one.table), [{"import_id": one.id, **row} for row in rows])


def owe(db: Connection, one: Import, now: datetime) -> None:
    """The file is right: from now on it will be taken over."""
    db.execute(update(PointImport).where(PointImport.id == one.id).values(checked_at=now))


def laid_aside(db: Connection, one: Import, people: Sequence[int]) -> list[Any]:
    """The rows of these people, person by person, in the order of the file."""
    table = one.table
    query = select(table).where(table.import_id == one.id, table.person_id.in_(people))
    return list(db.execute(query.order_by(table.person_id, table.line)))


def people(database: Database, one: Import) -> Iterator[list[int]]:
    """The people for whom something is laid aside, some at a time."""
    after = 0
    while some := _people_after(database, one, after):
        yield some
        after = some[-1]


def _people_after(database: Database, one: Import, after: int) -> list[int]:
    table = one.table
    theirs = select(table.person_id).where(table.import_id == one.id, table.person_id > after)
    with database.reading() as db:
        page = theirs.distinct().order_by(table.person_id).limit(PEOPLE_AT_A_TIME[one.kind])
        return list(db.execute(page).scalars())


def remove(db: Connection, one: Import, people: Sequence[int]) -> int:
    """Forgets what is laid aside for these people; answers how many rows."""
    table = one.table
    return db.execute(delete(table).where(table.import_id == one.id, table.person_id.in_(people))).rowcount


def end(db: Connection, one: Import) -> None:
    """Nothing is laid aside any more."""
    db.execute(delete(PointImport).where(PointImport.id == one.id))


def grant_staged(
    db: Connection, one: Import, people: Sequence[int], branch: str, author: str
) -> tuple[int, list[int]]:
    """Puts the grants laid aside for these people into the ledger by one statement: how many were new, and the lines
    of those that stand there by now with other points or another day."""
    theirs = (StagedGrant.import_id == one.id, StagedGrant.person_id.in_(people))
    values: dict[str, Any] = {
        "person_id": StagedGrant.person_id,
        "lot": StagedGrant.lot,
        "seq": literal(1),
        "branch": literal(branch),
        "kind": literal("grant"),
        "points": StagedGrant.points,
        "left": StagedGrant.points,
        "before_seq": null(),
        "before_left": null(),
        "granted_on": StagedGrant.granted_on,
        "last_day": StagedGrant.last_day,
        "day": StagedGrant.granted_on,
        "cause": literal("grant"),
        "reason": StagedGrant.reason,
        "reference": StagedGrant.reference,
        "author": literal(author),
        "at": literal(one.begun_at, Instant),
    }
    rows = select(*values.values()).where(*theirs).order_by(StagedGrant.person_id)
    new = inserting(db, Entry).from_select(list(values), rows).on_conflict_do_nothing()
    added = db.execute(new.execution_options(preserve_rowcount=True)).rowcount
    otherwise = (
        select(StagedGrant.line)
        .join(Entry, (Entry.person_id == StagedGrant.person_id) & (Entry.lot == StagedGrant.lot))
        .where(*theirs, Entry.seq == 1)
        .where(or_(Entry.points != StagedGrant.points, Entry.granted_on != StagedGrant.granted_on))
    )
    return added, list(db.execute(otherwise.order_by(StagedGrant.line)).scalars())
