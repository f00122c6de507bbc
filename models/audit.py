"""The record of what staff and commands did: append-only rows, each hanging by its hash on the one before."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.append_only import keep_rows
from models.base import Base, Instant
from models.upsert import inserting

BEGINNING = "0" * 64  # what the first row of a branch hangs on
PRUNED = "audit.prune"

Facts = Mapping[str, Any]


class AuditHead(Base):
    """The end of a branch's chain; writers take turns at this row."""

    __tablename__ = "audit_heads"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base):
    """One act. The database refuses to change a row, and to remove one that no checkpoint covers."""

    __tablename__ = "audit_entries"
    branch: Mapped[str] = mapped_column(String(30), ForeignKey("audit_heads.branch"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String(80))  # staff:3, コマンド:alice, system
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(200))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditCheckpoint(Base):
    """Up to where old rows may be removed; the chain goes on from its hash."""

    __tablename__ = "audit_checkpoints"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)


_COVERED = "EXISTS (SELECT 1 FROM audit_checkpoints AS c WHERE c.branch = OLD.branch AND c.seq >= OLD.seq)"
keep_rows(cast(Table, AuditEntry.__table__), _COVERED)


@dataclass(frozen=True)
class Head:
    """Where a branch's chain ends; kept elsewhere, it shows that nothing was cut off."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Act:
    """One row of the record."""

    seq: int
    at: datetime
    who: str
    act: str
    about: str
    before: Facts | None
    after: Facts | None


def record(
    db: Connection,
    branch: str,
    who: str,
    act: str,
    about: str,
    now: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
) -> Head:
    """Writes down an act in the caller's transaction; best as its last write, since writers take turns.

    Never what a member wrote, a name, a birth date or a whole number: an opaque id says who is meant."""
    end = _locked_head(db, branch)
    row = {
        "branch": branch,
        "seq": end.seq + 1,
        "at": now,
        "who": who[:80],
        "act": act,
        "about": about[:200],
        "before": _canonical(before),
        "after": _canonical(after),
        "previous": end.hash,
    }
    print_ = _hash(row)
    db.execute(insert(AuditEntry), row | {"hash": print_})
    db.execute(update(AuditHead).where(AuditHead.branch == branch).values(seq=end.seq + 1, hash=print_))
    return Head(end.seq + 1, print_)


def head(db: Connection, branch: str) -> Head:
    """The end of the chain as the database tells it."""
    row = db.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.branch == branch)).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, BEGINNING)


def acts(db: Connection, branch: str, *, since: datetime | None = None, last: int | None = None) -> list[Act]:
    """The rows since an instant, or the last so many, oldest first."""
    query = select(AuditEntry).where(*_standing(db, branch)).order_by(AuditEntry.seq.desc())
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    rows = db.execute(query.limit(last) if last else query).all()
    return [_act(row) for row in reversed(rows)]


def last_act(db: Connection, branch: str, act: str, about: str | None = None) -> Act | None:
    """The newest row of a kind, about one thing."""
    query = select(AuditEntry).where(*_standing(db, branch), AuditEntry.act == act)
    if about is not None:
        query = query.where(AuditEntry.about == about)
    row = db.execute(query.order_by(AuditEntry.seq.desc()).limit(1)).one_or_none()
    return _act(row) if row else None


@dataclass(frozen=True)
class Verdict:
    """What the verification found; without problems the record is whole."""

    rows: int
    head: Head
    problems: tuple[str, ...]


def verify(db: Connection, branch: str, kept_head: str | None = None) -> Verdict:
    """Walks the chain: each row that was changed, is missing, came in between, before or elsewhere is named.

    A chain that was cut off at its end, or written anew as a whole, shows against a head kept elsewhere."""
    start = _checkpoint(db, branch)
    seen, rows, confirmed = start, 0, start.seq == 0
    before = select(AuditEntry.seq).where(AuditEntry.branch == branch, AuditEntry.seq <= start.seq)
    problems = [
        f"{seq} 番の行は、あるはずがありません（あとから入れられた疑い）。"
        for seq in db.execute(before.order_by(AuditEntry.seq)).scalars()
    ]
    found = kept_head in (None, "", start.hash)
    query = select(AuditEntry).where(AuditEntry.branch == branch, AuditEntry.seq > start.seq)
    for row in db.execute(query.order_by(AuditEntry.seq).execution_options(yield_per=1000)):
        problems += _wrong(row, seen)
        seen, rows = Head(row.seq, row.hash), rows + 1
        found = found or row.hash == kept_head
        confirmed = confirmed or (row.act == PRUNED and _read(row.after) == _facts(start))
    if seen != head(db, branch):
        problems.append(
            f"記録は {seen.seq} 番で終わっていますが、末尾の控えは {head(db, branch).seq} 番です。"
        )
    if not confirmed:
        problems.append(f"{start.seq} 番までを整理した記録がありません。古い行が消された疑いがあります。")
    if not found:
        problems.append(
            "控えの値が記録の中にありません。末尾が切られたか、全体が書き直された疑いがあります。"
        )
    return Verdict(rows, seen, tuple(problems))


def prune(db: Connection, branch: str, who: str, before: datetime, now: datetime) -> int:
    """Removes rows older than an instant; a checkpoint, itself in the record, lets the chain go on. Returns how many."""
    _locked_head(db, branch)
    mine = _standing(db, branch)
    kept = select(func.min(AuditEntry.seq)).where(*mine, AuditEntry.at >= before).scalar_subquery()
    old = select(AuditEntry.seq, AuditEntry.hash).where(*mine, AuditEntry.at < before)
    old = old.where(AuditEntry.seq < func.coalesce(kept, AuditEntry.seq + 1))  # never out of the middle
    last = db.execute(old.order_by(AuditEntry.seq.desc()).limit(1)).one_or_none()
    if last is None:
        return 0
    cut = Head(last.seq, last.hash)
    record(db, branch, who, PRUNED, f"1-{cut.seq}", now, after=_facts(cut))
    db.execute(insert(AuditCheckpoint), {"branch": branch, "seq": cut.seq, "hash": cut.hash, "at": now})
    gone = delete(AuditEntry).where(
        *mine, AuditEntry.seq <= cut.seq
    )  # what was forged below stays, and shows
    return int(db.execute(gone).rowcount)


def take_turn(db: Connection, branch: str) -> None:
    """Keeps other writers of the branch's record waiting until the transaction ends."""
    _locked_head(db, branch)


