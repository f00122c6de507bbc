"""The command line: what each command answers, in words and JSON, and its exit codes (0 done, 1 refused, 2 wrong usage)."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from app import cli
from bot.line_setup import LineSetup
from demo_clock import DemoClock
from models import conversation, coupons, linking, outbox
from models.audit import acts
from models.base import Database
from models.branch import load_branch
from models.conversation import Conversation
from models.coupon_uses import Use
from models.facility import facility
from models.member import Link, holder, linked, person_with
from models.outbox import Outgoing
from models.points_terms import sample_values
from models.proof import staff_number
from settings import ROOT
from tests.demo_house import DemoHouse

NOW = datetime(2024, 7, 1, 3, 0, tzinfo=UTC)
HEADER = (
    "number,name,kana,birthdate,sex,kind,employment,acquired_on,lost_on,term_ends_on,workplace,"
    "refresh_coupons,auth_code,previous_number"
)
MEMBER = "123456,見本 太郎,ミホン タロウ,1974-01-22,M,member,regular,2008-04-01,,,見本小学校,3,,"
LEFT = "200002,見本 終,ミホン オワリ,1980-05-05,M,member,regular,2008-04-01,2024-05-01,,見本中学校,3,,"
FACILITIES = """\
code,name,address,phone,products
fs0007,共済組合互助会病院,埼玉県さいたま市浦和区見本町1-1,048-000-0007,1day:01|womens:04
fs0011,見本歯科医院,埼玉県川越市見本2-2,048-000-0011,dental:06
"""


@dataclass
class Office:
    """Staff at the command line of one installation."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        return {"DATA_DIR": str(self.folder / "var"), "SECRET_KEY": "for tests only " * 3}

    def run(self, *arguments: str, **env: str) -> Result:
        return CliRunner().invoke(cli, arguments, env=self.env | env)

    def json(self, *arguments: str, code: int = 0, env: dict[str, str] | None = None) -> dict[str, Any]:
        result = self.run(*arguments, "--json", **(env or {}))
        assert result.exit_code == code, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def file(self, name: str, *lines: str, encoding: str = "utf-8") -> str:
        file = self.folder / name
        file.write_text("\n".join(lines), encoding)
        return str(file)

    def fill(self) -> None:
        members, facilities = (
            self.file("members.csv", HEADER, MEMBER, LEFT),
            self.file("facilities.csv", FACILITIES),
        )
        self.json("import", "members", members, "--branch", "saitama")
        self.json("import", "facilities", facilities, "--branch", "saitama")

    def show(
        self, *arguments: str, code: int = 0, on: str = "2024-07-01", number: str = "123456"
    ) -> dict[str, Any]:
        return self.json(
            *("show", "coupons", "--branch", "saitama", "--number", number, "--on", on, *arguments), code=code
        )

    def database(self) -> Database:
        return Database(f"sqlite:///{self.folder / 'var' / 'kyosai.db'}")

    def use(self) -> None:
        terms = load_branch(ROOT / "branches" / "saitama").coupons
        assert terms is not None
        database = self.database()
        with database.transaction() as db:
            one, here = (
                holder(db, person_with(db, "saitama", "123456") or 0),
                facility(db, "saitama", "fs0007"),
            )
            assert one is not None
            assert here is not None
            coupons.redeem(db, terms, one, here, "1day", 1, NOW)
        database.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def filled(office: Office) -> Office:
    office.fill()
    return office


# Imports


def test_a_command_loads_only_what_it_needs() -> None:
    """LINE's SDK and the server take seconds to load."""
    ask = "; ".join(
        (
            "import sys, app",
            "app.cli(['show', 'coupons', '--help'], standalone_mode=False)",
            "print({'linebot', 'flask', 'demo', 'house'} & sys.modules.keys())",
        )
    )

    said = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout.splitlines()[-1] == "set()"


def test_a_file_is_taken_over_and_the_same_file_changes_nothing(office: Office) -> None:
    file = office.file("members.csv", HEADER, MEMBER, LEFT)

    first = office.json("import", "members", file, "--branch", "saitama")
    second = office.run("import", "members", file, "--branch", "saitama")

    assert (first["rows"], first["added"]) == (2, 2)
    assert (second.exit_code, "変更なし 2" in second.stdout) == (0, True)


