"""Pictures of broadcasts: kept in the database, shown at addresses that nobody can guess."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, LargeBinary, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,40}")


class BroadcastPicture(Base):
    """A picture as LINE takes it; it never changes, so that what was approved is what is seen."""

    __tablename__ = "broadcast_pictures"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # image/jpeg, image/png
    width: Mapped[int]
    height: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Shown:
    """Where a picture is seen, and how large it is."""

    token: str
    width: int
    height: int
    digest: str


def keep(db: Connection, branch: str, data: bytes, kind: str, size: tuple[int, int], now: datetime) -> int:
    """Stores a picture; returns its id."""
    row = {
        "branch": branch,
        "token": secrets.token_urlsafe(24),
        "kind": kind,
        "width": size[0],
        "height": size[1],
        "data": data,
        "digest": hashlib.sha256(data).hexdigest(),
        "made_at": now,
    }
    made: int = db.execute(insert(BroadcastPicture).returning(BroadcastPicture.id), row).scalar_one()
    return made


def shown(db: Connection, branch: str, picture_id: int) -> Shown | None:
    """A picture of the branch."""
    of = BroadcastPicture
    query = select(of.token, of.width, of.height, of.digest).where(of.id == picture_id, of.branch == branch)
    row = db.execute(query).one_or_none()
    return Shown(*row) if row else None


def read(db: Connection, token: str) -> tuple[bytes, str] | None:
    """The bytes behind an address, and their type; None for what is no address: PostgreSQL takes no NUL."""
    if not TOKEN.fullmatch(token):
        return None
    of = BroadcastPicture
    row = db.execute(select(of.data, of.kind).where(of.token == token)).one_or_none()
    return (row.data, row.kind) if row else None
