"""What members leave for the desk and what the desk writes back: threads of one chat, closed by staff, emptied after a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
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
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.conversation import reachable
from models.upsert import inserting

State = Literal["waiting", "answered", "done"]


@dataclass(frozen=True)
class InboxTerms:
    """inbox.yaml: our own limits for what is left at the desk."""

    most_letters: int  # of one message
    messages_a_day: int  # of one chat; and of its questions, so many are kept
    words_kept_days: int  # after a thread or a request is done
    thread_kept_days: int  # of a thread that nobody has closed, since its last message
    asker_kept_days: int  # how long an unanswered question may still be replied to
    question_kept_days: int
    call_minutes: int  # at most one push to a desk person in this time
    calls_from: str  # "08:30", outside these hours nobody is called
    calls_until: str


class Thread(Base):
    """What one chat and the desk write to each other until somebody closes it."""

    __tablename__ = "inbox_threads"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    live: Mapped[bool | None]  # True, or NULL once done: unique below lets one stand
    state: Mapped[str] = mapped_column(String(12))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("chat_id", "live"),
        Index("ix_inbox_threads_state", "branch", "state", "changed_at"),
    )


class Note(Base):
    """One message of a thread."""

    __tablename__ = "inbox_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    thread_id: Mapped[int] = mapped_column(ForeignKey("inbox_threads.id"), index=True)
    staff_id: Mapped[int | None]  # who of the desk wrote it; NULL: the member
    text: Mapped[str] = mapped_column(Text)  # empty once taken back or forgotten
    message_id: Mapped[str] = mapped_column(String(64))  # so that a message taken back goes here too
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_inbox_notes_message", "branch", "message_id"),)


@dataclass(frozen=True)
class Written:
    """One message of a thread, as staff read it."""

    id: int
    by_staff: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """A thread with its messages, the oldest first."""

    id: int
    chat_id: int
    state: State
    changed_at: datetime
    notes: tuple[Written, ...]

    @property
    def last_note(self) -> int:
        """The id of the newest message, whoever wrote it: a reply is bound to what was read."""
        return self.notes[-1].id if self.notes else 0


def leave(
    db: Connection, branch: str, chat_id: int, text: str, message_id: str, terms: InboxTerms, now: datetime
) -> bool:
    """Leaves a message for the desk; True when it goes on with an open thread. Raises Refusal when it is one too many."""
    if _left_since(db, chat_id, now - timedelta(days=1)) >= terms.messages_a_day:
        words = f"伝言は1日{terms.messages_a_day}件までです。お急ぎのときは、窓口へお電話ください。"
        raise Refusal(words, "too_many_messages")
    thread = {"branch": branch, "chat_id": chat_id, "live": True, "state": "waiting", "opened_at": now}
    new = inserting(db, Thread).values(thread | {"changed_at": now})
    free = new.on_conflict_do_nothing(index_elements=("chat_id", "live")).returning(Thread.id)
    opened = db.execute(free).first() is not None
    here = select(Thread.id).where(Thread.chat_id == chat_id, Thread.live.is_(True)).with_for_update()
    number = db.execute(here).scalar_one()
    db.execute(update(Thread).where(Thread.id == number).values(state="waiting", changed_at=now))
    _note(db, branch, number, None, text, message_id, now)
    return not opened


def reply(
    db: Connection, branch: str, thread_id: int, read_up_to: int, text: str, staff_id: int, now: datetime
) -> tuple[int, str]:
    """Writes back; answers the chat and its LINE user, for the push.

    Raises Refusal when the thread is done, when anybody has written since, or when the member cannot be reached."""
    thread = _locked(db, branch, thread_id)
    _check_read(thread, read_up_to)
    user_id = reachable(db, branch, thread.chat_id)
    if user_id is None:
        raise Refusal("この方はトークを閉じているため、返信が届きません。「済」にしてください。", "blocked")
    _note(db, branch, thread_id, staff_id, text, "", now)
    db.execute(update(Thread).where(Thread.id == thread_id).values(state="answered", changed_at=now))
    return thread.chat_id, user_id


def close(db: Connection, branch: str, thread_id: int, read_up_to: int, staff_id: int, now: datetime) -> None:
    """Closes a thread. Raises Refusal when it is done already, or when anybody has written since."""
    _check_read(_locked(db, branch, thread_id), read_up_to)
    done = {"state": "done", "live": None, "done_at": now, "done_by": staff_id, "changed_at": now}
    db.execute(update(Thread).where(Thread.id == thread_id).values(done))


def case(db: Connection, branch: str, thread_id: int) -> Case | None:
    """One thread of the branch."""
    row = db.execute(select(*_THREAD).where(Thread.id == thread_id, Thread.branch == branch)).one_or_none()
    return _case(db, row) if row else None


def open_cases(db: Connection, branch: str, states: Sequence[State] = ("waiting",)) -> list[Case]:
    """The branch's threads in these states, the one that has waited longest first."""
    query = select(*_THREAD).where(Thread.branch == branch, Thread.state.in_(states))
    return [_case(db, row) for row in db.execute(query.order_by(Thread.changed_at, Thread.id)).all()]