def test_a_file_in_cp932_is_read(office: Office) -> None:
    file = office.file("members.csv", HEADER, MEMBER, encoding="cp932")

    assert office.json("import", "members", file, "--branch", "saitama")["added"] == 1


def test_a_number_that_the_association_does_not_give_is_named(office: Office) -> None:
    file = office.file("members.csv", HEADER, MEMBER.replace("123456", "3001"))

    (problem,) = office.json("import", "members", file, "--branch", "saitama", code=1)["problems"]

    assert (problem["line"], problem["column"], problem["value"]) == (2, "number", "3001")


def test_every_bad_row_is_listed_and_nothing_is_taken(office: Office) -> None:
    bad = (MEMBER.replace("1974-01-22", "1974-02-30"), LEFT.replace(",M,", ",X,"))
    file = office.file("members.csv", HEADER, *bad)

    words = office.run("import", "members", file, "--branch", "saitama")
    found = office.json("import", "members", file, "--branch", "saitama", code=1)

    assert words.exit_code == 1
    assert [(one["line"], one["column"], one["value"]) for one in found["problems"]] == [
        (2, "birthdate", "1974-02-30"),
        (3, "sex", "X"),
    ]
    assert all(one["value"] in words.stderr for one in found["problems"])
    assert office.show(code=1)["error"].startswith("番号 123456 は見つかりません")


def test_of_many_people_without_birth_dates_the_first_are_named_and_the_others_counted(
    office: Office,
) -> None:
    undated = [MEMBER.replace("123456", f"2000{n}").replace("1974-01-22", "") for n in range(10, 62)]
    file = office.file("members.csv", HEADER, MEMBER, *undated)

    words = office.run("import", "members", file, "--branch", "saitama")

    assert words.exit_code == 0
    assert "追加 1" in words.stdout and "3行目 200010: 生年月日がない" in words.stdout
    assert "ほか 2 件（--json ですべて表示します）" in words.stdout


@pytest.mark.parametrize(
    "text", ["code,name\n", FACILITIES.replace("dental:06", "teeth")], ids=["columns", "product"]
)
def test_a_bad_facilities_file_is_refused(office: Office, text: str) -> None:
    file = office.file("facilities.csv", text)

    assert office.run("import", "facilities", file, "--branch", "saitama").exit_code == 1


# What a person holds


def test_what_a_person_holds_is_told_with_all_days(filled: Office) -> None:
    found = filled.show("--facility", "FS0007")

    dock = next(one for one in found["coupons"] if one["product"] == "dock")
    assert dock == {
        "product": "dock",
        "label": "選べるドック(1日・1泊2日・脳)・50優待・男",
        "group": "50優待",
        "kinds": ["1day", "2day", "brain"],
        "total": 1,
        "used": 0,
        "remaining": 1,
        "granted_on": "2024-06-03",
        "usable_from": "2024-07-01",
        "usable_until": "2024-12-31",
        "state": "usable",
        "state_in_words": "利用可",
        "why": "資格は2008年4月1日（火）から。2024年4月1日（月）に50歳なので50優待。",
    }
    assert (found["on"], found["fiscal_year"], found["uses"]) == ("2024-07-01", 2024, [])
    assert found["facility"] == {"code": "fs0007", "name": "共済組合互助会病院"}
    assert found["usable"] == [
        {"kind": "1day", "product": "dock", "label": "選べるドック・優待・1日・男", "experience": "fs00701"}
    ]


@pytest.mark.parametrize(
    ("on", "products"),
    [("2024-04-30", []), ("2024-05-01", ["refresh"]), ("2024-06-03", ["dock", "refresh", "dental"])],
)
def test_the_day_decides(filled: Office, on: str, products: list[str]) -> None:
    assert [one["product"] for one in filled.show(on=on)["coupons"]] == products


def test_who_holds_nothing_is_told_why(filled: Office) -> None:
    found = filled.show(number="200002")

    assert (found["coupons"], found["reason_code"]) == ([], "lost")
    words = filled.run("show", "coupons", "--branch", "saitama", "--number", "200002", "--on", "2024-07-01")
    assert "資格がなくなった" in words.stdout


