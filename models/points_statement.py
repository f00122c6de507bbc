"""A person's points in writing: the history month by month, the statement with every entry, and the state as data."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection

from models.member import Holder
from models.points import LOST, Held, State, can_exchange, last_chance, state, terms_on, window
from models.points_ledger import Movement, movements
from models.points_membership import ONE_DAY, Ending, fate, spells
from models.points_terms import Points
from models.table_file import harmless

COLUMNS = (
    *("day", "kind", "reason", "points", "balance", "resting", "granted_on", "last_valid_day"),
    *("lot", "entry", "reference", "author", "entered_at"),
)
HEADINGS = ("日付", "種類", "内容", "ポイント", "残高", "お休み中", "付いた日", "期限", "番号・メモ")
KINDS = {"grant": "付与", "spend": "交換", "return": "取り消し", "correction": "訂正"}
BY_RULE = {
    "lapse": "失効",
    "rest": "お休み",
    "resume": "再開",
}  # no entries: what membership and terms do to a lot
KINDS |= BY_RULE
REASONS = {"exchange": "商品と交換", "cancelled": "交換の取り消し", "back": "資格の再取得", **LOST}


@dataclass(frozen=True)
class Line:
    """One line of a history: an entry, or points that lapsed, rest or are back; what was usable, and at rest, after it."""

    day: date
    kind: str
    reason: str
    points: int
    balance: int
    resting: int
    entry: Movement


class Loss(NamedTuple):
    """Points that will be gone, as the statement will tell it (R-KAG-14, AMB-K2).

    They can be used (or, at rest already, be saved by a return) through `last_day`; on `lost_on`, the day of the
    statement's 失効, nothing of them is there any more, not even at rest; `why` is what ends them then."""

    last_day: date
    lost_on: date
    why: Ending

    @property
    def rests_from(self) -> date | None:
        """The first day at rest, of what can be used until then: the day of the statement's お休み."""
        rests = self.last_day + ONE_DAY
        return rests if rests < self.lost_on else None


def history(db: Connection, points: Points, holder: Holder, until: date) -> list[Line]:
    """Everything that happened by the end of a day, oldest first; a lapse stands on the first day without the points.

    The last line ends with what the day's state calls balance and frozen (AMB-K2)."""
    entries = movements(db, holder.id, until)
    told = [Line(one.day, one.kind, one.reason, one.points, 0, 0, one) for one in entries]
    told += (line for line in _by_rule(points, holder, entries, until) if line.day <= until)
    lines: list[Line] = []
    left, total = Counter[str](), Counter[str]()  # by lot; by where the lots stand
    place: dict[str, str] = {}
    for line in sorted(told, key=_order):
        lot, moved = line.entry.lot, line.points
        if line.kind in BY_RULE:
            moved = left[lot] if line.kind == "resume" else -left[lot]
            total[place.get(lot, "resume")] -= left[lot]
            place[lot] = line.kind
            total[line.kind] += left[lot]
        else:
            left[lot] += moved
            total[place.get(lot, "resume")] += moved
        if moved:
            words = reason_in_words(points, line.reason, line.day)
            usable, resting = total["resume"], total["rest"]
            lines.append(replace(line, reason=words, points=moved, balance=usable, resting=resting))
    return lines


def write_statement(db: Connection, points: Points, holder: Holder, until: date, out: TextIO) -> int:
    """Writes the statement as CSV, oldest first; answers the number of lines."""
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(COLUMNS)
    lines = history(db, points, holder, until)
    for line in lines:
        entry = line.entry
        is_entry = line.kind not in BY_RULE
        written.writerow(
            [
                *(line.day, KINDS[line.kind], harmless(line.reason), line.points, line.balance, line.resting),
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
                *(line.day, KINDS[line.kind], harmless(line.reason), line.points, line.balance, line.resting),
                *(entry.granted_on, entry.last_day, harmless(entry.reference)),
            ]
        )


def as_data(db: Connection, points: Points, holder: Holder, day: date) -> dict[str, Any]:
    """The state of a day for `show points --json`; what would be lost is told as `Loss` says."""
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
                "last_valid_day": loss.last_day.isoformat(),
                "rests_from": loss.rests_from.isoformat() if loss.rests_from else None,
                "lost_on": loss.lost_on.isoformat(),
                "points": lost,
                "why": loss.why,
                "days_left": (loss.last_day - day).days,
            }
            for loss, lost in (*_losses(found), *_losses_at_rest(found))
        ],
        "exchange": {
            "open": can_exchange(points, found),
            "reopens_on": opened.reopens_on.isoformat() if opened.reopens_on else None,
            "last_chance": chance.isoformat() if chance else None,
        },
        "reason": found.reason,
    }


def in_lines(found: State) -> list[str]:
    """The same for a terminal."""
    lines = [f"残高 {found.balance:,} ポイント"]
    for loss, lost in _losses(found):
        rests = f"{loss.rests_from} からお休み、{loss.lost_on} に失効：" if loss.rests_from else ""
        lines.append(f"　{loss.last_day} まで {lost:,}（{rests}{LOST[loss.why]}）")
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


def _losses(found: State) -> list[tuple[Loss, int]]:
    return _added((Loss(one.last_usable_day, one.gone_on, one.why_gone), one.left) for one in found.usable)


def _losses_at_rest(found: State) -> list[tuple[Loss, int]]:
    gone = found.without_return
    return _added((Loss(one.gone_on - ONE_DAY, one.gone_on, one.why_gone), one.left) for one in gone)


def _added(lost: Iterable[tuple[Loss, int]]) -> list[tuple[Loss, int]]:
    total = Counter[Loss]()
    for loss, points in lost:
        total[loss] += points
    return sorted(total.items())


def _by_rule(points: Points, holder: Holder, entries: list[Movement], until: date) -> Iterator[Line]:
    """When each lot rests, is usable again and is over; how many points it holds then is counted later: 0 where all
    was spent, and what comes back to it is where the lot is."""
    terms = terms_on(points, until)
    theirs = spells(terms, holder)
    for grant in (one for one in entries if one.seq == 1):
        case = fate(terms, theirs, grant.granted_on, grant.last_day)
        for days in case.frozen:
            yield Line(days.first, "rest", "membership", 0, 0, 0, grant)
            if case.is_usable(days.last + ONE_DAY):
                yield Line(days.last + ONE_DAY, "resume", "back", 0, 0, 0, grant)
        yield Line(case.gone_on or grant.granted_on, "lapse", case.ending, 0, 0, 0, grant)


def _order(line: Line) -> tuple[date, int, Any, bool]:
    """Day by day; what lapses or is back is so before the day's entries, except for what never counted; what rests
    does so after them."""
    by_rule = line.kind in BY_RULE
    rank = 1 if line.reason == "never_held" or not by_rule else 2 if line.kind == "rest" else 0
    return line.day, rank, line.entry.at, by_rule
