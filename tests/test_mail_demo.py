"""Mailings through LINE on localhost: what people see, what is counted, and a clock that is moved over a whole night."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import Text, mail
from models import mailing
from models.conversation import Conversation
from models.mailing import Progress
from simulator.player import PlatformPhone
from tests.demo_house import DemoHouse, person_of

BRANCH = "saitama"
NOON = datetime(2024, 7, 1, 3, 0, tzinfo=UTC)
WORDS = "冬の健診の申込みが始まります。"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    house = DemoHouse(tmp_path_factory.mktemp("demo"))
    yield house
    house.close()


@pytest.fixture
def demo(standing: DemoHouse) -> DemoHouse:
    standing.restore(NOON)
    standing.demo.platform.limits[BRANCH] = None
    return standing


def mailed(demo: DemoHouse, phones: list[PlatformPhone], due_at: datetime) -> int:
    users = [person_of(phone).user_id for phone in phones]
    with demo.demo.house.database.transaction() as db:
        chats = db.execute(select(Conversation.id).where(Conversation.user_id.in_(users))).scalars().all()
        found = mail(
            db,
            branch=BRANCH,
            purpose="reminder",
            about="winter",
            subject="健診",
            messages=(Text(WORDS),),
            now=NOON,
        )
        mailing.add_batches(db, found, chats, due_at=due_at)
    return found


def progress(demo: DemoHouse, found: int) -> Progress:
    with demo.demo.house.database.reading() as db:
        return mailing.progress(db, found)


def reads(phone: PlatformPhone) -> int:
    """How many times a phone shows the words."""
    return sum(WORDS in entry.text for entry in person_of(phone).entries)


def test_everybody_reads_it_at_its_time_but_for_those_who_have_blocked(demo: DemoHouse) -> None:
    phones = [demo.phone(BRANCH) for _ in range(3)]
    found = mailed(demo, phones, NOON + timedelta(hours=2))
    phones[2].block()
    demo.demo.settled()

    demo.demo.move(NOON + timedelta(hours=1))
    early = progress(demo, found)
    demo.demo.move(NOON + timedelta(hours=3))

    assert (early.waiting, early.accepted) == (3, 0)
    seen = progress(demo, found)
    assert (seen.accepted, seen.left_out) == (2, 1)
    assert [reads(phone) for phone in phones] == [1, 1, 0]


def test_a_full_month_waits_for_the_next_and_goes_out_by_day(demo: DemoHouse) -> None:
    phones = [demo.phone(BRANCH)]
    found = mailed(demo, phones, NOON + timedelta(minutes=1))
    demo.demo.platform.limits[BRANCH] = demo.demo.platform.consumption(BRANCH)

    demo.demo.move(NOON + timedelta(hours=2))
    full = progress(demo, found)
    demo.demo.platform.limits[BRANCH] = None
    demo.demo.move(NOON + timedelta(hours=4))

    assert (full.out_of_quota, full.accepted) == (1, 0)
    assert progress(demo, found).accepted == 1
    assert reads(phones[0]) == 1
