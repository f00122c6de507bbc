"""Health points: one member's balance among few entries and among five million; the sweep beside a bare aggregate."""

import random
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, String, case, cast, create_engine, insert, literal, select

from bench.people import BRANCH, NOW, fill
from bench.table import Row, at_most, shown
from bench.webhooks import postgres
from models.base import Database
from models.branch import load_branch
from models.member import holder
from models.points import state
from models.points_ledger import Entry
from models.points_sweep import all_lapsing
from models.points_terms import Points
from settings import ROOT

FEW, MANY = 50_000, 5_000_000
MEMBERS = {FEW: 12_000, MANY: 1_200_000}
PEOPLE = 400  # whose balance is timed, in turn in both databases
AT_ONCE = 20
SWEEPS = 3
TODAY = date(2025, 1, 1)
LAST = date(2025, 3, 31)


def rows(folder: Path) -> Iterator[Row]:
    """The rows for SQLite, then for PostgreSQL."""
    few, many = (f"sqlite:///{folder / f'points-{name}.db'}" for name in ("few", "many"))
    yield from _measured("SQLite", _filled(few, FEW), _filled(many, MANY))
    with postgres(folder) as (url, _):
        few, many = create(url, "points_few"), create(url, "points_many")
        yield from _measured("PostgreSQL", _filled(few, FEW), _filled(many, MANY))


def _measured(engine: str, few: Database, many: Database) -> Iterator[Row]:
    points = _points()
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    chosen = {size: random.Random(size).sample(range(1, MEMBERS[size]), PEOPLE) for size in (FEW, MANY)}
    for first in range(0, PEOPLE, AT_ONCE):
        for size, database in ((FEW, few), (MANY, many)):
            some = chosen[size][first : first + AT_ONCE]
            times[size] += [_balance(database, points, person) for person in some]
    at_size = median(times[MANY])
    yield at_most(f"balance of a member, 5,000,000 entries, {engine}", at_size * 1e3, "ms", 2)
    yield at_most(f"the same / among 50,000 entries, {engine}", at_size / median(times[FEW]), "times", 1.3)
    ours, bare = [], []
    grown = memory(lambda: _sweep(many))  # a first time, which is not timed
    for _ in range(SWEEPS):
        ours.append(seconds(lambda: _sweep(many)))
        bare.append(seconds(lambda: _bare(many)))
    yield shown(f"sweep of 1,200,000 members, {engine}", median(ours), "s")
    yield at_most(f"the sweep / one bare SQL aggregate, {engine}", median(ours) / median(bare), "times", 1.5)
    yield shown(f"memory the sweep took, {engine}", grown, "MB")
    for database in (few, many):
        database.close()


def _balance(database: Database, points: Points, person: int) -> float:
    def ask() -> None:
        with database.reading() as db:
            one = holder(db, person)
            assert one is not None
            assert state(db, points, one, TODAY).balance > 0

    return seconds(ask)


def _sweep(database: Database) -> int:
    return sum(1 for _ in all_lapsing(database, BRANCH, LAST))


def _bare(database: Database) -> int:
    """The same question as one statement, its rows read by the driver alone."""
    mark = "?" if database.is_sqlite else "%s"
    query = (
        "SELECT person_id, sum(points) FROM point_entries"
        f" WHERE branch = {mark} AND last_day = {mark} GROUP BY person_id HAVING sum(points) > 0"
    )
    values = (BRANCH, LAST.isoformat() if database.is_sqlite else LAST)
    with database.reading() as db:
        cursor: Any = db.connection.cursor()
        cursor.execute(query, values)
        count = sum(1 for _ in cursor)
        cursor.close()
    return count


def _filled(url: str, entries: int) -> Database:
    database = fill(url, MEMBERS[entries], 10, asked=False)
    database.run(lambda db: _entries(db, entries, MEMBERS[entries]))
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM ANALYZE point_entries")
    return database


def _entries(db: Connection, entries: int, members: int) -> None:
    """Grants in turn for everybody: each one's first lapses in 2025, the others a year later."""
    counted = select(literal(1).label("n")).cte("counted", recursive=True)
    n = counted.union_all(select(counted.c.n + 1).where(counted.c.n < entries)).c.n
    granted_on = case((n <= members, date(2023, 7, 1)), else_=date(2024, 7, 1))
    row = {
        "person_id": 1 + n % members,
        "lot": literal("file:") + cast(n, String),
        "seq": literal(1),
        "branch": literal(BRANCH),
        "kind": literal("grant"),
        "points": literal(10),
        "left": literal(10),
        "granted_on": granted_on,
        "last_day": case((n <= members, LAST), else_=date(2026, 3, 31)),
        "day": granted_on,
        "cause": literal("grant"),
        "reason": literal("walking"),
        "reference": cast(n, String),
        "author": literal("bench"),
        "at": literal(NOW),
    }
    db.execute(insert(Entry).from_select([*row], select(*row.values())))


def _points() -> Points:
    """Kagawa's terms, for the bench's people."""
    points = load_branch(ROOT / "branches" / "kagawa").points
    assert points is not None
    return replace(points, branch=BRANCH)


def create(url: str, name: str) -> str:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.replace("/postgres?", f"/{name}?", 1)


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def memory(work: Callable[[], object]) -> float:
    """By how many megabytes the most that the process has ever used grows."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
