"""Messages for many: what is said, to which chats, in batches of 500, and what became of each batch."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.outbox import ACCEPTED, BODIES_KEPT, LEFT_OUT, STOPPED, UNKNOWN
from models.portions import portions
from models.upsert import inserting

BATCH = 500  # the most people of one call to LINE
AT_ONCE = 20  # batches that are written together
NAMES_KEPT = timedelta(days=400)  # after which a batch no longer says whose it was
WAITING = "waiting"
_OWED, _STOPPED = text("outcome IS NULL"), text(f"outcome = '{STOPPED}'")

Purpose = Literal["broadcast", "reminder"]
Fate = Literal["waiting", "accepted", "left_out", "refused", "unknown", "stopped"]


class Mailing(Base):
    """The same messages for many chats of one branch."""

    __tablename__ = "mailings"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    purpose: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(120))  # what it is about; the same is never mailed twice
    subject: Mapped[str] = mapped_column(String(40))  # all that may show on a lock screen
    messages: Mapped[str] = mapped_column(Text)  # LINE's JSON; emptied 30 days after the last outcome
    created_at: Mapped[datetime] = mapped_column(Instant)
    useful_until: Mapped[datetime | None] = mapped_column(Instant)  # afterwards nobody is told any more
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("branch", "purpose", "about"),)


class MailingBatch(Base):
    """At most 500 chats, told by one call to LINE."""

    __tablename__ = "mailing_batches"
    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"))
    number: Mapped[int]
    chat_ids: Mapped[str] = mapped_column(Text)  # JSON; LINE's ids are looked up when it is sent
    people: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # None = held
    retry_key: Mapped[str] = mapped_column(String(36))
    tries: Mapped[int]
    # Of the first try that LINE may have accepted; its key lives for a day. None = nobody has got it.
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    out_of_quota: Mapped[bool]  # waits for a new month or a higher limit
    outcome: Mapped[str | None] = mapped_column(String(12))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted: Mapped[int]
    left_out: Mapped[int]
    left_out_ids: Mapped[str] = mapped_column(Text)  # JSON; whose unfollow was known when it was sent
    request_id: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (
        UniqueConstraint("mailing_id", "number"),
        Index("ix_mailing_batches_owed", "due_at", "mailing_id", sqlite_where=_OWED, postgresql_where=_OWED),
        Index("ix_mailing_batches_done", "done_at"),
        Index("ix_mailing_batches_stopped", "done_at", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
    )


@dataclass(frozen=True)
class Progress:
    """How far a mailing is, in people; `people` is the sum of the next six, and `out_of_quota` a part of those waiting."""

    people: int = 0
    waiting: int = 0
    accepted: int = 0
    left_out: int = 0
    refused: int = 0
    unknown: int = 0
    stopped: int = 0
    out_of_quota: int = 0
    request_ids: tuple[str, ...] = ()


def create(
    db: Connection,
    *,
    branch: str,
    purpose: Purpose,
    about: str,
    subject: str,
    messages: str,
    now: datetime,
    useful_until: datetime | None = None,
) -> int:
    """A mailing without people, or the one that is about the same already, as it was made."""
    key = {"branch": branch, "purpose": purpose, "about": about}
    content = {"subject": subject, "messages": messages, "created_at": now, "useful_until": useful_until}
    db.execute(inserting(db, Mailing).on_conflict_do_nothing(), key | content)
    return db.execute(select(Mailing.id).filter_by(**key)).scalar_one()


def add_batches(db: Connection, mailing_id: int, chats: Iterable[int], *, due_at: datetime | None) -> int:
    """Adds chats, each of which is to stand in a mailing once; they are held while `due_at` is None. Answers how many.

    The chats may be a query's rows, as they come: no more than some batches are in memory."""
    lock(db, mailing_id)  # so that numbers go on
    number, people = _last_number(db, mailing_id), 0
    for batches in portions(portions(chats, BATCH), AT_ONCE):
        rows = [_row(mailing_id, some, due_at) for some in batches]
        for row in rows:
            number += 1
            row["number"] = number
            people += int(str(row["people"]))
        db.execute(insert(MailingBatch), rows)
    return people


def hand_over(db: Connection, giver: int, taker: int, people: int, due_at: datetime) -> int:
    """Moves the next chats of what one mailing holds back to another one, where they are due; answers how many."""
    held = _open(giver) & MailingBatch.due_at.is_(None)
    query = select(MailingBatch.id, MailingBatch.chat_ids).where(held).order_by(MailingBatch.number)
    moved: list[int] = []
    while len(moved) < people and (row := db.execute(query.limit(1).with_for_update()).one_or_none()):
        chats = json.loads(row.chat_ids)
        some, left = chats[: people - len(moved)], chats[people - len(moved) :]
        moved += some
        this = MailingBatch.id == row.id
        if left:
            db.execute(update(MailingBatch).where(this).values(chat_ids=as_json(left), people=len(left)))
        else:
            db.execute(delete(MailingBatch).where(this))
    return add_batches(db, taker, moved, due_at=due_at)


def release(
    db: Connection, mailing_id: int, due_at: datetime, *, useful_until: datetime | None = None
) -> int:
    """Makes due what is held, to be of use until an instant; answers how many people's."""
    if useful_until:
        db.execute(update(Mailing).where(Mailing.id == mailing_id).values(useful_until=useful_until))
    held = _open(mailing_id) & MailingBatch.due_at.is_(None)
    people = _people(db, held)
    db.execute(update(MailingBatch).where(held).values(due_at=due_at))
    return people


