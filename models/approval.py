"""The second yes: a wish of one staff person that another decides on, bound by its digest to what both saw."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, Row, String, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Instant, Refusal
from models.staff import staff_with_id

YES, NO, WITHDRAWN = "yes", "no", "withdrawn"
_OPEN = text("outcome IS NULL")


class Approval(Base):
    """One wish; once it has an outcome it stays as it is."""

    __tablename__ = "approvals"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(80))  # what is to be done: natural key within the kind
    digest: Mapped[str] = mapped_column(String(64))  # of all that the asker saw
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(12))  # yes, no, withdrawn
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_approvals_waiting", "branch", "kind", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # Of one thing only one wish can wait.
        Index(
            "uq_approvals_about",
            "branch",
            "kind",
            "about",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


@dataclass(frozen=True)
class Wish:
    """A wish as it stands; `outcome` is empty while it waits."""

    id: int
    branch: str
    kind: str
    about: str
    digest: str
    asked_by: int
    asked_at: datetime
    outcome: str = ""
    decided_by: int | None = None


def digest_of(seen: Mapping[str, Any]) -> str:
    """The print of all that a person saw when they wished, or are to see when they decide."""
    words = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(words.encode()).hexdigest()


def ask(db: Connection, branch: str, kind: str, about: str, digest: str, by: int, now: datetime) -> int:
    """Asks for a second yes; an earlier wish for the same thing that still waits is withdrawn. Returns its id.

    `by` is a staff person's id. Raises Refusal when they have left."""
    asker = staff_with_id(db, by)
    if asker is None:
        raise Refusal("職員の登録が終わっているため、承認を頼めません。", "left")
    withdraw(db, branch, kind, about, asker.who, now)
    row = {"branch": branch, "kind": kind, "about": about, "digest": digest, "asked_by": by, "asked_at": now}
    wish: int = db.execute(insert(Approval).returning(Approval.id), row).scalar_one()
    record(
        db, branch, asker.who, "approval.ask", f"{kind}:{about}", now, after={"id": wish, "digest": digest}
    )
    return wish


def decide(db: Connection, approval_id: int, digest: str, by: int, yes: bool, now: datetime) -> Wish:
    """Says yes or no to exactly what was seen, and returns the wish so that the caller can act on it.

    Raises Refusal when what is to be decided has changed, when it is the asker's own wish, when it is decided
    already, and when `by` is no approver (any more)."""
    decider = staff_with_id(db, by)
    wish = wish_with_id(db, approval_id)
    if decider is None or "approver" not in decider.roles:
        raise Refusal("承認の役割がないため、決めることができません。", "no_approver")
    if wish is None or wish.outcome:
        raise Refusal(_over(wish), "decided")
    if wish.asked_by == by:
        raise Refusal("ご自分の依頼は、ほかの承認者が確かめます。", "own_wish")
    if wish.digest != digest:
        raise Refusal(
            "依頼の内容が、表示したあとで変わりました。もう一度、内容をお確かめください。", "changed"
        )
    outcome = YES if yes else NO
    open_ = update(Approval).where(Approval.id == approval_id, Approval.outcome.is_(None))
    if db.execute(open_.values(outcome=outcome, decided_by=by, decided_at=now)).rowcount != 1:
        raise Refusal(_over(wish_with_id(db, approval_id)), "decided")
    after = {"id": wish.id, "outcome": outcome, "digest": digest}
    record(db, wish.branch, decider.who, "approval.decide", f"{wish.kind}:{wish.about}", now, after=after)
    return Wish(**{**vars(wish), "outcome": outcome, "decided_by": by})


def withdraw(db: Connection, branch: str, kind: str, about: str, who: str, now: datetime) -> bool:
    """Ends a wish that waits, since it was taken back or changed; False when none waits."""
    open_ = update(Approval).where(
        Approval.branch == branch,
        Approval.kind == kind,
        Approval.about == about,
        Approval.outcome.is_(None),
    )
    if db.execute(open_.values(outcome=WITHDRAWN, decided_at=now)).rowcount == 0:
        return False
    record(db, branch, who, "approval.withdraw", f"{kind}:{about}", now)
    return True


def waiting(db: Connection, branch: str, kind: str | None = None) -> list[Wish]:
    """The wishes that wait for a second yes, oldest first."""
    query = select(Approval).where(Approval.branch == branch, Approval.outcome.is_(None))
    if kind is not None:
        query = query.where(Approval.kind == kind)
    return [_wish(row) for row in db.execute(query.order_by(Approval.id))]


def wish_with_id(db: Connection, approval_id: int) -> Wish | None:
    """One wish, as it is now."""
    row = db.execute(select(Approval).where(Approval.id == approval_id).with_for_update()).one_or_none()
    return _wish(row) if row else None


def _over(wish: Wish | None) -> str:
    if wish is not None and wish.outcome == WITHDRAWN:
        return "この依頼は取り下げられたか、内容が変わって出し直されました。"
    return "この依頼は、すでに決まっています。"


def _wish(row: Row[Any]) -> Wish:
    return Wish(
        row.id,
        row.branch,
        row.kind,
        row.about,
        row.digest,
        row.asked_by,
        row.asked_at,
        row.outcome or "",
        row.decided_by,
    )
