"""Staff and the record on the command line."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from models import approval, conversation
from models.audit import acts, record
from models.branch import load_branch
from models.days import day_of
from models.outbox import Outgoing
from models.staff import StaffInvitation, accept, staff_of
from pictures.codes import read_codes
from settings import ROOT
from tests.quiet_house import SPRING
from tests.staffed_office import NOW, StaffedOffice
from tests.test_app import Office

AT = ("--branch", "saitama")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    (tmp_path / "var").mkdir()
    return office


def test_an_invitation_is_printed_once_with_its_code_to_scan_and_kept_as_a_hash(office: Office) -> None:
    picture = office.folder / "code.png"

    made = office.json("staff", "invite", *AT, "--role", "desk", "--role", "approver", "--qr", str(picture))
    printed = office.run("staff", "invite", *AT, "--role", "drafter", "--name", "見本 職員")

    assert made["roles"] == ["desk", "approver"]
    assert list(read_codes(picture.read_bytes())) == [made["url"]]
    assert made["url"].endswith(made["code"])
    assert "招待コード: staff-" in printed.stdout
    assert "24時間" in printed.stdout
    assert "█" in printed.stdout
    with office.database().reading() as db:
        kept = list(db.execute(select(StaffInvitation.code_hash)).scalars())
    assert len(kept) == 2
    assert made["code"] not in kept


def test_staff_are_listed_and_leave_at_once(office: Office) -> None:
    code = office.json("staff", "invite", *AT, "--role", "desk", "--name", "見本 職員")["code"]
    terms = load_branch(ROOT / "branches" / "saitama").staff
    assert terms is not None
    database = office.database()
    with database.reading() as db:
        at = db.execute(select(StaffInvitation.made_at)).scalar_one()
    with database.transaction() as db:
        chat = conversation.load(db, "saitama", "U1", SPRING).id
        assert accept(db, "saitama", chat, code, terms.on(day_of(at)), at)

    listed = office.json("staff", "list", *AT)["staff"]
    left = office.json("staff", "leave", str(listed[0]["id"]), *AT)
    again = office.json("staff", "leave", str(listed[0]["id"]), *AT, code=1)

    assert [(one["name"], one["roles"]) for one in listed] == [("見本 職員", ["desk"])]
    assert left["left"]
    assert "見つからない" in again["error"]
    assert office.json("staff", "list", *AT)["staff"] == []
    with database.reading() as db:
        assert staff_of(db, chat) is None


def test_whoever_waits_for_a_yes_hears_that_nobody_is_left_to_say_it(tmp_path: Path) -> None:
    office = StaffedOffice(tmp_path)
    asker, approver = office.employed("desk"), office.employed("approver")
    office.transact(lambda db: approval.ask(db, "saitama", "correction", "1", "d" * 64, asker.id, NOW))

    office.json("staff", "leave", str(approver.id), *AT)

    def told(db: Connection) -> list[str]:
        return list(db.execute(select(Outgoing.messages).where(Outgoing.chat_id == asker.chat_id)).scalars())

    (only,) = office.transact(told)
    assert "承認できる人がいません" in only


@pytest.mark.parametrize(
    "wrong",
    [("--role", "chief"), (), ("--role", "desk", "--name", "あ" * 21)],
    ids=["no such role", "no role", "long name"],
)
def test_an_invitation_that_makes_no_sense_is_refused(office: Office, wrong: tuple[str, ...]) -> None:
    assert office.run("staff", "invite", *AT, *wrong).exit_code == 2


def test_commands_enter_the_record_without_names_or_numbers(office: Office) -> None:
    office.fill()
    office.run("import", "members", office.file("bad.csv", "number", "1"), *AT)
    office.json("clear-tries", *AT, "--number", "123456")
    office.json("unlink", *AT, "--number", "123456")

    with office.database().reading() as db:
        entered = acts(db, "saitama")

    assert [act.act for act in entered] == [
        *("import.begin", "import", "import.begin", "import"),
        *("import.begin", "import.refused", "link.clear_tries", "link.end"),
    ]
    assert all(act.who.startswith("コマンド") for act in entered)
    assert "123456" not in str(entered)
    assert "見本" not in str(entered)


def test_the_record_is_verified_shown_and_its_head_kept(office: Office) -> None:
    office.fill()
    head = office.json("audit", "head", *AT)["hash"]
    office.json("clear-tries", *AT, "--number", "123456")

    assert office.json("audit", "verify", *AT, "--head", head)["ok"]
    assert office.json("audit", "verify")["ok"]
    shown = office.run("audit", "show", *AT, "--last", "1").stdout
    assert "link.clear_tries" in shown
    assert "•••456" in shown

    with office.database().transaction() as db:
        db.execute(text("DROP TRIGGER audit_entries_no_update"))
        db.execute(text("UPDATE audit_entries SET about = 'members:other' WHERE seq = 1"))
    found = office.json("audit", "verify", *AT, code=1)
    assert "1 番の行の内容が変えられています" in found["error"]
    assert found["ok"] is False


def test_the_record_is_shown_with_what_changed_and_without_what_did_not(office: Office) -> None:
    office.fill()
    before = {"revision": 1, "files": {"faq.yaml": "aa", "desk.yaml": "same"}, "text": "same"}
    after = {"revision": 2, "files": {"faq.yaml": "bb", "desk.yaml": "same"}, "text": "same"}
    with office.database().transaction() as db:
        record(db, "saitama", "system", "terms.change", "faq.yaml", NOW, before=before, after=after)

    shown = office.run("audit", "show", *AT, "--last", "1").stdout

    assert (
        '{"files": {"faq.yaml": "aa"}, "revision": 1} → {"files": {"faq.yaml": "bb"}, "revision": 2}' in shown
    )
    assert "same" not in shown


def test_a_file_with_a_use_that_waits_for_the_next_working_day_is_refused_with_its_column(
    office: Office,
) -> None:
    office.fill()
    file = office.file("outage.csv", "number,facility,kind,used_on", "123456,fs0007,refresh,2024-07-06")

    refused = office.json("coupons", "register", file, *AT, code=1)

    assert [problem["column"] for problem in refused["problems"]] == ["kind"]
    assert "何も取り込んでいません" in refused["error"]