@pytest.mark.parametrize(
    ("on", "reasons"),
    [
        ("2024-07-01", {"womens": "女性のクーポンです。", "spouse": "配偶者のクーポンです。"}),
        ("2024-05-31", {"dock": "2024年6月3日（月）に付与される予定です。"}),
        ("2025-01-01", {"dental": "2024年12月31日（火）で終わりました。"}),
    ],
)
def test_what_is_not_held_has_a_reason_too(filled: Office, on: str, reasons: dict[str, str]) -> None:
    found = {one["product"]: one["reason"] for one in filled.show(on=on)["not_held"]}

    assert reasons.items() <= found.items()


@pytest.mark.parametrize("number", ["１２３４５６", " 123456"])
def test_the_number_may_be_typed_in_any_width(filled: Office, number: str) -> None:
    assert filled.show(number=number)["number"] == "123456"


def test_unknown_numbers_facilities_and_programmes_are_refused(filled: Office) -> None:
    kagawa = ("show", "coupons", "--branch", "kagawa", "--number", "123456")

    assert "見つかりません" in filled.show(number="999999", code=1)["error"]
    assert "見つかりません" in filled.show("--facility", "fs9999", code=1)["error"]
    assert "電子クーポンはありません" in filled.json(*kagawa, code=1)["error"]


# Giving back


def test_a_wrong_use_is_given_back_once(filled: Office) -> None:
    filled.use()
    [use] = filled.show()["uses"]
    command = ("coupons", "give-back", str(use["use"]), "--reason", "押し間違い")

    assert filled.json(*command) == {"use": use["use"], "given_back": True, "on_paper": False}
    assert filled.show()["uses"][0]["live"] is False
    assert "すでに取り消されています" in filled.json(*command, code=1)["error"]
    assert filled.show()["coupons"][0]["remaining"] == 1


def test_another_branchs_use_is_not_given_back(filled: Office) -> None:
    filled.use()
    command = ("coupons", "give-back", "1", "--reason", "押し間違い")

    assert filled.run(*command, "--branch", "aichi").exit_code == 1
    assert filled.run(*command, "--branch", "saitama").exit_code == 0


def test_a_reason_is_needed(filled: Office) -> None:
    assert filled.run("coupons", "give-back", "1").exit_code == 2
    assert filled.run("coupons", "give-back", "1", "--reason", " ").exit_code == 2


# Facilities


def test_posters_are_drawn_for_every_facility(filled: Office) -> None:
    out = filled.folder / "sheets.pdf"

    found = filled.json("posters", "--branch", "saitama", "--out", str(out))

    assert found == {"file": str(out), "facilities": 2}
    assert out.read_bytes().startswith(b"%PDF")


def test_without_facilities_there_are_no_posters(office: Office) -> None:
    out = office.folder / "sheets.pdf"

    assert office.run("posters", "--branch", "saitama", "--out", str(out)).exit_code == 1
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_said(filled: Office) -> None:
    result = filled.run("posters", "--branch", "saitama", "--out", str(filled.folder / "nowhere" / "x.pdf"))

    assert (result.exit_code, "--out に別の場所" in result.stderr) == (1, True)


def test_a_facilitys_page_gets_a_new_address(filled: Office) -> None:
    assert filled.json("revoke-facility-page", "FS0007", "--branch", "saitama")["facility"] == "fs0007"
    assert filled.run("revoke-facility-page", "fs9999", "--branch", "saitama").exit_code == 1

    database = filled.database()
    with database.reading() as db:
        assert staff_number(db, "saitama", "fs0007") == 2
    database.close()


# People


def test_a_number_is_unlinked_everywhere(filled: Office) -> None:
    _link(filled, "U1", "U2")

    assert filled.json("unlink", "--branch", "saitama", "--number", "123456") == {"unlinked": 2}
    assert filled.json("unlink", "--branch", "saitama", "--number", "123456") == {"unlinked": 0}
    assert filled.run("unlink", "--branch", "saitama", "--number", "999999").exit_code == 1


