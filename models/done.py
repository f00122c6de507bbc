"""What a person said to have handed in (提出しました), by the event it was for; it can be taken back."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, ForeignKey, String, delete, exists, false, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.member import Membership
from models.upsert import inserting


class HandedIn(Base):
    """One paper that a person said to have handed in; `paper` is that of the events it is for."""

    __tablename__ = "handed_in"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    paper: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


def hand_in(db: Connection, person_id: int, paper: str, now: datetime) -> bool:
    """Marks the paper; False when it was marked already."""
    row = {"person_id": person_id, "paper": paper, "at": now}
    new = inserting(db, HandedIn).on_conflict_do_nothing().returning(HandedIn.paper)
    return db.execute(new, row).first() is not None


def take_back(db: Connection, person_id: int, paper: str) -> bool:
    """Takes the mark away; False when there was none."""
    this = (HandedIn.person_id == person_id, HandedIn.paper == paper)
    return db.execute(delete(HandedIn).where(*this)).rowcount == 1


def handed_in(db: Connection, person_id: int) -> frozenset[str]:
    """The papers that the person has marked."""
    return frozenset(db.execute(select(HandedIn.paper).where(HandedIn.person_id == person_id)).scalars())


def has_handed_in(*papers: str) -> ColumnElement[bool]:
    """Any of the papers, as a condition on `Membership`, for those who look for many people."""
    if not papers:
        return false()
    return exists().where(HandedIn.person_id == Membership.person_id, HandedIn.paper.in_(papers))
