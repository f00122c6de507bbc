"""Membership data by editions: the next one grows unseen, beside the one that counts, and takes its place at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, update

from models.base import Base, Database, Refusal
from models.linking import unprove
from models.member import MemberEdition, Membership, Number, Person
from models.member_file import FILED, MemberRow
from models.reminder_plans import find_anew
from models.upsert import inserting

Given = ParamSpec("Given")
Result = TypeVar("Result")

ROWS_AT_A_TIME = 1_000  # in one transaction: a webhook waits for as long as that takes
PEOPLE_AT_A_TIME = 500
_NUMBER_KEY = ("branch", "number")


@dataclass(frozen=True)
class Staging:
    """An import under way: the edition it replaces, and the one it writes."""

    branch: str
    base: int
    edition: int


class Overtaken(Refusal):
    """Another import of the same branch has begun since; this one has changed nothing."""

    def __init__(self) -> None:
        super().__init__(
            "取り込みの途中で別の取り込みが始まったため、中止しました。何も変わっていません。",
            "import_overtaken",
        )


def begin(database: Database, branch: str) -> Staging:
    """Claims the next edition; an import that is still under way will notice and stop."""

    def claim(db: Connection) -> Staging:
        new = {"branch": branch, "edition": 0, "staged": 0, "imported_at": None}
        db.execute(inserting(db, MemberEdition).on_conflict_do_nothing(), new)
        this = MemberEdition.branch == branch
        row = db.execute(
            select(MemberEdition.edition, MemberEdition.staged).where(this).with_for_update()
        ).one()
        db.execute(update(MemberEdition).where(this).values(staged=row.staged + 1))
        return Staging(branch, row.edition, row.staged + 1)

    return database.run(claim)


def briefly(
    database: Database,
    staging: Staging,
    work: Callable[Concatenate[Connection, Staging, Given], Result],
    *args: Given.args,
    **kwargs: Given.kwargs,
) -> Result:
    """One short transaction of an import, if nobody has overtaken it; others then get their turn to write."""

    def step(db: Connection) -> Result:
        query = select(MemberEdition.staged).where(MemberEdition.branch == staging.branch)
        if db.execute(query.with_for_update()).scalar_one() != staging.edition:
            raise Overtaken
        return work(db, staging, *args, **kwargs)

    return database.run_briefly(step)


def known_numbers(database: Database, branch: str, numbers: Sequence[str]) -> list[tuple[str, int]]:
    """Those of the numbers that somebody has, with the person's id."""
    query = select(Number.number, Number.person_id).where(Number.branch == branch, Number.number.in_(numbers))
    with database.reading() as db:
        return [(row.number, row.person_id) for row in db.execute(query)]


def add_people(
    db: Connection, staging: Staging, first: Sequence[str], numbers: Sequence[tuple[str, str]]
) -> list[tuple[str, int]]:
    """Makes people, by first number, with all their numbers; nobody sees them before their edition counts."""
    db.execute(
        inserting(db, Person).on_conflict_do_nothing(),
        [{"branch": staging.branch, "number": number} for number in first],
    )
    query = select(Person.number, Person.id).where(Person.branch == staging.branch, Person.number.in_(first))
    people = {row.number: row.id for row in db.execute(query)}
    rows = [
        {"branch": staging.branch, "number": number, "person_id": people[root]} for number, root in numbers
    ]
    db.execute(inserting(db, Number).on_conflict_do_nothing(), rows)
    return sorted(people.items())


def burdened(db: Connection, people: Sequence[int]) -> set[int]:
    """Those of the people on whom more hangs than one number and their membership: a link, a use, points …"""
    several = select(Number.person_id).group_by(Number.person_id).having(func.count() > 1)
    found = set(db.execute(several.where(Number.person_id.in_(people))).scalars())
    for table in Base.metadata.tables.values():
        if "person_id" in table.c and table.name not in ("numbers", "memberships"):
            found |= set(db.execute(select(table.c.person_id).where(table.c.person_id.in_(people))).scalars())
    return found


