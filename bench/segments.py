"""Whom a broadcast reaches among 1,200,000 members: counting beside bare SQL, freezing beside one INSERT … SELECT."""

import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, insert, literal, select

from bench.people import BRANCH, NOW
from bench.table import Row, at_most, shown
from bench.webhooks import postgres
from models import mailing, segments
from models.base import Database
from models.branch import Branch, load_branch
from models.conditions import Aged
from models.conversation import Conversation, Place
from models.coupon_uses import Use
from models.member import Link, MemberEdition, Membership, Number, Person
from models.points_ledger import Entry
from models.programme_conditions import CouponUnused, PointsExpiring
from models.schema import upgrade
from models.segments import Segment
from scheduler.broadcasts import AT_ONCE
from settings import ROOT

MEMBERS = 1_200_000
ROUNDS = 3
TODAY = date(2024, 7, 1)
LAPSES = date(2025, 3, 31)
LATER = date(2026, 3, 31)
FIRST_BIRTH = date(1959, 1, 1)
BIRTHS = 40 * 365  # days


def filled(url: str, members: int = MEMBERS, *, points: bool = True) -> Database:
    """Members of all ages, each linked in a chat; some chats hold two, some are blocked, some coupons are used."""
    database = Database(url)
    upgrade(database)
    for part in (_members, _chats, _uses, *((_lots,) if points else ())):
        database.run(lambda db, part=part: part(db, members))  # type: ignore[misc]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
    return database


def _members(db: Connection, members: int) -> None:
    """Every third is a man, every eighth works part-time; births are spread over forty years."""
    n = _numbers(members)
    written: ColumnElement[str] = cast(1_000_000 + n, String)
    db.execute(insert(MemberEdition), {"branch": BRANCH, "edition": 1, "staged": 1, "imported_at": NOW})
    db.execute(insert(Person).from_select(["id", "branch", "number"], select(n, literal(BRANCH), written)))
    db.execute(
        insert(Number).from_select(["person_id", "branch", "number"], select(n, literal(BRANCH), written))
    )
    born: ColumnElement[Any] = (
        func.date(FIRST_BIRTH.isoformat(), cast(n % BIRTHS * 7919 % BIRTHS, String) + " days")
        if db.dialect.name == "sqlite"
        else literal(FIRST_BIRTH) + n % BIRTHS * 7919 % BIRTHS
    )
    period: dict[str, ColumnElement[Any]] = {
        "branch": literal(BRANCH),
        "edition": literal(1),
        "number": written,
        "acquired_on": literal(date(1998, 4, 1)),
        "person_id": n,
        "name": literal("見本 太郎"),
        "kana": literal("ミホン タロウ"),
        "birthdate": born,
        "sex": case((n % 3 == 0, "M"), else_="F"),
        "kind": case((n % 10 == 9, "spouse"), else_="member"),
        "employment": case((n % 8 == 0, "reappointed_short"), else_="regular"),
        "workplace": literal("見本学校") + cast(n % 2_000, String),
        "refresh_coupons": literal(3),
    }
    db.execute(insert(Membership).from_select([*period], select(*period.values())))


def _chats(db: Connection, members: int) -> None:
    """A chat for everybody; of every tenth person the chat is that of the one before."""
    n = _numbers(members)
    chat: dict[str, ColumnElement[Any]] = {
        "id": n,
        "branch": literal(BRANCH),
        "user_id": literal("U") + cast(n, String),
        "blocked": n % 50 == 0,
        "turn": literal(0),
        "place": literal(Place().dump()),
        "updated_at": literal(NOW, Conversation.updated_at.type),
    }
    db.execute(insert(Conversation).from_select([*chat], select(*chat.values())))
    link: dict[str, ColumnElement[Any]] = {
        "id": n,
        "chat_id": case((n % 10 == 9, n - 1), else_=n),
        "person_id": n,
        "linked_at": literal(NOW, Link.linked_at.type),
        "live": literal(True),
    }
    db.execute(insert(Link).from_select([*link], select(*link.values())))


