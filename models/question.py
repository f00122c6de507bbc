"""Questions that found no answer: kept without who asked, grouped by likeness for staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Index, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant

Kind = Literal["not_understood", "none_of_these", "not_solved"]
LIKE = 0.34  # share of letter pairs in common


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
    __table_args__ = (
        Index("ix_open_questions_asked", "branch", "asked_at"),
        Index("ix_open_questions_message", "branch", "message_id"),
    )


@dataclass(frozen=True)
class Group:
    """Questions that are alike, the latest first."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    last_asked_at: datetime


def keep(
    db: Connection,
    branch: str,
    kind: Kind,
    text: str,
    message_id: str,
    now: datetime,
    topic: str | None = None,
) -> None:
    """Keeps a question for the staff; `text` must have lost its personal data already."""
    row = {"branch": branch, "kind": kind, "text": text[:500], "topic": topic, "message_id": message_id}
    db.execute(insert(OpenQuestion), row | {"asked_at": now})


def forget(db: Connection, branch: str, message_id: str) -> None:
    """Removes what was kept of a message that its writer has taken back."""
    if message_id:
        mine = delete(OpenQuestion).where(
            OpenQuestion.branch == branch, OpenQuestion.message_id == message_id
        )
        db.execute(mine)


def groups(db: Connection, branch: str, since: datetime) -> list[Group]:
    """The open questions since an instant, alike ones together, the largest group first."""
    query = select(OpenQuestion.text, OpenQuestion.kind, OpenQuestion.asked_at).where(
        OpenQuestion.branch == branch, OpenQuestion.asked_at >= since
    )
    found: list[tuple[set[str], list[tuple[str, str, datetime]]]] = []
    for row in db.execute(query.order_by(OpenQuestion.asked_at.desc())):
        pairs = _pairs(row.text)
        place = next((each for each in found if _alike(each[0], pairs)), None)
        if place is None:
            found.append((pairs, [(row.text, row.kind, row.asked_at)]))
        else:
            place[1].append((row.text, row.kind, row.asked_at))
    made = [Group(*_columns(rows), rows[0][2]) for _, rows in found]
    return sorted(made, key=lambda group: (-len(group.texts), -group.last_asked_at.timestamp()))


def _columns(rows: Iterable[tuple[str, str, datetime]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = list(rows)
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


def _pairs(text: str) -> set[str]:
    letters = "".join(letter for letter in text if letter.isalnum())
    return {letters[at : at + 2] for at in range(max(len(letters) - 1, 1))}


def _alike(some: set[str], others: set[str]) -> bool:
    return len(some & others) >= LIKE * len(some | others)
