"""What a chat wants to be told: topics, the hour, nothing at all; the query and the function agree."""

import pytest
from sqlalchemy import select

from models import conversation
from models.base import Database
from models.conversation import Conversation
from models.reminder_settings import (
    HOUR_OF_CHAT,
    Wishes,
    choose_hour,
    mute,
    stop_all,
    want,
    wanting,
    wishes,
    with_settings,
)
from tests.points_people import noon
from tests.reminded import Reminded, event

NOW = noon("2024-07-01")


def chat(database: Database, name: str = "a") -> int:
    return database.run(lambda db: conversation.load(db, "aichi", f"U{name}", NOW).id)


def wanted(database: Database, topic: str, *, usual: bool) -> set[int]:
    with database.reading() as db:
        query = with_settings(select(Conversation.id), Conversation.id).where(
            wanting(Conversation.id, topic, usual=usual)
        )
        return set(db.execute(query).scalars())


def test_nothing_chosen_means_noon_and_what_is_usual(database: Database) -> None:
    one = chat(database)

    with database.reading() as db:
        assert wishes(db, one) == Wishes()
    assert wanted(database, "dock", usual=True) == {one}
    assert wanted(database, "savings", usual=False) == set()


def test_a_muted_topic_is_quiet_for_this_chat_alone(database: Database) -> None:
    one, other = chat(database), chat(database, "b")

    database.run(lambda db: mute(db, one, "dock"))
    database.run(lambda db: mute(db, one, "dock"))

    assert wanted(database, "dock", usual=True) == {other}
    assert wanted(database, "points", usual=True) == {one, other}


def test_a_topic_can_be_turned_on_again_or_on_for_the_first_time(database: Database) -> None:
    one = chat(database)
    database.run(lambda db: mute(db, one, "dock"))

    database.run(lambda db: want(db, one, "dock", wanted=True))
    database.run(lambda db: want(db, one, "savings", wanted=True))

    assert wanted(database, "dock", usual=True) == {one}
    assert wanted(database, "savings", usual=False) == {one}


def test_stopping_all_keeps_the_hour_and_the_topics_for_later(database: Database) -> None:
    one = chat(database)
    database.run(lambda db: choose_hour(db, one, 18))
    database.run(lambda db: mute(db, one, "dock"))

    database.run(lambda db: stop_all(db, one, stopped=True))

    assert wanted(database, "points", usual=True) == set()
    database.run(lambda db: stop_all(db, one, stopped=False))
    assert wanted(database, "points", usual=True) == {one}
    with database.reading() as db:
        assert wishes(db, one) == Wishes(18, topics={"dock": False})
        assert (
            db.execute(
                with_settings(select(HOUR_OF_CHAT).select_from(Conversation), Conversation.id)
            ).scalar()
            == 18
        )


@pytest.mark.parametrize(
    ("time", "hour", "told_at"),
    [("", 9, 9), ("", 18, 18), ("17:30", 18, 15)],
    ids=["earlier", "later", "not later than two hours before"],
)
def test_a_changed_hour_counts_for_what_is_found_already(
    database: Database, time: str, hour: int, told_at: int
) -> None:
    town = Reminded(database, event(time=time))
    town.member("a")
    town.at("2024-04-25 08:00")  # found, for noon

    database.run(lambda db: choose_hour(db, town.chat("a"), hour))

    assert [each for each in range(9, 21) if town.at(f"2024-04-25 {each:02}:00")] == [told_at]


@pytest.mark.parametrize("hour", [7, 21, 24, -1])
def test_no_hour_of_the_night_can_be_chosen(database: Database, hour: int) -> None:
    one = chat(database)

    with pytest.raises(ValueError, match="is not between 8 and 20"):
        database.run(lambda db: choose_hour(db, one, hour))
