"""Health points: one member's balance among few entries and among five million; finding whose points lapse, and writing it down, beside bare statements."""

import random
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import (
    Connection,
    String,
    Subquery,
    case,
    cast,
    column,
    create_engine,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from bench.people import BRANCH, NOW, fill
from bench.table import Row, at_most, shown
from bench.webhooks import postgres
from models.base import Database, Instant
from models.branch import Branch, load_branch
from models.conversation import Conversation
from models.days import at, day_of
from models.done import HandedIn
from models.member import Person, holder
from models.points import state
from models.points_ledger import Entry
from models.points_terms import Points
from models.reminder_people import People, derive, ready, whom
from models.reminder_plans import Subject, subjects, synchronise
from models.reminder_settings import ReminderSetting, ReminderTopic
from models.reminders import Plan, Planned, Reminder
from settings import ROOT

FEW, MANY = 50_000, 5_000_000
MEMBERS = {FEW: 12_000, MANY: 1_200_000}
PEOPLE = 400  # whose balance is timed, in turn in both databases
AT_ONCE = 20
SWEEPS = 3
TODAY = date(2025, 1, 1)
LAST = date(2025, 3, 31)
WARNED = at(LAST - timedelta(days=90), 8)
_TABLE = (  # as that of the reminders
    """CREATE TABLE bare (plan_id INT, chat_id INT, person_id INT, due_at TIMESTAMP WITH TIME ZONE, outcome TEXT,
    PRIMARY KEY (plan_id, chat_id, person_id))""",
    "CREATE INDEX ix_bare_open ON bare (chat_id, due_at) WHERE outcome IS NULL",
)
_SELECT = f"""SELECT 1, l.chat_id AS chat_id, e.person_id, '{WARNED}' FROM (
    SELECT person_id FROM point_entries WHERE branch = '{BRANCH}' AND last_day = '{LAST}'
    GROUP BY person_id HAVING sum(points) > 0
    ) e JOIN links l ON l.person_id = e.person_id AND l.live JOIN chats c ON c.id = l.chat_id AND NOT c.blocked
    JOIN memberships m ON m.person_id = e.person_id AND m.branch = '{BRANCH}' AND m.edition = 1"""
_BARE = f"INSERT INTO bare (plan_id, chat_id, person_id, due_at) {_SELECT}"


def rows(folder: Path) -> Iterator[Row]:
    """The rows for SQLite, then for PostgreSQL."""
    few, many = (f"sqlite:///{folder / f'points-{name}.db'}" for name in ("few", "many"))
    yield from _measured("SQLite", _filled(few, FEW), _filled(many, MANY))
    with postgres(folder) as (url, _):
        few, many = create(url, "points_few"), create(url, "points_many")
        yield from _measured("PostgreSQL", _filled(few, FEW), _filled(many, MANY))


def _measured(engine: str, few: Database, many: Database) -> Iterator[Row]:
    branch = _branch()
    assert branch.points is not None
    points = branch.points
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    chosen = {size: random.Random(size).sample(range(1, MEMBERS[size]), PEOPLE) for size in (FEW, MANY)}
    for first in range(0, PEOPLE, AT_ONCE):
        for size, database in ((FEW, few), (MANY, many)):
            some = chosen[size][first : first + AT_ONCE]
            times[size] += [_balance(database, points, person) for person in some]
    at_size = median(times[MANY])
    yield at_most(f"balance of a member, 5,000,000 entries, {engine}", at_size * 1e3, "ms", 2)
    yield at_most(f"the same / among 50,000 entries, {engine}", at_size / median(times[FEW]), "times", 1.3)
    ours, bare, finding, selected = [], [], [], []
    grown = memory(lambda: _sweep(many, branch))  # a first time, which does not count
    for _ in range(SWEEPS):
        finding.append(_finding(many, branch))
        selected.append(_selected(many))
        ours.append(_sweep(many, branch))
        bare.append(_bare(many))
    yield shown(f"sweep of 1,200,000 members, {engine}", median(ours), "s")
    ratio = median(ours) / median(bare)
    found = median(finding) / median(selected)
    yield at_most(f"finding them / one bare SELECT of the same rows, {engine}", found, "times", 1.5)
    yield at_most(f"the sweep / one bare INSERT … SELECT of the same rows, {engine}", ratio, "times", 1.5)
    yield at_most(f"memory the sweep took, {engine}", grown, "MB", 50)
    for database in (few, many):
        database.close()


def _balance(database: Database, points: Points, person: int) -> float:
    def ask() -> None:
        with database.reading() as db:
            one = holder(db, person)
            assert one is not None
            assert state(db, points, one, TODAY).balance > 0

    return seconds(ask)


def _sweep(database: Database, branch: Branch) -> float:
    """Seconds to find everybody whose points lapse and write them down, as the reminders do it 90 days before."""
    subject, plan = _planned(database, branch)
    return seconds(lambda: derive(database, branch, subject, plan, WARNED))


def _finding(database: Database, branch: Branch) -> float:
    """Seconds to find them alone, the query of the reminders for all people at once."""
    subject, plan = _planned(database, branch)
    everybody = People(0, MEMBERS[MANY])
    return _count(database, whom(branch, subject, plan, day_of(WARNED), everybody).subquery())


def _selected(database: Database) -> float:
    """Seconds for the same people by a bare SELECT."""
    return _count(database, text(_SELECT).columns(column("chat_id")).subquery())


def _planned(database: Database, branch: Branch) -> tuple[Subject, Planned]:
    assert branch.calendar is not None and branch.reminders is not None
    found = subjects(branch.calendar, branch.reminders)
    database.run(lambda db: synchronise(db, BRANCH, found, WARNED))
    database.run(_forget)
    with database.reading() as db:
        [plan] = ready(db, BRANCH, WARNED)
    return found[plan.event], plan


def _count(database: Database, found: Subquery) -> float:
    with database.reading() as db:
        return seconds(lambda: db.execute(select(func.count()).select_from(found)).scalar_one())


def _bare(database: Database) -> float:
    """Seconds for the same rows as one statement, into a table with the same key and index."""
    with database.transaction() as db:
        for statement in ("DROP TABLE IF EXISTS bare", *_TABLE):
            db.exec_driver_sql(statement)
    took = seconds(lambda: database.run(lambda db: db.exec_driver_sql(_BARE).rowcount))
    with database.reading() as db:
        written = db.exec_driver_sql("SELECT count(*) FROM bare").scalar_one()
        found = db.execute(select(func.count()).select_from(Reminder)).scalar_one()
    assert written == found > 0, "these are not the same rows"
    return took


def _forget(db: Connection) -> None:
    db.execute(delete(Reminder))
    db.execute(update(Plan).values(derived_to=0, derived_at=None))


def _filled(url: str, entries: int) -> Database:
    members = MEMBERS[entries]
    database = fill(url, members, members if entries == MANY else 10, asked=False)
    database.run(lambda db: _entries(db, entries, members))
    database.run(_choices)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM ANALYZE")
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


def _choices(db: Connection) -> None:
    """Each tenth chat has an hour of its own, each tenth is told nothing of docks, each tenth person has handed in
    something else."""
    chats = select(Conversation.id).where(Conversation.id % 10 == 0)
    people = select(Person.id).where(Person.id % 10 == 0)
    for table, query, names in (
        (ReminderSetting, chats.add_columns(literal(18), false()), ["chat_id", "hour", "stopped"]),
        (ReminderTopic, chats.add_columns(literal("dock"), false()), ["chat_id", "topic", "wanted"]),
        (HandedIn, people.add_columns(literal("dock"), literal(NOW, Instant)), ["person_id", "paper", "at"]),
    ):
        db.execute(insert(table).from_select(names, query))


def _branch() -> Branch:
    """Kagawa's terms, for the bench's people."""
    branch = load_branch(ROOT / "branches" / "kagawa")
    assert branch.points is not None
    return replace(branch, id=BRANCH, points=replace(branch.points, branch=BRANCH))


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