def current_rows(db: Connection, staging: Staging) -> Iterator[Any]:
    """The rows of the edition that counts, by person, number and day; fetched as they are needed."""
    columns = [Membership.__table__.columns[name] for name in ("person_id", *FILED)]
    binary = Membership.number.collate("C" if db.dialect.name == "postgresql" else "BINARY")
    query = (
        select(*columns)
        .where(Membership.branch == staging.branch, Membership.edition == staging.base)
        .order_by(Membership.person_id, binary, Membership.acquired_on)
    )
    return iter(db.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)))


def stage(db: Connection, staging: Staging, rows: Sequence[tuple[int, MemberRow]]) -> None:
    """Writes rows of the file into the next edition."""
    same = {"branch": staging.branch, "edition": staging.edition}
    filed = ((person, dict(zip(FILED, row[1:-1], strict=True))) for person, row in rows)
    db.execute(insert(Membership), [{"person_id": person, **same, **values} for person, values in filed])


def carry_over(db: Connection, staging: Staging, people: Sequence[int]) -> None:
    """Copies people whom the file does not name from the edition that counts to the next one."""
    kept = [column for column in Membership.__table__.columns if column.name != "edition"]
    edition = (Membership.branch == staging.branch, Membership.edition == staging.base)
    copies = select(literal(staging.edition), *kept).where(*edition, Membership.person_id.in_(people))
    db.execute(insert(Membership).from_select(["edition", *(column.name for column in kept)], copies))


def publish(
    db: Connection,
    staging: Staging,
    moved: Sequence[tuple[str, int]],
    absorbed: Sequence[int],
    corrected: Sequence[int],
    now: datetime,
) -> None:
    """The next edition counts from here on, with the numbers that moved to people known before.

    Whose birth date was corrected has to prove themselves again."""
    this = (MemberEdition.branch == staging.branch, MemberEdition.edition == staging.base)
    switch = update(MemberEdition).where(*this, MemberEdition.staged == staging.edition)
    if db.execute(switch.values(edition=staging.edition, imported_at=now)).rowcount != 1:
        raise Overtaken
    if absorbed and burdened(db, absorbed):
        raise Overtaken  # one of them has linked since we looked
    if moved:
        new = inserting(db, Number)
        rows = [{"branch": staging.branch, "number": number, "person_id": person} for number, person in moved]
        take = {"person_id": new.excluded.person_id}
        db.execute(new.on_conflict_do_update(index_elements=_NUMBER_KEY, set_=take), rows)
    if corrected:
        unprove(db, corrected, now)
    find_anew(db, staging.branch)
    if absorbed:
        db.execute(delete(Person).where(Person.id.in_(absorbed)))


def clear(database: Database, staging: Staging, keep: int) -> None:
    """Removes every edition of the branch but the one to keep: old ones, and those of imports that died."""
    while (edition := _another_edition(database, staging.branch, keep)) is not None:
        for some in _slices(database, staging.branch, edition):
            briefly(database, staging, _delete, some)


def _delete(db: Connection, staging: Staging, some: Sequence[ColumnElement[bool]]) -> None:
    db.execute(delete(Membership).where(*some))


def _another_edition(database: Database, branch: str, keep: int) -> int | None:
    this = Membership.branch == branch
    with database.reading() as db:
        for others in (Membership.edition < keep, Membership.edition > keep):
            query = select(Membership.edition).where(this, others).order_by(Membership.edition).limit(1)
            if (edition := db.execute(query).scalar()) is not None:
                return edition
    return None


def _slices(database: Database, branch: str, edition: int) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Conditions that together meet all rows of an edition, each a small part of them."""
    number, last = Membership.number, ""
    edition_rows = (Membership.branch == branch, Membership.edition == edition)
    while True:
        rest = select(number).where(*edition_rows, number > last).order_by(number)
        with database.reading() as db:
            end = db.execute(rest.offset(ROWS_AT_A_TIME - 1).limit(1)).scalar()
        if end is None:
            yield (*edition_rows, number > last)
            return
        yield (*edition_rows, number > last, number <= end)
        last = end
