"""Staff's commands for health points: taking over, looking, the statement, orders out and in."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from app import cli
from demo_clock import DemoClock
from models import conversation
from models.base import Database
from models.branch import load_branch
from models.gifts import Address, order
from models.member import Link, holder, person_with
from models.outbox import Outgoing
from settings import ROOT

DEMO = ROOT / "branches" / "kagawa" / "demo"
YOUNG, TODAY = "1234574", "2024-07-01"


class Office:
    """Staff at the command line of one installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = DemoClock(folder / "var" / "clock.json", datetime(2024, 7, 1, 3, 0, tzinfo=UTC))

    def run(self, *arguments: str) -> Result:
        env = {"DATA_DIR": str(self.folder / "var"), "SECRET_KEY": "for tests only " * 3}
        return CliRunner().invoke(cli, [*arguments, "--branch", "kagawa"], env=env)

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def file(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    def database(self) -> Database:
        return Database(f"sqlite:///{self.folder / 'var' / 'kyosai.db'}")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path)
    members = (DEMO / "members.csv").read_text("utf-8").splitlines()
    found.json("import", "members", found.file("members.csv", *members))
    grants = ("number,granted_on,points,reason,reference", f"{YOUNG},{TODAY},900,歩数,A-1")
    found.json("import", "grants", found.file("grants.csv", *grants))
    return found


def placed(office: Office) -> str:
    """An order of the young member, whose chat is linked; its number."""
    points = load_branch(ROOT / "branches" / "kagawa").points
    assert points is not None
    database, now = office.database(), office.clock()
    with database.transaction() as db:
        person = person_with(db, "kagawa", YOUNG)
        chat = conversation.load(db, "kagawa", "U1", now).id
        db.execute(insert(Link), {"chat_id": chat, "person_id": person, "linked_at": now, "live": True})
        one = holder(db, person or 0)
        assert one is not None
        address = Address("例示 若葉", "760-0017", "香川県高松市見本1", "087-000-0000")
        number = order(db, points, one, "towel", address, request="r", now=now).number
    database.close()
    return number


def test_the_same_grants_twice_change_nothing(office: Office) -> None:
    again = office.json("import", "grants", str(office.folder / "grants.csv"))

    assert (again["added"], again["unchanged"]) == (0, 1)
    assert office.json("show", "points", "--number", YOUNG)["balance"] == 900


def test_a_wrong_row_is_named_and_nothing_is_taken_over(office: Office) -> None:
    bad = office.file(
        "bad.csv",
        "number,granted_on,points,reason,reference",
        f"{YOUNG},2024-05-01,10,歩数,B-1",
        f"{YOUNG},2024-05-01,-5,歩数,B-2",
        "9999999,2024-05-01,5,歩数,B-3",
    )

    found = office.json("import", "grants", bad, code=1)

    assert [(problem["line"], problem["column"]) for problem in found["problems"]] == [
        (3, "points"),
        (4, "number"),
    ]
    assert office.json("show", "points", "--number", YOUNG)["balance"] == 900


def test_checkups_of_the_association_give_points_once(office: Office) -> None:
    file = office.file(
        "checkups.csv",
        "number,kind,registered_on,item,value",
        f"1234567,specific,{TODAY},bmi,22.0",
        f"1234567,specific,{TODAY},ldl,200",
    )

    assert office.json("import", "checkups", file)["added"] == 1
    assert office.json("import", "checkups", file)["added"] == 0
    assert office.json("show", "points", "--number", "1234567")["pending_points"] == 100


@pytest.mark.parametrize("command", [("show", "points"), ("points", "statement")])
def test_an_unknown_number_is_refused(office: Office, command: tuple[str, str]) -> None:
    result = office.run(*command, "--number", "9999999")

    assert result.exit_code == 1
    assert "見つかりません" in result.output


def test_a_wrong_entry_is_undone_with_its_reason_in_the_statement(office: Office) -> None:
    done = office.json("points", "correct", "--number", YOUNG, "file:A-1", "1", "--reason", "二重の付与")

    entries = office.json("points", "statement", "--number", YOUNG)["entries"]
    assert done["points"] == -900
    assert [(entry["kind"], entry["points"], entry["reason"]) for entry in entries] == [
        ("付与", "900", "歩数"),
        ("訂正", "-900", "二重の付与"),
    ]


def test_orders_go_out_once_and_again_by_their_number_and_the_member_hears_when_they_are_sent(
    office: Office,
) -> None:
    number = placed(office)
    out = office.folder / "orders.csv"

    first = office.json("points", "orders", "export", "--out", str(out))
    (row,) = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert office.json("points", "orders", "export", "--out", str(out))["orders"] == 0
    repeated = office.json("points", "orders", "export", "--out", str(out), "--again", str(first["batch"]))
    file = office.file("sent.csv", "order,sent_on", f"{number},{TODAY}")
    sent = office.json("points", "orders", "sent", file)

    assert (row["order"], row["address"]) == (number, "香川県高松市見本1")
    assert repeated["orders"] == 1
    assert sent["told"] == 1
    assert office.json("points", "orders", "sent", file)["told"] == 0
    with office.database().reading() as db:
        (body,) = db.execute(select(Outgoing.messages)).scalars()
    assert "見本スポーツタオル" in body
    assert "高松" not in body


def test_an_order_that_nobody_has_exported_cannot_be_sent(office: Office) -> None:
    file = office.file("sent.csv", "order,sent_on", f"{placed(office)},{TODAY}")

    assert (
        "先に注文を書き出して"
        in office.json("points", "orders", "sent", file, code=1)["problems"][0]["expected"]
    )


def test_a_branch_without_points_says_so(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "for tests only " * 3}

    result = CliRunner().invoke(cli, ["show", "points", "--branch", "saitama", "--number", "1"], env=env)

    assert result.exit_code == 1
    assert "健康ポイントはありません" in result.output
