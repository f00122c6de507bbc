"""Where workplaces (所属所) are: the addresses that paper coupons are posted to, taken over from a file."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Database
from models.imports import Progress, Report
from models.table_file import BadRows, Problem, Reader, Unreadable, narrow, rows, words
from models.upsert import inserting

COLUMNS = ("name", "postcode", "address")
LONGEST = 200
_POSTCODE = re.compile(r"([0-9]{3})-?([0-9]{4})")


class Workplace(Base):
    """One workplace by the name that the membership data use."""

    __tablename__ = "workplaces"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    postcode: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(LONGEST))


@dataclass(frozen=True)
class Place:
    """Where post for a workplace goes."""

    name: str
    postcode: str
    address: str


def import_workplaces(
    database: Database, branch: str, file: Path, *, progress: Progress | None = None
) -> Report:
    """Takes over a workplaces file; on BadRows nothing has changed. One that is missing stays and is reported."""
    places = _read(file)
    report = database.run(lambda db: _register(db, branch, places))
    if progress:
        progress(len(places), len(places))
    return report


def places(db: Connection, branch: str, names: Collection[str] | None = None) -> dict[str, Place]:
    """The workplaces of the branch, or those with these names, by name."""
    query = select(Workplace.name, Workplace.postcode, Workplace.address).where(Workplace.branch == branch)
    if names is not None:
        query = query.where(Workplace.name.in_(names))
    return {row.name: Place(*row) for row in db.execute(query.order_by(Workplace.name))}


def _register(db: Connection, branch: str, named: dict[str, Place]) -> Report:
    known = places(db, branch)
    added = [one for name, one in named.items() if name not in known]
    changed = [one for name, one in named.items() if name in known and known[name] != one]
    new = inserting(db, Workplace)
    rest = {"postcode": new.excluded.postcode, "address": new.excluded.address}
    upsert = new.on_conflict_do_update(index_elements=("branch", "name"), set_=rest)
    written = [
        {"branch": branch, **vars(one)} for one in sorted([*added, *changed], key=lambda one: one.name)
    ]
    if written:
        db.execute(upsert, written)
    missing = tuple(name for name in known if name not in named)
    return Report(len(named), len(added), len(changed), len(named) - len(written), missing)


def _read(file: Path) -> dict[str, Place]:
    problems: list[Problem] = []
    found: dict[str, Place] = {}
    for line, place in _rows(file, problems):
        if place.name in found:
            problems.append(
                Problem(line, "name", place.name, "同じ所属所が2行あります。1行にまとめてください")
            )
        found.setdefault(place.name, place)
    if not found and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
    if problems:
        raise BadRows(file, sorted(problems))
    return found


def _rows(file: Path, problems: list[Problem]) -> Iterator[tuple[int, Place]]:
    return rows(file, COLUMNS, lambda line, values: (line, _row(line, values)), problems)


def _row(line: int, values: dict[str, str]) -> Place:
    read = Reader(line, values)
    name, address = read("name", _short), read("address", _short)
    postcode = read("postcode", _postcode)
    read.finish()
    return Place(name or "", postcode or "", address or "")


def _short(value: str) -> str:
    found = words(value)
    if len(found) > LONGEST:
        raise Unreadable(f"{LONGEST}文字以内で書いてください")
    return found


def _postcode(value: str) -> str:
    match = _POSTCODE.fullmatch(re.sub(r"[‐‑‒–—―−ー－]", "-", narrow(value)))
    if match is None:
        raise Unreadable("7桁の数字で書いてください（例: 330-9301）")
    return f"{match[1]}-{match[2]}"
