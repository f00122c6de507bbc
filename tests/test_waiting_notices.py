"""A notice that the month's quota had no room for goes with the person's next reply, which costs nothing."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from bot import Card
from bot.post import push
from models import conversation
from models.outbox import RODE, Outgoing
from tests.one_chat import OneChat, Rooms

NOTICE = "訂正しました"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("notices"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    """A chat to which a notice is owed that LINE has refused for the month's quota."""
    chat = rooms.chat("saitama", linked=("123456",))
    with chat.database.transaction() as db:
        number = conversation.load(db, "saitama", chat.user_id, chat.now).id
        push(db, "saitama", number, chat.user_id, "クーポン", (Card(NOTICE),), chat.now)
        db.execute(update(Outgoing).values(out_of_quota=True))
    yield chat
    chat.close()


def fates(chat: OneChat) -> list[tuple[str | None, bool]]:
    """What became of each row, and whether it holds the notice."""
    with chat.database.reading() as db:
        rows = db.execute(select(Outgoing.outcome, Outgoing.messages).order_by(Outgoing.id))
        return [(row.outcome, NOTICE in row.messages) for row in rows]


def test_it_comes_before_the_answer_and_once(chat: OneChat) -> None:
    told, *answer = chat.say("メニュー")

    assert NOTICE in json.dumps(told, ensure_ascii=False)
    assert fates(chat) == [(RODE, True), (None, True)]
    assert chat.say("メニュー") == answer


def test_in_the_middle_of_a_talk_it_does_not(chat: OneChat) -> None:
    chat.say("クーポンを使う")

    assert chat.step
    assert fates(chat) == [(None, True), (None, False)]


def test_beside_what_is_grave_it_does_not(chat: OneChat) -> None:
    chat.say("死にたい")

    assert fates(chat) == [(None, True), (None, False)]


def test_with_an_answer_that_is_too_late_for_a_reply_it_does_not(chat: OneChat) -> None:
    chat.say("メニュー")
    last = chat.last | {"webhookEventId": "0" * 26, "replyToken": None}
    with chat.database.transaction() as db:
        db.execute(update(Outgoing).values(outcome=None))

    chat.deliver(last)

    assert fates(chat)[-1] == (None, False)
