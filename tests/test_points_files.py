"""Grants and checkups from files: all or nothing, a second time nothing, and every wrong row told."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import points_imports, points_staging
from models.base import Database, Refusal
from models.checkups import register
from models.imports import Report
from models.member import Holder
from models.points import state
from models.points_imports import finish_imports, import_checkups, import_grants
from models.points_staging import StagedGrant, StagedValue
from models.table_file import BadRows
from tests.points_people import day, noon, person, points_of

KAGAWA = points_of("kagawa")
NOW = noon("2024-07-01")
GRANTS = "number,granted_on,points,reason,reference"
CHECKUPS = "number,kind,registered_on,item,value"
MEMBER = ("2004-04-01", None)


@pytest.fixture
def people(database: Database) -> list[Holder]:
    """1000001 of 50 years, 1000002 of 25, 1000003 who left on 1 June, 1000004 in 任意継続."""
    with database.transaction() as db:
        return [
            person(db, "kagawa", MEMBER, birthdate="1974-01-22"),
            person(db, "kagawa", MEMBER, birthdate="1999-01-22"),
            person(db, "kagawa", ("2004-04-01", "2024-06-01")),
            person(db, "kagawa", ("2020-04-01", None, "voluntary")),
        ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "points.csv"


def grants(database: Database, file: Path, *lines: str, encoding: str = "utf-8") -> Report:
    file.write_text("\n".join([GRANTS, *lines]) + "\n", encoding=encoding)
    return import_grants(database, KAGAWA, file, now=NOW)


def checkups(database: Database, file: Path, *lines: str) -> Report:
    file.write_text("\n".join([CHECKUPS, *lines]) + "\n", encoding="utf-8")
    return import_checkups(database, KAGAWA, file, now=NOW)


def balance(database: Database, who: Holder, on: str = "2024-07-01") -> int:
    with database.reading() as db:
        return state(db, KAGAWA, who, day(on)).balance


def test_grants_are_taken_over_once(database: Database, file: Path, people: list[Holder]) -> None:
    lines = (
        "1000001,2024-06-01,100,walking,W-1",
        "1000001,2024/6/2,50,特定保健指導,G-1",
        "１０００００２,2024-06-01,100,walking,W-1",
    )
    first = grants(database, file, *lines, encoding="cp932")
    second = grants(database, file, *lines, "1000002,2024-06-02,1,walking,W-2")

    assert (first.rows, first.added, first.unchanged) == (3, 3, 0)
    assert (second.rows, second.added, second.unchanged) == (4, 1, 3)
    assert [balance(database, who) for who in people[:2]] == [150, 101]


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        ("9999999,2024-06-01,100,walking,W-1", "number", "9999999", "登録されていません"),
        ("1000001,2024-07-02,100,walking,W-1", "granted_on", "2024-07-02", "今日（2024-07-01）まで"),
        ("1000001,2024-02-30,100,walking,W-1", "granted_on", "2024-02-30", "実在する日付"),
        ("1000001,2021-03-31,100,walking,W-1", "granted_on", "2021-03-31", "2021-04-01 以後"),
        ("1000001,2024-06-01,-100,walking,W-1", "points", "-100", "整数"),
        ("1000001,2024-06-01,0,walking,W-1", "points", "0", "整数"),
        ("1000001,2024-06-01,1.5,walking,W-1", "points", "1.5", "整数"),
        ("1000001,2024-06-01,百,walking,W-1", "points", "百", "整数"),
        ("1000001,2024-06-01,9999999,walking,W-1", "points", "9999999", "整数"),
        ("1000001,2024-06-01,100,,W-1", "reason", "", "空欄"),
        ("1000001,2024-06-01,100,walking,", "reference", "", "空欄"),
        (f"1000001,2024-06-01,100,walking,{'W' * 61}", "reference", "W" * 61, "60文字以内"),
        ("1000003,2024-06-01,100,walking,W-1", "granted_on", "2024-06-01", "資格がありません"),
        ("1000004,2024-05-01,100,walking,W-1", "granted_on", "2024-05-01", "資格がありません"),
        ("1000001,2024-06-01,200,walking,W-0", "points", "200", "100 ポイントが付与済み"),
        ("1000001,2024-06-02,100,walking,W-0", "granted_on", "2024-06-02", "2024-06-01 に"),
    ],
)
def test_a_wrong_grant_is_told_and_nothing_is_taken_over(
    database: Database,
    file: Path,
    people: list[Holder],
    row: str,
    column: str,
    value: str,
    expected: str,
) -> None:
    grants(database, file, "1000001,2024-06-01,100,walking,W-0")

    with pytest.raises(BadRows) as bad:
        grants(database, file, "1000002,2024-06-01,100,walking,W-9", row)

    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (3, column, value)
    assert expected in problem.expected
    assert balance(database, people[1]) == 0


@pytest.mark.parametrize(
    ("granted_on", "reason", "is_right"),
    [
        ("2025-02-28", "walking", True),
        ("2025-03-01", "walking", True),
        ("2025-03-02", "walking", False),
        ("2025-03-31", "walking", False),
        ("2025-03-10", "first_login", True),
        ("2025-04-01", "walking", True),
    ],
)
def test_nothing_that_is_earned_arrives_in_aichis_march(
    database: Database, file: Path, granted_on: str, reason: str, is_right: bool
) -> None:
    """March is for exchanging; its first day still brings what the last of February has earned (R-AIC-54)."""
    aichi = points_of("aichi")
    with database.transaction() as db:
        person(db, "aichi", MEMBER)
    file.write_text(f"{GRANTS}\n1000001,{granted_on},100,{reason},W-1\n", encoding="utf-8")

    if is_right:
        assert import_grants(database, aichi, file, now=noon("2025-04-10")).added == 1
        return
    with pytest.raises(BadRows) as bad:
        import_grants(database, aichi, file, now=noon("2025-04-10"))
    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (2, "granted_on", granted_on)
    assert "3月1日" in problem.expected


def test_all_wrong_rows_are_told_at_once(database: Database, file: Path, people: list[Holder]) -> None:
    with pytest.raises(BadRows) as bad:
        grants(
            database,
            file,
            "9999999,2024-06-01,x,walking,W-1",
            "9999998,2024-06-01,1,walking,W-1",
            "1000001,2024-06-01,1,walking,W-1",
            "1000001,2024-06-01,2,walking,W-1",
            "1000001,2024-06-01,1",
        )

    told = [(problem.line, problem.column) for problem in bad.value.problems]
    assert told == [(2, "points"), (3, "number"), (5, "reference"), (6, "")]


def test_an_empty_file_is_no_import(database: Database, file: Path, people: list[Holder]) -> None:
    with pytest.raises(BadRows):
        grants(database, file)


def test_checkups_are_taken_over_once_first_registered_first(
    database: Database, file: Path, people: list[Holder]
) -> None:
    lines = (
        "1000001,dock,2024-06-10,bmi,22",
        "1000001,periodic,2024-06-01,bmi,30",
        "1000001,人間ドック,2024-06-10,収縮期血圧,118",
        "1000002,periodic,2024-06-01,HbA1c,5.5",
    )
    first = checkups(database, file, *lines)
    second = checkups(database, file, *lines)

    assert (first.rows, first.added, first.unchanged) == (4, 3, 0)
    assert len(first.warnings) == 1
    assert "年度に1回" in first.warnings[0]
    assert (second.added, second.unchanged) == (0, 3)
    assert balance(database, people[0]) == 0  # the earlier one has decided, with nothing in range
    assert balance(database, people[1]) == 100
    assert balance(database, people[1], "2024-06-08") == 0


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("9999999,dock,2024-06-10,bmi,22", "number", "登録されていません"),
        ("1000001,x-ray,2024-06-10,bmi,22", "kind", "periodic, dock, specific"),
        ("1000001,dock,2024-07-02,bmi,22", "registered_on", "今日"),
        ("1000001,dock,2024-06-10,mood,22", "item", "bmi, waist"),
        ("1000001,dock,2024-06-10,bmi,-1", "value", "数字"),
        ("1000001,dock,2024-06-10,bmi,正常", "value", "数字"),
        ("1000001,dock,2024-06-10,bmi,500", "value", "BMIは、10〜80kg/m2の数字（例：22.1）"),
        ("1000001,dock,2024-06-10,systolic,99999", "value", "収縮期血圧は、60〜260mmHgの数字（例：118）"),
        ("1000003,dock,2024-06-10,bmi,22", "registered_on", "資格がありません"),
        ("1000002,dock,2024-06-02,bmi,23", "value", "別の値"),
        ("1000002,periodic,2024-06-01,bmi,23", "registered_on", "別の値"),
    ],
)
def test_a_wrong_checkup_is_told_and_nothing_is_taken_over(
    database: Database, file: Path, people: list[Holder], row: str, column: str, expected: str
) -> None:
    checkups(database, file, "1000002,periodic,2024-06-01,bmi,22")

    with pytest.raises(BadRows) as bad:
        checkups(
            database,
            file,
            "1000001,periodic,2024-06-01,bmi,22",
            "1000002,dock,2024-06-02,bmi,22",
            row,
        )

    (problem,) = bad.value.problems
    assert (problem.line, problem.column) == (4, column)
    assert expected in problem.expected
    assert balance(database, people[0]) == 0


def test_a_checkup_before_the_first_terms_is_told_with_its_row(
    database: Database, file: Path, people: list[Holder]
) -> None:
    with pytest.raises(BadRows) as bad:
        checkups(database, file, "1000001,periodic,2019-06-01,bmi,22")

    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (2, "registered_on", "2019-06-01")
    assert "以後の日付" in problem.expected


def test_a_checkup_that_arrives_late_though_it_was_registered_first_is_pointed_out(
    database: Database, file: Path, people: list[Holder]
) -> None:
    checkups(database, file, "1000001,dock,2024-06-10,bmi,30")

    (warning,) = checkups(database, file, "1000001,periodic,2024-06-01,bmi,22").warnings

    assert warning.startswith("2行目: ")
    assert "登録日はこの結果のほうが先" in warning


def test_a_checkup_that_was_taken_over_late_was_on_its_way_from_its_registration(
    database: Database, file: Path, people: list[Holder]
) -> None:
    """R-KAG-09: credited 8 days after the registration, whenever the file arrives."""
    checkups(database, file, "1000001,dock,2024-06-10,bmi,22")

    def held(on: str) -> tuple[int, int]:
        with database.reading() as db:
            found = state(db, KAGAWA, people[0], day(on))
        return sum(one.left for one in found.pending), found.balance

    before, registered, last, credited = map(held, ("2024-06-09", "2024-06-10", "2024-06-17", "2024-06-18"))
    earned = credited[1]
    assert earned > 0
    assert (before, registered, last, credited) == ((0, 0), (earned, 0), (earned, 0), (0, earned))


def test_a_branch_without_checkup_points_says_so(database: Database, file: Path) -> None:
    file.write_text(f"{CHECKUPS}\n", encoding="utf-8")

    with pytest.raises(Refusal):
        import_checkups(database, points_of("aichi"), file, now=NOW)


class Killed(BaseException):
    """The process ends here."""


def dies_at(call: int) -> Callable[[int, int | None], None]:
    """A progress that ends the process when it is told for the so many-th time."""
    calls = count(1)

    def progress(done: int, total: int | None) -> None:
        if next(calls) == call:
            raise Killed

    return progress


@pytest.mark.parametrize(("call", "arrived"), [(1, 0), (2, 0), (3, 1), (4, 2)])
def test_an_import_that_dies_has_taken_nothing_or_is_finished_by_the_next(
    database: Database,
    file: Path,
    people: list[Holder],
    monkeypatch: pytest.MonkeyPatch,
    call: int,
    arrived: int,
) -> None:
    monkeypatch.setattr(points_imports, "ROWS_AT_A_TIME", 1)
    monkeypatch.setattr(points_staging, "PEOPLE_AT_A_TIME", {"grants": 1, "checkups": 1})
    rows = ["1000001,2024-06-01,100,walking,W-1", "1000002,2024-06-01,100,walking,W-1"]
    file.write_text("\n".join([GRANTS, *rows]) + "\n", encoding="utf-8")

    with pytest.raises(Killed):
        import_grants(database, KAGAWA, file, now=NOW, progress=dies_at(call))

    assert sum(balance(database, who) for who in people[:2]) == 100 * arrived
    finished = finish_imports(database, KAGAWA, NOW)
    assert finished == (1 if arrived else 0)
    assert [balance(database, who) for who in people[:2]] == ([100, 100] if arrived else [0, 0])
    assert grants(database, file, *rows).added == (0 if arrived else 2)
    assert is_empty(database)


def test_checkups_that_are_owed_are_decided_by_what_is_there_by_then(
    database: Database, file: Path, people: list[Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points_staging, "PEOPLE_AT_A_TIME", {"grants": 1, "checkups": 1})
    rows = ("1000001,dock,2024-06-10,bmi,22", "1000002,dock,2024-06-10,bmi,22")
    file.write_text("\n".join([CHECKUPS, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(Killed):
        import_checkups(database, KAGAWA, file, now=NOW, progress=dies_at(2))
    with database.transaction() as db:
        register(db, KAGAWA, people[1], "periodic", {"bmi": 30.0}, NOW)  # decides the year, with nothing

    finish_imports(database, KAGAWA, NOW)

    assert balance(database, people[0]) == 100
    assert balance(database, people[1]) == 0
    assert is_empty(database)


def test_a_refused_file_leaves_nothing_behind(database: Database, file: Path, people: list[Holder]) -> None:
    with pytest.raises(BadRows):
        grants(database, file, "1000001,2024-06-01,100,walking,W-1", "1000001,2024-06-01,1")

    assert is_empty(database)


def is_empty(database: Database) -> bool:
    """Nothing is laid aside."""
    with database.reading() as db:
        tables = (StagedGrant, StagedValue, points_staging.PointImport)
        return not any(db.execute(select(func.count()).select_from(table)).scalar() for table in tables)
