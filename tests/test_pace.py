"""LINE's rates: slots are given away once, whoever takes them, and no jump of a clock stops sending."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.pace import SharedSlots
from models import pace
from models.base import Database
from models.pace import MOST_AHEAD, LineRate
from tests.conftest import PostgresServer

SPAN = 0.5  # seconds of slots taken at once


@pytest.fixture
def shared(postgres: PostgresServer) -> Iterator[Database]:
    database = Database(postgres.create("pace"))
    yield database
    database.close()
    postgres.drop("pace")


def taken_until(database: Database, endpoint: str = "multicast") -> Any:
    with database.reading() as db:
        return db.execute(select(LineRate.taken_until).where(LineRate.endpoint == endpoint)).scalar_one()


def take(database: Database, endpoint: str = "multicast") -> float:
    return database.run(lambda db: pace.take(db, "saitama", endpoint, SPAN))


def test_replicas_that_take_slots_at_the_same_time_get_different_ones(shared: Database) -> None:
    take(shared)
    first = taken_until(shared)

    with ThreadPoolExecutor(4) as replicas:
        list(replicas.map(lambda _: take(shared), range(8)))

    assert taken_until(shared) - first >= timedelta(seconds=8 * SPAN)


def test_endpoints_do_not_take_each_others_slots(shared: Database) -> None:
    take(shared)
    before = taken_until(shared)

    take(shared, "push")

    assert taken_until(shared) == before


def test_a_database_whose_clock_was_set_back_does_not_stop_sending(shared: Database) -> None:
    take(shared)
    before = taken_until(shared)
    with shared.transaction() as db:
        db.execute(update(LineRate).values(taken_until=before + timedelta(hours=1)))

    assert take(shared) <= MOST_AHEAD


def test_a_process_asks_for_a_block_of_slots_and_uses_each_once() -> None:
    asked: list[float] = []

    def give(span: float) -> float:
        asked.append(span)
        return 0.0

    slots = SharedSlots(2_000, give)
    for _ in range(98):
        slots.wait()

    assert len(asked) == 2
    assert sum(asked) * 2_000 * 0.98 == pytest.approx(98)


def test_without_the_database_calls_go_on_slowly() -> None:
    def away(span: float) -> float:
        raise OperationalError("UPDATE", {}, OSError())

    SharedSlots(2_000, away).wait()
