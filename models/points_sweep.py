"""Finding everybody whose membership ends: page by page, in order."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import String, Subquery, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Database, Instant
from models.member import MemberEdition, Membership
from models.points_membership import ONE_DAY

PEOPLE_AT_A_TIME = 10_000


class SweepMark(Base):
    """How far an earlier release came in finding whose points lapse: today a plan's `derived_to` says it. Nobody writes
    here any more."""

    __tablename__ = "point_sweeps"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    after: Mapped[int]
    done: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)


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