def _uses(db: Connection, members: int) -> None:
    """Half of the members have used their dock."""
    n = _numbers(members // 2)
    use: dict[str, ColumnElement[Any]] = {
        "branch": literal(BRANCH),
        "person_id": n * 2,
        "fiscal_year": literal(2024),
        "product": literal("dock"),
        "ordinal": literal(1),
        "live": literal(True),
        "kind": literal("1day"),
        "label": literal("選べるドック"),
        "facility": literal("fs0007"),
        "facility_name": literal("見本病院"),
        "used_on": literal(date(2024, 7, 1)),
        "used_at": literal(NOW, Use.used_at.type),
        "redemption": literal("r") + cast(n, String),
    }
    db.execute(insert(Use).from_select([*use], select(*use.values())))


def _lots(db: Connection, members: int) -> None:
    """Two lots for everybody; of every fortieth the first lapses next March."""
    n = _numbers(2 * members)
    lapses = (n <= members) & (n % 40 == 0)
    row: dict[str, ColumnElement[Any]] = {
        "person_id": 1 + n % members,
        "lot": literal("file:") + cast(n, String),
        "seq": literal(1),
        "branch": literal(BRANCH),
        "kind": literal("grant"),
        "points": literal(10),
        "left": literal(10),
        "granted_on": case((lapses, date(2023, 7, 1)), else_=date(2024, 7, 1)),
        "last_day": case((lapses, LAPSES), else_=LATER),
        "day": case((lapses, date(2023, 7, 1)), else_=date(2024, 7, 1)),
        "cause": literal("grant"),
        "reason": literal("walking"),
        "reference": cast(n, String),
        "author": literal("bench"),
        "at": literal(NOW, Entry.at.type),
    }
    db.execute(insert(Entry).from_select([*row], select(*row.values())))


def _numbers(count: int) -> ColumnElement[int]:
    counted = select(literal(1).label("n")).cte("counted", recursive=True)
    return counted.union_all(select(counted.c.n + 1).where(counted.c.n < count)).c.n


def rows(folder: Path) -> Iterator[Row]:
    """The rows for SQLite, then for PostgreSQL."""
    database = filled(f"sqlite:///{folder / 'segments.db'}")
    yield from measured("SQLite", database)
    database.close()
    with postgres(folder) as (url, _):
        database = filled(url.replace("postgresql://", "postgresql+psycopg://", 1))
        yield from measured("PostgreSQL", database)
        database.close()


def measured(engine: str, database: Database) -> Iterator[Row]:
    """Counting and freezing, each beside the bare SQL of the same question."""
    branch = load_branch(ROOT / "branches" / BRANCH)
    for name, (segment, bare) in SEGMENTS.items():
        ours, plain = [], []
        for _ in range(ROUNDS):
            ours.append(_seconds(lambda: _count(database, branch, segment)))  # noqa: B023
            plain.append(_seconds(lambda: _bare(database, bare)))  # noqa: B023
        assert _count(database, branch, segment) == _bare(database, bare)
        yield shown(f"count of {MEMBERS:,}: {name}, {engine}", min(ours) * 1e3, "ms")
        yield at_most(f"the same / bare SQL: {name}, {engine}", min(ours) / min(plain), "times", 1.5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours_took = _seconds(lambda: _freeze(database, branch, "ours"))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    bare_took = _seconds(lambda: _freeze_bare(database))
    yield shown(f"freezing a list of 1,200,000, {engine}", ours_took, "s")
    yield at_most(f"the same / one INSERT … SELECT, {engine}", ours_took / bare_took, "times", 3)
    yield at_most(f"memory that freezing took, {engine}", grown, "MB", 20)


_REACHED = (
    "FROM memberships m JOIN links l ON l.person_id = m.person_id AND l.live"
    " WHERE m.branch = 'saitama' AND m.edition = (SELECT edition FROM member_editions WHERE branch = 'saitama')"
    " AND m.acquired_on <= '2024-07-01' AND (m.lost_on IS NULL OR m.lost_on > '2024-07-01')"
    " AND (m.term_ends_on IS NULL OR m.term_ends_on >= '2024-07-01')"
    " AND l.chat_id NOT IN (SELECT id FROM chats WHERE branch = 'saitama' AND blocked)"
)
_AGED = " AND m.birthdate BETWEEN '1974-07-02' AND '1984-07-01'"
_UNUSED = (
    " AND m.kind = 'member' AND coalesce(m.employment, '') <> 'reappointed_under_20h'"
    " AND NOT EXISTS (SELECT 1 FROM coupon_uses u WHERE u.person_id = m.person_id"
    " AND u.fiscal_year = 2024 AND u.product = 'dock' AND u.live)"
)
_EXPIRING = (
    " AND m.person_id IN (SELECT person_id FROM point_entries WHERE branch = 'saitama'"
    " AND last_day BETWEEN '2024-07-01' AND '2025-03-31' GROUP BY person_id HAVING sum(points) > 0)"
)
AGE, DOCK, LAPSING = Aged(40, 49, "2024-07-01"), CouponUnused("dock"), PointsExpiring(LAPSES.isoformat())
SEGMENTS = {
    "all linked": (Segment(), _REACHED),
    "age band, unused coupon": (Segment((AGE, DOCK)), _REACHED + _AGED + _UNUSED),
    "age band, unused coupon, points": (
        Segment((AGE, DOCK, LAPSING)),
        _REACHED + _AGED + _UNUSED + _EXPIRING,
    ),
}


def _count(database: Database, branch: Branch, segment: Segment) -> int:
    with database.reading() as db:
        return segments.count(db, branch, segment, TODAY)


def _bare(database: Database, query: str) -> int:
    with database.reading() as db:
        cursor: Any = db.connection.cursor()
        cursor.execute(f"SELECT count(DISTINCT l.chat_id) {query}")
        (count,) = cursor.fetchone()
        cursor.close()
    return int(count)


def _freeze(database: Database, branch: Branch, about: str) -> None:
    """As the worker does: streamed, some thousand people in a transaction."""

    def begin(db: Connection) -> int:
        return mailing.create(
            db,
            branch=BRANCH,
            purpose="broadcast",
            about=about,
            subject="",
            messages="[]",
            now=NOW,
        )

    number = database.run(begin)
    with database.streaming() as db:
        found = segments.chats(db, branch, Segment(), TODAY)
        while some := list(islice(found, AT_ONCE)):
            database.run(lambda db, some=some: mailing.add_batches(db, number, some, due_at=None))  # type: ignore[misc]


def _freeze_bare(database: Database) -> None:
    """One statement that does the same."""
    array = "json_group_array(chat_id)" if database.is_sqlite else "CAST(json_agg(chat_id) AS text)"
    key = "hex(randomblob(16))" if database.is_sqlite else "CAST(gen_random_uuid() AS text)"
    false = "0" if database.is_sqlite else "false"

    def write(db: Connection) -> None:
        number = mailing.create(
            db, branch=BRANCH, purpose="broadcast", about="bare", subject="", messages="[]", now=NOW
        )
        db.exec_driver_sql(
            "INSERT INTO mailing_batches (mailing_id, number, chat_ids, people, retry_key, tries, out_of_quota,"
            f" accepted, left_out, left_out_ids) SELECT {number}, n, {array}, count(*), {key}, 0, {false}, 0, 0, '[]'"
            " FROM (SELECT chat_id, (row_number() OVER (ORDER BY chat_id) - 1) / 500 AS n"
            f" FROM (SELECT DISTINCT l.chat_id {_REACHED}) AS a) AS b GROUP BY n"
        )

    database.run(write)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
