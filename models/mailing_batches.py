"""A mailing's batches in a sender's hands: taken, asked of LINE, and what became of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    false,
    func,
    select,
    text,
    update,
)

from models.base import Instant
from models.conversation import FORGOTTEN, Conversation
from models.mailing import Mailing, MailingBatch, add_batches, as_json, lock, new_key
from models.member import Link
from models.outbox import ACCEPTED, REFUSED, STOPPED, UNKNOWN
from models.prepared import Prepared

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Batch:
    """One batch in a sender's hands."""

    id: int
    mailing_id: int
    branch: str
    messages: str
    chat_ids: tuple[int, ...]
    due_at: datetime
    retry_key: str
    tries: int
    first_tried_at: datetime | None  # of the first try that LINE may have accepted
    left_out_ids: tuple[int, ...]
    out_of_quota: bool
    useful_until: datetime | None
    stopped: bool
    claimed_until: datetime  # tells this holding of it from any other
    to_linked: bool  # a broadcast is for those who are linked at the moment it is sent
    made_at: datetime  # the mailing; who has unlinked since is told nothing on its account


# Of chats that still hold somebody, and from which somebody has unlinked since the mailing was made: those that it is
# still for.
Meant = Callable[[Connection, str, int, Iterable[int]], set[int]]


def as_they_stand(db: Connection, branch: str, mailing_id: int, chats: Iterable[int]) -> set[int]:
    """Every chat that still holds anybody."""
    return set(chats)


@dataclass(frozen=True)
class Addressees:
    """The LINE ids of a batch, and the chats that are left out of it: from the first try on, or forgotten since."""

    user_ids: tuple[str, ...]
    left_out_ids: tuple[int, ...]
    gone_ids: tuple[int, ...]


@dataclass(frozen=True)
class Ending:
    """What became of a batch: an outcome, or `due_at` for the next try."""

    batch: Batch
    outcome: str | None
    at: datetime
    due_at: datetime | None = None
    accepted: int = 0
    out_of_quota: bool = False
    request_id: str | None = None
    error: str | None = None


# It has not ended, and has not been halved; since it was taken or tried nobody else has had it.
_OPEN = (
    MailingBatch.id == bindparam("row"),
    MailingBatch.outcome.is_(None),
    MailingBatch.retry_key == bindparam("key"),
)
_IN_HANDS = (MailingBatch.claimed_by == bindparam("me"), MailingBatch.claimed_until == bindparam("until"))
_OUT_OF_HANDS = {"claimed_by": None, "claimed_until": None}
_BEGIN = Prepared(
    update(MailingBatch)
    .where(*_OPEN, *_IN_HANDS)
    .values(
        tries=bindparam("tries"),
        first_tried_at=bindparam("first_tried_at"),
        left_out=bindparam("left_out"),
        left_out_ids=bindparam("left_out_ids"),
        claimed_until=bindparam("longer"),
    )
)
_settle = (
    update(MailingBatch)
    .where(*_OPEN)
    .values(
        outcome=bindparam("outcome"),
        done_at=bindparam("done_at"),
        due_at=bindparam("due_at"),
        first_tried_at=bindparam("first_tried_at"),
        accepted=bindparam("accepted"),
        left_out=bindparam("left_out"),
        left_out_ids=bindparam("left_out_ids"),
        out_of_quota=bindparam("out_of_quota"),
        request_id=bindparam("request_id"),
        error=bindparam("error"),
        **_OUT_OF_HANDS,
    )
)
_ACCEPT, _SETTLE = Prepared(_settle), Prepared(_settle.where(*_IN_HANDS))
_HALVE = (
    update(MailingBatch)
    .where(*_OPEN, *_IN_HANDS)
    .values(
        chat_ids=bindparam("chat_ids"),
        people=bindparam("people"),
        retry_key=bindparam("new_key"),
        tries=0,
        first_tried_at=None,
        left_out=0,
        left_out_ids="[]",
        **_OUT_OF_HANDS,
    )
)


# From which somebody has unlinked since the mailing was made; all others hold whom they held then. These are few, and
# found by themselves: to ask for the links of each chat costs more than all the rest.
_SOMEBODY_LEFT = Conversation.id.in_(
    select(Link.chat_id).where(Link.ended_at >= bindparam("made_at", type_=Instant))
)
# By the ids alone: with the branch among the conditions SQLite would read all chats of the branch.
_BY_IDS = {
    "sqlite": "id IN (SELECT value FROM json_each(:chats))",
    "postgresql": "id = ANY (CAST(translate(:chats, '[]', '{}') AS integer[]))",
}


