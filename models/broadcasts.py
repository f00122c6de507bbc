"""Broadcasts: what is said to whom and when, and how each goes from draft to sent; every step by one conditional UPDATE."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Text,
    UniqueConstraint,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models import approval, mailing
from models.audit import record
from models.base import Base, Instant, Refusal
from models.mailing import Fate, Progress, chats_of
from models.member import Link, MemberEdition, Membership
from models.segments import Segment
from models.staff import StaffMember

State = Literal[
    "draft",  # being written
    "listing",  # its list is frozen, some at a time
    "waiting",  # for a second person's yes
    "approved",  # for its hour
    "first",  # the first people are being told
    "held",  # a minute in which it can be stopped
    "rest",  # everybody else is being told
    "sent",
    "stopped",
    "cancelled",
]
STATES: dict[str, str] = {
    "draft": "下書き",
    "listing": "宛先を確定中",
    "waiting": "承認待ち",
    "approved": "送信予定",
    "first": "はじめの人に送信中",
    "held": "残りの送信を待機中",
    "rest": "送信中",
    "sent": "送信済み",
    "stopped": "中止",
    "cancelled": "取り消し",
}
KIND = "broadcast"  # of approvals and of mailings
RUNNING = ("first", "held", "rest")
OVER = ("sent", "stopped", "cancelled")
LONGEST_TITLE = 20
LONGEST_TEXT = 5_000  # UTF-16 units: LINE's own count
LONGEST_REASON = 100


class Broadcast(Base):
    """One announcement. From `listing` on what it says stands in two mailings: the first people's and the rest's."""

    __tablename__ = "broadcasts"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int]  # each change after the first wish is a new one
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    text: Mapped[str] = mapped_column(Text)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("broadcast_pictures.id"))
    button: Mapped[str] = mapped_column(Text)  # JSON; empty without one
    audience: Mapped[str] = mapped_column(Text)  # a dumped segment
    send_at: Mapped[datetime | None] = mapped_column(Instant)  # None = as soon as it is approved
    quiet_reason: Mapped[str] = mapped_column(String(LONGEST_REASON))  # why it may go out at night
    drafter_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    drafter_chat: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    approver_chat: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    approval_id: Mapped[int | None]
    first_mailing: Mapped[int | None]
    rest_mailing: Mapped[int | None]
    first_share: Mapped[int]  # so many are told before everybody else
    listed: Mapped[int]  # people whose list is frozen
    listed_until: Mapped[int]  # the last chat of them
    list_digest: Mapped[str] = mapped_column(String(64))  # of all chats so far, in order
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # when a worker is to look at it
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    told_short: Mapped[bool]  # that the month's quota is used up was said
    __table_args__ = (
        UniqueConstraint("drafter_chat", "created_at"),  # a talk that is gone through again makes one draft
        Index("ix_broadcasts_branch", "branch", "state"),
        Index("ix_broadcasts_due", "due_at"),
    )


@dataclass(frozen=True)
class Draft:
    """A broadcast as it stands."""

    id: int
    branch: str
    state: State
    revision: int
    title: str
    text: str
    picture_id: int | None
    button: str
    audience: str
    send_at: datetime | None
    quiet_reason: str
    drafter_id: int
    drafter_chat: int
    approver_chat: int | None
    approval_id: int | None
    first_mailing: int | None
    rest_mailing: int | None
    first_share: int
    listed: int
    listed_until: int
    list_digest: str
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    told_short: bool

    @property
    def segment(self) -> Segment:
        return Segment.load(self.audience)

    @property
    def about(self) -> str:
        """Its natural key among mailings: one a revision."""
        return f"{self.id}.{self.revision}"

    def fields_seen(self) -> dict[str, object]:
        """All that a second person's yes is bound to: text, picture, button, list and time."""
        return {
            "title": self.title,
            "text": self.text,
            "picture": self.picture_id,
            "button": self.button,
            "audience": self.audience,
            "people": self.listed,
            "list": self.list_digest,
            "send_at": self.send_at.isoformat() if self.send_at else "",
            "quiet_reason": self.quiet_reason,
        }

    def digest(self) -> str:
        return approval.digest_of(self.fields_seen())


