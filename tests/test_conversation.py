"""What a chat remembers goes when nobody comes back to it."""

from datetime import UTC, datetime, timedelta

from models import conversation
from models.base import Database
from models.conversation import Frame, Place

LEFT = datetime(2024, 7, 1, tzinfo=UTC)
HALF = Frame("paper", "sure", {"words": ["画面の操作が難しいため", "m1"]}, ["words", "sure"])


def test_a_talk_left_in_the_middle_is_forgotten_after_thirty_days(database: Database) -> None:
    places = {"in": Place(HALF, turn=3), "parked": Place(parked=HALF, turn=4), "over": Place(turn=5)}
    with database.transaction() as db:
        for name, place in places.items():
            chat = conversation.load(db, "saitama", name, LEFT)
            conversation.save(db, chat.id, place, blocked=False, now=LEFT)

    with database.transaction() as db:
        early = conversation.forget_unfinished(db, LEFT + timedelta(days=30))
        late = conversation.forget_unfinished(db, LEFT + timedelta(days=30, seconds=1))
        again = conversation.forget_unfinished(db, LEFT + timedelta(days=31))

    assert (early, late, again) == (0, 2, 0)
    with database.transaction() as db:
        kept = {name: conversation.load(db, "saitama", name, LEFT).place for name in places}
    assert kept == {"in": Place(turn=4), "parked": Place(turn=5), "over": Place(turn=5)}
