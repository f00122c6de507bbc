"""Messages for many: who is in which batch, what is held, what is stopped, and how far a mailing is."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot import Text, mail
from models import mailing
from models.base import Database
from models.mailing import BATCH, Mailing, MailingBatch, Progress
from tests.quiet_house import SPRING

BRANCH = "saitama"


def mailed(db: Connection, about: str = "campaign", words: str = "本日より受け付けます。") -> int:
    return mail(
        db,
        branch=BRANCH,
        purpose="broadcast",
        about=about,
        subject="お知らせ",
        messages=(Text(words),),
        now=SPRING,
    )


def test_what_is_about_the_same_is_one_mailing_as_it_was_first_made(database: Database) -> None:
    with database.transaction() as db:
        first, again, other = mailed(db), mailed(db, words="ちがう文"), mailed(db, "another")
        kept = db.execute(select(Mailing.messages).where(Mailing.id == first)).scalar_one()

    assert first == again != other
    assert "本日より受け付けます。" in kept


def test_the_lock_screen_shows_the_subject_alone(database: Database) -> None:
    with database.transaction() as db:
        found = mailed(db, words="あなたの残高は1,200ポイントです。")
        kept = db.execute(select(Mailing.messages).where(Mailing.id == found)).scalar_one()

    assert '"altText":"「お知らせ」のお知らせがあります。トークを開いてご覧ください。"' in kept
    assert '"type":"text","text":"あなたの残高は1,200ポイントです。"' in kept


@pytest.mark.parametrize("people", [0, 1, BATCH, BATCH + 1, 20 * BATCH, 20 * BATCH + 1])
def test_chats_stand_in_batches_of_500_and_none_is_missing(database: Database, people: int) -> None:
    with database.transaction() as db:
        found = mailed(db)
        added = mailing.add_batches(db, found, iter(range(7, 7 + people)), due_at=SPRING)
        sizes = db.execute(
            select(MailingBatch.number, MailingBatch.people).order_by(MailingBatch.number)
        ).all()
        kept = list(mailing.chats_of(db, found, "waiting"))

    assert added == people
    assert kept == list(range(7, 7 + people))
    assert [row.number for row in sizes] == list(range(1, len(sizes) + 1))
    assert all(row.people == BATCH for row in sizes[:-1])


def test_numbers_go_on_where_chats_are_added_later(database: Database) -> None:
    with database.transaction() as db:
        found = mailed(db)
        mailing.add_batches(db, found, range(3), due_at=SPRING)
        mailing.add_batches(db, found, range(3, 6), due_at=None)
        numbers = db.execute(select(MailingBatch.number, MailingBatch.due_at)).all()

    assert [tuple(row) for row in numbers] == [(1, SPRING), (2, None)]


def test_what_is_held_is_due_only_when_it_is_released(database: Database) -> None:
    with database.transaction() as db:
        found = mailed(db)
        mailing.add_batches(db, found, range(20), due_at=None)
        held = mailing.next_due(db)
        released = mailing.release(db, found, SPRING + timedelta(minutes=1))
        due = mailing.next_due(db)
        again = mailing.release(db, found, SPRING)

    assert (held, released, due, again) == (None, 20, SPRING + timedelta(minutes=1), 0)


def test_a_stop_ends_what_nobody_has_got_and_leaves_the_rest_as_it_is(database: Database) -> None:
    with database.transaction() as db:
        found = mailed(db)
        mailing.add_batches(db, found, range(4 * BATCH), due_at=SPRING)
        accepted = {
            "outcome": "accepted",
            "accepted": 499,
            "left_out": 1,
            "left_out_ids": "[3]",
            "done_at": SPRING,
        }
        tried = {"first_tried_at": SPRING, "claimed_until": SPRING + timedelta(seconds=9)}
        for number, values in ((1, accepted), (2, tried), (3, {"first_tried_at": SPRING})):
            db.execute(update(MailingBatch).where(MailingBatch.number == number).values(**values))
        stopped = mailing.stop(db, found, SPRING)
        seen = mailing.progress(db, found)

    assert stopped == BATCH
    expected = Progress(people=2000, waiting=500, accepted=499, left_out=1, unknown=500, stopped=500)
    assert seen == expected


def test_everybody_can_be_named_by_what_became_of_them(database: Database) -> None:
    with database.transaction() as db:
        found = mailed(db)
        mailing.add_batches(db, found, range(4), due_at=SPRING)
        mailing.add_batches(db, found, range(4, 8), due_at=SPRING)
        for number, outcome, left_out in ((1, "accepted", "[1]"), (2, "refused", "[5,6]")):
            batch = update(MailingBatch).where(MailingBatch.number == number)
            db.execute(batch.values(outcome=outcome, left_out_ids=left_out))
        named = {
            fate: list(mailing.chats_of(db, found, fate)) for fate in ("accepted", "left_out", "refused")
        }

    assert named == {"accepted": [0, 2, 3], "left_out": [1, 5, 6], "refused": [4, 7]}


def test_a_mailing_keeps_its_words_for_thirty_days_after_its_last_batch(database: Database) -> None:
    later = SPRING + timedelta(days=31)
    with database.transaction() as db:
        ended, waiting = mailed(db, "ended"), mailed(db, "waiting")
        for each in (ended, waiting):
            mailing.add_batches(db, each, range(2), due_at=SPRING)
            mailing.add_batches(db, each, range(2, 4), due_at=None)
        done = update(MailingBatch).values(outcome="accepted", done_at=SPRING)
        db.execute(done.where((MailingBatch.mailing_id == ended) | MailingBatch.due_at.is_not(None)))
        early = mailing.empty_old_bodies(db, SPRING + timedelta(days=30))
        emptied = mailing.empty_old_bodies(db, later)
        mailing.empty_old_bodies(db, SPRING + timedelta(days=401))
        words = {row.id: row.messages for row in db.execute(select(Mailing.id, Mailing.messages))}
        named = [list(mailing.chats_of(db, each, "accepted")) for each in (ended, waiting)]

    assert (early, emptied) == (0, 1)
    assert (words[ended], bool(words[waiting])) == ("", True)
    assert named == [[], []]
