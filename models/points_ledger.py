"""The ledger of health points: append-only entries in lots, which the database itself keeps from going below zero."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.append_only import keep_rows
from models.base import Base, Instant, Refusal
from models.days import day_end, day_of
from models.member import Person
from models.upsert import inserting

LONGEST_REFERENCE = 60
LONGEST_REASON = 100
LOTS_AT_A_TIME = 100
MOST_POINTS = 1_000_000
CHECKUP = "checkup:"  # begins the lots of checkups, whose reference is kind:registered_on
_LINK = ("seq", "left", "granted_on", "last_day")


class Entry(Base):
    """One movement of points. A lot is its grant (seq 1) and what follows; each entry hangs on the one before.

    `left` is what the lot holds after the entry. The key to the entry before (its seq and its left) makes a chain:
    it cannot fork, skip, forget, or go below zero, whoever writes and however many at once."""

    __tablename__ = "point_entries"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    lot: Mapped[str] = mapped_column(String(80), primary_key=True)  # what was granted: its natural key
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    branch: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    left: Mapped[int]
    before_seq: Mapped[int | None]
    before_left: Mapped[int | None]
    granted_on: Mapped[date]
    last_day: Mapped[date]
    day: Mapped[date]
    cause: Mapped[str] = mapped_column(String(80))  # what moved the points: natural key within the lot
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))
    author: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        UniqueConstraint("person_id", "lot", *_LINK, name="uq_point_entries_link"),
        ForeignKeyConstraint(
            ["person_id", "lot", "before_seq", "before_left", "granted_on", "last_day"],
            [f"point_entries.{column}" for column in ("person_id", "lot", *_LINK)],
            name="fk_point_entries_before",
        ),
        CheckConstraint(
            "(seq = 1 AND kind = 'grant' AND points > 0 AND \"left\" = points AND day = granted_on"
            " AND before_seq IS NULL AND before_left IS NULL)"
            " OR (seq > 1 AND kind <> 'grant' AND points <> 0 AND \"left\" = before_left + points"
            " AND before_seq IS NOT NULL AND before_seq = seq - 1 AND before_left IS NOT NULL)",
            name="chain",
        ),
        CheckConstraint('"left" >= 0', name="left"),
        CheckConstraint("granted_on <= last_day AND granted_on <= day", name="life"),
        CheckConstraint(
            "kind IN ('grant', 'correction') OR (kind = 'return' AND points > 0)"
            " OR (kind = 'spend' AND points < 0 AND day <= last_day)",
            name="kind",
        ),
        # One cause moves a lot once. Grants need no such key: the lot is theirs.
        Index(
            "uq_point_entries_cause",
            "person_id",
            "lot",
            "cause",
            unique=True,
            postgresql_where=text("seq > 1"),
            sqlite_where=text("seq > 1"),
        ),
        Index("ix_point_entries_lapse", "branch", "last_day", "person_id", "points"),
    )


keep_rows(cast(Table, Entry.__table__))


@dataclass(frozen=True)
class Grant:
    """Points to be given: `lot` is the natural key, so that granting twice changes nothing."""

    person_id: int
    lot: str
    points: int
    granted_on: date
    last_day: date
    reason: str
    reference: str


@dataclass(frozen=True)
class Lot:
    """A grant with what is left of it on a day."""

    key: str
    granted_on: date
    last_day: date
    points: int
    left: int
    reason: str
    reference: str


@dataclass(frozen=True)
class Movement:
    """One entry, as a statement shows it."""

    lot: str
    seq: int
    kind: str
    points: int
    left: int
    granted_on: date
    last_day: date
    day: date
    cause: str
    reason: str
    reference: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Piece:
    """What one lot gives to a spending."""

    lot: str
    points: int
    last_day: date


class Contradiction(Exception):
    """A grant whose key is there already with other points or another day."""

    def __init__(self, grant: Grant, known: Lot) -> None:
        super().__init__(f"{grant.lot}: {known.points} points of {known.granted_on} are there already")
        self.grant = grant
        self.known = known


def grant(db: Connection, branch: str, grants: Sequence[Grant], *, author: str, now: datetime) -> int:
    """Gives points; answers how many lots are new. Raises Contradiction when a known lot says otherwise."""
    if not grants:
        return 0
    known = known_lots(db, [(one.person_id, one.lot) for one in grants])
    new = [one for one in grants if not _is_there(one, known.get((one.person_id, one.lot)))]
    if new:
        rows = [_grant_row(branch, one, author, now) for one in new]
        db.execute(inserting(db, Entry).on_conflict_do_nothing(), rows)
        # Somebody may have granted the same a moment ago, with other points.
        now_there = known_lots(db, [(one.person_id, one.lot) for one in new])
        for one in new:
            _is_there(one, now_there[one.person_id, one.lot])
    return len(new)


def grant_new(db: Connection, branch: str, grants: Sequence[Grant], *, author: str, now: datetime) -> None:
    """Gives points that are known to be new, at one go. Raises IntegrityError when one of them is there after all."""
    if grants:
        db.execute(insert(Entry), [_grant_row(branch, one, author, now) for one in grants])


def spend(
    db: Connection,
    branch: str,
    person_id: int,
    pieces: Iterable[Piece],
    *,
    cause: str,
    reason: str,
    reference: str,
    author: str,
    now: datetime,
) -> None:
    """Takes the pieces from their lots, for good. Call `lock` first, so that the pieces are still right."""
    for piece in pieces:
        words = {"cause": cause, "reason": reason, "reference": reference, "author": author}
        _append(db, branch, person_id, piece.lot, "spend", -piece.points, words, now)


def give_back(
    db: Connection, person_id: int, cause: str, *, reason: str, author: str, now: datetime
) -> tuple[Piece, ...]:
    """Undoes all that one cause has spent and nobody has undone yet; answers what went back where."""
    return tuple(
        Piece(entry.lot, _undo(db, entry, "return", reason, author, now), entry.last_day)
        for entry in still_spent(db, person_id, cause)
    )


def still_spent(db: Connection, person_id: int, cause: str) -> list[Any]:
    """The entries by which one cause has spent points and that nobody has undone."""
    this = (Entry.person_id == person_id, Entry.cause == cause, Entry.kind == "spend")
    spent = db.execute(select(Entry).where(*this).order_by(Entry.lot)).all()
    return [entry for entry in spent if not _is_undone(db, entry)]


def correct(
    db: Connection, person_id: int, lot: str, seq: int, *, reason: str, author: str, now: datetime
) -> int:
    """Undoes one entry by its opposite; answers the points moved. Raises Refusal when that cannot be."""
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refusal(f"訂正の理由を{LONGEST_REASON}文字以内で書いてください。", "no_reason")
    lock(db, person_id)
    this = (Entry.person_id == person_id, Entry.lot == lot, Entry.seq == seq)
    entry = db.execute(select(Entry).where(*this)).first()
    if entry is None:
        raise Refusal(f"記録 {lot} の {seq} 番は見つかりません。明細で確かめてください。", "no_such_entry")
    if entry.kind not in ("grant", "spend"):
        text = "訂正や取り消しの記録は、さらに取り消せません。正しいポイントを新しく付けてください。"
        raise Refusal(text, "opposite")
    if _is_undone(db, entry):
        raise Refusal(f"記録 {lot} の {seq} 番は、すでに取り消されています。", "undone")
    return _undo(db, entry, "correction", reason.strip(), author, now)


def lock(db: Connection, person_id: int) -> None:
    """Two phones of one person take turns from here to the end of the transaction."""
    db.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def lock_all(db: Connection, people: Sequence[int]) -> None:
    """The same for many, always in one order, so that two who lock the same people do not wait for each other."""
    db.execute(select(Person.id).where(Person.id.in_(people)).order_by(Person.id).with_for_update())


def lots(db: Connection, person_id: int, day: date) -> list[Lot]:
    """The person's lots that are valid on the day or earned by its end for a later one; first to lapse first.

    A checkup earned its points on the day it was registered, however late it was taken over (R-KAG-09)."""
    values = {"person": person_id, "on_day": day, "day_is_over": day_end(day)}
    found: list[list[Any]] = []
    for key, seq, granted_on, last_day, points, reason, reference in db.execute(_LOTS, values):
        if seq == 1 and (granted_on <= day or (_registered_on(key, reference) or day) <= day):
            found.append([key, granted_on, last_day, points, points, reason, reference])
        elif seq > 1:
            found[-1][4] += points
    return [Lot(*row) for row in found]


_DAY = bindparam("on_day", type_=Date)
_KNOWN = (Entry.at < bindparam("day_is_over", type_=Instant)) | (
    (Entry.seq == 1) & Entry.lot.startswith(CHECKUP)
)
_SEEN = (Entry.day <= _DAY) | ((Entry.granted_on > _DAY) & _KNOWN)
_LOTS = (
    select(
        Entry.lot,
        Entry.seq,
        Entry.granted_on,
        Entry.last_day,
        Entry.points,
        Entry.reason,
        Entry.reference,
    )
    .where(Entry.person_id == bindparam("person"), Entry.last_day >= _DAY, _SEEN)
    .order_by(Entry.last_day, Entry.granted_on, Entry.lot, Entry.seq)
)


def _registered_on(lot: str, reference: str) -> date | None:
    """The day on which a lot's checkup was registered; None for all other lots."""
    return date.fromisoformat(reference.rpartition(":")[2]) if lot.startswith(CHECKUP) else None


