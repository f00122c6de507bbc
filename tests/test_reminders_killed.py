"""The reminder job and its senders, killed by the system at any point of a day: everybody is told once, nobody is missed."""

import os
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from bot.outbox import BACKOFF
from models.base import Database
from models.mailing import MailingBatch
from models.outbox import ACCEPTED, Outgoing
from models.reminders import PUSHED, Plan, Reminder
from tests.killing import ManyLine, Nest, Said, serving, until
from tests.reminded import Reminded, event, when
from tests.reminder_worker import MOMENT

ALONE, PAIRS = 24, 4  # chats with one person, and with two
LIVES = 20
MOST_STATEMENTS = 70  # of one life
LEASE = 61.0
DUE = "2024-04-18 12:00"
STATEMENT = "statement"


@dataclass
class Line(ManyLine):
    """LINE for reminders, to many at once and to one; what the worker does to its database is heard here too."""

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> Said | None:
        if path == MOMENT:
            self.something_happened(STATEMENT)
            return 200, {}
        to = body["to"]
        return super().answer(path, body | {"to": [to] if isinstance(to, str) else to}, key)


def test_a_day_whose_worker_is_killed_again_and_again_tells_everybody_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    town = people(database)
    chance, line, phases = random.Random(5), Line(), set[str]()
    ahead = when(DUE).timestamp() - time.time()
    with serving(line) as api, ExitStack() as at_the_end:
        env = environment(api, database_url, tmp_path)
        nest = at_the_end.enter_context(closing(Nest("tests.reminder_worker", env=env)))
        for _ in range(LIVES):
            nest.start(ahead)
            line.wait_for(STATEMENT, chance.randrange(1, MOST_STATEMENTS))
            nest.kill()
            phases.add(phase(database))
            ahead += LEASE
        nest.start(ahead)
        until(lambda: bool(line.told), "somebody is told")
        nest.kill()
        nest.start(ahead + BACKOFF[-1])  # whatever has failed again and again is due
        until_all_is_sent(database)

    assert line.told == dict.fromkeys(users(), 1)
    assert [outcome for _, outcome in town.outcomes()] == [PUSHED] * (ALONE + 2 * PAIRS)
    assert len(town.heard()) == ALONE + PAIRS
    assert phases >= {"finding", "telling"}, "they were killed on the way"


def people(database: Database) -> Reminded:
    town = Reminded(database, event())
    for name in users():
        town.member(name.removeprefix("U"))
        if "pair" in name:
            town.link(name.removeprefix("U"), town.member(f"{name} too", chats=0).id)
    return town


def users() -> list[str]:
    return [*(f"Ualone{each}" for each in range(ALONE)), *(f"Upair{each}" for each in range(PAIRS))]


def phase(database: Database) -> str:
    """How far the day's reminder is."""
    with database.reading() as db:
        found = db.execute(select(Plan.derived_at).where(Plan.offset == "7")).one_or_none()
        waits = db.execute(select(Reminder.chat_id).where(Reminder.outcome.is_(None))).first()
    if found is None:
        return "planning"
    return "finding" if found.derived_at is None else "telling" if waits else "sending"


def until_all_is_sent(database: Database) -> None:
    def is_sent() -> bool:
        return phase(database) == "sending" and {row.outcome for row in owed(database)} == {ACCEPTED}

    until(is_sent, "all is sent")


def owed(database: Database) -> Sequence[Row[Any]]:
    with database.reading() as db:
        batches = db.execute(select(MailingBatch.outcome)).all()
        return [*batches, *db.execute(select(Outgoing.outcome)).all()]


def environment(api: str, url: str, folder: Path) -> dict[str, str]:
    own = {"DATA_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": "for tests only", "LINE_API": api}
    channel = {"AICHI_CHANNEL_ID": "1", "AICHI_CHANNEL_SECRET": "a channel's secret"}
    return os.environ | own | channel
