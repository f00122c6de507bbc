"""A members file laid out on disk, so that its rows can be compared with each other and with what is known."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from models.member_file import MemberRow
from models.table_file import Problem

_UNNAMED = ""  # a file that nobody else can open and that is gone with the process: these are personal data
_COLUMNS = ", ".join(MemberRow._fields)
_PLACES = ", ".join("?" * len(MemberRow._fields))
_DATES = frozenset(
    MemberRow._fields.index(name) for name in ("birthdate", "acquired_on", "lost_on", "term_ends_on")
)
_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32000;
CREATE TABLE file ({_COLUMNS});
CREATE TABLE steps (number PRIMARY KEY, previous) WITHOUT ROWID;
CREATE TABLE ancestors (number, at, PRIMARY KEY (number, at)) WITHOUT ROWID;
CREATE TABLE numbers (number PRIMARY KEY, root, known) WITHOUT ROWID;
CREATE INDEX by_root ON numbers (root);
CREATE TABLE people (root PRIMARY KEY, person, is_new) WITHOUT ROWID;
CREATE TABLE aside (who PRIMARY KEY) WITHOUT ROWID;
"""
_UNTIL = "min(ifnull(lost_on, '9999-12-31'), ifnull(date(term_ends_on, '+1 day'), '9999-12-31'))"
_TWINS = f"""
SELECT line, number, acquired_on, birthdate, sex, other, other_acquired_on, other_birthdate, other_sex, reach FROM (
    SELECT line, number, acquired_on, birthdate, sex, lag(line) OVER one AS other,
        lag(acquired_on) OVER one AS other_acquired_on, lag(birthdate) OVER one AS other_birthdate,
        lag(sex) OVER one AS other_sex,
        max(until || ' ' || line) OVER (one ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM (SELECT *, {_UNTIL} AS until FROM file)
    WINDOW one AS (PARTITION BY number ORDER BY acquired_on, line))
WHERE other IS NOT NULL AND (acquired_on = other_acquired_on OR birthdate <> other_birthdate OR sex <> other_sex
                             OR substr(reach, 1, 10) > acquired_on)
"""  # noqa: S608
_OVERLAPS = f"""
WITH several(who) AS (SELECT ifnull(person, root) FROM numbers JOIN people USING (root) GROUP BY 1 HAVING count(*) > 1)
SELECT line, number, acquired_on, reach FROM (
    SELECT line, number, acquired_on,
        max(until || ' ' || line || ' ' || number)
            OVER (PARTITION BY who ORDER BY acquired_on, line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM (SELECT file.*, ifnull(person, root) AS who, {_UNTIL} AS until
          FROM file JOIN numbers USING (number) JOIN people USING (root))
    WHERE who IN several)
WHERE substr(reach, 1, 10) > acquired_on AND reach NOT LIKE '% ' || number
"""  # noqa: S608
_STEPS = "INSERT INTO steps SELECT number, max(previous) FROM file WHERE previous IS NOT NULL GROUP BY number"
_ANCESTORS = """
INSERT INTO ancestors WITH RECURSIVE up(number, at) AS (
    SELECT number, previous FROM steps
    UNION SELECT up.number, steps.previous FROM up JOIN steps ON steps.number = up.at)
SELECT number, at FROM up
"""
_ROOTS = """
INSERT OR IGNORE INTO numbers (number, root)
SELECT number, number FROM file WHERE number NOT IN (SELECT number FROM steps)
UNION ALL SELECT number, at FROM ancestors WHERE at NOT IN (SELECT number FROM steps)
UNION ALL SELECT at, at FROM ancestors WHERE at NOT IN (SELECT number FROM steps)
"""
_TORN = """
SELECT line, file.previous, 'この番号の前の番号が、行によって違います' FROM file JOIN steps USING (number)
WHERE file.previous <> steps.previous
UNION ALL SELECT line, previous, '前の番号をたどると、元の番号に戻ります' FROM file WHERE previous IS NOT NULL
AND EXISTS (SELECT 1 FROM ancestors WHERE ancestors.number = file.number AND at = file.number)
UNION ALL SELECT file.line, file.previous, before.line || '行目のこの番号とは生年月日が違います（' || before.birthdate
    || '）。同じ人なら生年月日をそろえ、別の人なら前の番号を直すか空欄にしてください'
FROM file JOIN file AS before ON before.number = file.previous
WHERE before.birthdate <> file.birthdate GROUP BY file.line
UNION ALL SELECT line, previous, '同じ前の番号が、2つ以上の番号に書かれています' FROM file
WHERE previous IN (SELECT previous FROM steps GROUP BY previous HAVING count(*) > 1)
"""
_UNKNOWN = """
SELECT line, previous, 'この番号は、登録にもこのファイルにもありません' FROM file JOIN numbers ON numbers.number = previous
WHERE known IS NULL AND previous NOT IN (SELECT number FROM file)
"""
_PEOPLE = """
INSERT INTO people SELECT root, ifnull(max(CASE WHEN number = root THEN known END), min(known)), min(known) IS NULL
FROM numbers GROUP BY root
"""
_UNDATED = "SELECT line, number FROM file WHERE birthdate IS NULL ORDER BY line"
_ASIDE = """
INSERT INTO aside SELECT DISTINCT ifnull(person, root) FROM file JOIN numbers USING (number) JOIN people USING (root)
WHERE birthdate IS NULL
"""
_THEIRS = "root IN (SELECT root FROM people WHERE ifnull(person, root) IN aside)"
_LEAVE = (
    f"DELETE FROM file WHERE number IN (SELECT number FROM numbers WHERE {_THEIRS})",  # noqa: S608
    f"DELETE FROM numbers WHERE {_THEIRS}",  # noqa: S608
    "DELETE FROM people WHERE ifnull(person, root) IN aside",
)
_STRANGERS = """
SELECT line, previous, known FROM file JOIN numbers USING (number) JOIN people USING (root)
WHERE known <> person AND previous IS NOT NULL
"""
_ALONE = """
SELECT line, number FROM file WHERE kind = 'spouse'
AND NOT EXISTS (SELECT 1 FROM file AS member WHERE member.number = substr(file.number, 1, length(file.number) - 2))
ORDER BY line
"""
_MOVED = """
SELECT number, person FROM numbers JOIN people USING (root) WHERE NOT is_new AND known IS NOT person ORDER BY number
"""
_ADD = f"INSERT INTO file VALUES ({_PLACES})"  # noqa: S608
_ROWS = f"SELECT person, {_COLUMNS} FROM file JOIN numbers USING (number) JOIN people USING (root)"  # noqa: S608


