"""Members, facilities and linked chats for the bench, written straight into the tables."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, insert, literal, select
from sqlalchemy.sql.selectable import CTE

from bench.load import user_id
from models.base import Database
from models.conversation import Conversation, Frame, Place
from models.facility import Facility, FacilityProduct, FacilityRow
from models.facility_register import register
from models.member import Link, MemberEdition, Membership, Number, Person
from models.schema import upgrade

BRANCH = "saitama"
NOW = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)  # in the season of the FY2024 coupons
FACILITIES = 300
HERE = "fs0007"
FIRST_NUMBER = 1_000_000
FILLED = (MemberEdition, Person, Number, Membership, FacilityRow, FacilityProduct, Conversation, Link)
PRODUCTS = ("1day", "2day", "brain", "womens", "spouse")


def fill(url: str, members: int, chats: int, *, asked: bool) -> Database:
    """A database of so many members, some of them linked; `asked`: their chats stand at the facility's question."""
    database = Database(url)
    upgrade(database)
    database.run(lambda db: _people(db, members))
    database.run(lambda db: register(db, BRANCH, [_facility(number) for number in range(1, FACILITIES + 1)]))
    database.run(lambda db: _chats(db, members, chats, _asked() if asked else Place()))
    if (
        not database.is_sqlite
    ):  # as its own gardener would: a table that nobody has written into is left alone
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql(f"VACUUM ANALYZE {', '.join(table.__tablename__ for table in FILLED)}")
    return database


def _people(db: Connection, members: int) -> None:
    """Everyone is a man born in 1974: several coupons to choose from."""
    number = _numbers(members)
    written: ColumnElement[str] = cast(FIRST_NUMBER + number.c.n, String)
    db.execute(insert(MemberEdition), {"branch": BRANCH, "edition": 1, "staged": 1, "imported_at": NOW})
    person = select(number.c.n, literal(BRANCH), written)
    db.execute(insert(Person).from_select(["id", "branch", "number"], person))
    db.execute(insert(Number).from_select(["person_id", "branch", "number"], person))
    period: dict[str, ColumnElement[Any]] = {
        "branch": literal(BRANCH),
        "edition": literal(1),
        "number": written,
        "acquired_on": literal(date(1998, 4, 1)),
        "person_id": number.c.n,
        "name": literal("見本 太郎"),
        "kana": literal("ミホン タロウ"),
        "birthdate": literal(date(1974, 1, 22)),
        "sex": literal("M"),
        "kind": literal("member"),
        "employment": literal("regular"),
        "refresh_coupons": literal(3),
    }
    db.execute(insert(Membership).from_select([*period], select(*period.values())))


def _numbers(count: int) -> CTE:
    counted = select(literal(1).label("n")).cte("counted", recursive=True)
    return counted.union_all(select(counted.c.n + 1).where(counted.c.n < count))


def _facility(number: int) -> Facility:
    code = f"fs{number:04d}"
    products = {product: f"{code}{place:02d}" for place, product in enumerate(PRODUCTS, start=1)}
    return Facility(BRANCH, code, f"見本{number}病院", "さいたま市浦和区1-1", "048-000-0000", products)


def _chats(db: Connection, members: int, chats: int, place: Place) -> None:
    """The linked members stand far apart among all members."""
    frame = place.frame
    common = {
        "branch": BRANCH,
        "blocked": False,
        "flow": frame.flow if frame else None,
        "step": frame.step if frame else None,
        "turn": place.turn,
        "place": place.dump(),
        "updated_at": NOW,
    }
    numbers = range(1, chats + 1)
    db.execute(insert(Conversation), [common | {"id": n, "user_id": user_id(n - 1)} for n in numbers])
    apart = members // chats
    links = [{"chat_id": n, "person_id": n * apart, "linked_at": NOW, "live": True} for n in numbers]
    db.execute(insert(Link), links)


def _asked() -> Place:
    frame = Frame("redeem", "confirm_facility", {"facility_code": HERE}, ["confirm_facility"])
    return Place(frame, turn=1, asked_at=NOW.timestamp())