def stop(db: Connection, mailing_id: int, now: datetime) -> int:
    """Ends what LINE has not been asked to send; answers how many people's. What LINE may have sent is not tried again."""
    first = update(Mailing).where(Mailing.id == mailing_id, Mailing.stopped_at.is_(None))
    db.execute(first.values(stopped_at=now))
    untold = _open(mailing_id) & MailingBatch.first_tried_at.is_(None)
    people = _people(db, untold)
    db.execute(update(MailingBatch).where(untold).values(outcome=STOPPED, done_at=now))
    idle = MailingBatch.claimed_until.is_(None) | (MailingBatch.claimed_until < now)
    asked = _open(mailing_id) & MailingBatch.first_tried_at.is_not(None) & idle
    db.execute(update(MailingBatch).where(asked).values(outcome=UNKNOWN, done_at=now))
    return people


def progress(db: Connection, mailing_id: int) -> Progress:
    """What has become of the mailing's people so far."""
    of = MailingBatch
    fate = func.coalesce(of.outcome, WAITING)
    counted = select(
        fate, of.out_of_quota, func.sum(of.people), func.sum(of.accepted), func.sum(of.left_out)
    ).where(of.mailing_id == mailing_id)
    sums = dict.fromkeys((field.name for field in fields(Progress)), 0)
    for outcome, out_of_quota, people, accepted, left_out in db.execute(
        counted.group_by(fate, of.out_of_quota)
    ):
        sums["people"] += people
        if outcome == WAITING:
            sums[WAITING] += people
            sums["out_of_quota"] += people if out_of_quota else 0
            continue
        sums[LEFT_OUT] += left_out
        sums[outcome] += accepted if outcome == ACCEPTED else people - left_out
    answered = select(of.request_id).where(of.mailing_id == mailing_id, of.request_id.is_not(None))
    ids = tuple(db.execute(answered.order_by(of.number)).scalars())
    return Progress(**{**sums, "request_ids": ids})  # type: ignore[arg-type]


def chats_of(db: Connection, mailing_id: int, fate: Fate) -> Iterator[int]:
    """The chats that met a fate, in the order in which they were added; none any more once their names are forgotten."""
    of = MailingBatch
    outcome = {WAITING: of.outcome.is_(None), LEFT_OUT: of.outcome.is_not(None)}.get(fate, of.outcome == fate)
    batches = select(of.chat_ids, of.left_out_ids).where(of.mailing_id == mailing_id, outcome)
    for chat_ids, left_out_ids in db.execute(batches.order_by(of.number)):
        left_out = set(json.loads(left_out_ids))
        for chat in json.loads(chat_ids):
            if fate == WAITING or (chat in left_out) is (fate == LEFT_OUT):
                yield chat


def everybody_in(db: Connection, mailing_id: int) -> Iterator[int]:
    """All its chats, in the order in which they were added; none any more once their names are forgotten."""
    batches = select(MailingBatch.chat_ids).where(MailingBatch.mailing_id == mailing_id)
    for chat_ids in db.execute(batches.order_by(MailingBatch.number)).scalars():
        yield from orjson.loads(chat_ids)


def accepted_since(db: Connection, branch: str, at: datetime) -> int:
    """How many messages LINE has taken from the branch's mailings since an instant."""
    query = select(func.coalesce(func.sum(MailingBatch.accepted), 0)).join(Mailing)
    return int(db.execute(query.where(Mailing.branch == branch, MailingBatch.done_at > at)).scalar_one())


_NEXT_DUE = select(func.min(MailingBatch.due_at)).where(MailingBatch.outcome.is_(None))


def next_due(db: Connection) -> datetime | None:
    """When the next batch is due; None when all are held or done."""
    return db.execute(_NEXT_DUE).scalar()


def empty_old_bodies(db: Connection, now: datetime) -> int:
    """Empties the messages of mailings that ended 30 days ago, and forgets much later whose each batch was."""
    of = MailingBatch
    ended = (
        ~select(of.id)
        .where(of.mailing_id == Mailing.id, of.outcome.is_(None) | (of.done_at >= now - BODIES_KEPT))
        .exists()
    )
    old = update(Mailing).where(Mailing.created_at < now - BODIES_KEPT, Mailing.messages != "", ended)
    nameless = update(of).where(of.done_at < now - NAMES_KEPT, of.chat_ids != "[]")
    db.execute(nameless.values(chat_ids="[]", left_out_ids="[]"))
    return db.execute(old.values(messages="")).rowcount


def lock(db: Connection, mailing_id: int) -> None:
    """Locks the mailing, before any batch of it, until the transaction ends."""
    db.execute(select(Mailing.id).where(Mailing.id == mailing_id).with_for_update(key_share=True)).one()


def new_key() -> str:
    return str(uuid4())


def as_json(chats: Iterable[int]) -> str:
    return orjson.dumps(list(chats)).decode()


def _open(mailing_id: int) -> ColumnElement[bool]:
    return (MailingBatch.mailing_id == mailing_id) & MailingBatch.outcome.is_(None)


def _people(db: Connection, which: ColumnElement[bool]) -> int:
    """How many people's batches these are, each locked so that no sender takes it meanwhile."""
    return sum(db.execute(select(MailingBatch.people).where(which).with_for_update()).scalars())


def _last_number(db: Connection, mailing_id: int) -> int:
    last = select(func.max(MailingBatch.number)).where(MailingBatch.mailing_id == mailing_id)
    return db.execute(last).scalar() or 0


def _row(mailing_id: int, chats: list[int], due_at: datetime | None) -> dict[str, object]:
    return {
        "mailing_id": mailing_id,
        "chat_ids": as_json(chats),
        "people": len(chats),
        "due_at": due_at,
        "retry_key": new_key(),
        "tries": 0,
        "out_of_quota": False,
        "accepted": 0,
        "left_out": 0,
        "left_out_ids": "[]",
    }