_COLUMNS = [Broadcast.__table__.columns[name] for name in Draft.__dataclass_fields__]


def new_draft(
    db: Connection, branch: str, by: StaffMember, title: str, now: datetime, **values: object
) -> int:
    """A draft of a chat, which has a title and whatever else is given; one for each instant at which one was begun."""
    row = {
        "branch": branch,
        "state": "draft",
        "revision": 1,
        "title": title,
        "text": "",
        "button": "",
        "audience": Segment().dump(),
        "quiet_reason": "",
        "drafter_id": by.id,
        "drafter_chat": by.chat_id,
        "first_share": 0,
        "listed": 0,
        "listed_until": 0,
        "list_digest": "",
        "created_at": now,
        "changed_at": now,
        "told_short": False,
    }
    made = insert(Broadcast).returning(Broadcast.id)
    number: int = db.execute(made, row | values).scalar_one()
    record(db, branch, by.who, "broadcast.draft", f"broadcast:{number}", now)
    return number


def copy(db: Connection, one: Draft, by: StaffMember, now: datetime) -> int:
    """A new draft of the same words, picture, button and people; its time is to be chosen anew."""
    same = {"text": one.text, "picture_id": one.picture_id, "button": one.button, "audience": one.audience}
    return new_draft(db, one.branch, by, one.title, now, **same)


def correct(db: Connection, one: Draft, by: StaffMember, now: datetime) -> int:
    """A draft to the same people that begins with the correction; LINE cannot recall what it has sent."""
    title = f"訂正：{one.title}"
    while len(title.encode("utf-16-le")) > 2 * LONGEST_TITLE:
        title = title[:-1]
    text = f"さきほどお送りした「{one.title}」に誤りがありました。正しくは、次のとおりです。\n\n{one.text}"
    same = {"text": text, "picture_id": one.picture_id, "button": one.button, "audience": one.audience}
    return new_draft(db, one.branch, by, title, now, **same)


def change(db: Connection, draft: Draft, now: datetime, **values: object) -> None:
    """Changes a draft. Raises Refusal when it is no draft any more."""
    this = update(Broadcast).where(Broadcast.id == draft.id, Broadcast.state == "draft")
    if db.execute(this.values(changed_at=now, **values)).rowcount != 1:
        raise Refusal(NO_DRAFT, "no_draft")


NO_DRAFT = "この配信は、もう下書きではありません。配信の一覧から、今の状態をお確かめください。"


def found(db: Connection, branch: str, number: str | int) -> Draft | None:
    """The broadcast of a branch with this number."""
    if not str(number).isascii() or not str(number).isdecimal() or len(str(number)) > 9:
        return None
    query = select(*_COLUMNS).where(Broadcast.id == int(number), Broadcast.branch == branch)
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


def get(db: Connection, branch: str, number: str | int) -> Draft:
    """The same. Raises Refusal when there is none."""
    one = found(db, branch, number)
    if one is None:
        raise Refusal("この配信は見つかりません。配信の一覧から選び直してください。", "no_broadcast")
    return one


def listed(
    db: Connection, branch: str, states: Sequence[str], *, words: str = "", limit: int = 8, before: int = 0
) -> list[Draft]:
    """Broadcasts in these states, newest first; those whose title or text holds the words."""
    query = select(*_COLUMNS).where(Broadcast.branch == branch, Broadcast.state.in_(states))
    if words:
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%"
        query = query.where(
            or_(Broadcast.title.like(like, escape="\\"), Broadcast.text.like(like, escape="\\"))
        )
    if before:
        query = query.where(Broadcast.id < before)
    return [_draft(row) for row in db.execute(query.order_by(Broadcast.id.desc()).limit(limit))]


