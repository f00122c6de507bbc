"""What was decided in time and could not be sent in time is not sent, and is reported like all that came too late."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.line import Answer
from bot.mail_sender import MailSender
from bot.outbox import deliver
from models import mailing_batches, outbox
from models.base import Database
from models.reminder_settings import choose_hour
from models.reminder_terms import MOVED
from models.reminders import PUSHED, STALE
from tests.quiet_house import Clock, LineRecord
from tests.reminded import Reminded, event, when

QUOTA = Answer(429, "You have reached your monthly limit.")


class Senders:
    """Both senders of Aichi, worked by hand."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()
        self.line = LineRecord("1", "secret")
        self.mail = MailSender(database, {"aichi": self.line}, self.clock, "s1")

    def work(self, moment: str) -> None:
        """What is due at the moment is brought to LINE once."""
        self.clock.now = when(moment)
        with self.database.transaction() as db:
            due = [found for _, found in mailing_batches.waiting(db, self.clock())]
            batches = [one for of in due for one in mailing_batches.claim(db, "s1", of, self.clock(), 9)]
        for batch in batches:
            self.mail.carry(batch)
        for owed in self.database.run(lambda db: outbox.claim(db, "s1", ["aichi"], self.clock())):
            end = deliver(owed, self.line.send, self.clock, lambda _: False, self.clock.wait)
            self.database.run(lambda db, end=end: outbox.settle(db, "s1", [end]))  # type: ignore[misc]


@pytest.fixture
def senders(database: Database) -> Iterator[Senders]:
    yield Senders(database)


@pytest.fixture
def town(database: Database) -> Reminded:
    """A chat of one person, and one of two: the first is told with many, the second by itself."""
    town = Reminded(database, event())
    town.member("one")
    pair = [town.member("pair"), town.member("pair of", chats=0)]
    town.link("pair", pair[1].id)
    return town


def test_what_the_quota_had_no_room_for_is_told_until_its_deadline_and_then_reported(
    town: Reminded, senders: Senders
) -> None:
    town.at("2024-04-25 08:00")
    senders.line.faults = [QUOTA] * 9
    assert town.at("2024-04-25 12:00") == 2
    senders.work("2024-04-25 12:00")
    assert town.reports() == []

    senders.line.faults = []
    senders.work("2024-04-25 17:31")
    town.at("2024-04-25 18:00", "2024-04-25 19:00")
    town.restart()
    town.at("2024-04-25 20:00")

    assert senders.line.sent == []
    assert town.reports() == [(STALE, "0", 3)]
    assert [outcome for offset, outcome in town.outcomes() if offset == "0"] == [STALE] * 3


def test_what_was_sent_in_time_is_reported_of_nobody(town: Reminded, senders: Senders) -> None:
    town.at("2024-04-25 12:00")
    senders.work("2024-04-25 12:00")
    town.at("2024-04-25 18:00")

    assert len(senders.line.sent) == 2
    assert town.reports() == []
    assert [outcome for offset, outcome in town.outcomes() if offset == "0"] == [PUSHED] * 3


def test_what_was_dropped_and_what_was_never_decided_are_reported_together(
    database: Database, town: Reminded, senders: Senders
) -> None:
    database.run(lambda db: choose_hour(db, town.chat("pair"), 8))
    senders.line.faults = [QUOTA] * 9
    assert town.at("2024-04-25 08:00") == 1
    senders.work("2024-04-25 08:00")
    senders.work("2024-04-25 17:31")

    town.at("2024-04-25 18:00")

    assert town.reports() == [(STALE, "0", 3)]


def test_whoever_was_not_told_the_old_date_is_not_told_that_it_moved(
    town: Reminded, senders: Senders
) -> None:
    senders.line.faults = [QUOTA] * 9
    town.at("2024-04-11 12:00")
    senders.work("2024-04-11 12:00")
    senders.line.faults = []
    senders.clock.pass_by(days=4)
    senders.work("2024-04-15 12:00")

    town.calendar(event(last="2024-05-31"))
    assert town.at("2024-04-15 13:00") == 0
    assert not any(offset == MOVED for offset, _ in town.outcomes())


def test_what_is_told_by_night_waits_for_the_morning_while_it_is_of_use(
    database: Database, senders: Senders
) -> None:
    town = Reminded(database, event())
    town.member("one")
    town.at("2024-04-18 20:00")

    senders.work("2024-04-18 23:50")
    assert senders.line.sent == []
    senders.work("2024-04-19 08:00")

    assert len(senders.line.sent) == 1
    assert senders.clock() - when("2024-04-18 20:00") == timedelta(hours=12)
