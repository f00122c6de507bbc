"""Finding everybody whose points lapse on a day: page by page, in order, and from where it stopped."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import Connection, String, Subquery, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Database, Instant
from models.member import Holder, MemberEdition, Membership, holders
from models.points import State, state
from models.points_ledger import Entry
from models.points_membership import ONE_DAY
from models.points_terms import Points
from models.upsert import inserting

PEOPLE_AT_A_TIME = 10_000
MEMBERS_AT_A_TIME = 200  # in one transaction, where each one's points are looked at


class SweepMark(Base):
    """How far a sweep has come; written in the transaction that did the work."""

    __tablename__ = "point_sweeps"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    after: Mapped[int]
    done: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)


Lapsing: TypeAlias = tuple[int, int]  # a person's id, and the points


def lapsing(db: Connection, branch: str, last_day: date, after: int, limit: int) -> list[Lapsing]:
    """People with points in lots that are valid through the day and no longer, by id, from the one after `after` on.

    Membership is not looked at here."""
    query = (
        select(Entry.person_id, func.sum(Entry.points))
        .where(Entry.branch == branch, Entry.last_day == last_day, Entry.person_id > after)
        .group_by(Entry.person_id)
        .having(func.sum(Entry.points) > 0)
        .order_by(Entry.person_id)
        .limit(limit)
    )
    with db.execute(query) as result:
        # The driver's own tuples: a million row objects keep the garbage collector busy, for twice the time.
        return list(result.cursor.fetchall())


def all_lapsing(database: Database, branch: str, last_day: date) -> Iterator[Lapsing]:
    """Everybody of the branch, streaming: memory stays the same however many they are."""
    after = 0
    while True:
        with database.reading() as db:
            page = lapsing(db, branch, last_day, after, PEOPLE_AT_A_TIME)
        yield from page
        if len(page) < PEOPLE_AT_A_TIME:
            return
        after, _ = page[-1]


def sweep(
    database: Database,
    points: Points,
    purpose: str,
    last_day: date,
    work: Callable[[Connection, Holder, State], None],
    *,
    now: datetime,
    today: date,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Calls `work` once for each person who would really lose points after `last_day`; answers how many.

    Each page is one transaction with its mark: an interrupted sweep goes on where it stopped, a finished one
    does nothing. People whose points rest or are lost with their membership are left out."""
    found = 0
    while True:
        page, told = database.run(lambda db: _page(db, points, purpose, last_day, work, now, today))
        found += told
        if progress:
            progress(page)
        if page < MEMBERS_AT_A_TIME:
            return found


def ending_memberships(database: Database, branch: str, since: date, until: date) -> Iterator[int]:
    """People with a membership that ends in these days (the first day without it), by id, each once."""
    after = 0
    while True:
        with database.reading() as db:
            ending = _ending(branch, since, until, after)
            page = list(db.execute(select(ending.c.person_id).limit(PEOPLE_AT_A_TIME)).scalars())
        yield from page
        if len(page) < PEOPLE_AT_A_TIME:
            return
        after = page[-1]


def _page(
    db: Connection,
    points: Points,
    purpose: str,
    last_day: date,
    work: Callable[[Connection, Holder, State], None],
    now: datetime,
    today: date,
) -> tuple[int, int]:
    after, is_done = _mark(db, points.branch, purpose, last_day, now)
    if is_done:
        return 0, 0
    page = lapsing(db, points.branch, last_day, after, MEMBERS_AT_A_TIME)
    people = holders(db, [person for person, _ in page])
    told = 0
    for holder in people.values():
        now_held = state(db, points, holder, today)
        if any(one.last_day == last_day for one in now_held.losing):
            work(db, holder, now_held)
            told += 1
    over = len(page) < MEMBERS_AT_A_TIME
    _move(db, points.branch, purpose, last_day, page[-1][0] if page else after, over, now)
    return len(page), told


def _mark(db: Connection, branch: str, purpose: str, day: date, now: datetime) -> tuple[int, bool]:
    new = {"branch": branch, "purpose": purpose, "day": day, "after": 0, "done": False, "at": now}
    db.execute(inserting(db, SweepMark).on_conflict_do_nothing(), new)
    this = (SweepMark.branch == branch, SweepMark.purpose == purpose, SweepMark.day == day)
    row = db.execute(select(SweepMark.after, SweepMark.done).where(*this).with_for_update()).one()
    return row.after, row.done


def _move(
    db: Connection, branch: str, purpose: str, day: date, after: int, done: bool, now: datetime
) -> None:
    new = inserting(db, SweepMark)
    row = {"branch": branch, "purpose": purpose, "day": day, "after": after, "done": done, "at": now}
    moved = {"after": new.excluded.after, "done": new.excluded.done, "at": new.excluded.at}
    db.execute(new.on_conflict_do_update(index_elements=("branch", "purpose", "day"), set_=moved), row)


def _ending(branch: str, since: date, until: date, after: int) -> Subquery:
    lost = Membership.lost_on.between(since, until)
    term = Membership.term_ends_on.between(since - ONE_DAY, until - ONE_DAY)
    counts = (MemberEdition.branch == Membership.branch) & (MemberEdition.edition == Membership.edition)
    return (
        select(Membership.person_id)
        .join(MemberEdition, counts)
        .where(Membership.branch == branch, Membership.kind == "member", lost | term)
        .where(Membership.person_id > after)
        .distinct()
        .order_by(Membership.person_id)
        .limit(PEOPLE_AT_A_TIME)
        .subquery()
    )
