"""Taking over members files: all or nothing, by editions, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, update

from models import imports, member_edition
from models.base import Database
from models.branch import load_branch
from models.conversation import Conversation, load
from models.facility import facility
from models.imports import Report, import_facilities, import_members
from models.linking import finish, keep_nonce, new_page, open_page, prove
from models.member import Link, MemberEdition, Membership, Number, Person, holder, person_with
from models.member_edition import Overtaken
from models.member_file import COLUMNS
from models.reminder_terms import KNOWN
from models.reminders import Plan
from models.table_file import BadRows

NOW = datetime(2024, 7, 1, tzinfo=UTC)
BRANCHES = Path(__file__).parent.parent / "branches"
PLAIN = {
    "number": "123456",
    "name": "見本 太郎",
    "kana": "ミホン タロウ",
    "birthdate": "1974-01-22",
    "sex": "M",
    "kind": "member",
    "employment": "regular",
    "acquired_on": "1998-04-01",
    "refresh_coupons": "3",
}


def line(**values: str) -> str:
    row = PLAIN | values
    return ",".join(row.get(column, "") for column in COLUMNS)


def renumbered(**values: str) -> str:
    """The same person under the next number, after a period that ended on 1 April 2020."""
    new = {"number": "200000", "acquired_on": "2020-04-01", "previous_number": "123456"}
    return line(**(new | values))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


def write(file: Path, *lines: str, header: str = ",".join(COLUMNS), encoding: str = "utf-8") -> Path:
    file.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return file


def take(database: Database, file: Path, *lines: str) -> Report:
    return import_members(database, "saitama", write(file, *lines), now=NOW)


def wrong(database: Database, file: Path, *lines: str) -> list[tuple[int, str, str]]:
    with pytest.raises(BadRows) as bad:
        take(database, file, *lines)
    return [(problem.line, problem.column, problem.value) for problem in bad.value.problems]


def periods(database: Database, number: str) -> list[tuple[str, str, date, date | None]]:
    with database.reading() as db:
        person = person_with(db, "saitama", number)
        found = holder(db, person) if person else None
    return [(one.number, one.name, one.acquired_on, one.lost_on) for one in found.periods] if found else []


def person(database: Database, number: str) -> int | None:
    with database.reading() as db:
        return person_with(db, "saitama", number)


def stored(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as db:
        order = (Membership.edition, Membership.number, Membership.acquired_on)
        return [tuple(row) for row in db.execute(select(Membership.__table__).order_by(*order))]


def test_a_file_is_taken_over_with_every_column(database: Database, file: Path) -> None:
    row = line(
        employment="fixed_term_full",
        lost_on="2025-03-31",
        term_ends_on="2025/3/30",
        workplace="見本東小学校",
        auth_code="ab12",
        refresh_coupons="2",
    )

    report = take(database, file, row)

    assert report == Report(rows=1, added=1, changed=0, unchanged=0)
    with database.reading() as db:
        found = db.execute(select(Membership.__table__)).mappings().one()
    assert dict(found) | {"person_id": 0} == {
        "branch": "saitama",
        "edition": 1,
        "number": "123456",
        "acquired_on": date(1998, 4, 1),
        "person_id": 0,
        "name": "見本 太郎",
        "kana": "ミホン タロウ",
        "birthdate": date(1974, 1, 22),
        "sex": "M",
        "kind": "member",
        "employment": "fixed_term_full",
        "lost_on": date(2025, 3, 31),
        "term_ends_on": date(2025, 3, 30),
        "workplace": "見本東小学校",
        "refresh_coupons": 2,
        "auth_code": "ab12",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encodings_of_the_associations_are_read(database: Database, file: Path, encoding: str) -> None:
    write(file, line(name="髙橋 ～①子"), encoding=encoding)

    import_members(database, "saitama", file, now=NOW)

    assert periods(database, "123456")[0][1] == "髙橋 ～①子"


def test_whom_open_reminders_concern_is_found_anew(database: Database, file: Path) -> None:
    plan = {"branch": "saitama", "event": "x", "offset": "7", "revision": 0, "topic": "dock", "urgency": 3}
    times = {"ready_at": NOW, "due_on": NOW.date(), "latest_hour": 20, "stale_at": NOW, "was": ""}
    found = {"derived_to": 9, "derived_at": NOW}
    with database.transaction() as db:
        db.execute(insert(Plan), [plan | times | found, plan | times | found | {"offset": KNOWN}])

    take(database, file, line())

    with database.reading() as db:
        plans = db.execute(select(Plan.derived_to, Plan.derived_at).order_by(Plan.id)).all()
    assert [tuple(one) for one in plans] == [(0, None), (9, NOW)]


def test_the_end_sign_of_an_old_system_is_no_row(database: Database, file: Path) -> None:
    write(file, line(), "\x1a", encoding="cp932")

    assert import_members(database, "saitama", file, now=NOW).rows == 1


def test_a_row_behind_an_end_sign_is_read(database: Database, file: Path) -> None:
    assert take(database, file, line(), "\x1a", line(number="200000")).rows == 2


def test_another_encoding_is_refused_in_words(database: Database, file: Path) -> None:
    write(file, line(name="見本"), encoding="euc_jp")

    with pytest.raises(BadRows, match="直すところが 1 件") as bad:
        import_members(database, "saitama", file, now=NOW)

    assert "Shift_JIS" in bad.value.in_words()


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (",".join(COLUMNS[1:]), ["number"]),
        (",".join([*COLUMNS[2:], "名前"]), ["name", "number", "名前"]),
        (",".join([*COLUMNS, "name"]), ["name"]),
        ("123456,見本 太郎", ["123456", *sorted(COLUMNS), "見本 太郎"]),
    ],
    ids=["missing", "missing_and_unknown", "twice", "no_header"],
)
def test_columns_that_are_missing_or_unknown_are_listed(
    database: Database, file: Path, header: str, columns: list[str]
) -> None:
    write(file, line(), header=header)

    with pytest.raises(BadRows) as bad:
        import_members(database, "saitama", file, now=NOW)

    assert sorted(problem.column for problem in bad.value.problems) == sorted(columns)
    assert {problem.line for problem in bad.value.problems} == {1}


@pytest.mark.parametrize("content", ["", "\n\n", ",".join(COLUMNS), ",".join(COLUMNS) + "\n,,,\n"])
def test_a_file_without_rows_is_refused(database: Database, file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")

    with pytest.raises(BadRows):
        import_members(database, "saitama", file, now=NOW)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", ""),
        ("number", "12-3456"),
        ("number", "1234567890123"),
        ("name", "  "),
        ("name", '"見本\n太郎"'),
        ("birthdate", "1974-02-30"),
        ("birthdate", "昭和49年1月22日"),
        ("birthdate", "19740122"),
        ("birthdate", "2024-07-02"),
        ("birthdate", "1899-12-31"),
        ("sex", "X"),
        ("kind", "組合員"),
        ("employment", "part_time"),
        ("acquired_on", "1974-01-21"),
        ("lost_on", "1998-03-31"),
        ("lost_on", "2024-13-01"),
        ("term_ends_on", "1998-03-31"),
        ("refresh_coupons", "-1"),
        ("refresh_coupons", "100"),
        ("refresh_coupons", "三"),
        ("previous_number", "123456"),
        ("previous_number", "777777"),
        ("previous_number", "7 7"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_nothing_changes(
    database: Database, file: Path, column: str, value: str
) -> None:
    take(database, file, line())
    before = stored(database)

    found = wrong(database, file, line(number="200000"), line(**{column: value}), line(number="300000"))

    assert found == [(3, column, value.strip('" '))]
    assert stored(database) == before
    assert person(database, "200000") is None


def test_who_has_no_birth_date_is_put_aside_and_told_and_the_rest_goes_on(
    database: Database, file: Path
) -> None:
    report = take(database, file, line(), line(number="200000", birthdate=""), line(number="300000"))

    assert (report.rows, report.added, report.missing) == (3, 2, ())
    (told,) = report.warnings
    assert "3行目 200000: 生年月日がない" in told and "もう一度取り込んでください" in told
    assert person(database, "200000") is None
    assert person(database, "123456") and person(database, "300000")
    again = take(database, file, line(), line(number="200000", birthdate=""), line(number="300000"))
    assert again.changes_nothing and again.warnings == report.warnings
    assert take(database, file, line(), line(number="200000"), line(number="300000")).added == 1


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
def test_of_somebody_with_a_birth_date_missing_in_one_row_nothing_changes(
    database: Database, file: Path, known: bool
) -> None:
    rows = [line(lost_on="2020-04-01"), renumbered()]
    take(database, file, *(rows if known else []), line(number="555555"))
    before = stored(database)

    report = take(
        database,
        file,
        line(lost_on="2020-03-01"),
        renumbered(birthdate=""),
        line(number="555555", name="見本 次郎"),
    )

    assert (report.added, report.changed, report.missing, report.moved) == (0, 1, (), 0)
    assert len(report.warnings) == 1
    kept = {row[2:] for row in stored(database)} & {row[2:] for row in before}
    assert len(kept) == len(before) - 1
    assert periods(database, "555555")[0][1] == "見本 次郎"


def test_a_file_of_people_without_birth_dates_changes_nothing(database: Database, file: Path) -> None:
    report = take(database, file, line(birthdate=""), line(number="200000", birthdate="", sex="F"))

    assert report.changes_nothing
    assert len(report.warnings) == report.rows == 2
    assert wrong(database, file, line(birthdate="", sex="X")) == [(2, "sex", "X")]


@pytest.mark.parametrize(
    ("values", "column", "expected"),
    [
        ({"number": "3001"}, "number", "英数字6文字"),
        ({"number": "3000012"}, "number", "英数字6文字"),
        ({"number": "300099", "kind": "spouse"}, "number", "組合員番号＋01"),
        ({"number": "12345602", "kind": "spouse"}, "number", "組合員番号＋01"),
        ({"refresh_coupons": "12"}, "refresh_coupons", "0〜3"),
    ],
)
def test_what_saitama_alone_expects_is_named(
    database: Database, file: Path, values: dict[str, str], column: str, expected: str
) -> None:
    rules = load_branch(BRANCHES / "saitama").member_rules(NOW.date())
    write(file, line(number="200000"), line(**values))

    with pytest.raises(BadRows) as bad:
        import_members(database, "saitama", file, rules=rules, now=NOW)

    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (3, column, values[column])
    assert expected in problem.expected
    assert import_members(database, "kagawa", write(file, line(**values)), now=NOW).added == 1


def test_every_bad_row_is_listed(database: Database, file: Path) -> None:
    rows = [line(number=str(100_000 + n), sex="?" if n % 2 else "M", kind="?") for n in range(500)]

    with pytest.raises(BadRows) as bad:
        take(database, file, *rows)

    assert len(bad.value.problems) == 750
    words = bad.value.in_words().splitlines()
    assert words[0] == "members.csv に直すところが 750 件あります。何も取り込んでいません。"
    assert words[1].startswith("2行目 kind「?」: ")
    assert len(words) == 202
    assert words[-1].startswith("ほか 550 件")


def test_a_row_of_another_length_or_with_an_open_quote_is_named(database: Database, file: Path) -> None:
    assert [at for at, _, _ in wrong(database, file, line() + ",", line(number="200000"))] == [2]
    assert [at for at, _, _ in wrong(database, file, line(), line(name='"見本'))] == [3]


def test_wide_letters_small_letters_and_other_writings_are_understood(database: Database, file: Path) -> None:
    take(database, file, line(number="ｋ１２３４５", sex="女", birthdate="1990/5/5", kind="Ｍember"))

    assert periods(database, "K12345") == [("K12345", "見本 太郎", date(1998, 4, 1), None)]


def test_a_number_may_have_several_periods(database: Database, file: Path) -> None:
    report = take(
        database, file, line(acquired_on="2020-04-01"), line(acquired_on="2010-04-01", lost_on="2020-04-01")
    )

    assert (report.rows, report.added) == (2, 1)
    assert [acquired.year for _, _, acquired, _ in periods(database, "123456")] == [2010, 2020]


@pytest.mark.parametrize(
    ("first", "second", "column", "words"),
    [
        ({}, {}, "acquired_on", "2行目と同じ"),
        ({}, {"acquired_on": "2020-04-01"}, "acquired_on", "2行目は続いています"),
        ({"lost_on": "2020-04-02"}, {"acquired_on": "2020-04-01"}, "acquired_on", "2020-04-02 の前日まで"),
        (
            {"term_ends_on": "2020-04-01"},
            {"acquired_on": "2020-04-01"},
            "acquired_on",
            "2020-04-02 の前日まで",
        ),
        (
            {"lost_on": "2020-04-01"},
            {"acquired_on": "2020-04-01", "birthdate": "1975-01-22"},
            "birthdate",
            "2行目",
        ),
        ({"lost_on": "2020-04-01"}, {"acquired_on": "2020-04-01", "sex": "F"}, "sex", "2行目では M"),
    ],
    ids=["same_day", "open_end", "one_day", "last_day_of_term", "another_birthdate", "another_sex"],
)
def test_rows_of_a_number_that_contradict_each_other_name_both_lines(
    database: Database, file: Path, first: dict[str, str], second: dict[str, str], column: str, words: str
) -> None:
    with pytest.raises(BadRows) as bad:
        take(database, file, line(**first), line(number="200000"), line(**second))

    (problem,) = bad.value.problems
    assert (problem.line, problem.column) == (4, column)
    assert words in problem.expected


def test_a_period_inside_an_earlier_one_is_found_behind_a_third(database: Database, file: Path) -> None:
    found = wrong(
        database,
        file,
        line(acquired_on="2000-04-01", lost_on="2020-04-01"),
        line(acquired_on="2002-04-01", lost_on="2003-04-01"),
        line(acquired_on="2010-04-01", lost_on="2011-04-01"),
    )

    assert [at for at, _, _ in found] == [3, 4]


@pytest.mark.parametrize("is_known", [False, True], ids=["newcomer", "known_by_both_numbers"])
def test_overlapping_periods_of_a_person_with_two_numbers_are_refused(
    database: Database, file: Path, is_known: bool
) -> None:
    if is_known:
        take(database, file, line(lost_on="2020-04-01"), renumbered())

    with pytest.raises(BadRows) as bad:
        take(database, file, renumbered(previous_number="" if is_known else "123456"), line())

    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (2, "acquired_on", "2020-04-01")
    assert "3行目（番号 123456）" in problem.expected
    assert "資格喪失日" in problem.expected


def test_the_same_file_twice_changes_nothing(database: Database, file: Path) -> None:
    rows = [
        line(),
        line(number="200000", lost_on="2020-04-01"),
        line(number="300000", acquired_on="2020-04-01", previous_number="200000"),
    ]
    take(database, file, *rows)
    before = stored(database)

    report = take(database, file, *rows)

    assert report == Report(rows=3, added=0, changed=0, unchanged=2)
    assert stored(database) == before


def test_a_report_counts_people_added_changed_and_missing(database: Database, file: Path) -> None:
    take(database, file, line(), line(number="200000"), line(number="300000"))

    report = take(database, file, line(name="見本 次郎"), line(number="200000"), line(number="400000"))

    assert report == Report(rows=3, added=1, changed=1, unchanged=1, missing=("300000",))
    assert periods(database, "123456")[0][1] == "見本 次郎"
    assert periods(database, "300000")[0][1] == "見本 太郎"


def test_a_missing_person_with_two_numbers_stays_whole(database: Database, file: Path) -> None:
    take(database, file, line(lost_on="2020-04-01"), renumbered())

    report = take(database, file, line(number="300000"))

    assert report.missing == ("200000",)
    assert [number for number, *_ in periods(database, "200000")] == ["123456", "200000"]


def test_only_the_edition_that_counts_remains(database: Database, file: Path) -> None:
    for name in ("一", "二", "三"):
        take(database, file, line(name=name))

    assert {row[1] for row in stored(database)} == {3}


def test_a_new_number_belongs_to_the_person_of_the_previous_one(database: Database, file: Path) -> None:
    take(database, file, line(), line(number="555555"))
    before = person(database, "123456")

    report = take(database, file, line(number="900000", previous_number="123456"), line(number="555555"))

    assert (report.added, report.changed, report.moved, report.missing) == (0, 1, 1, ())
    assert person(database, "900000") == before == person(database, "123456")
    assert [number for number, *_ in periods(database, "123456")] == ["900000"]


def test_a_chain_of_previous_numbers_in_one_file_is_one_person(database: Database, file: Path) -> None:
    report = take(
        database,
        file,
        line(number="300000", previous_number="200000", acquired_on="2020-04-01"),
        line(number="200000", previous_number="100000", acquired_on="2010-04-01", lost_on="2020-04-01"),
        line(number="100000", acquired_on="2000-04-01", lost_on="2010-04-01"),
    )

    assert report.added == 1
    assert [number for number, *_ in periods(database, "100000")] == ["100000", "200000", "300000"]


def test_previous_numbers_in_a_circle_are_refused(database: Database, file: Path) -> None:
    found = wrong(
        database,
        file,
        line(number="100000", previous_number="300000"),
        line(number="200000", previous_number="100000"),
        line(number="300000", previous_number="200000"),
    )

    assert [at for at, _, _ in found] == [2, 3, 4]


def test_two_numbers_cannot_follow_the_same_one(database: Database, file: Path) -> None:
    found = wrong(
        database,
        file,
        line(),
        *(line(number=number, previous_number="123456") for number in ("200000", "300000")),
    )

    assert found == [(3, "previous_number", "123456"), (4, "previous_number", "123456")]


def test_a_previous_number_told_later_joins_the_two_people(database: Database, file: Path) -> None:
    take(database, file, line(), line(number="900000"))
    first = person(database, "123456")

    report = take(database, file, line(number="900000", previous_number="123456"))

    assert (report.added, report.moved, report.missing) == (0, 1, ())
    assert person(database, "900000") == first
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(Person)).scalar() == 1


def test_a_person_who_has_linked_is_never_joined_to_another(database: Database, file: Path) -> None:
    take(database, file, line(), line(number="900000"))
    link(database, person(database, "900000"))

    found = wrong(database, file, line(number="900000", previous_number="123456"))

    assert found == [(2, "previous_number", "123456")]


@pytest.mark.parametrize("in_file", [True, False], ids=["both_in_the_file", "known_before"])
def test_a_previous_number_that_leads_to_another_birth_date_is_refused(
    database: Database, file: Path, in_file: bool
) -> None:
    take(database, file, line())
    link(database, person(database, "123456"))
    other = line(number="400001", name="他人 乙", birthdate="1979-09-09", previous_number="123456")

    found = wrong(database, file, *([line()] if in_file else []), other)

    assert found == [(3 if in_file else 2, "previous_number", "123456")]
    assert person(database, "400001") is None
    assert periods(database, "123456")[0][1] == "見本 太郎"


def test_newcomers_with_one_root_and_two_birth_dates_are_refused(database: Database, file: Path) -> None:
    other = line(number="400001", birthdate="1979-09-09", previous_number="123456")

    assert wrong(database, file, other, line()) == [(2, "previous_number", "123456")]


def test_a_number_that_comes_back_with_another_name_and_birth_date_is_refused(
    database: Database, file: Path
) -> None:
    take(database, file, line())
    link(database, person(database, "123456"))

    with pytest.raises(BadRows) as bad:
        take(database, file, line(name="他人 乙", kana="タニン オツ", birthdate="1979-09-09"))

    (problem,) = bad.value.problems
    assert (problem.line, problem.column, problem.value) == (2, "birthdate", "1979-09-09")
    assert "1974-01-22" in problem.expected
    assert links(database, person(database, "123456")) == 1


def test_two_known_numbers_of_one_person_keep_one_birth_date(database: Database, file: Path) -> None:
    take(database, file, line(lost_on="2020-04-01"), renumbered())

    found = wrong(
        database, file, line(lost_on="2020-04-01"), renumbered(birthdate="1974-01-23", previous_number="")
    )

    assert found == [(3, "birthdate", "1974-01-23")]


@pytest.mark.parametrize("name", ["見本　太郎", "例示 太郎"], ids=["same_name", "same_kana"])
def test_whose_birth_date_is_corrected_must_prove_themselves_again(
    database: Database, file: Path, name: str
) -> None:
    take(database, file, line(), line(number="200000"))
    for number in ("123456", "200000"):
        link(database, person(database, number))

    report = take(database, file, line(number="200000"), line(name=name, birthdate="1974-01-23"))

    assert (report.changed, report.unchanged) == (1, 1)
    (warning,) = report.warnings
    assert warning.startswith("3行目 123456: 生年月日が 1974-01-22 から 1974-01-23 に変わりました。")
    assert links(database, person(database, "123456")) == 0
    assert links(database, person(database, "200000")) == 1


def test_a_correction_goes_with_a_change_of_number(database: Database, file: Path) -> None:
    take(database, file, line())
    before = person(database, "123456")
    right = {"birthdate": "1974-01-23"}

    report = take(
        database,
        file,
        line(lost_on="2020-04-01", **right),
        line(number="200000", acquired_on="2020-04-01", previous_number="123456", **right),
    )

    assert len(report.warnings) == 1
    assert person(database, "200000") == before


def test_a_proof_by_the_old_birth_date_no_longer_links(database: Database, file: Path) -> None:
    take(database, file, line())
    with database.transaction() as db:
        chat = load(db, "saitama", "U9", NOW).id
        page = open_page(db, new_page(db, chat, NOW), NOW)
        assert page
        proved = prove(db, page, "123456", date(1974, 1, 22), None, NOW)
        assert proved
        nonce = keep_nonce(db, page, proved, NOW)

    take(database, file, line(birthdate="1974-01-23"))

    with database.transaction() as db:
        assert finish(db, chat, nonce, NOW) is None


def test_a_column_of_shifted_birth_dates_is_no_correction(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_CORRECTED", 2)
    numbers = ("100000", "200000", "300000")
    take(database, file, *(line(number=number) for number in numbers))

    found = wrong(database, file, *(line(number=number, birthdate="1974-01-23") for number in numbers))

    assert found == [(4, "birthdate", "1974-01-23")]


def test_a_column_without_birth_dates_is_refused_and_nothing_changes(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_UNDATED", 2)
    take(database, file, line(number="100000"))
    before = stored(database)
    empty = [line(number=number, birthdate="") for number in ("200000", "300000", "400000")]

    assert wrong(database, file, line(number="500000"), *empty) == [(5, "birthdate", "")]
    assert stored(database) == before
    assert take(database, file, line(number="500000"), *empty[:2]).added == 1


def links(database: Database, person_id: int | None) -> int:
    """How many chats are linked with a person."""
    with database.reading() as db:
        live = select(func.count()).where(Link.person_id == person_id, Link.live.is_(True))
        return int(db.execute(live).scalar_one())


def link(database: Database, person_id: int | None) -> None:
    with database.transaction() as db:
        chat = {
            "branch": "saitama",
            "user_id": f"U{person_id}",
            "blocked": False,
            "turn": 0,
            "place": "{}",
            "updated_at": NOW,
        }
        key = db.execute(insert(Conversation), chat).inserted_primary_key
        assert key is not None
        row = {"chat_id": key[0], "person_id": person_id, "linked_at": NOW, "live": True}
        db.execute(insert(Link), row)


def test_a_spouse_without_the_member_is_a_warning(database: Database, file: Path) -> None:
    spouse = line(number="12345601", kind="spouse", sex="F")

    assert take(database, file, spouse).warnings == (
        "2行目 12345601: 組合員 123456 の登録がないため、配偶者のクーポンは使えません",
    )
    assert take(database, file, line(), spouse).warnings == ()
    assert take(database, file, spouse).warnings == ()


def test_a_spouse_needs_two_more_digits(database: Database, file: Path) -> None:
    assert wrong(database, file, line(number="12345K", kind="spouse")) == [(2, "number", "12345K")]


def test_branches_do_not_touch_each_other(database: Database, file: Path) -> None:
    take(database, file, line())

    report = import_members(database, "aichi", write(file, line(number="200000")), now=NOW)

    assert report == Report(rows=1, added=1, changed=0, unchanged=0)
    assert periods(database, "123456")


def test_an_import_that_died_is_never_seen_and_is_cleared_by_the_next(database: Database, file: Path) -> None:
    take(database, file, line())

    class PowerCut(BaseException):
        pass

    def cut(done: int, total: int | None) -> None:
        if total is not None:
            raise PowerCut

    with pytest.raises(PowerCut):
        import_members(
            database, "saitama", write(file, line(name="半分"), line(number="2000")), now=NOW, progress=cut
        )
    assert periods(database, "123456")[0][1] == "見本 太郎"
    assert len({row[1] for row in stored(database)}) == 2

    report = take(database, file, line())

    assert report == Report(rows=1, added=0, changed=0, unchanged=1)
    assert len({row[1] for row in stored(database)}) == 1


def test_of_two_imports_at_once_the_earlier_stops_and_changes_nothing(
    database: Database, file: Path, tmp_path: Path
) -> None:
    later = write(tmp_path / "later.csv", line(name="後"))

    def meanwhile(done: int, total: int | None) -> None:
        if total is not None:
            import_members(database, "saitama", later, now=NOW)

    with pytest.raises(Overtaken):
        import_members(
            database,
            "saitama",
            write(file, line(name="先"), line(number="200000")),
            now=NOW,
            progress=meanwhile,
        )

    assert periods(database, "123456")[0][1] == "後"
    assert periods(database, "200000") == []
    assert len(stored(database)) == 1


def test_no_transaction_of_an_import_writes_more_than_a_thousand_rows(database: Database, file: Path) -> None:
    people = [line(number=str(100_000 + n)) for n in range(2_300)]

    with rows_written(database) as written:
        take(database, file, *people)
        report = take(database, file, line(number="100000", name="改"))
        take(database, file, *people)

    assert len(report.missing) == 2_299
    assert max(written) == 1_000


@contextmanager
def rows_written(database: Database) -> Iterator[list[int]]:
    """How many rows each transaction has written."""
    written = [0]

    def count(_db: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT"):
            written[-1] += max(cursor.rowcount, 0)

    def begin(_db: Any) -> None:
        written.append(0)

    event.listen(database.engine, "begin", begin)
    event.listen(database.engine, "after_cursor_execute", count)
    yield written
    event.remove(database.engine, "begin", begin)
    event.remove(database.engine, "after_cursor_execute", count)


def test_others_write_between_the_steps_of_an_import(database: Database, file: Path) -> None:
    def webhook(done: int, total: int | None) -> None:
        with database.transaction() as db:
            db.execute(insert(Person), {"branch": "aichi", "number": f"{done}-{total}"})

    import_members(database, "saitama", write(file, line()), now=NOW, progress=webhook)

    with database.reading() as db:
        query = select(Person.number).where(Person.branch == "aichi").order_by(Person.id)
        assert list(db.execute(query).scalars()) == ["1-None", "1-1"]
        assert db.execute(select(func.count()).select_from(Number)).scalar() == 1


def test_the_moment_of_the_last_import_is_kept(database: Database, file: Path) -> None:
    take(database, file, line())

    with database.reading() as db:
        assert db.execute(select(MemberEdition.imported_at)).scalar() == NOW


def test_a_switch_from_an_edition_that_no_longer_counts_is_refused(database: Database, file: Path) -> None:
    take(database, file, line())
    staging = member_edition.begin(database, "saitama")
    with database.transaction() as db:
        db.execute(update(MemberEdition).values(edition=staging.base + 5))

    with pytest.raises(Overtaken):
        member_edition.briefly(database, staging, member_edition.publish, [], [], [], NOW)


@pytest.mark.parametrize("branch", ["saitama", "kagawa", "aichi"])
def test_the_demo_people_of_a_branch_are_taken_over_without_a_warning(
    database: Database, branch: str
) -> None:
    rules = load_branch(BRANCHES / branch).member_rules(NOW.date())
    report = import_members(database, branch, BRANCHES / branch / "demo/members.csv", rules=rules, now=NOW)

    assert report.added >= 5
    assert report.warnings == ()


def test_the_demo_facilities_are_taken_over(database: Database) -> None:
    import_facilities(database, "saitama", BRANCHES / "saitama/demo/facilities.csv")

    with database.reading() as db:
        hospital = facility(db, "saitama", "fs0007")
    assert hospital is not None
    assert hospital.name == "共済組合互助会病院"
    assert hospital.products["1day"] == "fs00701"


def test_an_overtaken_import_writes_nothing_more(database: Database) -> None:
    earlier = member_edition.begin(database, "saitama")
    member_edition.begin(database, "saitama")

    with pytest.raises(Overtaken):
        member_edition.briefly(
            database, earlier, member_edition.add_people, ["123456"], [("123456", "123456")]
        )

    assert person(database, "123456") is None


def test_who_links_while_an_import_would_join_them_to_another_keeps_their_own(
    database: Database, file: Path
) -> None:
    take(database, file, line(), line(number="900000"))
    linked = person(database, "900000")

    def meanwhile(done: int, total: int | None) -> None:
        if total is not None:
            link(database, linked)

    with pytest.raises(Overtaken):
        write(file, line(number="900000", previous_number="123456"))
        import_members(database, "saitama", file, now=NOW, progress=meanwhile)

    assert person(database, "900000") == linked
