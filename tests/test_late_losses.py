"""A loss of membership that is told late: exchanges made since are reported to staff, and stand in the record."""

from datetime import date
from pathlib import Path

import pytest

from models.audit import acts
from models.base import Database
from models.gift_dispatch import export_orders
from models.gifts import Address, Placed, cancel, order
from models.imports import Report, import_members
from models.member import Holder, holder, person_with
from models.member_file import COLUMNS
from models.table_file import BadRows
from tests.points_people import give, noon, points_of
from tests.test_points_machine import Nowhere

ADDRESS = Address("見本 花子", "760-0017", "香川県高松市番町1-1", "087-000-0000")
NUMBER = "1000001"
Term = tuple[str, str, str]


def line(since: str, end: str, kind: str = "member") -> str:
    row = {
        "number": NUMBER,
        "name": "見本 花子",
        "kana": "ミホン ハナコ",
        "birthdate": "1980-04-04",
        "sex": "F",
        "kind": kind,
        "employment": "regular" if kind == "member" else "",
        "acquired_on": since,
        "lost_on": end,
    }
    return ",".join(row.get(column, "") for column in COLUMNS)


class Staff:
    """Somebody who imports; the member has ordered a towel for 500 points on 20 June."""

    def __init__(self, database: Database, file: Path, branch: str = "kagawa") -> None:
        self.database, self.file, self.branch = database, file, branch
        self.points = points_of(branch)
        self.take(line("2004-04-01", ""))

    def take(self, *lines: str, on: str = "2024-07-01") -> Report:
        self.file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", "utf-8")
        return import_members(self.database, self.branch, self.file, points=self.points, now=noon(on))

    @property
    def member(self) -> Holder:
        with self.database.reading() as db:
            found = holder(db, person_with(db, self.branch, NUMBER) or 0)
        assert found is not None
        return found

    def orders(self) -> Placed:
        with self.database.transaction() as db:
            give(db, self.points, self.member, "2024-06-01", 500)
            words = {"request": "r1", "now": noon("2024-06-20")}
            return order(db, self.points, self.member, "towel", ADDRESS, **words)  # type: ignore[arg-type]

    def entered(self) -> list[str]:
        with self.database.reading() as db:
            return [one.about for one in acts(db, self.branch) if one.act == "order.after_loss"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


@pytest.mark.parametrize(
    ("branch", "rows", "is_told"),
    [
        pytest.param("kagawa", [line("2004-04-01", "2024-06-10")], True, id="lost before the exchange"),
        pytest.param("kagawa", [line("2004-04-01", "2024-06-20")], True, id="lost on its day"),
        pytest.param("kagawa", [line("2004-04-01", "2024-06-21")], False, id="lost on the day after"),
        pytest.param(
            "kagawa",
            [line("2004-04-01", "2024-06-10"), line("2024-06-10", "", "voluntary")],
            True,
            id="in 任意継続 since",
        ),
        pytest.param(
            "kagawa",
            [line("2004-04-01", "2024-06-10"), line("2024-06-25", "")],
            False,
            id="back in the same month: nothing has happened",
        ),
        pytest.param("aichi", [line("2004-04-01", "2024-06-10")], False, id="within Aichi's two months"),
        pytest.param("aichi", [line("2004-04-01", "2024-04-19")], True, id="after Aichi's two months"),
    ],
)
def test_an_exchange_that_a_loss_told_late_does_not_allow_is_reported_and_entered(
    database: Database, file: Path, branch: str, rows: list[str], is_told: bool
) -> None:
    staff = Staff(database, file, branch)
    placed = staff.orders()

    warnings = staff.take(*rows).warnings

    told = f"2行目 {NUMBER}: 2024-06-20 の交換（注文 {placed.number}、500ポイント、受付）の日には"
    assert [told in one for one in warnings] == [True] * is_told
    assert staff.entered() == [placed.number] * is_told


def test_it_is_told_once(database: Database, file: Path) -> None:
    staff = Staff(database, file)
    staff.orders()

    told = [
        len(staff.take(line("2004-04-01", end)).warnings) for end in ("2024-06-10",) * 2 + ("2024-06-09",)
    ]

    assert told == [1, 0, 0]
    assert len(staff.entered()) == 1


def test_a_cancelled_order_is_nobodys_matter_any_more(database: Database, file: Path) -> None:
    staff = Staff(database, file)
    placed = staff.orders()
    with database.transaction() as db:
        cancel(db, staff.points, staff.member, placed.id, noon("2024-06-21"))

    assert staff.take(line("2004-04-01", "2024-06-10")).warnings == ()


def test_staff_are_told_what_to_do_with_what_is_under_way(database: Database, file: Path) -> None:
    staff = Staff(database, file)
    staff.orders()
    export_orders(database, "kagawa", Nowhere(), who="test", now=noon("2024-06-22"))

    (warning,) = staff.take(line("2004-04-01", "2024-06-10")).warnings

    assert "手配中" in warning
    assert "発送を止めるか" in warning


def test_an_import_that_is_refused_enters_nothing(database: Database, file: Path) -> None:
    staff = Staff(database, file)
    staff.orders()
    with pytest.raises(BadRows):
        staff.take(line("2004-04-01", "2024-06-10"), line("2024-13-01", ""))

    assert staff.entered() == []
    assert staff.member.periods[0].acquired_on == date(2004, 4, 1)
