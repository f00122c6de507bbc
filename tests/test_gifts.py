"""Exchanging points: what an order takes, when it can be cancelled, what staff export and send."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import Database, Refusal
from models.gift_dispatch import export_orders, import_sent, told, untold
from models.gifts import (
    Address,
    Placed,
    cancel,
    catalogue,
    correct_entry,
    delivery_in_words,
    forget_addresses,
    order,
    order_id,
    orders,
    preview,
    returning,
)
from models.member import Holder
from models.points import state
from models.points_ledger import correct, movements
from models.table_file import BadRows
from tests.points_people import day, give, noon, person, points_of

KAGAWA = points_of("kagawa")
AICHI = points_of("aichi")
ADDRESS = Address(" 見本　花子 ", "７６００００１", "香川県高松市番町1-1", "087-000-0000")


@pytest.fixture
def who(database: Database) -> Holder:
    """With 600 points until March 2025 and 1,000 until March 2026."""
    with database.transaction() as db:
        found = person(db, "kagawa", ("2004-04-01", None))
        give(db, KAGAWA, found, "2024-02-01", 600)
        give(db, KAGAWA, found, "2024-05-01", 1000)
    return found


def place(
    database: Database, who: Holder, gift: str = "udon", request: str = "r1", on: str = "2024-07-01"
) -> Placed:
    return database.run(lambda db: order(db, KAGAWA, who, gift, ADDRESS, request=request, now=noon(on)))


def balance(database: Database, who: Holder, on: str = "2024-07-01") -> int:
    with database.reading() as db:
        return state(db, KAGAWA, who, day(on)).balance


def exported(database: Database, batch: int | None = None) -> tuple[int, list[dict[str, str]]]:
    out = io.StringIO()
    number, count = export_orders(database, "kagawa", out, who="staff:1", now=noon("2024-07-02"), batch=batch)
    found = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(found) == count
    return number, found


def refused(database: Database, who: Holder, gift: str, on: str) -> Refusal:
    with pytest.raises(Refusal) as why:
        place(database, who, gift, on=on)
    return why.value


def test_the_catalogue_begins_with_what_the_prefecture_makes() -> None:
    assert [code for code, _ in catalogue(KAGAWA, day("2024-07-01"))] == [
        "udon",
        "olive",
        "towel",
        "pedometer",
    ]


def test_a_preview_tells_what_would_be_taken_and_left(database: Database, who: Holder) -> None:
    with database.reading() as db:
        found = preview(db, KAGAWA, who, "udon", day("2024-07-01"))
        other = preview(db, KAGAWA, who, "towel", day("2024-07-01"))

    assert [(piece.points, piece.last_day) for piece in found.pieces] == [
        (600, day("2025-03-31")),
        (400, day("2026-03-31")),
    ]
    assert (found.balance, found.remains) == (1600, 600)
    assert found.delivery == "お申し込みから1〜2か月ほど"
    assert other.delivery == "お申し込みから1か月ほど"


def test_a_gift_whose_delivery_no_guide_states_says_that_the_time_is_an_example() -> None:
    ((_, gift), *_) = catalogue(AICHI, day("2024-07-01"))

    assert delivery_in_words(AICHI, gift, day("2024-07-01")) == "お申し込みから1か月ほど（見本）"


def test_an_order_has_a_number_and_takes_its_points_once(database: Database, who: Holder) -> None:
    first, again = place(database, who), place(database, who)

    assert first == again
    assert order_id(first.number) == order_id(f" ｐ{first.id} ") == first.id
    assert balance(database, who) == 600
    with database.reading() as db:
        assert [one.state for one in orders(db, who)] == ["ordered"]


@pytest.mark.parametrize(
    ("gift", "on", "code", "words"),
    [
        ("olive", "2024-07-01", "too_few", "あと 400 ポイント"),
        ("towel", "2025-04-01", "closed", "5月1日（木）から再開"),
        ("towel", "2024-04-30", "closed", "5月1日（水）から再開"),
        ("car", "2024-07-01", "no_such_gift", "一覧から"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_with_the_way_on(
    database: Database, who: Holder, gift: str, on: str, code: str, words: str
) -> None:
    found = refused(database, who, gift, on)

    assert found.code == code
    assert words in found.text


def test_those_who_left_exchange_nothing_in_kagawa(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-07-01"))
        give(db, KAGAWA, who, "2024-05-01", 1000)

    assert refused(database, who, "towel", "2024-07-01").code == "not_a_member"
    assert place(database, who, "towel", on="2024-06-30").points == 500


def test_those_who_left_exchange_for_two_months_in_aichi(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "aichi", ("2004-04-01", "2024-07-01"))
        give(db, AICHI, who, "2024-05-01", 1000)

        assert preview(db, AICHI, who, "towel", day("2024-09-01")).remains == 500
        with pytest.raises(Refusal):
            preview(db, AICHI, who, "towel", day("2024-09-02"))


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"postal_code": "76000"}, {"address": ""}, {"phone": "12"}, {"address": "番" * 201}],
)
def test_an_address_that_cannot_be_is_refused(database: Database, who: Holder, wrong: dict[str, str]) -> None:
    with pytest.raises(Refusal), database.transaction() as db:
        where = replace(ADDRESS, **wrong)
        order(db, KAGAWA, who, "udon", where, request="r1", now=noon("2024-07-01"))

    assert balance(database, who) == 1600


def test_an_order_is_cancelled_until_it_is_exported(database: Database, who: Holder) -> None:
    first = place(database, who)
    with database.transaction() as db:
        back = cancel(db, KAGAWA, who, first.id, noon("2024-07-01"))
    second = place(database, who, request="r2")
    exported(database)

    assert (back.points, back.lapsed) == (1000, 0)
    for one, words in ((first, "すでに取り消されています"), (second, "手配に入っている")):
        with pytest.raises(Refusal) as why, database.transaction() as db:
            cancel(db, KAGAWA, who, one.id, noon("2024-07-02"))
        assert words in why.value.text
    assert balance(database, who, "2024-07-02") == 600


def test_an_address_goes_when_its_order_is_cancelled_or_long_sent(
    database: Database, who: Holder, tmp_path: Path
) -> None:
    first = place(database, who)
    with database.transaction() as db:
        cancel(db, KAGAWA, who, first.id, noon("2024-07-01"))
    second = place(database, who, request="r2")
    exported(database)
    file = tmp_path / "sent.csv"
    file.write_text(f"order,sent_on\n{second.number},2024-07-10\n", "utf-8")
    import_sent(database, "kagawa", file, now=noon("2024-07-10"))

    gone = []
    for each in ("2024-07-10", "2024-10-08", "2024-10-09", "2024-10-10"):
        with database.transaction() as db:
            gone.append(forget_addresses(db, noon(each)))

    assert gone == [1, 0, 1, 0]


def test_nobody_cancels_what_another_ordered(database: Database, who: Holder) -> None:
    first = place(database, who)
    with database.transaction() as db:
        other = person(db, "kagawa", ("2004-04-01", None))
        with pytest.raises(Refusal):
            cancel(db, KAGAWA, other, first.id, noon("2024-07-01"))


def test_points_that_lapsed_in_the_meantime_are_told_when_an_order_is_cancelled(
    database: Database, who: Holder
) -> None:
    first = place(database, who, on="2025-03-31")
    with database.transaction() as db:
        back = cancel(db, KAGAWA, who, first.id, noon("2025-04-01"))

    assert (back.points, back.lapsed) == (1000, 600)
    assert balance(database, who, "2025-04-01") == 1000


def test_what_staff_corrected_is_not_returned_a_second_time(database: Database, who: Holder) -> None:
    first = place(database, who)
    with database.transaction() as db:
        spent = [one for one in movements(db, who.id) if one.kind == "spend"]
        correct(db, who.id, spent[0].lot, spent[0].seq, reason="誤り", author="s", now=noon("2024-07-01"))
        back = cancel(db, KAGAWA, who, first.id, noon("2024-07-01"))

    assert back.points == 1000 + spent[0].points
    assert balance(database, who) == 1600


def test_a_correction_of_what_an_order_took_cancels_the_order(database: Database, who: Holder) -> None:
    first = place(database, who)
    with database.transaction() as db:
        spent = [one for one in movements(db, who.id) if one.kind == "spend"]
        moved = correct_entry(
            db, who.id, spent[0].lot, spent[0].seq, reason="誤り", author="s", now=noon("2024-07-01")
        )
        (found,) = orders(db, who)

    assert (found.id, found.state, moved, len(spent)) == (first.id, "cancelled", 1000, 2)
    assert balance(database, who) == 1600
    assert exported(database)[1] == []


def test_what_an_exported_order_took_is_not_corrected(database: Database, who: Holder) -> None:
    first = place(database, who)
    exported(database)
    with pytest.raises(Refusal) as why, database.transaction() as db:
        spent = next(one for one in movements(db, who.id) if one.kind == "spend")
        correct_entry(db, who.id, spent.lot, spent.seq, reason="誤り", author="s", now=noon("2024-07-02"))

    assert first.number in why.value.text
    assert "新しく付けて" in why.value.text
    assert balance(database, who) == 600


@pytest.mark.parametrize(
    ("memberships", "on", "lapsed", "resting"),
    [
        ([("2004-04-01", None)], "2024-07-02", 0, 0),
        ([("2004-04-01", None)], "2025-04-02", 600, 0),
        ([("2004-04-01", "2024-08-01")], "2024-08-01", 0, 1_000),
        ([("2004-04-01", "2024-08-01")], "2025-02-01", 1_000, 0),
    ],
)
def test_it_is_known_before_cancelling_what_could_not_be_used(
    database: Database, memberships: list[tuple[str, str | None]], on: str, lapsed: int, resting: int
) -> None:
    with database.transaction() as db:
        one = person(db, "kagawa", *memberships)
        give(db, KAGAWA, one, "2023-06-01", 600)
        give(db, KAGAWA, one, "2024-06-01", 1_000)
        placed = order(db, KAGAWA, one, "udon", ADDRESS, request="r", now=noon("2024-07-01"))

        back = returning(db, KAGAWA, one, placed.id, day(on))

    assert (back.points, back.lapsed, back.resting) == (1_000, lapsed, resting)


def test_staff_export_each_order_once_and_can_repeat_an_export(database: Database, who: Holder) -> None:
    first = place(database, who)
    batch, found = exported(database)
    other, nothing = exported(database)
    _, again = exported(database, batch)

    assert found == again
    assert nothing == []
    assert other != batch
    assert found[0] | {"name": "見本 花子", "postal_code": "760-0001"} == found[0]
    assert (found[0]["order"], found[0]["kind"], found[0]["points"]) == (first.number, "県産品", "1000")


def test_an_address_is_no_formula_in_a_spreadsheet(database: Database, who: Holder) -> None:
    where = replace(ADDRESS, address='=HYPERLINK("http://example.com")')
    database.run(lambda db: order(db, KAGAWA, who, "udon", where, request="r1", now=noon("2024-07-01")))

    assert exported(database)[1][0]["address"].startswith("'=")


def test_what_is_sent_is_told_once(database: Database, who: Holder, tmp_path: Path) -> None:
    first = place(database, who)
    exported(database)
    file = tmp_path / "sent.csv"
    file.write_text(f"order,sent_on\n{first.number},2024-07-20\n", encoding="utf-8")

    report = import_sent(database, "kagawa", file, now=noon("2024-07-20"))
    again = import_sent(database, "kagawa", file, now=noon("2024-07-20"))

    assert (report.added, again.added, again.unchanged) == (1, 0, 1)
    with database.transaction() as db:
        ((person_id, placed),) = untold(db, "kagawa", 10)
        assert (person_id, placed.state, placed.sent_on) == (who.id, "sent", day("2024-07-20"))
        assert told(db, placed.id, noon("2024-07-20"))
        assert not told(db, placed.id, noon("2024-07-20"))
        assert untold(db, "kagawa", 10) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("P0000999,2024-07-02", "ありません"),
        ("{new},2024-07-02", "まだ書き出されていない"),
        ("{old},2024-07-21", "今日"),
        ("abc,2024-07-02", "注文番号"),
        ("{gone},2024-07-02", "取り消された"),
        ("{other},2024-06-30", "注文の日（2024-07-01）以後"),
    ],
)
def test_a_wrong_row_of_what_is_sent_is_told_and_nothing_changes(
    database: Database, who: Holder, tmp_path: Path, row: str, words: str
) -> None:
    old = place(database, who, "towel")
    other, gone = place(database, who, "towel", "r4"), place(database, who, "towel", "r2")
    with database.transaction() as db:
        cancel(db, KAGAWA, who, gone.id, noon("2024-07-01"))
    exported(database)
    new = place(database, who, "towel", "r3")
    file = tmp_path / "sent.csv"
    wrong = row.format(old=old.number, other=other.number, new=new.number, gone=gone.number)
    file.write_text(f"order,sent_on\n{old.number},2024-07-02\n{wrong}\n", encoding="utf-8")

    with pytest.raises(BadRows) as bad:
        import_sent(database, "kagawa", file, now=noon("2024-07-20"))

    assert bad.value.problems[0].line == 3
    assert words in bad.value.problems[0].expected
    with database.reading() as db:
        assert untold(db, "kagawa", 10) == []


class Full(io.StringIO):
    """A disk that is full after the headings."""

    def write(self, text: str) -> int:
        if text.startswith("P"):
            raise OSError("no space left")
        return super().write(text)


def test_an_export_that_breaks_off_is_in_the_record_and_can_be_repeated(
    database: Database, who: Holder
) -> None:
    placed = place(database, who)

    with pytest.raises(OSError, match="no space"):
        export_orders(database, "kagawa", Full(), who="staff:1", now=noon("2024-07-02"))

    with database.reading() as db:
        (act,) = db.execute(select(AuditEntry.who, AuditEntry.about, AuditEntry.after)).all()
    assert (act.who, act.after) == ("staff:1", '{"orders":1}')
    number = int(act.about.removeprefix("orders:"))
    assert [row["order"] for row in exported(database, number)[1]] == [placed.number]
