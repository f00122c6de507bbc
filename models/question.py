"""Questions that found no answer: kept without who asked, grouped by likeness for staff."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.days import day_of
from models.upsert import inserting

Kind = Literal["not_understood", "none_of_these", "not_solved"]
LIKE = 0.34  # share of letter pairs in common
MOST_GROUPED = 300  # each is compared with every group


class OpenQuestion(Base):
    """A message without an answer. Never a person: the text has lost all numbers, dates and addresses."""

    __tablename__ = "open_questions"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500))
    topic: Mapped[str | None] = mapped_column(String(80))
    message_id: Mapped[str] = mapped_column(String(64))  # so that a message taken back goes here too
    asked_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)  # answered, or put aside by staff
    __table_args__ = (
        Index("ix_open_questions_asked", "branch", "asked_at"),
        Index("ix_open_questions_message", "branch", "message_id"),
    )


class Asker(Base):
    """Where the answer to a question goes: sealed, read by nobody but the answer, gone with it or with its time."""

    __tablename__ = "question_askers"
    question_id: Mapped[int] = mapped_column(ForeignKey("open_questions.id"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    kept_until: Mapped[datetime] = mapped_column(Instant, index=True)


class QuestionCount(Base):
    """How many questions of a chat were kept on a day: a number, and not which they are."""

    __tablename__ = "question_counts"
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


@dataclass(frozen=True)
class Asked:
    """One open question, as staff see it; `can_reply` while its asker is still known to the seal."""

    id: int
    text: str
    kind: str
    asked_at: datetime
    can_reply: bool


@dataclass(frozen=True)
class Group:
    """Questions that are alike, the latest first."""

    asked: tuple[Asked, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.asked)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(one.kind for one in self.asked)

    @property
    def last_asked_at(self) -> datetime:
        return self.asked[0].asked_at


def count_question(db: Connection, chat_id: int, most: int, now: datetime) -> bool:
    """Counts one more question of a chat; False when it would be one too many for today."""
    new = inserting(db, QuestionCount).values(chat_id=chat_id, day=day_of(now), count=1)
    one_more = {"count": QuestionCount.count + 1}
    counted = new.on_conflict_do_update(index_elements=["chat_id", "day"], set_=one_more)
    return int(db.execute(counted.returning(QuestionCount.count)).scalar_one()) <= most


def keep(
    db: Connection,
    branch: str,
    kind: Kind,
    text: str,
    message_id: str,
    now: datetime,
    topic: str | None = None,
) -> int:
    """Keeps a question for the staff; `text` must have lost its personal data already. Answers its id."""
    row = {"branch": branch, "kind": kind, "text": text[:500], "topic": topic, "message_id": message_id}
    made = db.execute(insert(OpenQuestion), row | {"asked_at": now}).inserted_primary_key
    assert made is not None
    return int(made[0])


def keep_asker(db: Connection, question_id: int, sealed: str, kept_until: datetime) -> None:
    """Keeps, sealed, where an answer to the question would go."""
    row = {"question_id": question_id, "sealed": sealed, "kept_until": kept_until}
    db.execute(insert(Asker), row)


def take_asker(db: Connection, branch: str, question_id: int, now: datetime) -> str:
    """The sealed asker, for the one reply; afterwards nobody knows it. Raises Refusal when it is gone."""
    this = _open(branch, question_id)
    if db.execute(select(OpenQuestion.id).where(*this).with_for_update()).first() is None:
        raise Refusal("この質問は、ほかの担当がもう「済」にしています。", "done_already")
    query = select(Asker.sealed).where(Asker.question_id == question_id, Asker.kept_until > now)
    sealed = db.execute(query).scalar_one_or_none()
    if sealed is None:
        raise Refusal("この質問には、もう返信できません（質問した方の控えを消しています）。", "asker_gone")
    close(db, branch, [question_id], now)
    return sealed


def close(db: Connection, branch: str, question_ids: Sequence[int], now: datetime) -> int:
    """Puts questions aside and forgets who asked them; answers how many were still open."""
    mine = update(OpenQuestion).where(
        OpenQuestion.branch == branch, OpenQuestion.id.in_(question_ids), OpenQuestion.done_at.is_(None)
    )
    closed = db.execute(mine.values(done_at=now)).rowcount
    theirs = select(OpenQuestion.id).where(
        OpenQuestion.branch == branch, OpenQuestion.id.in_(question_ids), OpenQuestion.done_at.is_not(None)
    )
    db.execute(delete(Asker).where(Asker.question_id.in_(theirs)))
    return closed


def forget(db: Connection, branch: str, message_id: str) -> None:
    """Removes what was kept of a message that its writer has taken back."""
    if message_id:
        _remove(db, OpenQuestion.branch == branch, OpenQuestion.message_id == message_id)


def forget_old(db: Connection, branch: str, asked_before: datetime, now: datetime) -> int:
    """Forgets askers whose time is over, and questions asked before an instant; answers how many questions."""
    db.execute(delete(Asker).where(Asker.kept_until <= now))
    return _remove(db, OpenQuestion.branch == branch, OpenQuestion.asked_at < asked_before)


def forget_old_counts(db: Connection, now: datetime) -> int:
    """Removes the counts of the days before today."""
    return db.execute(delete(QuestionCount).where(QuestionCount.day < day_of(now))).rowcount


def groups(db: Connection, branch: str, since: datetime) -> list[Group]:
    """The newest open questions since an instant, alike ones together, the largest group first."""
    found: list[tuple[set[str], list[Asked]]] = []
    for one in _asked(db, branch, since):
        pairs = _pairs(one.text)
        place = next((each for each in found if _alike(each[0], pairs)), None)
        if place is None:
            found.append((pairs, [one]))
        else:
            place[1].append(one)
    made = [Group(tuple(asked)) for _, asked in found]
    return sorted(made, key=lambda group: (-len(group.asked), -group.last_asked_at.timestamp()))


def group_of(found: Iterable[Group], question_id: int) -> Group | None:
    """The group that an open question belongs to."""
    return next((group for group in found if any(one.id == question_id for one in group.asked)), None)


def count_open(db: Connection, branch: str, since: datetime) -> int:
    """How many questions nobody has answered or put aside."""
    query = select(func.count()).where(
        OpenQuestion.branch == branch, OpenQuestion.asked_at >= since, OpenQuestion.done_at.is_(None)
    )
    return int(db.execute(query).scalar_one())


def _asked(db: Connection, branch: str, since: datetime) -> Iterator[Asked]:
    columns = (OpenQuestion.id, OpenQuestion.text, OpenQuestion.kind, OpenQuestion.asked_at)
    query = (
        select(*columns, Asker.question_id.is_not(None))
        .outerjoin(Asker, Asker.question_id == OpenQuestion.id)
        .where(OpenQuestion.branch == branch, OpenQuestion.asked_at >= since, OpenQuestion.done_at.is_(None))
    )
    newest = query.order_by(OpenQuestion.asked_at.desc(), OpenQuestion.id.desc()).limit(MOST_GROUPED)
    for row in db.execute(newest):
        yield Asked(row[0], row[1], row[2], row[3], bool(row[4]))


def _open(branch: str, question_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        OpenQuestion.branch == branch,
        OpenQuestion.id == question_id,
        OpenQuestion.done_at.is_(None),
    )


def _remove(db: Connection, *these: ColumnElement[bool]) -> int:
    ids = select(OpenQuestion.id).where(*these)
    db.execute(delete(Asker).where(Asker.question_id.in_(ids)))
    return db.execute(delete(OpenQuestion).where(*these)).rowcount


def _pairs(text: str) -> set[str]:
    letters = "".join(letter for letter in text if letter.isalnum())
    return {letters[at : at + 2] for at in range(max(len(letters) - 1, 1))}


def _alike(some: set[str], others: set[str]) -> bool:
    common = len(some & others)
    return common >= LIKE * (len(some) + len(others) - common)
