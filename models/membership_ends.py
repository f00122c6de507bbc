"""Finding everybody whose membership ends: page by page, in order."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, select

from models.base import Database
from models.member import MemberEdition, Membership
from models.points_membership import ONE_DAY

PEOPLE_AT_A_TIME = 10_000


def ending_memberships(database: Database, branch: str, since: date, until: date) -> Iterator[int]:
    """People with a membership that ends in these days (the first day without it), by id, each once."""
    after = 0
    while True:
        with database.reading() as db:
            page = list(db.execute(_ending(branch, since, until, after)).scalars())
        yield from page
        if len(page) < PEOPLE_AT_A_TIME:
            return
        after = page[-1]


def _ending(branch: str, since: date, until: date, after: int) -> Select[int]:
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
    )
