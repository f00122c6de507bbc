"""The desk's commands: paper coupons and their post, drafts of answers, a use given back, whom a broadcast did not reach."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.audit import acts
from models.base import Database
from models.faq import FaqEntry, load_faq
from models.member import Link
from models.outbox import Outgoing
from settings import ROOT
from tests.staffed_office import MEMBER, NOW, ON_PAPER, OTHER, StaffedOffice

AT = ("--branch", "saitama")


@pytest.fixture
def office(tmp_path: Path) -> StaffedOffice:
    return StaffedOffice(tmp_path)


def last_act(office: StaffedOffice) -> tuple[str, str, object]:
    with office.database().reading() as db:
        (last,) = acts(db, "saitama", last=1)
    return last.act, last.about, last.after


def rows_of(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text("utf-8-sig").splitlines()))


# 紙クーポン


def test_what_waits_for_the_desk_is_listed_without_names(office: StaffedOffice) -> None:
    assert "確認を待つ申請はありません" in office.run("paper", "list", *AT).stdout
    request = office.on_paper(confirmed=False)
    office.on_paper(MEMBER)

    found = office.json("paper", "list", *AT)
    words = office.run("paper", "list", *AT).stdout

    assert [(row["request"], row["number"], row["state"]) for row in found["waiting"]] == [
        (request, "•••001", "waiting")
    ]
    assert found["unposted"] == 1
    assert "郵送リストを待つ人: 1人" in words
    assert ON_PAPER not in words
    assert "見本" not in words


def test_a_posting_list_is_written_once_and_again_by_its_number(office: StaffedOffice) -> None:
    office.on_paper()
    out = office.folder / "list.csv"

    first = office.json("paper", "export", *AT, "--out", str(out))
    written = out.read_bytes()
    nothing = office.json("paper", "export", *AT, "--out", str(out), code=1)
    again = office.json("paper", "export", *AT, "--out", str(out), "--again", str(first["list"]))

    assert (first["people"], again["people"]) == (1, 1)
    assert first["without_address"] == ["見本高等学校"]
    assert written.startswith("\ufeff".encode())  # so that spreadsheets know it
    assert out.read_bytes() == written
    assert [row[3] for row in rows_of(out)[1:]] == [ON_PAPER]
    assert "ありません" in nothing["error"]
    assert last_act(office) == ("paper.export", f"posting:{first['list']}", {"people": 1})


def test_a_posting_list_on_the_screen_says_beside_it_what_its_post_lacks(office: StaffedOffice) -> None:
    office.on_paper()

    shown = office.run("paper", "export", *AT)

    assert ON_PAPER in shown.stdout
    assert "住所の登録がない所属所: 見本高等学校" in shown.stderr
    assert ON_PAPER not in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", *AT, "--json"), 2),
        (("export", *AT, "--again", "7"), 1),
        (("export", "--branch", "kagawa"), 1),
    ],
    ids=["JSON and no file", "no such list", "no paper here"],
)
def test_a_list_that_cannot_be_written_is_refused(
    office: StaffedOffice, arguments: tuple[str, ...], code: int
) -> None:
    office.on_paper()

    assert office.run("paper", *arguments).exit_code == code
    assert office.json("paper", "list", *AT)["unposted"] == 1


# 質問


def test_a_group_of_questions_becomes_a_draft_that_can_be_pasted(office: StaffedOffice) -> None:
    office.asked("駐車場はどこにありますか", "売店の営業", "駐車場はどこにあるの")

    groups = office.json("faq", "unanswered", *AT)["groups"]
    made = office.run("faq", "draft", *AT, "--group", "1", "--answer", "北側にあります。")

    assert [group["count"] for group in groups] == [2, 1]
    assert made.exit_code == 0
    entry = pasted(office.folder, made.stdout)
    assert set(groups[0]["texts"]) == set(entry.triggers)
    assert entry.since == NOW.date()


def test_a_draft_of_questions_from_elsewhere(office: StaffedOffice) -> None:
    made = office.run("faq", "draft", *AT, "--on", "2024-08-01", "売店は何時まで", "売店の時間")

    entry = pasted(office.folder, made.stdout)

    assert entry.title == "売店は何時まで"
    assert tuple(entry.triggers) == ("売店は何時まで", "売店の時間")
    assert "2024-08-01" in made.stdout
    assert "ここに答えを書いて" in made.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "下書きにする質問がありません"),
        (("--group", "3"), "3 番目の組はありません（今 1 組）"),
        (("--answer", "{coupon.quantity}枚です", "何枚"), "かっこを外して"),
    ],
    ids=["no question", "no such group", "braces"],
)
def test_what_cannot_be_drafted_is_refused(
    office: StaffedOffice, arguments: tuple[str, ...], words: str
) -> None:
    office.asked("駐車場はどこ")

    result = office.run("faq", "draft", *AT, *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def pasted(folder: Path, text: str) -> FaqEntry:
    """The entry as it is read from the branch's file."""
    there = folder / "saitama"
    there.mkdir()
    for file in (ROOT / "branches" / "saitama").glob("*.yaml"):
        (there / file.name).write_text(file.read_text("utf-8"), "utf-8")
    with (there / "faq.yaml").open("a", encoding="utf-8") as faq:
        faq.write(f"\n{text}")
    return load_faq(there).entries[-1]


