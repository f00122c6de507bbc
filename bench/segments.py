"""Whom a broadcast reaches among 1,200,000 members: counting beside bare SQL, freezing beside one INSERT … SELECT."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, insert, literal, select

from bench.people import BRANCH, NOW
from models.base import Database
from models.conversation import Conversation, Place
from models.coupons import Use
from models.member import Link, MemberEdition, Membership, Number, Person
from models.points_ledger import Entry
from models.schema import upgrade

MEMBERS = 1_200_000
LAPSES = date(2025, 3, 31)
LATER = date(2026, 3, 31)
FIRST_BIRTH = date(1959, 1, 1)
BIRTHS = 40 * 365  # days


def filled(url: str, members: int = MEMBERS) -> Database:
    """Members of all ages, each linked in a chat; some chats hold two, some are blocked, some coupons are used."""
    database = Database(url)
    upgrade(database)
    for part in (_members, _chats, _uses, _lots):
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