def _in_one_row(dialect: str, columns: tuple[Any, ...]) -> ColumnElement[str]:
    """All rows as JSON: between any two rows of SQLite's every thread of the process wants its turn."""
    if dialect == "sqlite":
        return func.json_group_array(func.json_array(*columns), type_=Text)
    return cast(func.json_agg(func.json_build_array(*columns)), Text)


def _chats(left: ColumnElement[bool]) -> dict[str, Prepared]:
    of = Conversation
    columns = (of.id, of.user_id, of.branch == bindparam("branch"), of.blocked, left)
    return {
        name: Prepared(select(_in_one_row(name, columns)).where(text(ids))) for name, ids in _BY_IDS.items()
    }


_CHATS = _chats(false())
_CHATS_AND_LEAVERS = _chats(_SOMEBODY_LEFT)


def waiting(db: Connection, now: datetime) -> list[tuple[str, int]]:
    """Branch and id of every mailing that has a batch which nobody holds and is due."""
    due = select(MailingBatch.mailing_id).where(*_due(now)).distinct()
    found = select(Mailing.branch, Mailing.id).where(Mailing.id.in_(due)).order_by(Mailing.id)
    return [(row.branch, row.id) for row in db.execute(found)]


def claim(db: Connection, me: str, mailing_id: int, now: datetime, limit: int) -> list[Batch]:
    """Takes due batches of a mailing into this sender's hands, in order."""
    due = (
        _batches()
        .where(MailingBatch.mailing_id == mailing_id, *_due(now))
        .order_by(MailingBatch.due_at, MailingBatch.number)
        .limit(limit)
        .with_for_update(skip_locked=True, of=MailingBatch)
    )
    until = now + LEASE
    found = [_batch(row, until) for row in db.execute(due).mappings()]
    if found:
        mine = update(MailingBatch).where(MailingBatch.id.in_([batch.id for batch in found]))
        db.execute(mine.values(claimed_by=me, claimed_until=until))
    return found


def addressees(db: Connection, batch: Batch, meant: Meant = as_they_stand) -> Addressees:
    """Whom LINE is to be asked to tell: those not known as blocked, of a broadcast those still linked and meant; on
    later tries the same people again."""
    names: dict[int, str] = {}  # the LINE ids of the chats that are still there
    blocked, left = set(), set()
    for chat, user_id, ours, is_blocked, somebody_left in _rows(db, batch):
        if not ours:
            continue
        names[chat] = user_id
        if is_blocked:
            blocked.add(chat)
        elif somebody_left:
            left.add(chat)
    if batch.first_tried_at:
        left_out = set(batch.left_out_ids)
    else:
        left_out = blocked | (set(batch.chat_ids) - names.keys())
        if left:
            left_out |= left - meant(db, batch.branch, batch.mailing_id, _linked(db, left))
    told = [chat for chat in batch.chat_ids if chat not in left_out]
    gone = {chat for chat in told if names.get(chat, FORGOTTEN).startswith(FORGOTTEN)}
    user_ids = tuple(names[chat] for chat in told if chat not in gone)
    return Addressees(user_ids, tuple(sorted(left_out)), tuple(sorted(gone)))


def _rows(db: Connection, batch: Batch) -> list[tuple[int, str, bool, bool, bool]]:
    """Each chat's LINE id and how it stands; who has unlinked matters to broadcasts alone."""
    values: dict[str, object] = {"chats": as_json(batch.chat_ids), "branch": batch.branch}
    queries = _CHATS
    if batch.to_linked:
        queries = _CHATS_AND_LEAVERS
        values["made_at"] = batch.made_at
    row = queries[db.dialect.name].first(db, values)
    return orjson.loads(row[0]) if row and row[0] else []


def _linked(db: Connection, chats: Iterable[int]) -> set[int]:
    """Those of them that still hold anybody."""
    return set(db.execute(select(Link.chat_id).where(Link.chat_id.in_(chats), Link.live.is_(True))).scalars())


def begin(
    db: Connection, me: str, batch: Batch, left_out_ids: tuple[int, ...], now: datetime
) -> Batch | None:
    """Notes that LINE is asked now; None when the batch has been stopped, or is in other hands."""
    begun = replace(
        batch,
        tries=batch.tries + 1,
        first_tried_at=batch.first_tried_at or now,
        left_out_ids=left_out_ids,
        claimed_until=now + LEASE,
    )
    values = {
        "tries": begun.tries,
        "first_tried_at": begun.first_tried_at,
        "left_out": len(left_out_ids),
        "left_out_ids": as_json(left_out_ids),
        "longer": begun.claimed_until,
    }
    return begun if _BEGIN.run(db, _held(batch, me) | values) == 1 else None