# A use given back


def test_the_member_hears_in_every_chat_what_an_administrator_gave_back_and_why(
    office: StaffedOffice,
) -> None:
    office.link(MEMBER)
    use = office.used()

    words = office.run("coupons", "give-back", str(use), *AT, "--reason", "窓口での押し間違い").stdout

    assert "会員のトーク1件に知らせます" in words
    ((subject, messages),) = pushed(office.database())
    assert subject == "クーポン"
    for part in ("利用を取り消しました", "窓口での押し間違い", "共済組合互助会病院", "1枚"):
        assert part in messages
    assert last_act(office)[0] == "coupon.give_back"
    with office.database().reading() as db:
        (last,) = acts(db, "saitama", last=1)
    assert last.who.startswith("コマンド")


def test_an_administrator_is_held_back_by_no_limit_and_tells_nobody_twice(office: StaffedOffice) -> None:
    office.link(MEMBER)
    office.link(OTHER)
    uses = [office.used(), office.used(kind="dental", at="fs0011"), office.used(OTHER)]

    for use in uses:
        office.json("coupons", "give-back", str(use), "--reason", "誤り")
    office.json("coupons", "give-back", str(uses[0]), "--reason", "誤り", code=1)

    assert len(pushed(office.database())) == 3
    help_text = office.run("coupons", "give-back", "--help").stdout
    assert "2人目の承認はありません" in help_text
    assert "記録" in help_text


def test_a_reason_longer_than_a_member_would_read_is_refused(office: StaffedOffice) -> None:
    use = office.used()

    assert office.run("coupons", "give-back", str(use), "--reason", "あ" * 101).exit_code == 2
    assert office.show(on="2024-07-10")["uses"][0]["live"] is True


def pushed(database: Database) -> list[tuple[str, str]]:
    with database.reading() as db:
        rows = db.execute(select(Outgoing.subject, Outgoing.messages))
        return [(row.subject, row.messages) for row in rows]


# Whom a broadcast did not reach

NOT_LINKED = "宛先の確定時に未連携"


def test_everybody_whom_a_broadcast_did_not_reach_stands_in_a_file_with_the_reason(
    office: StaffedOffice,
) -> None:
    number = announced(office)
    out = office.folder / "missed.csv"

    (row,) = office.json("broadcast", "list", *AT)["broadcasts"]
    found = office.json("broadcast", "missed", str(number), *AT, "--out", str(out))

    assert (row["id"], row["title"], row["listed"]) == (number, "見学会", 3)
    head, *rows = rows_of(out)
    assert head == ["number", "why"]
    listed = [row for row in rows if row[1] != NOT_LINKED]
    assert listed == [[OTHER, "送らず（ブロック・連携解除）"], [ON_PAPER, "送信待ち"]]
    assert found["people"] == len(rows) > len(listed)
    assert last_act(office) == ("broadcast.export", f"broadcast:{number}", found["why"])
    assert OTHER not in str(last_act(office))


def test_what_became_of_a_broadcast_is_shown_with_all_request_ids(office: StaffedOffice) -> None:
    number = announced(office)

    found = office.json("broadcast", "show", str(number), *AT)
    words = office.run("broadcast", "show", str(number), *AT).stdout

    assert (found["people"], found["accepted"], found["left_out"], found["waiting"]) == (3, 1, 1, 1)
    assert found["request_ids"] == ["r1"]
    assert all(each in words for each in found["request_ids"])
    assert office.run("broadcast", "show", str(number), "--branch", "kagawa").exit_code == 1


def test_the_list_of_one_reason_alone(office: StaffedOffice) -> None:
    number = announced(office)

    shown = office.run("broadcast", "missed", str(number), *AT, "--why", "left_out")

    assert list(csv.reader(shown.stdout.splitlines()))[1:] == [[OTHER, "送らず（ブロック・連携解除）"]]
    assert "1 件" in shown.stderr


def test_who_left_a_chat_before_the_list_was_made_was_not_linked_then(office: StaffedOffice) -> None:
    number = announced(office)
    with office.database().transaction() as db:
        person = office.person(db, OTHER).id
        db.execute(update(Link).where(Link.person_id == person).values(live=None, ended_at=NOW))

    shown = office.run("broadcast", "missed", str(number), *AT)

    assert [OTHER, NOT_LINKED] in list(csv.reader(shown.stdout.splitlines()))
    assert ON_PAPER in shown.stdout


def test_a_broadcast_that_is_not_there_is_refused(office: StaffedOffice) -> None:
    number = announced(office)

    assert office.run("broadcast", "missed", str(number), "--branch", "kagawa").exit_code == 1
    assert office.run("broadcast", "missed", str(number), *AT, "--json").exit_code == 2
    assert "まだありません" in office.run("broadcast", "list", "--branch", "kagawa").stdout


def announced(office: StaffedOffice) -> int:
    chats = [office.link(number) for number in (MEMBER, OTHER, ON_PAPER)]
    return office.announced(office.employed("drafter"), *chats)