def movements(db: Connection, person_id: int, until: date | None = None) -> list[Movement]:
    """All entries of a person by the end of a day, oldest first."""
    columns = [Entry.__table__.columns[name] for name in Movement.__dataclass_fields__]
    query = select(*columns).where(Entry.person_id == person_id)
    if until is not None:
        query = query.where(Entry.day <= until)
    return [Movement(*row) for row in db.execute(query.order_by(Entry.day, Entry.at, Entry.lot, Entry.seq))]


def known_lots(db: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    """Those of the lots, by person and key, that are there already, as they were granted."""
    found: dict[tuple[int, str], Lot] = {}
    for start in range(0, len(keys), LOTS_AT_A_TIME):
        wanted = set(keys[start : start + LOTS_AT_A_TIME])
        people, lots = {person for person, _ in wanted}, {lot for _, lot in wanted}
        # Each person with each lot, by the primary key: for pairs SQLite would read the whole table.
        pairs = (Entry.person_id.in_(people), Entry.lot.in_(lots))
        rows: Iterable[Any] = db.execute(_GRANTED.where(*pairs))
        found |= {
            (row.person_id, row.lot): Lot(*row[1:]) for row in rows if (row.person_id, row.lot) in wanted
        }
    return found


_GRANTED = select(
    Entry.person_id,
    Entry.lot,
    Entry.granted_on,
    Entry.last_day,
    Entry.points,
    Entry.left,
    Entry.reason,
    Entry.reference,
).where(Entry.seq == 1)


def _is_there(grant: Grant, known: Lot | None) -> bool:
    if known is None:
        return False
    if (known.points, known.granted_on) != (grant.points, grant.granted_on):
        raise Contradiction(grant, known)
    return True


def _grant_row(branch: str, grant: Grant, author: str, now: datetime) -> dict[str, Any]:
    return {
        "person_id": grant.person_id,
        "lot": grant.lot,
        "seq": 1,
        "branch": branch,
        "kind": "grant",
        "points": grant.points,
        "left": grant.points,
        "before_seq": None,
        "before_left": None,
        "granted_on": grant.granted_on,
        "last_day": grant.last_day,
        "day": grant.granted_on,
        "cause": "grant",
        "reason": grant.reason,
        "reference": grant.reference,
        "author": author,
        "at": now,
    }


def _append(
    db: Connection,
    branch: str,
    person_id: int,
    lot: str,
    kind: str,
    points: int,
    words: dict[str, str],
    now: datetime,
) -> None:
    """Hangs an entry on the last one of its lot. Raises Refusal when the database says no."""
    this = (Entry.person_id == person_id, Entry.lot == lot)
    last = db.execute(select(Entry).where(*this).order_by(Entry.seq.desc()).limit(1)).one()
    if last.left + points < 0:
        raise Refusal(
            f"この記録の残りは {last.left} ポイントです。使ったぶんを先に取り消してください。", "below_zero"
        )
    row = {
        "person_id": person_id,
        "lot": lot,
        "seq": last.seq + 1,
        "branch": branch,
        "kind": kind,
        "points": points,
        "left": last.left + points,
        "before_seq": last.seq,
        "before_left": last.left,
        "granted_on": last.granted_on,
        "last_day": last.last_day,
        "day": max(day_of(now), last.granted_on),  # what is undone before it has come never comes
        "at": now,
        **words,
    }
    try:
        with db.begin_nested():
            db.execute(insert(Entry), row)
    except IntegrityError:
        raise Refusal(
            "たった今、別の画面で同じポイントが動きました。残高を確かめてください。", "raced"
        ) from None


def _undo(db: Connection, entry: Any, kind: str, reason: str, author: str, now: datetime) -> int:
    words = {"cause": f"undo:{entry.seq}", "reason": reason, "reference": entry.reference, "author": author}
    _append(db, entry.branch, entry.person_id, entry.lot, kind, -entry.points, words, now)
    return -int(entry.points)


def _is_undone(db: Connection, entry: Any) -> bool:
    this = (Entry.person_id == entry.person_id, Entry.lot == entry.lot, Entry.cause == f"undo:{entry.seq}")
    return db.execute(select(Entry.seq).where(*this)).first() is not None
