"""Lists of numbers that staff upload to say whom a broadcast is for; what is wrong in a file is told line by line."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, ForeignKey, Index, String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.member import Number
from models.member_file import member_number
from models.table_file import BadRows, Problem, Reader, rows
from models.upsert import inserting

COLUMNS = ("number",)
PAGE_LIFE = timedelta(minutes=30)
KEPT = timedelta(days=1)
AT_A_TIME = 500


class PersonList(Base):
    """A list that was uploaded, good for one branch's broadcasts."""

    __tablename__ = "broadcast_lists"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    people: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Instant)


class ListedPerson(Base):
    """One person of a list."""

    __tablename__ = "broadcast_list_people"
    list_id: Mapped[int] = mapped_column(ForeignKey("broadcast_lists.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        primary_key=True
    )  # no foreign key: lists are long, and stay as they were


class ListPage(Base):
    """A page handed to one chat for one upload; only a hash of its address is kept."""

    __tablename__ = "broadcast_pages"
    page_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    list_id: Mapped[int | None]  # what was uploaded
    wrong_files: Mapped[int] = mapped_column(
        server_default="0"
    )  # which showed what is no number of anybody's
    __table_args__ = (Index("ix_broadcast_pages_asked", "asked_at"),)


@dataclass(frozen=True)
class Upload:
    """What became of a file: the list, and the numbers that stood in it twice."""

    list_id: int
    people: int
    twice: int


def new_page(db: Connection, chat_id: int, now: datetime) -> str:
    """An opaque page id, good for one upload, for 30 minutes."""
    page = secrets.token_urlsafe(24)
    db.execute(insert(ListPage), {"page_hash": _hash(page), "chat_id": chat_id, "asked_at": now})
    return page


def open_page(db: Connection, page: str, now: datetime) -> tuple[int, str] | None:
    """The chat and the branch that a page was handed to; None when it is unknown, used or too old."""
    query = (
        select(ListPage.chat_id, Conversation.branch)
        .join(Conversation, Conversation.id == ListPage.chat_id)
        .where(ListPage.page_hash == _hash(page), ListPage.list_id.is_(None))
        .where(ListPage.asked_at > now - PAGE_LIFE)
    )
    row = db.execute(query).one_or_none()
    return (row.chat_id, row.branch) if row else None


def list_of(db: Connection, page: str, chat_id: int) -> PersonList | None:
    """The list that was uploaded on a chat's page; None before that."""
    query = (
        select(PersonList.id, PersonList.branch, PersonList.people, PersonList.made_at)
        .join(ListPage, ListPage.list_id == PersonList.id)
        .where(ListPage.page_hash == _hash(page), ListPage.chat_id == chat_id)
    )
    row = db.execute(query).one_or_none()
    return PersonList(**row._mapping) if row else None


def take_in(db: Connection, page: str, branch: str, file: Path, now: datetime) -> Upload | None:
    """Reads a file of numbers into a list, and uses the page up; None when somebody else was faster.

    Raises BadRows with every line that is wrong; numbers that stand there twice are taken once."""
    numbers, twice = _numbers(db, branch, file)
    made = insert(PersonList).returning(PersonList.id)
    row = {"branch": branch, "people": 0, "made_at": now}
    number: int = db.execute(made, row).scalar_one()
    people = sorted({person for _, person in numbers})
    for start in range(0, len(people), AT_A_TIME):
        some = people[start : start + AT_A_TIME]
        db.execute(inserting(db, ListedPerson), [{"list_id": number, "person_id": each} for each in some])
    db.execute(update(PersonList).where(PersonList.id == number).values(people=len(people)))
    used = update(ListPage).where(ListPage.page_hash == _hash(page), ListPage.list_id.is_(None))
    if db.execute(used.values(list_id=number)).rowcount != 1:
        db.execute(delete(ListedPerson).where(ListedPerson.list_id == number))
        db.execute(delete(PersonList).where(PersonList.id == number))
        return None
    return Upload(number, len(people), twice + len(numbers) - len(people))


def note_wrong_file(db: Connection, page: str) -> None:
    """Counts a file of which staff were told what is wrong in it."""
    this = update(ListPage).where(ListPage.page_hash == _hash(page))
    db.execute(this.values(wrong_files=ListPage.wrong_files + 1))


def wrong_files(db: Connection, chat_id: int, now: datetime) -> int:
    """How many wrong files have come from a chat's pages within a day: nobody tries numbers out without end."""
    query = select(func.coalesce(func.sum(ListPage.wrong_files), 0))
    mine = query.where(ListPage.chat_id == chat_id, ListPage.asked_at > now - KEPT)
    return int(db.execute(mine).scalar_one())


def forget_old_pages(db: Connection, now: datetime) -> int:
    """Removes pages a day after they were handed out; lists stay for as long as the branch's terms keep them."""
    return db.execute(delete(ListPage).where(ListPage.asked_at < now - KEPT)).rowcount


def _numbers(db: Connection, branch: str, file: Path) -> tuple[list[tuple[str, int]], int]:
    """The numbers of a file with the people who have or had them; how many stood there twice."""
    problems: list[Problem] = []
    read: dict[str, int] = {}
    twice = 0
    for line, number in rows(file, COLUMNS, _row, problems):
        twice += number in read
        read.setdefault(number, line)
    if not read and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
    found = _people(db, branch, list(read))
    problems += [
        Problem(
            line, "number", number, "この番号の人は登録されていません。番号を確かめるか、行を消してください"
        )
        for number, line in read.items()
        if number not in found
    ]
    if problems:
        raise BadRows(file, sorted(problems))
    return list(found.items()), twice


def _row(line: int, values: dict[str, str]) -> tuple[int, str]:
    reader = Reader(line, values)
    number = reader("number", member_number)
    reader.finish()
    assert number is not None
    return line, number


def _people(db: Connection, branch: str, numbers: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(numbers), AT_A_TIME):
        some = numbers[start : start + AT_A_TIME]
        query = select(Number.number, Number.person_id).where(
            Number.branch == branch, Number.number.in_(some)
        )
        found |= {row.number: row.person_id for row in db.execute(query)}
    return found


def _hash(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()
