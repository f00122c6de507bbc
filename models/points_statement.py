"""A person's points in writing: the history month by month, the statement with every entry, and the state as data."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TextIO

from sqlalchemy import Connection

from models.member import Holder
from models.points import LOST, Held, State, last_chance, state, terms_on, window
from models.points_ledger import Movement, movements
from models.points_membership import ONE_DAY, Fate, fate, spells
from models.points_terms import Points
from models.table_file import harmless

COLUMNS = (
    *("day", "kind", "reason", "points", "balance", "granted_on", "last_valid_day"),
    *("lot", "entry", "reference", "author", "entered_at"),
)
HEADINGS = ("日付", "種類", "内容", "ポイント", "残高", "付いた日", "期限", "番号・メモ")
KINDS = {"grant": "付与", "spend": "交換", "return": "取り消し", "correction": "訂正", "lapse": "失効"}
REASONS = {"exchange": "商品と交換", "cancelled": "交換の取り消し", **LOST}


@dataclass(frozen=True)
class Line:
    """One line of a history: an entry, or points that lapsed; `balance` is what was valid after it."""

    day: date
    kind: str
    reason: str
    points: int
    balance: int
    entry: Movement


def history(db: Connection, points: Points, holder: Holder, until: date) -> list[Line]:
    """Everything that happened by the end of a day, oldest first; a lapse stands on the first day without the points."""
    entries = movements(db, holder.id, until)
    told = [Line(one.day, one.kind, one.reason, one.points, 0, one) for one in entries]
    told += _lapses(points, holder, entries, until)
    lines: list[Line] = []
    balance, gone = 0, set()
    for line in sorted(told, key=_order):
        if line.entry.lot not in gone:
            balance += line.points
        if line.kind == "lapse":
            gone.add(line.entry.lot)
            if not line.points:
                continue
        words = reason_in_words(points, line.reason, line.day)
        lines.append(replace(line, reason=words, balance=balance))
    return lines


def write_statement(db: Connection, points: Points, holder: Holder, until: date, out: TextIO) -> int:
    """Writes the statement as CSV, oldest first; answers the number of lines."""
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(COLUMNS)
    lines = history(db, points, holder, until)
    for line in lines:
        entry = line.entry
        is_entry = line.kind != "lapse"
        written.writerow(
            [
                *(line.day, KINDS[line.kind], harmless(line.reason), line.points, line.balance),
                *(entry.granted_on, entry.last_day, harmless(entry.lot), entry.seq if is_entry else ""),
                *(harmless(entry.reference), entry.author if is_entry else "rule"),
                entry.at.isoformat() if is_entry else "",
            ]
        )
    return len(lines)


def write_for_member(db: Connection, points: Points, holder: Holder, until: date, out: TextIO) -> None:
    """The same for the person themselves, in their own words."""
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(HEADINGS)
    for line in history(db, points, holder, until):
        entry = line.entry
        written.writerow(
            [
                *(line.day, KINDS[line.kind], harmless(line.reason), line.points, line.balance),
                *(entry.granted_on, entry.last_day, harmless(entry.reference)),
            ]
        )


def as_data(db: Connection, points: Points, holder: Holder, day: date) -> dict[str, Any]:
    """The state of a day for `show points --json`."""
    found = state(db, points, holder, day)
    opened = window(points, day)
    chance = last_chance(points, found)
    return {
        "branch": points.branch,
        "number": holder.latest.number,
        "on": day.isoformat(),
        "balance": found.balance,
        "lots": [_lot(points, held) for held in found.usable],
        "pending": [_lot(points, held) for held in found.pending],
        "pending_points": sum(held.left for held in found.pending),
        "frozen": [_lot(points, held) for held in found.frozen],
        "frozen_points": sum(held.left for held in found.frozen),
        "restored_if_back_before": found.thaws_before.isoformat() if found.thaws_before else None,
        "would_lose": [
            {
                "last_valid_day": losing.last_day.isoformat(),
                "lost_on": (losing.last_day + ONE_DAY).isoformat(),
                "points": losing.points,
                "why": losing.ending,
                "days_left": losing.days_left(day),
            }
            for losing in (*found.losing, *found.resting)
        ],
        "exchange": {
            "open": opened.is_open and not found.reason,
            "reopens_on": opened.reopens_on.isoformat() if opened.reopens_on else None,
            "last_chance": chance.isoformat() if chance else None,
        },
        "reason": found.reason,
    }


def in_lines(points: Points, found: State) -> list[str]:
    """The same for a terminal."""
    lines = [f"残高 {found.balance:,} ポイント"]
    lines += [
        f"　{losing.last_day} まで {losing.points:,}（{LOST[losing.ending]}）" for losing in found.losing
    ]
    lines += [f"　{held.lot.granted_on} に付く予定 {held.left:,}" for held in found.pending]
    if found.frozen:
        total = sum(held.left for held in found.frozen)
        lines.append(f"　{found.thaws_before} より前に資格を取得すると戻る {total:,}")
        lines += [
            f"　　うち {one.last_day} まで {one.points:,}（{LOST[one.ending]}）"
            for one in found.resting
            if one.ending == "expiry"
        ]
    return [*lines, *([found.reason] if found.reason else [])]


def reason_in_words(points: Points, reason: str, day: date) -> str:
    """What a reason is called; words of a file stay as they are."""
    items = points.items.get(day)
    named = items.earning.get(reason) if items else None
    return named.name if named else REASONS.get(reason, reason)


def _lot(points: Points, held: Held) -> dict[str, Any]:
    lot = held.lot
    return {
        "lot": lot.key,
        "granted_on": lot.granted_on.isoformat(),
        "points": lot.points,
        "remaining": lot.left,
        "last_valid_day": lot.last_day.isoformat(),
        "last_usable_day": held.last_usable_day.isoformat(),
        "reason": lot.reason,
        "reason_in_words": reason_in_words(points, lot.reason, lot.granted_on),
        "reference": lot.reference,
    }


def _lapses(points: Points, holder: Holder, entries: list[Movement], until: date) -> Iterator[Line]:
    """What is left of each lot that is over by the day; 0 where all was spent: what comes back to it later is lost."""
    terms = terms_on(points, until)
    theirs = spells(terms, holder)
    lots: dict[str, list[Movement]] = {}
    for one in entries:
        lots.setdefault(one.lot, []).append(one)
    for lot in lots.values():
        grant = next(one for one in lot if one.seq == 1)
        case = fate(terms, theirs, grant.granted_on, grant.last_day)
        over = _over(case, grant)
        left = grant.points + sum(one.points for one in lot if one.seq > 1 and one.day < over)
        if over <= until:
            yield Line(over, "lapse", case.ending, -left, 0, grant)


def _over(case: Fate, grant: Movement) -> date:
    """The first day on which nothing of the lot is there, not even at rest."""
    if case.ending == "expiry":
        return grant.last_day + ONE_DAY
    ends = [days.last + ONE_DAY for days in (*case.usable, *case.frozen)]
    return max(ends, default=grant.granted_on)


def _order(line: Line) -> tuple[date, bool, Any, bool]:
    """Day by day; what lapses has lapsed before the day's entries, except for what never counted."""
    is_lapse = line.kind == "lapse"
    return line.day, not (is_lapse and line.reason != "never_held"), line.entry.at, is_lapse