def _act(row: Row[Any]) -> Act:
    return Act(row.seq, row.at, row.who, row.act, row.about, _read(row.before), _read(row.after))


def _wrong(row: Row[Any], before: Head) -> Iterator[str]:
    if row.seq > before.seq + 1:
        yield f"{before.seq + 1}〜{row.seq - 1} 番の行がありません。"
    elif row.previous != before.hash:
        yield f"{row.seq} 番の行は、前の行につながりません（変更・挿入・入れ替えの疑い）。"
    if _hash(dict(row._mapping)) != row.hash:
        yield f"{row.seq} 番の行の内容が変えられています。"


def _locked_head(db: Connection, branch: str) -> Head:
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.branch == branch).with_for_update()
    row = db.execute(query).one_or_none()
    if row is None:
        new = inserting(db, AuditHead).on_conflict_do_nothing()
        db.execute(new, {"branch": branch, "seq": 0, "hash": BEGINNING})
        row = db.execute(query).one()
    return Head(row.seq, row.hash)


def _standing(db: Connection, branch: str) -> tuple[ColumnElement[bool], ...]:
    """The rows above the last checkpoint: there are no others, unless somebody has put them there."""
    return AuditEntry.branch == branch, AuditEntry.seq > _checkpoint(db, branch).seq


def _checkpoint(db: Connection, branch: str) -> Head:
    query = select(AuditCheckpoint.seq, AuditCheckpoint.hash).where(AuditCheckpoint.branch == branch)
    row = db.execute(query.order_by(AuditCheckpoint.seq.desc()).limit(1)).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, BEGINNING)


def _facts(cut: Head) -> dict[str, Any]:
    return {"seq": cut.seq, "hash": cut.hash}


def _hash(row: Mapping[str, Any]) -> str:
    names = ("branch", "seq", "who", "act", "about", "before", "after", "previous")
    content = [row[name] for name in names]
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(json.dumps([*content, at], ensure_ascii=False).encode()).hexdigest()


def _canonical(facts: Facts | None) -> str | None:
    if facts is None:
        return None
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _read(text: str | None) -> Facts | None:
    return None if text is None else json.loads(text)