class Draft:
    """The rows of one file, which need not fit into memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(_UNNAMED, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")  # never committed: nobody else looks, and nothing is kept
        self.rows = 0

    def close(self) -> None:
        self._db.close()

    def add(self, rows: Sequence[MemberRow]) -> None:
        self._db.executemany(_ADD, map(_stored, rows))
        self.rows += len(rows)

    def contradictions(self) -> list[Problem]:
        """What is wrong between rows that are right by themselves; afterwards the numbers of one person are known."""
        self._db.execute("CREATE INDEX by_number ON file (number, acquired_on, line)")
        for statement in (_STEPS, _ANCESTORS, _ROOTS):
            self._db.execute(statement)
        return [_twin(*row) for row in self._db.execute(_TWINS)] + self._previous(_TORN)

    def numbers(self) -> Iterator[str]:
        """Every number that the file names, and the oldest that each previous number leads to."""
        return (number for (number,) in self._db.execute("SELECT number FROM numbers ORDER BY number"))

    def recognise(self, known: Sequence[tuple[str, int]]) -> None:
        """Tells whose a number is already."""
        self._db.executemany("UPDATE numbers SET known = ?2 WHERE number = ?1", known)

    def unknown(self) -> list[Problem]:
        """Previous numbers that lead nowhere; afterwards each number has its person, or none yet."""
        self._db.execute(_PEOPLE)
        return self._previous(_UNKNOWN)

    def overlaps(self) -> list[Problem]:
        """Periods of one person under different numbers that overlap."""
        return [_overlap(*row) for row in self._db.execute(_OVERLAPS)]

    def put_aside(self) -> list[tuple[int, str]]:
        """Line and number of each row without a birth date; all rows of these people leave the file."""
        undated = list(self._db.execute(_UNDATED))
        for statement in (_ASIDE, *_LEAVE) if undated else ():
            self._db.execute(statement)
        return undated

    def aside(self) -> set[int]:
        """Those who were put aside and were known before."""
        return {who for (who,) in self._db.execute("SELECT who FROM aside WHERE typeof(who) = 'integer'")}

    def strangers(self) -> list[tuple[int, str, int]]:
        """Line, previous number, id: people who by their previous number are somebody else we know already."""
        return list(self._db.execute(_STRANGERS))

    def spouses_alone(self) -> list[tuple[int, str]]:
        """Line and number of each spouse whose member is not in the file."""
        return list(self._db.execute(_ALONE))

    def moved(self) -> list[tuple[str, int]]:
        """Numbers that become those of a person known before, with that person."""
        return list(self._db.execute(_MOVED))

    def newcomers(self, after: str, limit: int) -> list[str]:
        """The first numbers of people who were not known before, in order."""
        query = "SELECT root FROM people WHERE is_new AND root > ? ORDER BY root LIMIT ?"
        return [root for (root,) in self._db.execute(query, (after, limit))]

    def numbers_of(self, roots: Sequence[str]) -> list[tuple[str, str]]:
        """All numbers of newcomers with these first numbers: (number, first number)."""
        places = ", ".join("?" * len(roots))
        query = f"SELECT number, root FROM numbers WHERE root IN ({places})"  # noqa: S608
        return list(self._db.execute(query, roots))

    def settle(self, people: Sequence[tuple[str, int]]) -> None:
        """Gives newcomers, by first number, the ids they have received."""
        self._db.executemany("UPDATE people SET person = ?2 WHERE root = ?1", people)

    def newcomer_count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM people WHERE is_new").fetchone()[0])

    def by_person(self) -> Iterator[tuple[int, MemberRow]]:
        """Rows of people known before: the person's id, then a `MemberRow`."""
        query = f"{_ROWS} WHERE NOT is_new ORDER BY person, number, acquired_on"
        return map(_loaded, self._db.execute(query))

    def by_number(self) -> Iterator[tuple[int, MemberRow]]:
        """All rows, when everyone has an id."""
        return map(_loaded, self._db.execute(f"{_ROWS} ORDER BY number, acquired_on"))

    def _previous(self, query: str) -> list[Problem]:
        return [
            Problem(line, "previous_number", value, expected)
            for line, value, expected in self._db.execute(query)
        ]


