"""The staff's own flows open in everyday words, and for nobody else."""

from pathlib import Path

import pytest

from bot.reserved import Reserved
from tests.one_chat import Rooms

NAMES = Reserved(
    [
        ("届いた伝言", "messages"),
        ("伝言", "messages"),
        ("届いた質問", "questions"),
        ("承認待ち", "menu"),
        ("今日の利用件数", "figures"),
        ("利用訂正", "correction"),
        ("訂正の承認", "approval"),
        ("配信を作る", "broadcast"),
        ("配信の一覧", "broadcasts"),
    ]
)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(Path(tmp_path_factory.mktemp("rooms")))


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("伝言", "messages"),
        ("届いてる伝言ある？", "messages"),
        ("新しい伝言来てる？", "messages"),
        ("伝言が届いているか確認したい", "messages"),
        ("届いた質問見せて", "questions"),
        ("質問って来てますか", "questions"),
        ("承認待ちある？", "menu"),
        ("今日の利用件数は？", "figures"),
        ("今月の利用件数を教えて", "figures"),
        ("利用を訂正したい", "correction"),
        ("訂正の承認をしたいです", "approval"),
        ("配信を作りたい", "broadcast"),
        ("配信の一覧を見せてください", "broadcasts"),
    ],
)
def test_a_name_is_known_whatever_is_said_around_it(text: str, flow: str) -> None:
    assert NAMES.flow(text) == flow


@pytest.mark.parametrize(
    "text",
    [
        "質問があります",
        "質問です",
        "伝言を残したい",
        "利用状況",
        "利用する",
        "クーポンの訂正をお願いしたら、承認はいつですか",
        "配信を止めて",
        "件数",
        "",
    ],
)
def test_what_says_more_or_names_another_thing_is_none(text: str) -> None:
    assert NAMES.flow(text) == ""


@pytest.mark.parametrize("text", ["届いてる伝言ある？", "承認待ちある？", "利用を訂正したい"])
def test_for_a_member_there_is_no_such_thing(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("saitama", linked=("123456",))

    chat.say(text)

    assert not chat.step
    assert "職員" not in chat.words
    chat.close()
