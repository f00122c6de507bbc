"""This month's messages at LINE, as last asked: a stored figure, since nobody asks LINE inside a transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.mailing import accepted_since
from models.outbox import pushed_since
from models.upsert import inserting

FRESH = timedelta(minutes=10)


class LineQuota(Base):
    """A channel's figure; one row a branch."""

    __tablename__ = "line_quotas"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    most: Mapped[int | None]  # None = without limit
    used: Mapped[int | None]  # None = LINE has never answered
    read_at: Mapped[datetime | None] = mapped_column(Instant)  # of the figures
    tried_at: Mapped[datetime] = mapped_column(Instant)  # when LINE was asked last, with or without an answer


@dataclass(frozen=True)
class Quota:
    """Messages that may be sent this month (None = without limit), how many have been, and when LINE said so."""

    most: int | None
    used: int
    read_at: datetime

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(self.most - self.used, 0)

    def in_words(self) -> str:
        return f"{self.used:,}通" + ("（上限なし）" if self.most is None else f"／{self.most:,}通")


def quota(db: Connection, branch: str) -> Quota | None:
    """What LINE said, and what it has taken since; None while LINE has not said anything."""
    query = select(LineQuota.most, LineQuota.used, LineQuota.read_at).where(LineQuota.branch == branch)
    row = db.execute(query).one_or_none()
    if row is None or row.read_at is None:
        return None
    since = accepted_since(db, branch, row.read_at) + pushed_since(db, branch, row.read_at)
    return Quota(row.most, row.used + since, row.read_at)


def is_stale(db: Connection, branch: str, now: datetime) -> bool:
    """True when LINE was not asked within ten minutes; a clock that went back makes it stale too."""
    tried = db.execute(select(LineQuota.tried_at).where(LineQuota.branch == branch)).scalar()
    return tried is None or not now - FRESH < tried <= now


def keep(db: Connection, branch: str, most: int | None, used: int, now: datetime) -> None:
    """Stores what LINE said."""
    said = {"most": most, "used": used, "read_at": now, "tried_at": now}
    new = inserting(db, LineQuota).on_conflict_do_update(index_elements=("branch",), set_=said)
    db.execute(new, {"branch": branch, **said})


def tried(db: Connection, branch: str, now: datetime) -> None:
    """LINE did not answer: the figure stays, and is not asked for again at once."""
    new = inserting(db, LineQuota).on_conflict_do_update(index_elements=("branch",), set_={"tried_at": now})
    db.execute(new, {"branch": branch, "tried_at": now})
