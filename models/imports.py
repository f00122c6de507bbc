"""Taking over the associations' files: all of a file or nothing, while everybody else goes on writing."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from models.base import Database
from models.days import day_of
from models.facility_file import read_facilities
from models.facility_register import register
from models.late_losses import Groundless, enter, groundless, with_orders
from models.member_draft import Draft
from models.member_edition import (
    PEOPLE_AT_A_TIME,
    ROWS_AT_A_TIME,
    Overtaken,
    Staging,
    add_people,
    begin,
    briefly,
    burdened,
    carry_over,
    clear,
    current_rows,
    known_numbers,
    publish,
    stage,
)
from models.member_file import NO_RULES, MemberRow, MemberRules, member_rows
from models.member_identity import contradiction, is_corrected
from models.points_terms import Points
from models.portions import portions
from models.table_file import BadRows, Problem

Item = TypeVar("Item")
Progress = Callable[[int, int | None], None]

MOST_CORRECTED = 1_000  # birth dates in one file: more is a shifted column, and the switch has to stay short
MOST_UNDATED = 100  # rows without a birth date in one file: more is a column that was not filled in


@dataclass(frozen=True)
class Report:
    """What an import has changed, counted in people (`moved`: in numbers), and what staff should look at."""

    rows: int
    added: int
    changed: int
    unchanged: int
    missing: tuple[str, ...] = ()  # known, not in the file: they stay as they were
    moved: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        return not (self.added or self.changed or self.moved)


@dataclass(frozen=True)
class Corrected:
    """Somebody whose birth date the file corrects."""

    person: int
    line: int
    number: str
    before: date
    birthdate: date

    def in_words(self) -> str:
        return f"{self.line}行目 {self.number}: 生年月日が {self.before} から {self.birthdate} に変わりました。連携していたトークでは、もう一度連携が必要です"


@dataclass
class Tally:
    """People of the file beside people of the edition that counts."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    missing_people: "array[int]" = field(default_factory=lambda: array("q"))
    corrected: list[Corrected] = field(default_factory=list)
    changed_people: "array[int]" = field(default_factory=lambda: array("q"))

    def compare(self, person: int, theirs: Sequence[MemberRow], ours: Sequence[Any]) -> Iterator[Problem]:
        """Counts a person whom both know; answers why the two cannot be one."""
        if [row[1:-1] for row in theirs] == [row[1:] for row in ours]:
            self.unchanged += 1
            return
        self.changed += 1
        self.changed_people.append(person)
        if problem := contradiction(theirs, ours):
            yield problem
        elif is_corrected(theirs, ours):
            first = theirs[0]
            self.corrected.append(
                Corrected(person, first.line, first.number, ours[-1].birthdate, first.birthdate)
            )

    def miss(self, person: int, ours: Sequence[Any]) -> None:
        """Notes a person whom the file does not name."""
        self.missing.append(str(max(ours, key=attrgetter("acquired_on")).number))
        self.missing_people.append(person)