def settle(db: Connection, me: str, ending: Ending) -> Ending:
    """Writes down what became of a batch; answers what holds: a stopped mailing's batch is not tried again.

    The first outcome stands. What LINE accepted is known whoever holds the batch; anything else only its holder knows."""
    batch = ending.batch
    if ending.outcome is None and _is_stopped(db, batch.mailing_id):
        ending = replace(ending, outcome=UNKNOWN if batch.first_tried_at else STOPPED)
    values = {
        "outcome": ending.outcome,
        "done_at": ending.at if ending.outcome else None,
        "due_at": ending.due_at or batch.due_at,
        "first_tried_at": batch.first_tried_at,
        "accepted": ending.accepted,
        "left_out": len(batch.left_out_ids),
        "left_out_ids": as_json(batch.left_out_ids),
        "out_of_quota": ending.out_of_quota,
        "request_id": ending.request_id,
        "error": (ending.error or "")[:200] or None,
    }
    known = _ACCEPT if ending.outcome == ACCEPTED else _SETTLE
    known.run(db, _held(batch, me) | values)
    return ending


def split(db: Connection, me: str, batch: Batch) -> None:
    """Makes two batches, with keys of their own, of one that nobody has got."""
    lock(db, batch.mailing_id)
    half = len(batch.chat_ids) // 2
    values = {"chat_ids": as_json(batch.chat_ids[:half]), "people": half, "new_key": new_key()}
    if db.execute(_HALVE, _held(batch, me) | values).rowcount == 1:
        add_batches(db, batch.mailing_id, batch.chat_ids[half:], due_at=batch.due_at)


def refuse_all(db: Connection, mailing_id: int, error: str, now: datetime) -> None:
    """Ends what LINE has not been asked to send: it refuses the messages, whoever they are for."""
    untold = update(MailingBatch).where(
        MailingBatch.mailing_id == mailing_id,
        MailingBatch.outcome.is_(None),
        MailingBatch.first_tried_at.is_(None),
    )
    db.execute(untold.values(outcome=REFUSED, done_at=now, error=error[:200]))


def put_off(db: Connection, branch: str, people: int, now: datetime, due_at: datetime) -> None:
    """Lets wait what is due in a branch, is for so many people or more, and does not fit into the month's quota."""
    of_branch = select(Mailing.id).where(Mailing.branch == branch)
    untold = update(MailingBatch).where(
        *_due(now),
        MailingBatch.mailing_id.in_(of_branch),
        MailingBatch.people >= people,
        MailingBatch.first_tried_at.is_(None),
    )
    db.execute(untold.values(due_at=due_at, out_of_quota=True))


def free(db: Connection, me: str) -> None:
    """Gives back what a sender of this name held when it stopped."""
    mine = update(MailingBatch).where(MailingBatch.claimed_by == me, MailingBatch.outcome.is_(None))
    db.execute(mine.values(claimed_by=None, claimed_until=None))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free_now = MailingBatch.claimed_until.is_(None) | (MailingBatch.claimed_until < now)
    return MailingBatch.outcome.is_(None), MailingBatch.due_at <= now, free_now


def _batches() -> Select[*tuple[Any, ...]]:
    of = MailingBatch
    return select(
        *(of.id, of.mailing_id, of.chat_ids, of.due_at, of.retry_key, of.tries, of.first_tried_at),
        *(of.left_out_ids, of.out_of_quota, Mailing.branch, Mailing.messages, Mailing.useful_until),
        Mailing.stopped_at.is_not(None).label("stopped"),
        (Mailing.purpose == "broadcast").label("to_linked"),
        Mailing.created_at.label("made_at"),
    ).join(Mailing, Mailing.id == of.mailing_id)


def _batch(row: RowMapping, until: datetime) -> Batch:
    lists = {name: tuple(orjson.loads(row[name])) for name in ("chat_ids", "left_out_ids")}
    return Batch(**{**row, **lists}, claimed_until=until)


def _held(batch: Batch, me: str) -> dict[str, object]:
    return {"row": batch.id, "key": batch.retry_key, "me": me, "until": batch.claimed_until}


def _is_stopped(db: Connection, mailing_id: int) -> bool:
    return db.execute(select(Mailing.stopped_at).where(Mailing.id == mailing_id)).scalar() is not None
