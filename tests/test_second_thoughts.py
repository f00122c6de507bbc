"""Who changes their mind in words is asked anew where it matters, loses no talk, and nothing is done."""

from pathlib import Path

import pytest

from bot.second_thoughts import taken_back
from tests.one_chat import OneChat, Rooms

MEMBER = "123456"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(Path(tmp_path_factory.mktemp("rooms")))


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("間違えた", ""),
        ("すみません、押し間違えました", ""),
        ("ボタンを間違えて押しちゃった", ""),
        ("あ、やっぱり待って", ""),
        ("やっぱり違う", ""),
        ("これじゃない", ""),
        ("選び直したい", ""),
        ("やっぱり変更してもいいですか", ""),
        ("別のにしたい", ""),
        ("枚数を間違えた", "枚数"),
        ("施設まちがえました", "施設"),
        ("違うクーポンにしたい", "クーポン"),
        ("クーポンを選び直したいです", "クーポン"),
        ("脳ドックに変えられますか", "脳ドック"),
    ],
)
def test_what_is_taken_back_is_named_or_is_the_last_answer(text: str, thing: str) -> None:
    assert taken_back(text) == thing


@pytest.mark.parametrize(
    "text",
    [
        "間違いないです",
        "待って",
        "クーポンはいつまで使えますか",
        "間違えて使ってしまったらどうなりますか",
        "違いは何ですか",
        "脳ドックとは",
        "使う",
        "変更届はどこにありますか",
    ],
)
def test_what_asks_or_tells_takes_nothing_back(text: str) -> None:
    assert taken_back(text) is None


@pytest.fixture(params=["staff", "final"])
def chat(rooms: Rooms, request: pytest.FixtureRequest) -> OneChat:
    """Before a facility's staff, or where one tap more uses the coupon."""
    made = rooms.chat("saitama", linked=(MEMBER,))
    for text in ("fs0007", "はい", "1日", *(["利用する"] if request.param == "final" else [])):
        made.say(text)
    assert made.step == f"redeem.{request.param}"
    return made


@pytest.mark.parametrize(
    "text",
    [
        "やっぱり脳ドックにしたい",
        "1日のほうにします",
        "間違えた",
        "あ、やっぱり待って",
        "違うクーポンがいい",
        "クーポンを変えたい",
        "脳ドックに変更できますか",
        "脳ドック",
        "違う、健診センターです",
        "いや、脳のほうです",
        "いや、やっぱり脳ドックでお願いします",
    ],
)
def test_the_choice_at_the_same_facility_is_asked_anew(chat: OneChat, text: str) -> None:
    before = chat.effects()

    chat.say(text)

    assert chat.step == "redeem.content"
    assert "共済組合互助会病院" in chat.words
    assert chat.effects() == before
    chat.close()


@pytest.mark.parametrize("text", ["ドックの予約をしたい", "紙クーポンとは", "予約の電話番号は？"])
def test_what_is_asked_in_the_middle_is_told_and_the_step_asked_again(chat: OneChat, text: str) -> None:
    step = chat.step

    chat.say(text)

    assert chat.step == step
    chat.close()


@pytest.mark.parametrize("text", ["これって何の画面？", "この画面なに？", "今何してるの"])
def test_what_the_screen_is_for_is_told_at_the_screen(chat: OneChat, text: str) -> None:
    step = chat.step

    chat.say(text)

    assert "「クーポンを使う」の途中です" in chat.words
    assert chat.step == step
    chat.close()


def test_outside_of_all_talks_the_same_question_points_to_the_menu(rooms: Rooms) -> None:
    idle = rooms.chat("saitama", linked=(MEMBER,))

    idle.say("これって何の画面？")

    assert "どの手続きの途中でもありません" in idle.words
    assert [button.label for button in idle.buttons()] == ["メニュー"]
    idle.close()


@pytest.mark.parametrize("text", ["クーポンを使いたい", "クーポンを使う"])
def test_a_talk_is_not_begun_anew_by_its_own_name(chat: OneChat, text: str) -> None:
    step = chat.step

    chat.say(text)

    assert chat.step == step
    chat.close()


def test_nor_is_the_one_that_waits_for_another(rooms: Rooms) -> None:
    linking = rooms.chat("saitama")
    for text in ("fs0007", "はい"):
        linking.say(text)
    assert linking.step == "link.consent"

    linking.say("クーポンを使いたい")

    assert linking.step == "link.consent"
    linking.close()


@pytest.mark.parametrize(
    "text", ["やっぱりやめたい", "いや、結構です", "違う、やめます", "間違えたのでやめます"]
)
def test_who_wants_to_leave_leaves(chat: OneChat, text: str) -> None:
    chat.say(text)

    assert "「クーポンを使う」をやめました" in chat.words
    chat.close()