def test_a_forgotten_chat_leaves_uses_and_no_name(filled: Office) -> None:
    filled.use()
    _link(filled, "U1", "U2")

    found = filled.json("forget", "--branch", "saitama", "--user", "U1")

    assert found == {"forgotten": True, "unlinked": 1}
    database = filled.database()
    with database.reading() as db:
        users = set(db.execute(select(Conversation.user_id)).scalars())
        rows = db.execute(select(Outgoing.user_id, Outgoing.messages, Outgoing.outcome)).all()
        live = db.execute(select(func.count()).select_from(Link).where(Link.live.is_(True))).scalar_one()
        uses = db.execute(select(func.count()).select_from(Use)).scalar_one()
    database.close()
    assert ("U1" in users, "U2" in users, live, uses) == (False, True, 1, 1)
    assert sorted((user == "U2", messages, outcome) for user, messages, outcome in rows) == [
        (False, "", "left_out"),
        (True, "[]", None),
    ]
    assert "見つかりません" in filled.json("forget", "--branch", "saitama", "--user", "U1", code=1)["error"]


def test_a_forgotten_person_may_come_back_as_somebody_new(filled: Office) -> None:
    _link(filled, "U1")
    filled.json("forget", "--branch", "saitama", "--user", "U1")

    database = filled.database()
    with database.transaction() as db:
        assert not linked(db, conversation.load(db, "saitama", "U1", NOW).id)
    database.close()


def test_a_number_may_try_again(filled: Office) -> None:
    assert filled.json("clear-tries", "--branch", "saitama", "--number", "123456") == {"cleared": 0}


def test_a_chat_or_a_branch_may_try_again(filled: Office) -> None:
    _link(filled, "U1")
    clear = ("clear-tries", "--branch", "saitama")

    assert filled.json(*clear, "--user", "U1") == filled.json(*clear, "--all") == {"cleared": 0}
    assert "見つかりません" in filled.json(*clear, "--user", "U9", code=1)["error"]
    with filled.database().reading() as db:
        cleared = [act.about for act in acts(db, "saitama") if act.act == "link.clear_tries"]
    assert cleared == ["chat:1", "all"]


# Terms


def test_what_changes_between_the_guides_is_listed(office: Office) -> None:
    command = ("terms", "diff", "--branch", "saitama", "--from", "2024-03-31", "--to", "2024-04-01")

    changes = {
        (one["file"], one["path"]): (one["old"], one["new"]) for one in office.json(*command)["changes"]
    }

    assert changes["coupon", "identified_by"] == ("number", "number_and_birthdate")
    assert changes["coupon", "quantity_default"] == ("remaining", "one")
    assert changes["coupon", "several_at_once"] == ([], ["refresh"])
    assert changes["coupon", "products.dock.granted_on"] == ("2023-06-01", "2024-06-03")
    assert not [path for _, path in changes if path.endswith(("source", "triggers"))]
    words = office.run(*command).stdout
    assert "coupon products.dock.granted_on: 2023年6月1日（木） → 2024年6月3日（月）" in words


def test_nothing_changes_inside_an_edition(office: Office) -> None:
    found = office.json(
        *("terms", "diff", "--branch", "saitama", "--from", "2024-07-01", "--to", "2024-07-02")
    )

    assert found["changes"] == []


# Doctor


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    """LINE on localhost, without rich menus."""
    running = DemoHouse(tmp_path_factory.mktemp("line"))
    yield running
    running.close()


def _channel(line: DemoHouse, **changed: str) -> dict[str, str]:
    credentials = line.demo.settings.channels["saitama"]
    env = {
        "LINE_API": line.url,
        "LINE_API_DATA": line.url,
        "PUBLIC_URL": line.bot_url,
        "SAITAMA_CHANNEL_ID": credentials.channel_id,
        "SAITAMA_CHANNEL_SECRET": credentials.secret,
    }
    return env | changed


def test_a_fresh_installation_is_well(office: Office) -> None:
    found = office.json("doctor")

    assert found["ok"] is True
    assert any("まだ設定がありません" in check["what"] for check in found["checks"])


