"""Lists of numbers that staff upload to say whom a broadcast is for; what is wrong in a file is told line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, ForeignKey, Index, String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Database, Instant
from models.conversation import Conversation
from models.member import Number
from models.member_file import member_number
from models.one_use import KEPT, PAGE_LIFE, hash_of, new_address
from models.table_file import LONGEST_SHOWN, BadRows, Problem, Unreadable, lines, narrow

COLUMN, HEADINGS = "番号", ("番号", "組合員番号", "会員番号", "number")
SENT = "番号のCSVを送りました"  # what the page lets its holder say, and the talk waits for
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
    page = new_address()
    db.execute(insert(ListPage), {"page_hash": hash_of(page), "chat_id": chat_id, "asked_at": now})
    return page


def open_page(db: Connection, page: str, now: datetime) -> tuple[int, str] | None:
    """The chat and the branch that a page was handed to; None when it is unknown, used or too old."""
    query = (
        select(ListPage.chat_id, Conversation.branch)
        .join(Conversation, Conversation.id == ListPage.chat_id)
        .where(ListPage.page_hash == hash_of(page), ListPage.list_id.is_(None))
        .where(ListPage.asked_at > now - PAGE_LIFE)
    )
    row = db.execute(query).one_or_none()
    return (row.chat_id, row.branch) if row else None


def list_of(db: Connection, page: str, chat_id: int) -> PersonList | None:
    """The list that was uploaded on a chat's page; None before that."""
    query = (
        select(PersonList.id, PersonList.branch, PersonList.people, PersonList.made_at)
        .join(ListPage, ListPage.list_id == PersonList.id)
        .where(ListPage.page_hash == hash_of(page), ListPage.chat_id == chat_id)
    )
    row = db.execute(query).one_or_none()
    return PersonList(**row._mapping) if row else None


def take_in(database: Database, branch: str, file: Path, now: datetime) -> Upload:
    """Reads a file of numbers into a list that is no page's yet, a part at a time: nobody waits long to write.

    Raises BadRows with every line that is wrong; numbers that stand there twice are taken once."""
    with database.reading() as db:
        numbers, twice = _numbers(db, branch, file)
    people = sorted({person for _, person in numbers})
    row = {"branch": branch, "people": len(people), "made_at": now}
    made = insert(PersonList).returning(PersonList.id)
    number: int = database.run_briefly(lambda db: db.execute(made, row).scalar_one())
    for start in range(0, len(people), AT_A_TIME):
        some = [{"list_id": number, "person_id": each} for each in people[start : start + AT_A_TIME]]
        database.run_briefly(partial(_add, rows=some))
    return Upload(number, len(people), twice + len(numbers) - len(people))


def hand_over(db: Connection, page: str, upload: Upload) -> bool:
    """Uses the page up with a list, which turned out right; False when somebody else was faster."""
    open_one = update(ListPage).where(ListPage.page_hash == hash_of(page), ListPage.list_id.is_(None))
    right = {"list_id": upload.list_id, "wrong_files": ListPage.wrong_files - 1}
    return db.execute(open_one.values(right)).rowcount == 1


def drop(db: Connection, upload: Upload) -> None:
    """Removes a list that has become no page's."""
    db.execute(delete(ListedPerson).where(ListedPerson.list_id == upload.list_id))
    db.execute(delete(PersonList).where(PersonList.id == upload.list_id))


def count_file(db: Connection, page: str, chat_id: int, most: int, now: datetime) -> bool:
    """Counts a file as wrong until it turns out right; False when too many of the chat's were, today."""
    # Files of one chat take turns here, so that many at once are counted like one after another.
    db.execute(select(Conversation.id).where(Conversation.id == chat_id).with_for_update())
    if wrong_files(db, chat_id, now) >= most:
        return False
    this = update(ListPage).where(ListPage.page_hash == hash_of(page))
    db.execute(this.values(wrong_files=ListPage.wrong_files + 1))
    return True


def wrong_files(db: Connection, chat_id: int, now: datetime) -> int:
    """How many wrong files have come from a chat's pages within a day: nobody tries numbers out without end."""
    query = select(func.coalesce(func.sum(ListPage.wrong_files), 0))
    mine = query.where(ListPage.chat_id == chat_id, ListPage.asked_at > now - KEPT)
    return int(db.execute(mine).scalar_one())


def forget_old_pages(db: Connection, now: datetime) -> int:
    """Removes pages a day after they were handed out; lists stay for as long as the branch's terms keep them."""
    return db.execute(delete(ListPage).where(ListPage.asked_at < now - KEPT)).rowcount


def _add(db: Connection, rows: list[dict[str, int]]) -> None:
    db.execute(insert(ListedPerson), rows)


def _numbers(db: Connection, branch: str, file: Path) -> tuple[list[tuple[str, int]], int]:
    """The numbers of a file with the people who have or had them; how many stood there twice."""
    problems: list[Problem] = []
    read: dict[str, int] = {}
    twice = 0
    for line, number in _read(file, problems):
        twice += number in read
        read.setdefault(number, line)
    if not read and not problems:
        problems.append(Problem(1, "", "", "番号が1つもありません。1行に1つ書いてください"))
    found = _people(db, branch, list(read))
    problems += [
        Problem(
            line, COLUMN, number, "この番号の人は登録されていません。番号を確かめるか、行を消してください"
        )
        for number, line in read.items()
        if number not in found
    ]
    if problems:
        raise BadRows(file, sorted(problems))
    return list(found.items()), twice


def _read(file: Path, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """The number of each line, below a heading or without one. Raises BadRows where other columns stand beside it."""
    is_first = True
    for line, values in lines(file, problems):
        filled = [narrow(value) for value in values if value.strip()]
        if len(filled) > 1:
            expected = "番号の列だけを残して保存し、もう一度送ってください"
            raise BadRows(file, [Problem(line, "", ",".join(filled)[:LONGEST_SHOWN], expected)])
        if not (is_first and filled[0].lower() in HEADINGS):
            try:
                yield line, member_number(filled[0])
            except Unreadable as unreadable:
                problems.append(Problem(line, COLUMN, filled[0][:LONGEST_SHOWN], str(unreadable)))
        is_first = False


def _people(db: Connection, branch: str, numbers: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(numbers), AT_A_TIME):
        some = numbers[start : start + AT_A_TIME]
        query = select(Number.number, Number.person_id).where(
            Number.branch == branch, Number.number.in_(some)
        )
        found |= {row.number: row.person_id for row in db.execute(query)}
    return found
