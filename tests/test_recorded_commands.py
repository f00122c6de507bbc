"""Every command there is: those that do something stand in the record afterwards, the others leave it as it was."""

from collections.abc import Iterator

import click
import pytest

from app import cli
from models.audit import Head, acts, head
from tests.staffed_office import BRANCHES, COLLECTOR, MEMBER, ON_PAPER, OTHER, StaffedOffice

RESULT = "aichi-2024-dock-decision"

# Command → branch, what is given to it ({…} is laid out below), what the record says afterwards.
RECORDED: dict[str, tuple[str, str, str]] = {
    "import members": ("saitama", "{members}", "import"),
    "import facilities": ("saitama", "{facilities}", "import"),
    "import workplaces": ("saitama", "{workplaces}", "import"),
    "import grants": ("kagawa", "{grants}", "import"),
    "import checkups": ("kagawa", "{checkups}", "import"),
    "coupons give-back": ("saitama", "{use} --reason 誤り", "coupon.give_back"),
    "coupons register": ("saitama", "{outage}", "import"),
    "posters": ("saitama", "--out {folder}/posters.pdf", "export"),
    "revoke-facility-page": ("saitama", "fs0007", "facility.revoke"),
    "points statement": ("kagawa", f"--number {COLLECTOR}", "export"),
    "points correct": ("kagawa", f"--number {COLLECTOR} file:A-2 1 --reason 誤り", "points.correct"),
    "points orders export": ("kagawa", "--out {folder}/orders.csv", "export"),
    "points orders sent": ("kagawa", "{sent}", "import"),
    "paper export": ("saitama", "", "paper.export"),
    "broadcast missed": ("saitama", "{broadcast}", "broadcast.export"),
    "clear-tries": ("saitama", f"--number {MEMBER}", "link.clear_tries"),
    "unlink": ("saitama", f"--number {MEMBER}", "link.end"),
    "undisown": ("saitama", f"--number {MEMBER}", "link.undisown"),
    "forget": ("saitama", f"--user U{OTHER}", "chat.forget"),
    "staff invite": ("saitama", "--role desk", "staff.invite"),
    "staff leave": ("saitama", "{staff}", "staff.leave"),
    "reminders result": ("aichi", RESULT, "reminder.result"),
}
READING = {
    "doctor": "",
    "show coupons": f"--branch saitama --number {MEMBER}",
    "show points": f"--branch kagawa --number {COLLECTOR}",
    "paper list": "--branch saitama",
    "staff list": "--branch saitama",
    "broadcast list": "--branch saitama",
    "broadcast show": "--branch saitama {broadcast}",
    "audit verify": "--branch saitama",
    "audit head": "--branch saitama",
    "audit show": "--branch saitama",
    "reminders rehearse": f"--branch saitama --person {MEMBER}",
    "reminders forecast": "--branch saitama",
    "reminders report": "--branch saitama",
    "terms diff": "--branch saitama --from 2024-03-31 --to 2024-04-01",
    "faq try": "--branch saitama {questions}",
    "faq unanswered": "--branch saitama",
    "faq draft": "--branch saitama 駐車場はどこ",
    "faq to-confirm": "--branch saitama",
    "faq stale": "--branch saitama",
}
ELSEWHERE = {
    "menus": "recorded; it needs LINE: tests/test_app.py",
    "demo": "runs until it is stopped; changed terms are recorded as it begins: tests/test_audit.py",
    "serve": "the same",
    "work": "the same",
    "faq report": "reads the files of the branches and the question bank, and opens no database",
    "flows": "draws the diagrams from the talks, and opens no database",
}


def all_commands(group: click.Group, *path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from all_commands(command, *path, name)
        else:
            yield " ".join((*path, name))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> StaffedOffice:
    return StaffedOffice(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def given(office: StaffedOffice) -> dict[str, object]:
    """What the commands find: files to take over, and things to be dealt with."""
    demo = BRANCHES["saitama"].folder / "demo"
    chats = [office.link(number) for number in (MEMBER, OTHER, ON_PAPER)]
    office.on_paper()
    grants = ("number,granted_on,points,reason,reference", f"{COLLECTOR},2024-07-02,100,歩数,A-2")
    office.json("import", "grants", office.file("more.csv", *grants), "--branch", "kagawa")
    order = office.ordered()
    office.json("points", "orders", "export", "--out", str(office.folder / "old.csv"), "--branch", "kagawa")
    drafter = office.employed("drafter")
    return {
        "folder": office.folder,
        "members": demo / "members.csv",
        "facilities": demo / "facilities.csv",
        "workplaces": office.file("w.csv", "name,postcode,address", "見本小学校,3309301,埼玉県見本1"),
        "grants": office.file("g.csv", grants[0], f"{COLLECTOR},2024-07-03,10,歩数,A-3"),
        "checkups": office.file("c.csv", "number,kind,registered_on,item,value", "1234567,specific,2024-07-01,bmi,22.0"),
        "outage": office.file("o.csv", "number,facility,kind,used_on", f"{MEMBER},fs0011,dental,2024-07-06"),
        "sent": office.file("s.csv", "order,sent_on", f"{order},2024-07-10"),
        "questions": office.file("q.txt", "受付時間は"),
        "use": office.used(),
        "staff": office.employed("desk").id,
        "broadcast": office.announced(drafter, *chats),
    }  # fmt: skip


def head_of(office: StaffedOffice, branch: str) -> Head:
    with office.database().reading() as db:
        return head(db, branch)


def test_every_command_is_known_as_recorded_or_as_reading() -> None:
    assert {*RECORDED, *READING, *ELSEWHERE} == set(all_commands(cli))
    assert len(RECORDED) + len(READING) + len(ELSEWHERE) == len(set(all_commands(cli)))


def test_what_a_command_does_stands_in_the_record(office: StaffedOffice, given: dict[str, object]) -> None:
    for command, (branch, arguments, act) in RECORDED.items():
        before = head_of(office, branch)

        done = office.run(*command.split(), *arguments.format(**given).split(), "--branch", branch)

        assert done.exit_code == 0, (command, done.output)
        with office.database().reading() as db:
            (last,) = acts(db, branch, last=1)
        assert (last.act, last.seq > before.seq) == (act, True), command
        assert last.who.startswith("コマンド"), command
        assert not any(word in str(last) for word in (MEMBER, COLLECTOR, ON_PAPER, "見本")), command


def test_a_command_that_reads_leaves_the_record_as_it_was(
    office: StaffedOffice, given: dict[str, object]
) -> None:
    before = {branch: head_of(office, branch) for branch in BRANCHES}

    for command, arguments in READING.items():
        done = office.run(*command.split(), *arguments.format(**given).split())
        assert done.exit_code == 0, (command, done.output)

    assert {branch: head_of(office, branch) for branch in BRANCHES} == before