@pytest.mark.parametrize("live", [False, True], ids=["before going live", "live"])
def test_the_doctor_lists_every_sample_value_and_minds_them_when_members_see_them(
    office: Office, live: bool
) -> None:
    channel = {"KAGAWA_CHANNEL_ID": "1", "KAGAWA_CHANNEL_SECRET": "s", "LINE_API": "http://127.0.0.1:1"}

    found = json.loads(office.run("doctor", "--json", **(channel if live else {})).stdout)

    [samples] = [one for one in found["checks"] if one["what"].startswith("支部 kagawa: 見本の値")]
    points = load_branch(ROOT / "branches" / "kagawa").points
    assert points is not None
    assert all(f"{one.file} {one.path}: {one.value}" in samples["what"] for one in sample_values(points))
    assert samples["ok"] is not live


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "DATABASE_URL"),
        ({"PUBLIC_URL": "http://bot.example"}, "https"),
    ],
    ids=["a short secret", "no database", "no https"],
)
def test_the_doctor_says_what_to_do(office: Office, changed: dict[str, str], says: str) -> None:
    result = office.run("doctor", **changed)

    assert result.exit_code == 1
    [wrong] = result.stdout.split("✗")[1:]
    assert says in wrong
    assert "→" in wrong


def test_the_doctor_asks_line_until_all_is_well(office: Office, line: DemoHouse) -> None:
    before = office.run("doctor", **_channel(line))
    menus = office.run("menus", "--branch", "saitama", **_channel(line))
    after = office.json("doctor", env=_channel(line))

    assert (before.exit_code, before.stdout.count("✗")) == (1, 1)
    assert "app.py menus --branch saitama" in before.stdout
    assert menus.exit_code == 0
    with office.database().reading() as db:
        assert [act.act for act in acts(db, "saitama")] == ["menus"]
    assert after["ok"] is True
    for part in ("IDと秘密", "Webhook", "リッチメニュー", "今月の送信"):
        assert any(part in check["what"] for check in after["checks"])

    setup = LineSetup(line.demo.house.lines["saitama"])
    [common] = [menu for name, menu in setup.rich_menus().items() if name.rpartition("-")[0] == "member"]
    setup.delete_rich_menu(common)  # those of the staff alone are nothing to members
    assert "リッチメニュー: まだありません" in office.run("doctor", **_channel(line)).stdout


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SAITAMA_CHANNEL_SECRET": "0" * 32}, "SAITAMA_CHANNEL_SECRET"),
        ({"LINE_API": "http://127.0.0.1:1"}, "ネットワーク"),
        ({"PUBLIC_URL": "http://127.0.0.1:2"}, "http://127.0.0.1:2/webhook/saitama"),
    ],
    ids=["a wrong secret", "LINE cannot be reached", "another webhook address"],
)
def test_the_doctor_finds_what_line_would_not_accept(
    office: Office, line: DemoHouse, changed: dict[str, str], says: str
) -> None:
    found = office.json("doctor", code=1, env=_channel(line, **changed))

    assert any(says in check["advice"] for check in found["checks"] if not check["ok"])
    assert "0" * 32 not in json.dumps(found)


