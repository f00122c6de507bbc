"""Who is staff: invited by a code that is good once, gone from one moment to the next, out of members' reach."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.buttons import data_of
from handlers.flows import flows_of
from models.audit import acts
from models.branch import load_branches
from models.conversation import Frame, Place, load, save
from models.forget import forget_chat
from models.menu_wishes import MenuWish
from models.staff import accept, all_staff, forget_old_codes, invite, leave, staff_chats, staff_of
from settings import ROOT
from tests.one_chat import MORNING, OneChat, Rooms

BRANCHES = load_branches(ROOT / "branches")
RESERVED = sorted(
    {
        (branch.id, flow.name)
        for branch in BRANCHES.values()
        for flow in flows_of(branch).values()
        if flow.only_for
    }
)
IDS = [f"{branch}-{flow}" for branch, flow in RESERVED]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("staff"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    chat = rooms.chat("saitama", linked=("123456",))
    yield chat
    chat.close()


def code_for(chat: OneChat, *roles: str) -> str:
    terms = BRANCHES["saitama"].staff
    assert terms is not None
    with chat.database.transaction() as db:
        return invite(db, "saitama", roles, "", terms.on(chat.now.date()), "test", chat.now)  # type: ignore[arg-type]


# Invitations


def test_a_code_makes_its_sayer_staff_once(chat: OneChat) -> None:
    code = code_for(chat, "desk")

    chat.say(code)

    assert "職員として登録しました" in chat.words
    with chat.database.reading() as db:
        (one,) = all_staff(db, "saitama")
    assert (one.roles, one.name) == (("desk",), "職員1")
    chat.user_id = "U" + "b" * 32
    chat.say(code)
    assert "確認できません" in chat.words


def test_a_code_may_be_typed_in_full_width_and_capitals(chat: OneChat) -> None:
    wide = code_for(chat, "desk").upper().translate({sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)})

    chat.say(f"　{wide}　")

    assert "職員として登録しました" in chat.words


def test_who_leaves_and_comes_back_is_the_same_person_with_the_new_roles_alone(chat: OneChat) -> None:
    chat.say(code_for(chat, "drafter", "desk"))
    with chat.database.transaction() as db:
        (before,) = all_staff(db, "saitama")
        leave(db, "saitama", before.id, "test", chat.now)

    chat.say(code_for(chat, "approver"))

    with chat.database.reading() as db:
        (after,) = all_staff(db, "saitama")
    assert (after.id, after.roles) == (before.id, ("approver",))


def test_who_is_forgotten_leaves_the_staff_and_the_record_says_so(chat: OneChat) -> None:
    chat.say(code_for(chat, "desk"))
    with chat.database.transaction() as db:
        forget_chat(db, "saitama", chat.user_id, "コマンド:test", chat.now)

    with chat.database.reading() as db:
        assert all_staff(db, "saitama") == []
        (left,) = [act for act in acts(db, "saitama") if act.act == "staff.leave"]
        assert left.who == "コマンド:test"
        assert db.execute(select(MenuWish.menu)).scalars().all() == [None]  # until LINE has done it


def test_wrong_used_and_old_codes_look_the_same(chat: OneChat) -> None:
    old, used = code_for(chat, "desk"), code_for(chat, "desk")
    chat.say(used)
    answers = [chat.say("staff-2222-3333-444a"), chat.say(used)]
    chat.wait(hours=24)

    answers.append(chat.say(old))

    assert "確認できません" in chat.words
    assert answers[0] == answers[1] == answers[2]


def test_after_five_wrong_codes_even_a_right_one_is_not_taken_that_day(chat: OneChat) -> None:
    code = code_for(chat, "desk")
    for _ in range(5):
        chat.say("staff-2222-3333-444a")

    chat.say(code)

    assert "受付を止めています" in chat.words
    with chat.database.transaction() as db:
        assert all_staff(db, "saitama") == []
        assert forget_old_codes(db, chat.now + timedelta(hours=23)) == 0
        assert forget_old_codes(db, chat.now + timedelta(hours=25)) == 5


@pytest.mark.parametrize(
    "mistyped",
    [
        *(
            "staff-7kd2-9mqp-xw3",
            "staff 7kd2 9mqp xw3",
            "staff-aaaa-bbbb-cccc",
            "staff7kd29mqpxw3",
            "staff-7kd2",
        ),
        *("ＳＴＡＦＦ－７ｋｄ２－９ｍｑｐ", "staff-7kd2-9mqp-xw3rr", "招待コードは staff-7kd2-9mqp-xw3"),
    ],
)
def test_a_mistyped_code_is_told_how_a_code_looks_and_is_no_wrong_one(chat: OneChat, mistyped: str) -> None:
    code = code_for(chat, "desk")
    for _ in range(6):
        chat.say(mistyped)
        assert "招待コードを確認できません" in chat.words
        assert "4文字ずつの3組" in chat.words

    chat.say(code)

    assert "職員として登録しました" in chat.words


def test_a_code_may_be_typed_with_spaces(chat: OneChat) -> None:
    code = code_for(chat, "desk")
    while not any(sign.isdigit() for sign in code):
        code = code_for(chat, "desk")

    chat.say(code.replace("-", " "))

    assert "職員として登録しました" in chat.words


@pytest.mark.parametrize("text", ["staff only", "スタッフ募集", "staff", "staffのサイト"])
def test_other_words_are_no_code(chat: OneChat, text: str) -> None:
    chat.say(text)

    assert "招待コード" not in chat.words


def test_a_code_said_in_a_group_does_nothing(chat: OneChat) -> None:
    code = code_for(chat, "desk")
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": chat.user_id}

    chat.send("message", source=group, message={"id": "1", "type": "text", "text": code})

    assert "グループではご案内できません" in chat.words
    with chat.database.reading() as db:
        assert all_staff(db, "saitama") == []


def test_a_code_of_one_association_is_none_in_another(rooms: Rooms, chat: OneChat) -> None:
    code = code_for(chat, "desk")
    terms = BRANCHES["kagawa"].staff
    assert terms is not None

    with chat.database.transaction() as db:
        there = load(db, "kagawa", chat.user_id, MORNING).id
        assert accept(db, "kagawa", there, code, terms.on(MORNING.date()), MORNING) is None


def test_a_second_invitation_adds_its_role(chat: OneChat) -> None:
    first, second = chat.enlist("desk"), chat.enlist("approver", name="承認 花子")

    assert first.id == second.id
    assert second.roles == ("approver", "desk")
    with chat.database.reading() as db:
        assert [chat_id for chat_id, _ in staff_chats(db, "saitama", "approver")] == [first.chat_id]
        assert staff_chats(db, "saitama", "drafter") == []


# Out of reach


def in_staff_talk(chat: OneChat) -> bool:
    """Words and numbers may lead on to a member's talk, never to one of the staff."""
    return bool(chat.step) and bool(chat.bot.flows[chat.step.split(".")[0]].only_for)