def begun(db: Connection, branch: str, chat_id: int, at: datetime) -> Draft | None:
    """The broadcast that a chat began to write at an instant."""
    query = select(*_COLUMNS).where(Broadcast.drafter_chat == chat_id, Broadcast.created_at == at)
    row = db.execute(query.where(Broadcast.branch == branch)).one_or_none()
    return _draft(row) if row else None


def last_sent(db: Connection, branch: str, *, but: int = 0) -> Draft | None:
    """The last broadcast that was sent."""
    query = (
        select(*_COLUMNS)
        .where(Broadcast.branch == branch, Broadcast.started_at.is_not(None), Broadcast.id != but)
        .order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


def same_text(db: Connection, one: Draft) -> Draft | None:
    """An earlier broadcast of the same words that was sent."""
    query = (
        select(*_COLUMNS)
        .where(Broadcast.branch == one.branch, Broadcast.text == one.text, Broadcast.id != one.id)
        .where(Broadcast.started_at.is_not(None))
        .order_by(Broadcast.id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _draft(row) if row else None


# From state to state; each answers whether it was this call that did it


def ask(
    db: Connection, one: Draft, by: StaffMember, mailings: tuple[int, int], first_share: int, now: datetime
) -> bool:
    """A draft whose list is to be frozen, and then approved by somebody else."""
    done = _move(
        db,
        one,
        ("draft",),
        "listing",
        now,
        first_mailing=mailings[0],
        rest_mailing=mailings[1],
        first_share=first_share,
        listed=0,
        listed_until=0,
        list_digest=hashlib.sha256().hexdigest(),
        drafter_id=by.id,
        drafter_chat=by.chat_id,
        approval_id=None,
        approver_chat=None,
        due_at=now,
    )
    if done:
        record(db, one.branch, by.who, "broadcast.ask", f"broadcast:{one.id}", now, after=_facts(one))
    return done


def add_to_list(db: Connection, one: Draft, some: Sequence[int], now: datetime) -> bool:
    """Freezes the next chats of the list, ascending; False when somebody else has gone on meanwhile."""
    room = max(one.first_share - one.listed, 0)
    values = {
        "listed": one.listed + len(some),
        "listed_until": some[-1],
        "list_digest": _chained(one.list_digest, some),
        "changed_at": now,
    }
    this = update(Broadcast).where(
        Broadcast.id == one.id,
        Broadcast.state == "listing",
        Broadcast.revision == one.revision,
        Broadcast.listed_until == one.listed_until,
    )
    if db.execute(this.values(**values)).rowcount != 1:
        return False
    assert one.first_mailing
    assert one.rest_mailing
    mailing.add_batches(db, one.first_mailing, some[:room], due_at=None)
    mailing.add_batches(db, one.rest_mailing, some[room:], due_at=None)
    return True


def finish_list(db: Connection, one: Draft, now: datetime) -> int | None:
    """The list is frozen: a second person is asked. The wish's id; None when somebody else was faster."""
    if not _move(db, one, ("listing",), "waiting", now, due_at=None):
        return None
    wish = approval.ask(db, one.branch, KIND, str(one.id), one.digest(), one.drafter_id, now)
    db.execute(update(Broadcast).where(Broadcast.id == one.id).values(approval_id=wish))
    return wish


def give_up(db: Connection, one: Draft, now: datetime) -> bool:
    """Back to a draft: nobody is reached, or the one who asked has left."""
    if not _move(db, one, ("listing",), "draft", now, revision=one.revision + 1, due_at=None):
        return False
    _stop_mailings(db, one, now)
    return True


def decide(db: Connection, one: Draft, digest: str, by: StaffMember, yes: bool, now: datetime) -> None:
    """A second person's yes or no to what they saw. Raises Refusal as `approval.decide` does."""
    if one.state != "waiting" or one.approval_id is None:
        raise Refusal("この配信は、今は承認を待っていません。配信の一覧からお確かめください。", "not_waiting")
    approval.decide(db, one.approval_id, digest, by.id, yes, now)
    if yes:
        due = max(one.send_at or now, now)
        moved = _move(db, one, ("waiting",), "approved", now, approver_chat=by.chat_id, due_at=due)
    else:
        moved = _move(db, one, ("waiting",), "draft", now, revision=one.revision + 1, due_at=None)
        _stop_mailings(db, one, now)
    if not moved:
        raise Refusal("この配信は、たった今、別の画面で動きました。", "raced")


def reopen(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Makes a draft again of what has not begun: any change asks for a new yes. Raises Refusal when it has begun."""
    states = ("listing", "waiting", "approved")
    if not _move(db, one, states, "draft", now, revision=one.revision + 1, due_at=None):
        raise Refusal("この配信は、もう直せません。配信の一覧から、今の状態をお確かめください。", "begun")
    approval.withdraw(db, one.branch, KIND, str(one.id), by.who, now)
    _stop_mailings(db, one, now)
    record(
        db, one.branch, by.who, "broadcast.reopen", f"broadcast:{one.id}", now, before={"state": one.state}
    )


def cancel(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Ends what has not begun. Raises Refusal when it has begun."""
    states = ("draft", "listing", "waiting", "approved")
    if not _move(db, one, states, "cancelled", now, due_at=None, ended_at=now):
        raise Refusal("この配信は、もう始まっているか、終わっています。", "begun")
    approval.withdraw(db, one.branch, KIND, str(one.id), by.who, now)
    _stop_mailings(db, one, now)
    record(
        db, one.branch, by.who, "broadcast.cancel", f"broadcast:{one.id}", now, before={"state": one.state}
    )


def stop(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Ends what is being sent: whom LINE has not been asked to tell is not told. Raises Refusal when it is over."""
    if not _move(db, one, RUNNING, "stopped", now, due_at=now, told_short=False):
        raise Refusal("この配信は、もう終わっているか、まだ始まっていません。", "not_running")
    _stop_mailings(db, one, now)
    record(db, one.branch, by.who, "broadcast.stop", f"broadcast:{one.id}", now, before={"state": one.state})


def begin(db: Connection, one: Draft, now: datetime) -> bool:
    """The hour has come: the first people's batches are due."""
    assert one.first_mailing
    if not _move(db, one, ("approved",), "first", now, started_at=now, due_at=now):
        return False
    mailing.release(db, one.first_mailing, now)
    record(db, one.branch, "system", "broadcast.begin", f"broadcast:{one.id}", now, after=_facts(one))
    return True


def postpone(db: Connection, one: Draft, until: datetime, now: datetime) -> bool:
    """The hour has come at night: it waits for the morning."""
    return _move(db, one, ("approved",), "approved", now, due_at=until)


def unapprove(db: Connection, one: Draft, now: datetime) -> bool:
    """What was approved is not what stands there: a draft again."""
    if not _move(db, one, ("approved",), "draft", now, revision=one.revision + 1, due_at=None):
        return False
    _stop_mailings(db, one, now)
    record(db, one.branch, "system", "broadcast.unapprove", f"broadcast:{one.id}", now)
    return True


def hold(db: Connection, one: Draft, until: datetime, now: datetime) -> bool:
    """The first people have been told: time to stop, until an instant."""
    return _move(db, one, ("first",), "held", now, due_at=until)


def go_on(db: Connection, one: Draft, now: datetime) -> bool:
    """Nobody has stopped it: the rest is due."""
    assert one.rest_mailing
    if not _move(db, one, ("held",), "rest", now, due_at=now):
        return False
    mailing.release(db, one.rest_mailing, now)
    return True


def finish(db: Connection, one: Draft, now: datetime) -> bool:
    """All is told, or will never be: the end, which is reported once."""
    if one.state == "stopped":
        this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.ended_at.is_(None))
        done = db.execute(this.values(ended_at=now, due_at=None)).rowcount == 1
    else:
        done = _move(db, one, ("rest",), "sent", now, due_at=None, ended_at=now)
    if done:
        outcome = _outcome(progress(db, one))
        record(db, one.branch, "system", "broadcast.end", f"broadcast:{one.id}", now, after=outcome)
    return done


def tell_short(db: Connection, one: Draft) -> bool:
    """That the month's quota is used up is said once."""
    this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.told_short.is_(False))
    return db.execute(this.values(told_short=True)).rowcount == 1


def look_again(db: Connection, one: Draft, at: datetime) -> None:
    """Nothing to be done now; a worker comes back."""
    this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.state == one.state)
    db.execute(this.values(due_at=at))


# What workers ask


def due(db: Connection, now: datetime, limit: int = 20) -> list[Draft]:
    """Broadcasts that a worker is to look at."""
    query = select(*_COLUMNS).where(Broadcast.due_at <= now).order_by(Broadcast.due_at).limit(limit)
    return [_draft(row) for row in db.execute(query)]


def next_due(db: Connection) -> datetime | None:
    return db.execute(select(func.min(Broadcast.due_at))).scalar()


def are_at_work(db: Connection, branch: str) -> bool:
    """True while somebody writes, waits or sends in the branch: then the quota's figure is wanted."""
    at_work = ("draft", "listing", "waiting", "approved", *RUNNING)
    query = select(Broadcast.id).where(Broadcast.branch == branch, Broadcast.state.in_(at_work)).limit(1)
    return db.execute(query).first() is not None


def progress_of_first(db: Connection, one: Draft) -> Progress:
    """What has become of the first people."""
    return mailing.progress(db, one.first_mailing) if one.first_mailing else Progress()


def missed(db: Connection, one: Draft, fate: Fate, limit: int) -> tuple[list[int], int]:
    """The chats that met a fate, the first so many of them; and how many they are in all."""
    chats = (
        chat for each in (one.first_mailing, one.rest_mailing) if each for chat in chats_of(db, each, fate)
    )
    some = list(islice(chats, limit))
    return some, len(some) + sum(1 for _ in chats)


def numbers_in(db: Connection, branch: str, chats: Sequence[int]) -> list[str]:
    """The numbers of the people whom chats hold or held last, in the edition that counts."""
    counts = (MemberEdition.branch == Membership.branch) & (MemberEdition.edition == Membership.edition)
    query = (
        select(Membership.number)
        .join(MemberEdition, counts)
        .join(Link, Link.person_id == Membership.person_id)
        .where(Membership.branch == branch, Link.chat_id.in_(chats))
        .distinct()
        .order_by(Membership.number)
    )
    return list(db.execute(query).scalars())


def progress(db: Connection, one: Draft) -> Progress:
    """What has become of its people so far, the first and the rest together."""
    parts = [mailing.progress(db, each) for each in (one.first_mailing, one.rest_mailing) if each]
    names = [name for name in Progress.__dataclass_fields__ if name != "request_ids"]
    sums = {name: sum(getattr(part, name) for part in parts) for name in names}
    return Progress(**sums, request_ids=tuple(each for part in parts for each in part.request_ids))


def _move(
    db: Connection, one: Draft, states: Sequence[str], state: str, now: datetime, **values: Any
) -> bool:
    this = update(Broadcast).where(
        Broadcast.id == one.id, Broadcast.state.in_(states), Broadcast.revision == one.revision
    )
    return db.execute(this.values(state=state, changed_at=now, **values)).rowcount == 1


def _stop_mailings(db: Connection, one: Draft, now: datetime) -> None:
    for each in (one.first_mailing, one.rest_mailing):
        if each:
            mailing.stop(db, each, now)


def _chained(digest: str, some: Sequence[int]) -> str:
    return hashlib.sha256((digest + json.dumps(list(some))).encode()).hexdigest()


def _facts(one: Draft) -> dict[str, object]:
    text = hashlib.sha256(one.text.encode()).hexdigest()
    return {"revision": one.revision, "text": text, "people": one.listed, "audience": one.audience}


def _outcome(sent: Progress) -> dict[str, int]:
    names = ("people", "accepted", "left_out", "refused", "unknown", "stopped")
    return {name: getattr(sent, name) for name in names}


def _draft(row: Row[Any]) -> Draft:
    return Draft(**row._mapping)