def is_answered(db: Connection, chat_id: int) -> bool:
    """Whether the desk has written last in the chat's thread, which is still open."""
    mine = (Thread.chat_id == chat_id, Thread.live.is_(True), Thread.state == "answered")
    return db.execute(select(Thread.id).where(*mine)).first() is not None


def forget(db: Connection, branch: str, message_id: str) -> None:
    """Removes the words of a message that its writer has taken back."""
    if message_id:
        mine = update(Note).where(Note.branch == branch, Note.message_id == message_id)
        db.execute(mine.values(text="", message_id=""))


def forget_chat(db: Connection, chat_id: int, now: datetime) -> None:
    """Removes all that a chat and the desk have written to each other."""
    theirs = select(Thread.id).where(Thread.chat_id == chat_id)
    db.execute(delete(Note).where(Note.thread_id.in_(theirs)))
    done = {"state": "done", "live": None, "done_at": now, "changed_at": now}
    db.execute(update(Thread).where(Thread.chat_id == chat_id, Thread.live.is_(True)).values(done))


def forget_old_words(db: Connection, branch: str, terms: InboxTerms, now: datetime) -> int:
    """Removes what was written in threads done long ago; one that nobody closed is done after its own time."""
    asleep = (Thread.branch == branch, Thread.live.is_(True))
    done = {"state": "done", "live": None, "done_at": now, "changed_at": now}
    oldest = now - timedelta(days=terms.thread_kept_days)
    db.execute(update(Thread).where(*asleep, Thread.changed_at < oldest).values(done))
    over = select(Thread.id).where(
        Thread.branch == branch, Thread.done_at < now - timedelta(days=terms.words_kept_days)
    )
    return db.execute(delete(Note).where(Note.thread_id.in_(over))).rowcount


_THREAD = (Thread.id, Thread.chat_id, Thread.state, Thread.changed_at)


def _locked(db: Connection, branch: str, thread_id: int) -> Case:
    here = select(*_THREAD).where(Thread.id == thread_id, Thread.branch == branch, Thread.live.is_(True))
    row = db.execute(here.with_for_update()).one_or_none()
    if row is None:
        raise Refusal("この伝言は、ほかの担当がもう「済」にしています。", "done_already")
    return _case(db, row)


def _check_read(thread: Case, read_up_to: int) -> None:
    if thread.last_note == read_up_to:
        return
    last = thread.notes[-1]
    if last.by_staff:
        raise Refusal(f"ほかの担当が、もう返信しました。送った返信：「{last.text}」", "answered")
    raise Refusal("新しい伝言が届いています。お読みになってから、もう一度お進みください。", "newer")


def _case(db: Connection, thread: Any) -> Case:
    query = select(Note.id, Note.staff_id, Note.text, Note.at).where(Note.thread_id == thread.id)
    notes = tuple(
        Written(note.id, note.staff_id is not None, note.text, note.at)
        for note in db.execute(query.order_by(Note.id))
    )
    return Case(thread.id, thread.chat_id, thread.state, thread.changed_at, notes)


def _left_since(db: Connection, chat_id: int, since: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Note)
        .join(Thread, Thread.id == Note.thread_id)
        .where(Thread.chat_id == chat_id, Note.staff_id.is_(None), Note.at > since)
    )
    return int(db.execute(query).scalar_one())


def _note(
    db: Connection,
    branch: str,
    thread_id: int,
    staff_id: int | None,
    text: str,
    message_id: str,
    now: datetime,
) -> None:
    row = {"branch": branch, "thread_id": thread_id, "staff_id": staff_id, "text": text}
    db.execute(insert(Note), row | {"message_id": message_id, "at": now})
