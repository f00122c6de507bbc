"""A day's reminders for 1,200,000 members: finding whom they concern beside one bare INSERT … SELECT of the same rows."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, delete, insert, literal, select, text, update
from sqlalchemy import func as sql

from bench.people import BRANCH
from bench.points import create, memory, seconds
from bench.segments import filled
from bench.table import Row, at_most, shown
from bench.webhooks import postgres
from models.audience import Audience
from models.base import Database
from models.branch import Branch, load_branch
from models.calendar import Calendar, Event
from models.conversation import Conversation
from models.days import at, fiscal_year
from models.done import HandedIn
from models.member import Person
from models.reminder_people import derive, ready
from models.reminder_plans import Subject, subjects, synchronise
from models.reminder_settings import ReminderSetting
from models.reminders import Plan, Reminder
from settings import ROOT

FEW, MANY = 12_000, 1_200_000
EVENTS = 40
DAY = date(2024, 9, 2)
NOW = at(DAY, 8)
TODAY = (0, 1, 7, 14)  # days before these events: told today; the others are told later
TURNS = 3
PAPER = "bench-paper"
AUDIENCES = (
    Audience(kinds=("member",)),
    Audience(kinds=("member",), sex="F"),
    Audience(kinds=("member",), employments=("regular",)),
    Audience(kinds=("member", "spouse"), born_from=date(1964, 4, 2), born_until=date(1994, 4, 1)),
)
_TABLE = (
    "CREATE TABLE bare (plan_id INT, chat_id INT, person_id INT, due_at TEXT,"
    " PRIMARY KEY (plan_id, chat_id, person_id))"
)
_BARE = f"""SELECT :plan, c.id, m.person_id, '{DAY} 03:00' FROM memberships m
    JOIN links l ON l.person_id = m.person_id AND l.live JOIN chats c ON c.id = l.chat_id AND NOT c.blocked
    WHERE m.branch = '{BRANCH}' AND m.edition = 1
    AND c.id NOT IN (SELECT chat_id FROM reminder_settings WHERE stopped)"""
_WHO = (
    "m.kind = 'member'",
    f"""m.kind = 'member' AND m.sex = 'F'
    AND m.person_id NOT IN (SELECT person_id FROM handed_in WHERE paper = '{PAPER}')""",
    """m.kind = 'member' AND m.employment = 'regular' AND m.person_id NOT IN
    (SELECT person_id FROM coupon_uses WHERE fiscal_year = 2024 AND product = 'dock' AND live)""",
    "m.kind IN ('member', 'spouse') AND m.birthdate BETWEEN '1964-04-02' AND '1994-04-01'",
)


def rows(folder: Path) -> Iterator[Row]:
    """The rows for SQLite, then for PostgreSQL."""
    few, many = (f"sqlite:///{folder / f'reminders-{name}.db'}" for name in ("few", "many"))
    yield from _measured("SQLite", few, many)
    with postgres(folder) as (url, _):
        few, many = create(url, "reminders_few"), create(url, "reminders_many")
        yield from _measured("PostgreSQL", few, many)


def _measured(engine: str, few_url: str, many_url: str) -> Iterator[Row]:
    branch = _branch()
    with closing(_filled(few_url, FEW)) as few, closing(_filled(many_url, MANY)) as many:
        grown = memory(lambda: _derive(many, branch))  # a first time, which is not timed
        at_few, at_many, bare, copied = [], [], [], []
        for _ in range(TURNS):
            at_few.append(_each(few, branch))
            at_many.append(_each(many, branch))
            bare.append(_bare(many))
            copied.append(_copied(many))
        found = _count(many)
    took = median(at_many) * found
    yield shown(f"{found:,} reminders of a day found, {engine}", took, "s")
    yield at_most(f"the same / one bare INSERT … SELECT, {engine}", took / median(bare), "times", 3)
    yield shown(f"the same / copying the rows once found, {engine}", took / median(copied), "times")
    yield at_most(f"memory that took, {engine}", grown, "MB", 50)
    grows = median(at_many) / median(at_few)
    yield at_most(f"a reminder among 1,200,000 / among 12,000, {engine}", grows, "times", 1.3)


def _each(database: Database, branch: Branch) -> float:
    """Seconds for each reminder of the day, found anew."""
    database.run(_forget)
    return seconds(lambda: _derive(database, branch)) / _count(database)


def _derive(database: Database, branch: Branch) -> None:
    """As the hourly job does it."""
    found = _subjects(branch)
    database.run(lambda db: synchronise(db, BRANCH, found, NOW))
    with database.reading() as db:
        plans = ready(db, BRANCH, NOW)
    assert len(plans) == len(TODAY), "another number of events is told today"
    for plan in plans:
        derive(database, branch, found[plan.event], plan, NOW)


def _bare(database: Database) -> float:
    """Seconds for the same rows as one statement, into a table with the same key."""
    asked = (f"{_BARE} AND {who}".replace(":plan", str(place)) for place, who in enumerate(_WHO))
    return _inserted(database, " UNION ALL ".join(asked))


def _copied(database: Database) -> float:
    """Seconds for the mere writing of rows that are already found."""
    return _inserted(database, "SELECT plan_id, chat_id, person_id, '' FROM reminders")


def _inserted(database: Database, rows: str) -> float:
    for statement in ("DROP TABLE IF EXISTS bare", _TABLE):
        database.run(lambda db, statement=statement: db.execute(text(statement)))  # type: ignore[misc]

    def write(db: Connection) -> None:
        if not database.is_sqlite:
            # With less PostgreSQL looks for each chat through the list of all that are not told.
            db.exec_driver_sql("SET LOCAL work_mem = '256MB'")
        db.exec_driver_sql(f"INSERT INTO bare {rows}")

    took = seconds(lambda: database.run(write))
    with database.reading() as db:
        written = db.execute(text("SELECT count(*) FROM bare")).scalar_one()
    assert written == _count(database), "these are not the same rows"
    return took


def _forget(db: Connection) -> None:
    db.execute(delete(Reminder))
    db.execute(update(Plan).values(derived_to=0, derived_at=None))


def _count(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(select(sql.count()).select_from(Reminder)).scalar_one())


def _filled(url: str, members: int) -> Database:
    database = filled(url, members, points=False)
    database.run(_choices)
    database.run(_papers)
    return database


def _choices(db: Connection) -> None:
    """Every tenth chat has chosen an hour; of these every fifth wants nothing."""
    chat = Conversation.id
    chosen = select(chat, literal(18), chat % 50 == 0).where(chat % 10 == 0)
    db.execute(insert(ReminderSetting).from_select(["chat_id", "hour", "stopped"], chosen))


def _papers(db: Connection) -> None:
    """Every fourth has handed in the paper."""
    papers = select(Person.id, literal(PAPER), literal(NOW, HandedIn.at.type)).where(Person.id % 4 == 0)
    db.execute(insert(HandedIn).from_select(["person_id", "paper", "at"], papers))


def _branch() -> Branch:
    """A branch whose calendar holds nothing but the bench's events."""
    events = tuple(_event(place) for place in range(EVENTS))
    years: dict[int, list[Event]] = {}
    for event in events:
        years.setdefault(fiscal_year(event.last), []).append(event)
    held = Calendar(Path("calendar.yaml"), {year: tuple(each) for year, each in years.items()})
    return replace(load_branch(ROOT / "branches" / BRANCH), calendar=held)


def _event(place: int) -> Event:
    """The first four are told today: to whoever has not handed in the paper or used the dock, or to all."""
    before = TODAY[place] if place < len(TODAY) else 30 + 5 * place
    return Event(
        uid=f"{BRANCH}-2024-bench-{place:02d}",
        programme="coupon",
        kind="deadline",
        title="見本の締切",
        first=date(2024, 4, 1),
        last=DAY + timedelta(days=before),
        source="bench",
        audience=AUDIENCES[place % len(AUDIENCES)],
        settled_by=(PAPER,) if place % 4 == 1 else (),
        product="dock" if place % 4 == 2 else "",
    )


def _subjects(branch: Branch) -> dict[str, Subject]:
    assert branch.calendar is not None and branch.reminders is not None
    return subjects(branch.calendar, branch.reminders)