def _twin(
    line: int,
    number: str,
    acquired: str,
    birthdate: str,
    sex: str,
    other: int,
    other_acquired: str,
    other_birthdate: str,
    other_sex: str,
    reach: str,
) -> Problem:
    """What a row of a number contradicts in the earlier rows of the same number."""
    if acquired == other_acquired:
        return Problem(
            line,
            "acquired_on",
            acquired,
            f"{other}行目と同じ番号・資格取得日です。1行にまとめてください（{number}）",
        )
    if birthdate != other_birthdate:
        return Problem(
            line, "birthdate", birthdate, f"同じ番号の{other}行目では {other_birthdate} です（{number}）"
        )
    if sex != other_sex:
        return Problem(line, "sex", sex, f"同じ番号の{other}行目では {other_sex} です（{number}）")
    until, earlier = reach.split()
    expected = f"{earlier}行目の期間と重なります。同じ番号の{earlier}行目は{_lasts(until)}（{number}）"
    return Problem(line, "acquired_on", acquired, expected)


def _overlap(line: int, number: str, acquired: str, reach: str) -> Problem:
    """What a row contradicts in an earlier period of the same person under another number."""
    until, earlier, other = reach.split()
    expected = (
        f"{earlier}行目（番号 {other}）の期間と重なります。同じ人の{earlier}行目は{_lasts(until)}。"
        f"{earlier}行目の資格喪失日を確かめてください（{number}）"
    )
    return Problem(line, "acquired_on", acquired, expected)


def _lasts(until: str) -> str:
    return "続いています" if until == "9999-12-31" else f"{until} の前日まで続いています"


def _stored(row: MemberRow) -> tuple[Any, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _loaded(row: tuple[Any, ...]) -> tuple[int, MemberRow]:
    person, *values = row
    for place in _DATES:
        values[place] = _date(values[place]) if values[place] else None
    return person, MemberRow._make(values)


@lru_cache(maxsize=50_000)
def _date(iso: str) -> date:
    return date.fromisoformat(iso)