def import_members(
    database: Database,
    branch: str,
    file: Path,
    *,
    rules: MemberRules = NO_RULES,
    points: Points | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> Report:
    """Takes over a members file; on BadRows and Overtaken nothing has changed. Who has no birth date is put aside and
    told: known before, they stay as they were. More than MOST_UNDATED rows of that kind are refused.

    With the branch's `points`, exchanges that a loss told late does not allow are warned of, and entered in the record.
    `progress` hears how many rows are checked (the total is not known yet), then how many of all are written.
    """
    tell = progress or (lambda done, total: None)
    with closing(Draft()) as draft:
        _check(draft, file, rules, day_of(now), tell)
        staging = begin(database, branch)
        clear(database, staging, keep=staging.base)
        absorbed, undated = _recognise(database, branch, draft, file)
        tally = _tally(database, staging, draft, absorbed, file)
        alone = _without_member(database, branch, draft)
        late = list(_exchanged_after_loss(database, points, draft, tally)) if points else []
        told = (one.in_words() for one in late)
        report = _report(draft, tally, (*map(_without_birthdate, undated), *alone, *told))
        if not report.changes_nothing:
            _write(database, staging, draft, tally, tell)
            corrected = [one.person for one in tally.corrected]
            briefly(database, staging, _publish, draft.moved(), absorbed, corrected, late, now)
            with suppress(Overtaken):  # whoever has begun since removes the old edition
                clear(database, staging, keep=staging.edition)
        return report


def import_facilities(
    database: Database, branch: str, file: Path, *, progress: Progress | None = None
) -> Report:
    """Takes over a facilities file; on BadRows nothing has changed. A missing facility stays and is reported."""
    facilities = read_facilities(file, branch)
    changes = database.run(lambda db: register(db, branch, facilities))
    if progress:
        progress(len(facilities), len(facilities))
    added, changed, unchanged = len(changes.added), len(changes.changed), len(changes.unchanged)
    return Report(len(facilities), added, changed, unchanged, changes.missing)


def _check(draft: Draft, file: Path, rules: MemberRules, today: date, tell: Progress) -> None:
    """Reads the whole file; raises BadRows with everything that is wrong in it."""
    problems: list[Problem] = []
    for rows in portions(member_rows(file, rules, today, problems), ROWS_AT_A_TIME):
        draft.add(rows)
        tell(draft.rows, None)
    problems += draft.contradictions()
    if not draft.rows and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
    if problems:
        raise BadRows(file, sorted(problems))


def _recognise(
    database: Database, branch: str, draft: Draft, file: Path
) -> tuple[list[int], list[tuple[int, str]]]:
    """Finds out who is known; answers the people who turn out to be somebody known by an earlier number, and the rows
    without a birth date, whose people are put aside."""
    for numbers in portions(draft.numbers(), PEOPLE_AT_A_TIME):
        draft.recognise(known_numbers(database, branch, numbers))
    problems = draft.unknown() + draft.overlaps()
    undated = draft.put_aside()
    if len(undated) > MOST_UNDATED:
        problems.append(_too_many_undated(undated[MOST_UNDATED][0]))
    strangers = draft.strangers()
    absorbed = sorted({person for _, _, person in strangers})
    with database.reading() as db:
        two_lives = burdened(db, absorbed)
    for line, previous, person in strangers:
        if person in two_lives:
            expected = "今の番号は、すでに別の人として連携や利用に使われています。人が同じか確かめてください"
            problems.append(Problem(line, "previous_number", previous, expected))
    if problems:
        raise BadRows(file, sorted(problems))
    return absorbed, undated


def _tally(database: Database, staging: Staging, draft: Draft, absorbed: list[int], file: Path) -> Tally:
    """Compares the file with the edition that counts, person by person; raises BadRows where two people meet."""
    tally = Tally(added=draft.newcomer_count())
    aside = draft.aside()
    problems: list[Problem] = []
    with database.streaming() as db:
        in_file = _by_person(draft.by_person())
        in_edition = _by_person((row.person_id, row) for row in current_rows(db, staging))
        for person, theirs, ours in _side_by_side(in_file, in_edition):
            if theirs and ours:
                problems += tally.compare(person, theirs, ours)
            elif theirs:
                tally.added += 1
            elif person in aside:
                tally.missing_people.append(person)
            elif person not in absorbed:
                tally.miss(person, ours)
    if len(tally.corrected) > MOST_CORRECTED:
        problems.append(_too_many_corrected(tally.corrected[MOST_CORRECTED]))
    if problems:
        raise BadRows(file, sorted(problems))
    return tally


def _exchanged_after_loss(
    database: Database, points: Points, draft: Draft, tally: Tally
) -> Iterator[Groundless]:
    """Orders of people whom the file changes, which their memberships in the file do not allow."""
    with database.reading() as db:
        people = set(with_orders(db, points.branch, tally.changed_people))
    if not people:
        return
    theirs = (each for each in _by_person(draft.by_person()) if each[0] in people)
    for some in portions(theirs, PEOPLE_AT_A_TIME):
        with database.reading() as db:
            yield from groundless(db, points, dict(some))


def _publish(
    db: Connection,
    staging: Staging,
    moved: Sequence[tuple[str, int]],
    absorbed: Sequence[int],
    corrected: Sequence[int],
    late: Sequence[Groundless],
    now: datetime,
) -> None:
    """The next edition counts, and what it shows of exchanges stands in the record: both or neither."""
    publish(db, staging, moved, absorbed, corrected, now)
    enter(db, staging.branch, late, now)


def _report(draft: Draft, tally: Tally, warnings: Sequence[str]) -> Report:
    return Report(
        rows=draft.rows,
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        missing=tuple(tally.missing),
        moved=len(draft.moved()),
        warnings=(*(one.in_words() for one in tally.corrected), *warnings),
    )


def _without_birthdate(undated: tuple[int, str]) -> str:
    line, number = undated
    return f"{line}行目 {number}: 生年月日がないので、この人は取り込んでいません（登録がある人は、前のままです）。生年月日を書いて、もう一度取り込んでください"


def _without_member(database: Database, branch: str, draft: Draft) -> Iterator[str]:
    """Spouses whose member neither the file nor an earlier one names: their coupon hangs on that membership."""
    for some in portions(draft.spouses_alone(), PEOPLE_AT_A_TIME):
        members = [number[:-2] for _, number in some]
        known = {number for number, _ in known_numbers(database, branch, members)}
        for line, number in some:
            if number[:-2] not in known:
                yield f"{line}行目 {number}: 組合員 {number[:-2]} の登録がないため、配偶者のクーポンは使えません"


def _write(database: Database, staging: Staging, draft: Draft, tally: Tally, tell: Progress) -> None:
    """Fills the next edition: new people, the rows of the file, and everyone who is not in it."""
    first = ""
    while newcomers := draft.newcomers(first, PEOPLE_AT_A_TIME):
        numbers = draft.numbers_of(newcomers)
        draft.settle(briefly(database, staging, add_people, newcomers, numbers))
        first = newcomers[-1]
    done = 0
    for rows in portions(draft.by_number(), ROWS_AT_A_TIME):
        briefly(database, staging, stage, rows)
        done += len(rows)
        tell(done, draft.rows)
    for people in portions(tally.missing_people, PEOPLE_AT_A_TIME):
        briefly(database, staging, carry_over, people)


def _too_many_corrected(one: Corrected) -> Problem:
    expected = f"{MOST_CORRECTED} 人をこえて生年月日が変わっています。列のずれがないか確かめ、正しければ {MOST_CORRECTED} 人までのファイルに分けてください"
    return Problem(one.line, "birthdate", one.birthdate.isoformat(), expected)


def _too_many_undated(line: int) -> Problem:
    expected = f"{MOST_UNDATED} 行をこえて生年月日が空です。生年月日の列が入っているか確かめてください。わからない人の行は、除けば取り込めます（登録がある人は、前のままです）"
    return Problem(line, "birthdate", "", expected)


def _by_person(rows: Iterable[tuple[int, Item]]) -> Iterator[tuple[int, list[Item]]]:
    for person, theirs in groupby(rows, itemgetter(0)):
        yield person, [row for _, row in theirs]


def _side_by_side(
    left: Iterator[tuple[int, list[MemberRow]]], right: Iterator[tuple[int, list[Any]]]
) -> Iterator[tuple[int, list[MemberRow], list[Any]]]:
    """Two sequences ordered by person, as one; empty where one of them lacks the person."""
    one, other = next(left, None), next(right, None)
    while one or other:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield one[0], one[1], []
            one = next(left, None)
        elif one is None or other[0] < one[0]:
            yield other[0], [], other[1]
            other = next(right, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)
