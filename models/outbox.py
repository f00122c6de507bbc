"""What we owe people: every message that was decided, and what became of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from sqlalchemy import (
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base, Instant
from models.prepared import Prepared

BODIES_KEPT = timedelta(days=30)
LEASE = timedelta(seconds=30)
ACCEPTED, REFUSED, UNKNOWN, LEFT_OUT = "accepted", "refused", "unknown", "left_out"
STOPPED = "stopped"  # before LINE was asked to send it
TOO_LATE = "too late to be of use"  # why
RODE = "rode"  # told with a later reply of the same chat, whose row says what became of it
_OWED, _STOPPED = text("outcome IS NULL"), text(f"outcome = '{STOPPED}'")


class Outgoing(Base):
    """Messages for one chat, sent together: a reply while its token is young, else a push."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    user_id: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(40))  # all that a push may show on a lock screen
    messages: Mapped[str] = mapped_column(Text)  # LINE's JSON; emptied 30 days after the outcome
    reply_token: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Instant)  # of the event that is answered
    retry_key: Mapped[str] = mapped_column(String(36))
    tries: Mapped[int]
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)  # of the push; its key lives for a day
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    # Waits for a new month, a higher limit, the morning or a reply; it holds up nothing.
    out_of_quota: Mapped[bool]
    useful_until: Mapped[datetime | None] = mapped_column(Instant)  # afterwards it is not sent any more
    outcome: Mapped[str | None] = mapped_column(String(12))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_as: Mapped[str | None] = mapped_column(String(8))  # reply or push
    perhaps_twice: Mapped[bool]
    request_id: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (
        Index("ix_outbox_owed_chat", "chat_id", "id", sqlite_where=_OWED, postgresql_where=_OWED),
        Index("ix_outbox_owed_due", "due_at", sqlite_where=_OWED, postgresql_where=_OWED),
        Index("ix_outbox_done", "done_at"),
        Index("ix_outbox_stopped", "done_at", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
    )


@dataclass(frozen=True)
class Owed:
    """One row of the outbox in a sender's hands."""

    id: int
    branch: str
    chat_id: int
    user_id: str
    subject: str
    messages: str
    reply_token: str | None
    received_at: datetime
    retry_key: str
    tries: int = 0
    first_tried_at: datetime | None = None
    perhaps_twice: bool = False
    out_of_quota: bool = False
    useful_until: datetime | None = None
    claimed_until: datetime | None = None  # afterwards it may be in other hands
    mine: bool = False  # to be handed over after commit
    after: int | None = None  # the row of the same chat that must have gone out before
    others_wait: bool = False  # for the month's quota, in the same chat
    perhaps_tried: bool = False  # whoever held it before may have sent it, and could not say so

    def has_lapsed(self, now: datetime) -> bool:
        return self.claimed_until is not None and now >= self.claimed_until


@dataclass(frozen=True)
class Outcome:
    """What became of a row: an outcome, or `due_at` for the next try."""

    owed: Owed
    outcome: str | None
    at: datetime
    sent_as: str | None = None
    due_at: datetime | None = None
    request_id: str | None = None
    error: str | None = None


# Read when the row is written, with its chat locked: what was committed meanwhile is seen. Both ask for the last id of
# the chat, since that leaves PostgreSQL one index to choose, also with the plan that it made while nothing was owed.
_OWED_BEFORE = """(SELECT max(b.id) FROM outbox AS b
    WHERE b.chat_id = outbox.chat_id AND b.outcome IS NULL AND b.id < outbox.id AND NOT b.out_of_quota)"""
_OTHERS_WAIT = """(SELECT max(b.id) FROM outbox AS b
    WHERE b.chat_id = outbox.chat_id AND b.outcome IS NULL AND b.out_of_quota) IS NOT NULL"""
_ADD = Prepared(
    insert(Outgoing).returning(
        Outgoing.id,
        literal_column(_OWED_BEFORE, Integer).label("after"),
        literal_column(_OTHERS_WAIT, Boolean).label("others_wait"),
    ),
    (
        *("branch", "chat_id", "user_id", "subject", "messages", "reply_token", "received_at", "retry_key"),
        *("tries", "due_at", "perhaps_twice", "out_of_quota", "useful_until", "claimed_by", "claimed_until"),
    ),
)
_SETTLE = Prepared(
    update(Outgoing)
    .where(
        Outgoing.id == bindparam("row"),
        Outgoing.outcome.is_(None),  # the first outcome stands
        or_(bindparam("outcome", type_=String).is_not(None), Outgoing.claimed_by == bindparam("me")),
    )
    .values(
        outcome=bindparam("outcome"),
        done_at=bindparam("done_at"),
        sent_as=bindparam("sent_as"),
        due_at=bindparam("due_at"),
        tries=bindparam("tries"),
        first_tried_at=bindparam("first_tried_at"),
        reply_token=bindparam("reply_token"),
        out_of_quota=bindparam("out_of_quota"),
        # Who writes the end of a row that is, or has been, in other hands cannot know what those did.
        perhaps_twice=or_(
            bindparam("perhaps_twice"),
            Outgoing.claimed_by.is_distinct_from(bindparam("me")),
            Outgoing.claimed_until.is_distinct_from(bindparam("until")),
        ),
        request_id=bindparam("request_id"),
        error=bindparam("error"),
        claimed_by=null(),
        claimed_until=null(),
    )
)

_EARLIER = aliased(Outgoing)
_OLDEST = select(func.min(_EARLIER.id)).where(
    _EARLIER.chat_id == Outgoing.chat_id,
    _EARLIER.outcome.is_(None),
    _EARLIER.out_of_quota == Outgoing.out_of_quota,
)
_DUE = (
    select(Outgoing)
    .where(
        Outgoing.outcome.is_(None),
        Outgoing.branch.in_(bindparam("branches", expanding=True)),
        Outgoing.due_at <= bindparam("now", type_=Instant),
        or_(Outgoing.claimed_until.is_(None), Outgoing.claimed_until < bindparam("now", type_=Instant)),
        Outgoing.id == _OLDEST.scalar_subquery(),
    )
    .order_by(Outgoing.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)


def add(
    db: Connection,
    *,
    branch: str,
    chat_id: int,
    user_id: str,
    subject: str,
    messages: str,
    now: datetime,
    received_at: datetime | None = None,
    reply_token: str | None = None,
    claim_for: str | None = None,
    useful_until: datetime | None = None,
) -> Owed:
    """Owes messages to a chat; with `claim_for` they are in that sender's hands at once.

    What has a time until which it is of use is not sent afterwards, and not by night."""
    values = {
        "branch": branch,
        "chat_id": chat_id,
        "user_id": user_id,
        "subject": subject,
        "messages": messages,
        "reply_token": reply_token,
        "received_at": received_at or now,
        "retry_key": str(uuid4()),
        "useful_until": useful_until,
        "claimed_until": now + LEASE if claim_for else None,
    }
    handling = {"tries": 0, "due_at": now, "claimed_by": claim_for}
    flags = {"perhaps_twice": False, "out_of_quota": False}
    ((row_id, after, others_wait),) = _ADD.all(db, values | handling | flags)
    return Owed(id=row_id, mine=claim_for is not None, after=after, others_wait=others_wait, **values)  # type: ignore[arg-type]


def take_aboard(db: Connection, owed: Owed, room: int, now: datetime) -> Owed:
    """The reply with what waits for the month's quota, or the morning, before it, so many messages at most: replies
    are not counted, and wake nobody.

    Only what surely nobody has got yet, and is still of use."""
    of = Outgoing
    untold = (of.outcome.is_(None), of.claimed_by.is_(None), of.tries == 0, of.first_tried_at.is_(None))
    useful = or_(of.useful_until.is_(None), of.useful_until >= now)
    waiting = select(of.id, of.messages).where(of.chat_id == owed.chat_id, of.out_of_quota.is_(True))
    told: list[object] = []
    taken = []
    for row in db.execute(waiting.where(*untold, useful).order_by(of.id).with_for_update(skip_locked=True)):
        messages = orjson.loads(row.messages)
        if len(told) + len(messages) <= room:
            told += messages
            taken.append(row.id)
    if not taken:
        return owed
    both = orjson.dumps([*told, *orjson.loads(owed.messages)]).decode()
    db.execute(update(of).where(of.id.in_(taken)).values(outcome=RODE, done_at=now))
    db.execute(update(of).where(of.id == owed.id).values(messages=both))
    return replace(owed, messages=both)


def claim(db: Connection, me: str, branches: Collection[str], now: datetime, limit: int = 200) -> list[Owed]:
    """Takes due rows of some branches into this sender's hands: of each chat only its oldest, so that order holds;
    and the oldest of those that wait for the month's quota."""
    until = now + LEASE
    due = {"branches": list(branches), "now": now, "most": limit}
    rows = [_owed(row, until) for row in db.execute(_DUE, due).mappings()]
    if rows:
        mine = update(Outgoing).where(Outgoing.id.in_([row.id for row in rows]))
        db.execute(mine.values(claimed_by=me, claimed_until=until))
    return rows


def settle(db: Connection, me: str, outcomes: Iterable[Outcome]) -> None:
    """Writes down what became of rows; one without an outcome waits for its next try, if it is still in my hands."""
    rows = [
        {
            "me": me,
            "until": one.owed.claimed_until,
            "row": one.owed.id,
            "outcome": one.outcome,
            "done_at": one.at if one.outcome else None,
            "sent_as": one.sent_as,
            "due_at": one.due_at or one.at,
            "tries": max(one.owed.tries, int(one.owed.perhaps_tried)),
            "first_tried_at": one.owed.first_tried_at,
            "reply_token": one.owed.reply_token,
            "perhaps_twice": one.owed.perhaps_twice,
            "out_of_quota": one.owed.out_of_quota,
            "request_id": one.request_id,
            "error": (one.error or "")[:200] or None,
        }
        for one in outcomes
    ]
    if rows:
        _SETTLE.run_many(db, rows)


def release(db: Connection, me: str) -> None:
    """Gives back what a sender of this name held when it stopped."""
    mine = update(Outgoing).where(Outgoing.claimed_by == me, Outgoing.outcome.is_(None))
    db.execute(mine.values(claimed_by=None, claimed_until=None))


_NEXT_DUE = select(func.min(Outgoing.due_at)).where(Outgoing.outcome.is_(None))


def next_due(db: Connection) -> datetime | None:
    """When the next owed row is due; None when nothing is owed."""
    return db.execute(_NEXT_DUE).scalar()


def empty_old_bodies(db: Connection, now: datetime) -> int:
    """Empties message bodies 30 days after their outcome; the fact of sending stays."""
    old = update(Outgoing).where(Outgoing.done_at < now - BODIES_KEPT, Outgoing.messages != "")
    return db.execute(old.values(messages="")).rowcount


def _owed(row: RowMapping, until: datetime) -> Owed:
    """A claimed row; whoever held it before may have sent it and died before they could say so."""
    names = set(Owed.__dataclass_fields__) - {
        "claimed_until",
        "mine",
        "after",
        "others_wait",
        "perhaps_tried",
    }
    perhaps_tried = row["claimed_by"] is not None or row["tries"] > 0
    return Owed(**{name: row[name] for name in names}, claimed_until=until, perhaps_tried=perhaps_tried)


def kept_for_the_morning(owed: Owed) -> Owed:
    """The row while the night holds it back, and nothing of its chat behind it."""
    return replace(owed, out_of_quota=True)


def put_off(owed: Owed) -> Owed:
    """The row after LINE refused it for the month's quota: by this try nobody got it."""
    return replace(owed, tries=0, out_of_quota=True)


def tried(owed: Owed, now: datetime, *, as_push: bool) -> Owed:
    """The row after one more try."""
    first = owed.first_tried_at or (now if as_push else None)
    return replace(owed, tries=owed.tries + 1, first_tried_at=first)


def pushed_since(db: Connection, branch: str, at: datetime) -> int:
    """How many pushes of the branch LINE has taken since an instant."""
    taken = (Outgoing.branch == branch, Outgoing.sent_as == "push", Outgoing.outcome == ACCEPTED)
    return int(db.execute(select(func.count()).where(*taken, Outgoing.done_at > at)).scalar_one())
