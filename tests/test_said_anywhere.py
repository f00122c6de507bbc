"""What members type anywhere: that nothing of it is meant, numbers that belong on a page, that nobody answers the phone."""

from pathlib import Path

import pytest

from bot.remarks import asks_where_one_is, wants_none
from bot.words import is_only_personal
from tests.one_chat import OneChat, Rooms

BRANCHES = ("saitama", "kagawa", "aichi")


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(Path(tmp_path_factory.mktemp("rooms")))


def kept(chat: OneChat) -> int:
    """How many questions staff will see."""
    with chat.database.reading() as db:
        driver = db.connection.driver_connection
        assert driver is not None
        return int(driver.execute("SELECT count(*) FROM open_questions").fetchone()[0])


@pytest.mark.parametrize(
    "text", ["どれでもない", "どれも違う", "どれにも当てはまらない", "この中にないです", "該当なし"]
)
def test_that_nothing_is_meant_is_understood(text: str) -> None:
    assert wants_none(text)


@pytest.mark.parametrize("text", ["どれでもいい", "どれが安い？", "クーポンがない", "どれもいつまで？"])
def test_other_words_of_which_and_none_are_not(text: str) -> None:
    assert not wants_none(text)


@pytest.mark.parametrize("branch", BRANCHES)
def test_where_nothing_is_to_be_chosen_that_is_said(rooms: Rooms, branch: str) -> None:
    chat = rooms.chat(branch)

    chat.say("どれでもない")

    assert "お選びいただくものがありません" in chat.words
    assert not chat.buttons("answer")
    assert kept(chat) == 0
    chat.close()


def test_of_the_choices_shown_it_is_none_that_is_meant(rooms: Rooms) -> None:
    chat = rooms.chat("saitama")
    chat.say("違うクーポンにしたい")
    assert "どれについてのご質問ですか" in chat.words

    chat.say("どれでもない")

    assert "窓口のご案内" in chat.words
    chat.close()


@pytest.mark.parametrize(
    "text", ["これって何の画面？", "この画面なに？", "今何してるの", "何の画面ですか", "これなんのページ？"]
)
def test_what_is_asked_of_the_screen_is_understood(text: str) -> None:
    assert asks_where_one_is(text)


@pytest.mark.parametrize(
    "text", ["済の画面とは", "このLINEは何", "今何枚ある？", "今何時まで？", "何のクーポン？"]
)
def test_what_is_asked_of_other_things_is_not(text: str) -> None:
    assert not asks_where_one_is(text)


NUMBERS = [
    "19740122",
    "1974/1/22",
    "昭和49年1月22日",
    "昭和49年1月22日生まれです",
    "123456",
    "K12345",
    "組合員番号は123456です",
    "番号は123456、生年月日は1974/1/22です",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_alone_are_for_the_page(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("saitama")

    chat.say(text)

    assert "番号や生年月日は、ここでは使いません" in chat.words
    assert [button.label for button in chat.buttons("open")] == ["連携する", "メニュー"]
    assert kept(chat) == 0
    chat.close()


@pytest.mark.parametrize(
    "text", ["10000", "8500歩", "785万円", "組合員番号とは", "19740122はどこに入れるの？"]
)
def test_a_question_or_another_number_is_not(text: str) -> None:
    assert not is_only_personal(text)


def test_who_is_about_to_link_goes_on_there(rooms: Rooms) -> None:
    chat = rooms.chat("saitama")
    chat.say("連携")

    chat.say("123456")

    assert "連携ページだけに入力" in chat.words
    assert chat.step == "link.consent"
    chat.close()


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize(
    "text", ["電話つながらん！いい加減にして", "電話がつながらない", "何回かけても話し中"]
)
def test_whom_nobody_answers_on_the_phone_leaves_a_message(rooms: Rooms, branch: str, text: str) -> None:
    chat = rooms.chat(branch)

    chat.say(text)

    assert "申し訳ありません" in chat.words
    assert "平日" in chat.words or "月曜から金曜" in chat.words
    assert "担当に伝言を残す" in [button.label for button in chat.buttons()]
    chat.close()


@pytest.mark.parametrize(
    "text",
    [
        "紙のクーポンでもらえますか",
        "紙クーポンもらえますか？",
        "紙でもらえますか",
        "紙クーポンに変更できますか",
    ],
)
def test_what_is_only_asked_is_answered_before_one_has_to_say_who_one_is(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("saitama")

    chat.say(text)

    assert not chat.step
    assert "紙クーポンの申請方法" in chat.words
    chat.close()


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("saitama", "紙クーポンを申請したい"),
        ("saitama", "クーポンを見せてもらえますか"),
        ("kagawa", "ポイント見せてもらえますか"),
        ("saitama", "ガラケーなので紙で発行してもらえますか"),
    ],
)
def test_what_is_ordered_goes_on_to_linking(rooms: Rooms, branch: str, text: str) -> None:
    chat = rooms.chat(branch)

    chat.say(text)

    assert chat.step == "link.consent"
    chat.close()


@pytest.mark.parametrize("text", ["目が悪くて画面が見えへんのです", "老眼で字が見えにくいです"])
def test_why_somebody_needs_paper_is_told_in_their_own_words(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("saitama", linked=("123456",))
    chat.say("紙クーポン")
    assert chat.step == "paper.reason"

    chat.say(text)

    assert chat.step == "paper.sure"
    chat.close()


@pytest.mark.parametrize("text", ["3枚いけますか", "2枚つこてもええの？", "3枚まとめて使える？"])
def test_how_many_at_once_is_answered_where_the_number_is_asked(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("saitama", linked=("123456",))
    for each in ("fs0031", "はい"):
        chat.say(each)

    chat.say(text)

    assert "「枚数を変える」で選びます" in chat.words
    assert chat.step == "redeem.quantity"
    chat.close()
