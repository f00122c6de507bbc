"""Which chats are to get a rich menu of their own, or the common one again: owed to LINE until LINE has done it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.conversation import Conversation
from models.upsert import inserting


class MenuWish(Base):
    """The newest wish of a chat; gone when it is done. Without `due_at` it waits until menus are made."""

    __tablename__ = "menu_wishes"
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    user_id: Mapped[str] = mapped_column(String(64))
    menu: Mapped[str | None] = mapped_column(String(32))  # the alias of a menu, or none of one's own
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    tries: Mapped[int]


@dataclass(frozen=True)
class Wish:
    """One wish in a switcher's hands."""

    chat_id: int
    branch: str
    user_id: str
    menu: str | None
    asked_at: datetime
    tries: int


def wish(db: Connection, chat_id: int, menu: str | None, now: datetime) -> None:
    """Wants a menu (by its alias) for a chat, or with None the menu of everybody; the last wish counts."""
    query = select(Conversation.branch, Conversation.user_id).where(Conversation.id == chat_id)
    chat = db.execute(query).one()
    row = {"chat_id": chat_id, "branch": chat.branch, "user_id": chat.user_id}
    new = {"menu": menu, "asked_at": now, "due_at": now, "tries": 0}
    upsert = inserting(db, MenuWish).values(row | new)
    db.execute(upsert.on_conflict_do_update(index_elements=["chat_id"], set_=new))


def take(db: Connection, branches: Collection[str], now: datetime, until: datetime) -> Wish | None:
    """The wish of some branches that has waited longest, held until an instant so that nobody else takes it."""
    due = select(MenuWish).where(MenuWish.branch.in_(branches), MenuWish.due_at <= now)
    row = db.execute(due.order_by(MenuWish.due_at).limit(1).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    held = update(MenuWish).where(MenuWish.chat_id == row.chat_id)
    db.execute(held.values(due_at=until, tries=row.tries + 1))
    return Wish(row.chat_id, row.branch, row.user_id, row.menu, row.asked_at, row.tries)


def settle(db: Connection, done: Wish, again_at: datetime | None, *, keep: bool = False) -> None:
    """The wish is done, or comes again at an instant, or (`keep`) when menus are made; a newer one stays.

    Who wishes for no menu of their own waits for none: that wish is done."""
    same = (MenuWish.chat_id == done.chat_id, MenuWish.menu.is_not_distinct_from(done.menu))
    mine = (*same, MenuWish.asked_at == done.asked_at)
    if again_at is None and not (keep and done.menu):
        db.execute(delete(MenuWish).where(*mine))
    else:
        db.execute(update(MenuWish).where(*mine).values(due_at=again_at))


_NEXT_DUE = select(func.min(MenuWish.due_at))


def next_due(db: Connection, branches: Collection[str] | None = None) -> datetime | None:
    """When the next wish is to be tried, of some branches or of all."""
    return db.execute(
        _NEXT_DUE if branches is None else _NEXT_DUE.where(MenuWish.branch.in_(branches))
    ).scalar()
