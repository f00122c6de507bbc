"""What staff do with gift orders: export them, take over which were sent, and who is to be told of it (R-KAG-16)."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, String, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Database, Instant
from models.days import JST, day_of
from models.gifts import Order, Placed, as_placed, order_id, order_number
from models.grants_file import past_day
from models.imports import Report
from models.points_terms import GIFT_KINDS
from models.table_file import BadRows, Problem, Reader, Unreadable, harmless, rows

EXPORTED = (
    *("order", "ordered_at", "number", "gift", "gift_name", "kind", "points"),
    *("name", "postal_code", "address", "phone"),
)
SENT = ("order", "sent_on")
AT_A_TIME = 500


class OrderExport(Base):
    """One taking of all new orders by staff; its id is the orders' batch."""

    __tablename__ = "gift_exports"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(Instant)


def export_orders(
    database: Database, branch: str, out: TextIO, *, who: str, now: datetime, batch: int | None = None
) -> tuple[int, int]:
    """Writes all new orders as CSV, or those of an earlier export again; answers its number and how many.

    From here on they cannot be cancelled. Number and record are written before the first line, so that
    an export that broke off is repeated by its number, and no order is lost or taken twice."""
    number, count = database.run(lambda db: _taken(db, branch, who, now, batch))
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(EXPORTED)
    for row in _batch(database, branch, number):
        written.writerow([harmless(value) for value in row])
    return number, count


def import_sent(database: Database, branch: str, file: Path, *, now: datetime) -> Report:
    """Takes over `order,sent_on`; on BadRows nothing has changed."""
    problems: list[Problem] = []

    def read(line: int, values: dict[str, str]) -> tuple[int, int, date]:
        reader = Reader(line, values)
        order = reader("order", _order)
        sent_on = reader("sent_on", lambda value: past_day(value, day_of(now)))
        reader.finish()
        assert order is not None
        assert sent_on is not None
        return line, order, sent_on

    found = list(rows(file, SENT, read, problems))
    if problems or not found:
        raise BadRows(file, sorted(problems) or [Problem(2, "", "", "見出しの下に1行もありません")])
    changed = database.run(lambda db: _mark_sent(db, branch, file, found))
    return Report(len(found), changed, 0, len(found) - changed)


def untold(db: Connection, branch: str, limit: int) -> list[tuple[int, Placed]]:
    """Orders that are sent and whose members have not been told: with the person's id, oldest first."""
    this = (Order.branch == branch, Order.sent_on.is_not(None), Order.told_at.is_(None))
    query = select(Order).where(*this).order_by(Order.id).limit(limit)
    return [(row.person_id, as_placed(row)) for row in db.execute(query)]


def told(db: Connection, order: int, now: datetime) -> bool:
    """Marks a member as told; False when that was done before."""
    this = (Order.id == order, Order.told_at.is_(None))
    return db.execute(update(Order).where(*this).values(told_at=now)).rowcount == 1


def _taken(db: Connection, branch: str, who: str, now: datetime, batch: int | None) -> tuple[int, int]:
    """The number of an export and how many orders are in it, entered into the record."""
    number = _take(db, branch, now) if batch is None else batch
    theirs = select(func.count()).where(Order.branch == branch, Order.batch == number)
    count = db.execute(theirs).scalar_one()
    record(db, branch, who, "export", f"orders:{number}", now, after={"orders": count})
    return number, count


def _take(db: Connection, branch: str, now: datetime) -> int:
    """Gives all orders that nobody has exported yet to a new export."""
    row = {"branch": branch, "at": now}
    export = int(db.execute(insert(OrderExport).returning(OrderExport.id), row).scalar_one())
    new = (Order.branch == branch, Order.batch.is_(None), Order.cancelled_at.is_(None))
    db.execute(update(Order).where(*new).values(batch=export))
    return export


def _batch(database: Database, branch: str, batch: int) -> Iterator[tuple[str, ...]]:
    last = 0
    while True:
        this = (Order.branch == branch, Order.batch == batch, Order.id > last)
        with database.reading() as db:
            some = db.execute(select(Order).where(*this).order_by(Order.id).limit(AT_A_TIME)).all()
        if not some:
            return
        for row in some:
            at = f"{row.ordered_at.astimezone(JST):%Y-%m-%d %H:%M}"
            gift = (row.gift, row.gift_name, GIFT_KINDS[row.kind], str(row.points))
            yield (
                order_number(row.id),
                at,
                row.number,
                *gift,
                row.name,
                row.postal_code,
                row.address,
                row.phone,
            )
        last = some[-1].id


def _order(value: str) -> int:
    found = order_id(value)
    if found is None:
        raise Unreadable("注文番号を書いてください（例: P0000012）")
    return found


def _mark_sent(db: Connection, branch: str, file: Path, found: Sequence[tuple[int, int, date]]) -> int:
    problems: list[Problem] = []
    changed = 0
    for line, order, sent_on in found:
        row = db.execute(select(Order).where(Order.branch == branch, Order.id == order)).first()
        if expected := _not_sendable(row):
            problems.append(Problem(line, "order", order_number(order), expected))
        elif row is not None and (expected := _wrong_day(row, sent_on)):
            problems.append(Problem(line, "sent_on", sent_on.isoformat(), expected))
        elif row is not None and row.sent_on is None:
            db.execute(update(Order).where(Order.id == order).values(sent_on=sent_on))
            changed += 1
    if problems:
        raise BadRows(file, sorted(problems))
    return changed


def _not_sendable(row: Any) -> str:
    if row is None:
        return "この番号の注文はありません"
    if row.cancelled_at is not None:
        return "取り消された注文です"
    if row.batch is None:
        return "まだ書き出されていない注文です。先に注文を書き出してください"
    return ""


def _wrong_day(row: Any, sent_on: date) -> str:
    if row.sent_on not in (None, sent_on):
        return f"{row.sent_on} に発送済みとして登録されています"
    ordered_on = day_of(row.ordered_at)
    return f"注文の日（{ordered_on}）以後の日付を書いてください" if sent_on < ordered_on else ""
