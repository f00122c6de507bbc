"""How long uploaded lists of numbers are kept: they go when their time is over and no broadcast still needs them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from models.branch import Branch
from models.broadcast_lists import ListedPerson, PersonList
from models.broadcasts import OVER, Broadcast
from models.conditions import Listed
from models.days import day_of
from models.terms import known_on


def forget_old_lists(db: Connection, branch: Branch, now: datetime) -> int:
    """Removes the branch's lists that its terms no longer keep; answers how many."""
    terms = known_on(branch.broadcast, day_of(now))
    if terms is None:
        return 0
    oldest = now - timedelta(days=terms.lists_kept_days)
    old = select(PersonList.id).where(PersonList.branch == branch.id, PersonList.made_at < oldest)
    gone = sorted(set(db.execute(old).scalars()) - set(_needed(db, branch.id)))
    db.execute(delete(ListedPerson).where(ListedPerson.list_id.in_(gone)))
    return db.execute(delete(PersonList).where(PersonList.id.in_(gone))).rowcount


def _needed(db: Connection, branch: str) -> Iterator[int]:
    """The lists that broadcasts name which are not over."""
    query = select(Broadcast.audience).where(Broadcast.branch == branch, Broadcast.state.not_in(OVER))
    for audience in db.execute(query).scalars():
        for part in (each for side in json.loads(audience).values() for each in side):
            if part["kind"] == Listed.kind:
                yield part["list_id"]