@pytest.mark.parametrize(("branch", "name"), RESERVED, ids=IDS)
def test_a_member_cannot_open_a_staff_talk_by_its_words_or_buttons(
    rooms: Rooms, branch: str, name: str
) -> None:
    chat = rooms.chat(branch)
    flow = chat.bot.flows[name]
    turn, before = chat.place.turn, chat.effects()
    answers = [f"answer:{name}:{step}:{turn}:yes" for step in flow.steps]

    for words in flow.opens_with:
        chat.say(words)
        assert flow.title not in [button.label for button in chat.buttons()]
        assert not in_staff_talk(chat)
        chat.say("やめる")  # 「職員」 offers to leave a message
    for data in (data_of(flow.opener(), None), data_of(flow.opener(who="1"), None), *answers):
        chat.press(data)
        assert "前の画面のボタン" in chat.words
        assert not in_staff_talk(chat)
    assert chat.effects() == before
    chat.close()


@pytest.mark.parametrize(("branch", "name"), RESERVED, ids=IDS)
def test_whose_role_is_taken_away_in_the_middle_is_a_member_again(
    rooms: Rooms, branch: str, name: str
) -> None:
    for step in rooms.bots[branch].flows[name].steps:
        chat = rooms.chat(branch, staff=rooms.bots[branch].flows[name].only_for)  # type: ignore[arg-type]
        with chat.database.transaction() as db:
            loaded = load(db, branch, chat.user_id, chat.now)
            parked = Frame(name, step)
            place = Place(Frame(name, step, {}, [step]), turn=7, parked=parked, ended_turn=6)
            place.ended_with, place.options = f"open:{name}", [["利用訂正", f"open:{name}"]]
            save(db, loaded.id, place, blocked=False, now=chat.now)
            me = staff_of(db, loaded.id)
            assert me is not None
            leave(db, branch, me.id, "test", chat.now)
        before = chat.effects()

        for data in (
            f"answer:{name}:{step}:7:yes",
            f"answer:{name}:{step}:6:yes",
            "way:7:resume",
            "way:7:return",
        ):
            chat.press(data)
            assert not in_staff_talk(chat)
            assert "うまく処理できませんでした" not in chat.words
        for words in ("利用訂正", "1", "続きから"):
            chat.say(words)
            assert not in_staff_talk(chat)
        assert chat.effects() == before
        chat.close()


def test_a_staff_person_who_left_no_longer_finds_the_staff_menu(chat: OneChat) -> None:
    me = chat.enlist("desk")
    chat.say("職員メニュー")
    assert "窓口" in chat.words

    with chat.database.transaction() as db:
        leave(db, "saitama", me.id, "test", chat.now + timedelta(seconds=1))

    chat.say("職員メニュー")
    assert "役割" not in chat.words


def test_a_role_opens_only_its_own_talks(tmp_path: Path, rooms: Rooms) -> None:
    chat = rooms.chat("saitama", staff=("drafter",))
    foreign = [
        name for name, flow in chat.bot.flows.items() if flow.only_for and "drafter" not in flow.only_for
    ]

    for name in foreign:
        chat.press(f"open:{name}")
        heard = [chat.words]
        for words in chat.bot.flows[name].opens_with:
            chat.say(words)
            heard.append(chat.words)
        assert all("今の役割では使えません" in each for each in heard)
        assert any(f"役割「{needed}" in chat.words for needed in ("承認", "窓口"))
        assert "管理の担当者に頼んでください" in chat.words
        assert "職員メニュー" in [button.label for button in chat.buttons("open")]
        assert not in_staff_talk(chat)
    chat.close()
