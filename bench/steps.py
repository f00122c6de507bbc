"""One member's whole redemption among a thousand members, and among 1.2 million: the time of a step must not grow."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine

from bench.load import user_id
from bench.people import BRANCH, HERE, NOW, fill
from bench.table import Row, at_most
from bench.webhooks import postgres
from bot.events import Event
from house import House, build
from settings import Credentials, Settings

FEW, MANY = 1_000, 1_200_000
PEOPLE = 240  # whose redemptions are timed, in turn in both databases
AT_ONCE = 20
TALK = (HERE, "1", "1", "利用する", "今すぐ利用する")


def rows(folder: Path) -> Iterator[Row]:
    """The ratio on SQLite, then on PostgreSQL."""
    yield _compared("SQLite", f"sqlite:///{folder / 'few.db'}", f"sqlite:///{folder / 'many.db'}", folder)
    with postgres(folder) as (url, _):
        few, many = _database(url, "few"), _database(url, "many")
        yield _compared("PostgreSQL", few, many, folder)


def _compared(engine: str, few_url: str, many_url: str, folder: Path) -> Row:
    few, many = _house(few_url, FEW, folder), _house(many_url, MANY, folder)
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    for first in range(0, PEOPLE, AT_ONCE):
        for members, house in ((FEW, few), (MANY, many)):
            for person in range(first, first + AT_ONCE):
                times[members] += _redemption(house, person)
    for house in (few, many):
        house.database.close()
    ratio = median(times[MANY]) / median(times[FEW])
    return at_most(f"a step among 1,200,000 members / among 1,000, {engine}", ratio, "times", 1.3)


def _database(url: str, name: str) -> str:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.replace("/postgres?", f"/{name}?", 1)


def _redemption(house: House, person: int) -> list[float]:
    """The seconds of each step, from the printed code to the 済 screen. Raises when it does not come."""
    times, said = [], ""
    for place, text in enumerate(TALK):
        event = Event(f"{person}-{place}", "text", user_id(person), f"{person}-{place}", text)
        begun = time.perf_counter()
        said = _step(house, event, NOW + timedelta(seconds=place))
        times.append(time.perf_counter() - begun)
    assert "済" in said, "the redemption did not come to its end"
    return times


def _step(house: House, event: Event, now: datetime) -> str:
    owed = house.database.run(lambda db: house.bots[BRANCH].handle(db, event, now))
    return owed.messages if owed else ""


def _house(url: str, members: int, folder: Path) -> House:
    fill(url, members, PEOPLE, asked=False).close()
    settings = Settings(
        port=0,
        bot_port=0,
        data_dir=folder,
        database_url=url,
        public_url="https://bench.example",
        demo_start=NOW,
        link_dialog="",
        channels={BRANCH: Credentials("1", "bench")},
        secret_key="bench",
        line_api="https://127.0.0.1",
        line_api_data="https://127.0.0.1",
    )
    return build(settings, lambda: NOW)
