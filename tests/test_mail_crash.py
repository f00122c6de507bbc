"""A sender of mailings killed at any point, again and again: everybody is told once, and who is not known is named."""

import os
import random
import time
from contextlib import ExitStack, closing
from itertools import repeat
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot import Text, mail
from bot.outbox import BACKOFF
from models import mailing
from models.base import Database
from models.conversation import Conversation
from models.mailing import Progress
from tests.killing import LOST, SENT, ManyLine, Nest, serving, until
from tests.quiet_house import BRANCH, SPRING

LIVES = 12
BATCHES, EACH = 240, 2  # batches of a mailing, and people of a batch
MOST_CALLS = 18  # of one life
PEOPLE = BATCHES * EACH
LEASE, DAY = 61.0, 24 * 3600.0
FAULTS = (*repeat(None, 16), LOST, LOST, 429, 500)


def mailed(url: str, about: str, chats: range) -> int:
    """A mailing of many small batches, due at once."""
    with closing(Database(url)) as database, database.transaction() as db:
        found = mail(
            db,
            branch=BRANCH,
            purpose="reminder",
            about=about,
            subject="お知らせ",
            messages=(Text("見本"),),
            now=SPRING,
        )
        for first in chats[::EACH]:
            mailing.add_batches(db, found, range(first, first + EACH), due_at=SPRING)
    return found


@pytest.fixture
def url(database_url: str) -> str:
    """A database with chats."""
    chats = [
        {"id": number, "branch": BRANCH, "user_id": f"U{number}", "blocked": False, "turn": 0, "place": "{}"}
        for number in range(1, 2 * PEOPLE + 1)
    ]
    with closing(Database(database_url)) as database, database.transaction() as db:
        db.execute(insert(Conversation), [chat | {"updated_at": SPRING} for chat in chats])
    return database_url


def test_a_sender_that_is_killed_at_any_point_tells_everybody_once(url: str, tmp_path: Path) -> None:
    chance, ahead = random.Random(6), SPRING.timestamp() - time.time()
    mailings = [mailed(url, "a", range(1, PEOPLE + 1)), mailed(url, "b", range(PEOPLE + 1, 2 * PEOPLE + 1))]
    line = ManyLine(faults=(chance.choice(FAULTS) for _ in repeat(None)))
    with serving(line) as api, ExitStack() as at_the_end:
        nest = at_the_end.enter_context(
            closing(Nest("tests.mail_worker", env=environment(api, url, tmp_path)))
        )
        for _ in range(LIVES):
            nest.start(ahead)
            line.wait_for(SENT, chance.randrange(1, 2 * MOST_CALLS))
            nest.kill()
            ahead += LEASE
        calls_of_the_killed, line.faults = line.happened[SENT] // 2, iter(())
        nest.start(ahead + BACKOFF[-1])  # whatever has failed again and again is due
        until_nothing_waits(url, mailings)

    assert line.told == {f"U{number}": 1 for number in range(1, 2 * PEOPLE + 1)}
    assert [progress(url, found) for found in mailings] == [Progress(PEOPLE, accepted=PEOPLE)] * 2
    assert LIVES <= calls_of_the_killed < 2 * BATCHES, "they were killed on the way"


def test_those_of_whom_a_killed_sender_left_no_word_for_a_day_are_named_and_not_told_again(
    url: str, tmp_path: Path
) -> None:
    ahead = SPRING.timestamp() - time.time()
    found = mailed(url, "a", range(1, PEOPLE + 1))
    line = ManyLine(faults=repeat(LOST))
    with serving(line) as api, ExitStack() as at_the_end:
        nest = at_the_end.enter_context(
            closing(Nest("tests.mail_worker", env=environment(api, url, tmp_path)))
        )
        nest.start(ahead)
        line.wait_for(SENT, 20)
        nest.kill()
        line.faults = iter(())
        nest.start(ahead + DAY)
        until_nothing_waits(url, [found])

    with closing(Database(url)) as database, database.reading() as db:
        unknown = {f"U{chat}" for chat in mailing.chats_of(db, found, "unknown")}
        accepted = {f"U{chat}" for chat in mailing.chats_of(db, found, "accepted")}
    assert unknown
    assert unknown | accepted == {f"U{number}" for number in range(1, PEOPLE + 1)}
    assert set(line.told.values()) == {1}
    assert accepted <= line.told.keys()


def environment(api: str, url: str, folder: Path) -> dict[str, str]:
    own = {"DATA_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": "for tests only", "LINE_API": api}
    channel = {"SAITAMA_CHANNEL_ID": "1", "SAITAMA_CHANNEL_SECRET": "a channel's secret"}
    return os.environ | own | channel


def until_nothing_waits(url: str, mailings: list[int]) -> None:
    until(lambda: not any(progress(url, found).waiting for found in mailings), "nothing waits")


def progress(url: str, found: int) -> Progress:
    with closing(Database(url)) as database, database.reading() as db:
        return mailing.progress(db, found)
