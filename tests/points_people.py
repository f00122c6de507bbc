"""People and points for the tests of health points."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from models.branch import load_branch
from models.member import Holder, MemberEdition, Membership, Number, Person, holder
from models.points_ledger import Grant, grant
from models.points_terms import Points

BRANCHES = Path(__file__).parent.parent / "branches"
Term = tuple[str, str | None]


def points_of(branch: str) -> Points:
    points = load_branch(BRANCHES / branch).points
    assert points is not None
    return points


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> datetime:
    """Noon in Japan on a day."""
    return datetime.fromisoformat(f"{text}T03:00:00+00:00").astimezone(UTC)


def person(
    db: Connection,
    branch: str,
    *terms: tuple[str, str | None] | tuple[str, str | None, str],
    birthdate: str = "1980-04-04",
    sex: str = "F",
) -> Holder:
    """Somebody with these memberships: first day, first day without, and perhaps the kind."""
    number = str(1_000_001 + (db.execute(select(func.count()).select_from(Person)).scalar() or 0))
    if not db.execute(select(MemberEdition.branch).where(MemberEdition.branch == branch)).first():
        edition = {"branch": branch, "edition": 1, "staged": 1, "imported_at": None}
        db.execute(insert(MemberEdition), edition)
    new = db.execute(insert(Person).returning(Person.id), {"branch": branch, "number": number}).scalar_one()
    db.execute(insert(Number), {"branch": branch, "number": number, "person_id": new})
    row = {
        "branch": branch,
        "edition": 1,
        "number": number,
        "person_id": new,
        "name": "見本 花子",
        "kana": "ミホン ハナコ",
        "birthdate": day(birthdate),
        "sex": sex,
    }
    for since, end, *kind in terms:
        dates = {"acquired_on": day(since), "lost_on": day(end) if end else None}
        db.execute(insert(Membership), {**row, **dates, "kind": kind[0] if kind else "member"})
    return _found(db, new)


def end_term(db: Connection, who: Holder, end: str) -> Holder:
    """The same person, whose membership ends: the first day without it."""
    this = (Membership.person_id == who.id, Membership.kind == "member", Membership.lost_on.is_(None))
    db.execute(update(Membership).where(*this).values(lost_on=day(end)))
    return _found(db, who.id)


def begin_term(db: Connection, who: Holder, since: str, kind: str) -> Holder:
    """The same person, with one more term, under a number of its own."""
    last = db.execute(select(Membership.__table__).where(Membership.person_id == who.id)).mappings().first()
    assert last is not None
    number = f"{who.id}{len(who.periods)}{since:.4}"
    db.execute(insert(Number), {"branch": last["branch"], "number": number, "person_id": who.id})
    term = {"number": number, "acquired_on": day(since), "lost_on": None, "kind": kind}
    db.execute(insert(Membership), {**last, **term})
    return _found(db, who.id)


def _found(db: Connection, person_id: int) -> Holder:
    found = holder(db, person_id)
    assert found is not None
    return found


def give(
    db: Connection,
    points: Points,
    who: Holder,
    granted_on: str,
    amount: int,
    key: str = "",
    *,
    earned_on: str = "",
) -> str:
    """Points granted on a day, and known since the day on which they were earned; answers the lot."""
    on = day(granted_on)
    terms = points.terms.get(on) or points.terms.blocks[0].terms
    lot = f"file:{key or granted_on}"
    one = Grant(who.id, lot, amount, on, terms.last_day(on), "walking", key or granted_on)
    grant(db, points.branch, [one], author="test", now=noon(earned_on or granted_on))
    return lot
