"""What can wait is told for free with the reply to the person's own words: once, in the right place, to those who want it."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.flow import Chat, Done, Flow
from bot.messages import Message, Text
from handlers.world import World
from models.base import Database, Refusal
from models.reminder_settings import mute, stop_all
from models.reminders import PUSHED, RODE, SPARED
from tests.reminded import Reminded, event
from tests.talking import Talking

READY, LATER, DUE = "2024-04-08 08:00", "2024-04-09 22:30", "2024-04-11 12:00"
DAYS_LEFT = "あと16日"  # on the day that is LATER


@pytest.fixture
def town(database: Database) -> Reminded:
    found = Reminded(database, event())
    found.member("a")
    return found


@pytest.fixture
def talk(town: Reminded) -> Talking:
    """The reminder of 14 days before may ride from now on."""
    assert town.at(READY) == 0
    return Talking(town)


def test_it_rides_before_the_last_message_and_is_neither_pushed_nor_told_again(
    town: Reminded, talk: Talking
) -> None:
    told, menu = talk.says("a", "メニュー", LATER)

    assert DAYS_LEFT in told
    assert DAYS_LEFT not in menu
    assert town.outcomes() == [("14", RODE)]
    assert talk.says("a", "メニュー", LATER) == [menu]
    assert town.at(DUE) == 0


@pytest.mark.parametrize("way", ["topic", "all"])
def test_what_is_turned_on_again_is_told_on_the_same_day(town: Reminded, talk: Talking, way: str) -> None:
    chat = town.chat("a")
    with town.database.transaction() as db:
        mute(db, chat, "dock") if way == "topic" else stop_all(db, chat, stopped=True)
    town.at("2024-04-25 08:00")

    talk.says("a", "お知らせの設定", "2024-04-25 09:00")
    word = "人間ドック：止めている" if way == "topic" else "お知らせを再開する"
    told = talk.says("a", word, "2024-04-25 09:01")

    assert "締切は今日です" in told[0]


def test_before_its_time_nothing_rides(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-07 20:00")

    assert len(Talking(town).says("a", "メニュー", "2024-04-07 21:00")) == 1


def test_after_its_last_useful_moment_nothing_rides(talk: Talking) -> None:
    assert len(talk.says("a", "メニュー", "2024-04-15 09:00")) == 1


def test_in_the_middle_of_a_talk_nothing_rides_and_at_its_end_it_does(talk: Talking) -> None:
    asked = talk.says("a", "お知らせの設定", LATER)
    ended = talk.says("a", "やめる", LATER)

    assert DAYS_LEFT not in "".join(asked)
    assert [DAYS_LEFT in words for words in ended] == [True, False]


@pytest.mark.parametrize("said", ["死にたい", "同僚が倒れました", "123456789018", "なんだか悲しい"])
def test_nothing_rides_on_an_answer_that_stands_alone(town: Reminded, talk: Talking, said: str) -> None:
    assert len(talk.says("a", said, LATER)) == 1
    assert town.outcomes() == [("14", None)]


@pytest.mark.parametrize(("number", "heard"), [(1, 2), (4, 5), (5, 5)])
def test_a_reply_never_has_more_than_five_messages(
    town: Reminded, talk: Talking, number: int, heard: int
) -> None:
    flow = Flow[World]("many", title="たくさん")

    @flow.step
    def many(chat: Chat[World]) -> Done:
        return Done(tuple(Text(f"{each}") for each in range(number)))

    talk.bot.flows = {**talk.bot.flows, "many": flow}

    said = talk.presses("a", "open:many", LATER)

    assert len(said) == heard
    assert said[-1] == f"{number - 1}"
    assert town.outcomes() == [("14", RODE if heard > number else None)]


@pytest.mark.parametrize(("kind", "rides"), [("message", True), ("follow", False), ("unsend", False)])
def test_it_rides_on_the_persons_own_words_alone(
    town: Reminded, talk: Talking, kind: str, rides: bool
) -> None:
    more: dict[str, dict[str, Any]] = {
        "message": {"message": {"id": "1", "type": "sticker"}},
        "unsend": {"unsend": {"messageId": "1"}},
    }

    talk.sends("a", LATER, type=kind, **more.get(kind, {}))

    assert town.outcomes() == [("14", RODE if rides else None)]


def test_an_event_that_comes_again_tells_nothing_again(town: Reminded, talk: Talking) -> None:
    assert len(talk.says("a", "メニュー", LATER, "the same")) == 2

    assert talk.says("a", "メニュー", LATER, "the same") == []
    assert sum(DAYS_LEFT in heard.words for heard in town.heard()) == 1


@pytest.mark.parametrize("problem", [Refusal("できません。"), ValueError("a bug")], ids=["refusal", "bug"])
def test_a_reaction_that_is_undone_has_told_nothing(
    town: Reminded, talk: Talking, problem: Exception
) -> None:
    aboard = talk.aboard

    def breaks(db: Connection, chat_id: int, now: datetime) -> Message | None:
        assert aboard(db, chat_id, now)
        raise problem

    talk.bot.riding = breaks
    assert DAYS_LEFT not in "".join(talk.says("a", "メニュー", LATER))
    assert town.outcomes() == [("14", None)]

    talk.bot.riding = aboard
    assert DAYS_LEFT in talk.says("a", "メニュー", LATER)[0]


def test_an_event_whose_transaction_fails_has_told_nothing(town: Reminded, talk: Talking) -> None:

    class Broken(Exception):
        """The process ends before its commit."""

    def dies(db: Connection) -> None:
        assert talk.hears(db, "a", LATER)
        raise Broken

    with pytest.raises(Broken):
        town.database.run(dies)

    assert town.outcomes() == [("14", None)]
    assert town.at(DUE) == 1


@pytest.mark.parametrize("meanwhile", ["done", "muted", "stopped", "unlinked"])
def test_what_happened_meanwhile_counts(town: Reminded, talk: Talking, meanwhile: str) -> None:
    chat = town.chat("a")
    person = town.people["a"]
    match meanwhile:
        case "done":
            town.hand_in(person)
        case "muted":
            town.database.run(lambda db: mute(db, chat, "dock"))
        case "stopped":
            town.database.run(lambda db: stop_all(db, chat, stopped=True))
        case "unlinked":
            town.unlink(person)

    assert len(talk.says("a", "メニュー", LATER)) == 1
    assert town.outcomes() == [("14", SPARED)]


def test_whoever_does_not_write_is_pushed_once(town: Reminded, talk: Talking) -> None:
    assert town.at(DUE, "2024-04-11 13:00") == 1

    assert len(talk.says("a", "メニュー", "2024-04-11 14:00")) == 1
    assert town.outcomes() == [("14", PUSHED)]


def test_a_chat_with_two_people_is_told_of_the_one_who_has_not_done_it(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    other = town.member("b")
    town.link("a", other.id)
    town.at(READY)
    town.hand_in(other)

    told, _ = Talking(town).says("a", "メニュー", LATER)

    assert told.count("見本 花子さん") == 1
    assert sorted(str(outcome) for _, outcome in town.outcomes()) == ["None", RODE, SPARED]