# Usage


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nonsense",), "nonsense というコマンドはありません"),
        (("show", "coupons", "--branch", "saitama"), "--number を指定してください"),
        (("show", "coupons", "--number", "123456"), "--branch に"),
        (("show", "coupons", "--branch", "osaka", "--number", "123456"), "--branch に"),
        (
            ("show", "coupons", "--branch", "saitama", "--number", "123456", "--on", "yesterday"),
            "--on の「yesterday」は使えません。日付を 2024-07-01 の形で",
        ),
        (("show", "coupons", "--number"), "--number の値を書いてください"),
        (("show", "coupons", "--json=yes", "--number", "123456"), "--json に値は付けられません"),
        (("show", "coupons", "--nonsense"), "--nonsense という指定はありません"),
        (("show", "coupons", "extra", "--number", "1"), "余分な語"),
        (("--nonsense",), "--nonsense という指定はありません"),
        (
            ("import", "members", "nowhere.csv", "--branch", "saitama"),
            "「nowhere.csv」は使えません。ファイル",
        ),
        (("import", "members"), "FILE を指定してください"),
        (("coupons", "give-back", "one", "--reason", "x"), "「one」は使えません。数字で"),
        (("staff", "invite", "--branch", "saitama", "--role", "king"), "「king」は使えません。次のどれか"),
        (("reminders", "rehearse", "--branch", "saitama", "--fiscal-year", "1"), "2000〜2100"),
        (("terms", "diff", "--branch", "saitama"), "を指定してください"),
        (("forget", "--branch", "saitama"), "を指定してください"),
        (("clear-tries", "--branch", "saitama"), "--number"),
        (("clear-tries", "--branch", "saitama", "--number", "123456", "--all"), "--number"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_told_in_japanese(
    office: Office, arguments: tuple[str, ...], told: str
) -> None:
    result = office.run(*arguments)

    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr
    assert not re.search("Error|Usage|Try |Invalid|Missing|valid|match", result.stderr)


@pytest.mark.parametrize(
    "setting", [{"PORT": "eighty"}, {"BOT_PORT": "70000"}, {"NOW": "2024-07-01"}, {"SAITAMA_CHANNEL_ID": "1"}]
)
def test_a_setting_that_cannot_be_used_is_named(office: Office, setting: dict[str, str]) -> None:
    result = office.run("doctor", **setting)

    assert result.exit_code == 2
    assert next(iter(setting)) in result.output


def test_a_server_without_channels_says_what_to_set(office: Office) -> None:
    result = office.run("serve")

    assert (result.exit_code, "SAITAMA_CHANNEL_ID" in result.stderr) == (1, True)


MEMBERS_DATA = {"DATABASE_URL": "sqlite:///members.db"}
CHANNEL = {"SAITAMA_CHANNEL_ID": "1", "SAITAMA_CHANNEL_SECRET": "s", "LINE_API": "http://127.0.0.1:1"}


@pytest.mark.parametrize("env", [MEMBERS_DATA, CHANNEL], ids=["a database", "a channel"])
def test_a_demo_keeps_away_from_the_members(office: Office, env: dict[str, str]) -> None:
    result = office.run("demo", **env)

    assert (result.exit_code, f"{next(iter(env))} の設定を外して" in result.stderr) == (1, True)
    assert not (office.folder / "var" / "clock.json").exists()


@pytest.mark.parametrize(
    "command",
    [("serve",), ("work",), ("import", "members", "{members}", "--branch", "saitama")],
    ids=["serve", "work", "import"],
)
def test_no_work_for_members_is_done_by_the_clock_of_a_demo(office: Office, command: tuple[str, ...]) -> None:
    DemoClock(office.folder / "var" / "clock.json", NOW)
    members = office.file("members.csv", HEADER, MEMBER)

    result = office.run(*(part.format(members=members) for part in command), **CHANNEL)

    assert (result.exit_code, "見本の時計" in result.stderr) == (1, True)


def test_the_doctor_finds_the_clock_of_a_demo(office: Office) -> None:
    DemoClock(office.folder / "var" / "clock.json", NOW)

    found = office.json("doctor", code=1, env=CHANNEL)

    assert any("DATA_DIR" in check["advice"] for check in found["checks"] if not check["ok"])


def test_it_runs_as_a_program(filled: Office) -> None:
    command = [
        sys.executable,
        "app.py",
        "show",
        "coupons",
        "--branch",
        "saitama",
        "--number",
        "123456",
        "--json",
    ]

    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | filled.env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["number"] == "123456"


def _link(office: Office, *users: str) -> None:
    """Chats linked with 123456, each with a message on its way."""
    database = office.database()
    for user in users:
        with database.transaction() as db:
            chat = conversation.load(db, "saitama", user, NOW)
            person = person_with(db, "saitama", "123456")
            assert person is not None
            request = linking.new_page(db, chat.id, NOW)
            opened = linking.open_page(db, request, NOW)
            assert opened is not None
            assert linking.finish(db, chat.id, linking.keep_nonce(db, opened, person, NOW), NOW)
            outbox.add(
                db, branch="saitama", chat_id=chat.id, user_id=user, subject="連携", messages="[]", now=NOW
            )
    database.close()
