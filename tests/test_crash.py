"""A bot killed at any point, again and again: every use counts once, every 済 is sent, nothing twice."""

import http.client
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, delete, select

from models.base import Database
from models.coupon_uses import Use
from models.imports import import_members
from models.outbox import ACCEPTED, Outgoing
from tests.conftest import ENGINES
from tests.demo_house import free_port
from tests.killing import SENT, Moments, Nest, serving, until
from tests.many_phones import MEMBERS, USED, last_screen, many_members, people, phones_at_the_last_screen
from tests.quiet_house import (
    BRANCH,
    SPRING,
    QuietHouse,
    bot_user,
    new_database,
    presses,
    says,
    sign,
    user,
)

KILLS = 25
TAPS = 8  # people who press 今すぐ利用する in one life of the bot
FACILITY = "fs0011"
ANSWERED = "answered"  # a moment: the bot has answered LINE
TOKEN_LIFE = 60.0
SECRET = "a channel's secret"


@dataclass
class Line(Moments):
    """LINE: what it took, told to whoever waits for the next thing to happen."""

    ahead: float = 0.0
    born: dict[str, float] = field(default_factory=dict)  # reply token → when its webhook went out
    used: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    taken: list[tuple[str, str, str]] = field(default_factory=list)  # reply or push, to whom, what

    def now(self) -> float:
        return time.time() + self.ahead

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any]]:
        with self.changed:
            if path.endswith("/reply"):
                return self._reply(body["replyToken"], json.dumps(body["messages"], ensure_ascii=False))
            if key in self.keys:
                return 409, {"message": "The retry key is already accepted"}
            assert key
            self.keys.add(key)
            self.taken.append(("push", body["to"], json.dumps(body["messages"], ensure_ascii=False)))
            return 200, {}

    def _reply(self, token: str, messages: str) -> tuple[int, dict[str, Any]]:
        if token in self.used or self.now() - self.born[token] > TOKEN_LIFE:
            return 400, {"message": "Invalid reply token"}
        self.used.add(token)
        self.taken.append(("reply", token, messages))
        return 200, {}


@dataclass
class Driver:
    """LINE's webhooks: sent, and sent again until they are answered with 200."""

    line: Line
    port: int
    unanswered: list[dict[str, Any]] = field(default_factory=list)
    sent_again: int = 0

    def deliver(self, event: dict[str, Any]) -> None:
        self.line.born[event["replyToken"]] = self.line.now()
        if not event["deliveryContext"]["isRedelivery"]:
            event["timestamp"] = round(self.line.now() * 1000)
        body = json.dumps({"destination": bot_user(BRANCH), "events": [event]}).encode()
        headers = {"x-line-signature": sign(SECRET, body), "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", f"/webhook/{BRANCH}", body, headers)
            ok = connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            ok = False
        finally:
            connection.close()
        if ok:
            self.line.something_happened(ANSWERED)
        else:
            self.unanswered.append(event)

    def redeliveries(self) -> list[dict[str, Any]]:
        again, self.unanswered = self.unanswered, []
        self.sent_again += len(again)
        return [event | {"deliveryContext": {"isRedelivery": True}} for event in again]


@dataclass(frozen=True)
class World:
    """A database on which many phones show the last question before a coupon is used."""

    url: str
    folder: Path
    turn: int
    owners: list[int]


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    databases = new_database(request, tmp_path)
    url = next(databases)
    house = QuietHouse(url, tmp_path)
    import_members(house.database, BRANCH, many_members(tmp_path), now=SPRING)
    place, _ = last_screen(house, FACILITY, "use")
    place.asked_at += 1e9  # the question does not lapse, however far the clock is moved,
    assert place.frame
    place.frame.answers["seen_at"] = (SPRING + timedelta(days=1)).isoformat()  # nor what the staff saw
    owners = people(house, MEMBERS)
    phones_at_the_last_screen(house, place, owners, "a")
    with house.database.transaction() as db:
        db.execute(delete(Outgoing))
    house.close()
    yield World(url, tmp_path, place.turn, owners)
    next(databases, None)


def phone(number: int) -> str:
    return user((FACILITY, number, "a"))


def test_a_bot_that_is_killed_at_any_point_uses_each_coupon_once_and_loses_no_answer(world: World) -> None:
    chance, line = random.Random(4), Line(ahead=SPRING.timestamp() - time.time())
    port, killed, pressed_by = free_port(), 0, iter(range(MEMBERS))
    pressed: list[int] = []
    with serving(line) as api, ExitStack() as at_the_end:
        env = os.environ | {
            "DATA_DIR": str(world.folder), "DATABASE_URL": world.url, "SECRET_KEY": "for tests only",
            "BOT_PORT": str(port), "LINE_API": api, "LINE_API_DATA": api,
            "SAITAMA_CHANNEL_ID": "1", "SAITAMA_CHANNEL_SECRET": SECRET,
        }  # fmt: skip
        bots, driver = at_the_end.enter_context(closing(Nest("tests.crash_bot", env=env))), Driver(line, port)
        phones = at_the_end.enter_context(ThreadPoolExecutor(TAPS))
        for _ in range(KILLS):
            bots.start(line.ahead)
            again = driver.redeliveries()
            new = [next(pressed_by) for _ in range(TAPS - len(again))]
            pressed += new
            taps = [presses(phone(each), f"answer:redeem:final:{world.turn}:now") for each in new]
            deliveries = [phones.submit(driver.deliver, event) for event in (*again, *taps)]
            line.wait_for(chance.choice((SENT, ANSWERED)), chance.randrange(1, TAPS + 1))
            time.sleep(chance.random() * 0.01)
            bots.kill()
            killed += 1
            for each in deliveries:
                each.result()
            line.ahead += chance.choice((31.0, 31.0, 31.0, 45.0, 70.0))
        bots.start(line.ahead)
        until_all_is_sent(world, driver)
        told = what_became_of(world, pressed, line)
        ask_for_the_truth(world, driver, pressed[:20])
    print(f"{killed} kills, {driver.sent_again} redeliveries, {told}")


def until_all_is_sent(world: World, driver: Driver) -> None:
    """LINE sends again what was not answered; nobody is killed any more."""
    for event in driver.redeliveries():
        driver.deliver(event)
    assert driver.unanswered == []
    until(lambda: all(row.outcome for row in rows_of(world)), "nothing is owed")


def what_became_of(world: World, pressed: list[int], line: Line) -> dict[str, int]:
    """Every use once, every 済 sent; what arrived twice is marked so. A summary in numbers."""
    rows = rows_of(world)
    assert uses_of(world) == {world.owners[each]: 1 for each in pressed}
    assert Counter(row.user_id for row in rows) == {phone(each): 1 for each in pressed}
    assert {row.outcome for row in rows} == {ACCEPTED}
    arrived = Counter(use_shown(words) for _, _, words in line.taken)
    for row in rows:
        times = arrived[use_shown(row.messages)]
        assert times >= 1, "a 済 was lost"
        assert times <= 1 + row.perhaps_twice, "a 済 came twice"
    return {
        "uses": len(rows),
        "pushed": sum(row.sent_as == "push" for row in rows),
        "perhaps twice": sum(row.perhaps_twice for row in rows),
        "twice": sum(times > 1 for times in arrived.values()),
    }


def ask_for_the_truth(world: World, driver: Driver, numbers: list[int]) -> None:
    """What was used can be found in the chat afterwards."""
    for each in numbers:
        driver.deliver(says(phone(each), "利用状況"))
    until_all_is_sent(world, driver)
    said = {row.user_id: row.messages for row in rows_of(world)}
    assert all(USED in said[phone(each)] for each in numbers)


def rows_of(world: World) -> Sequence[Row[Any]]:
    with closing(Database(world.url)) as database, database.reading() as db:
        return db.execute(select(Outgoing.__table__).order_by(Outgoing.id)).all()


def uses_of(world: World) -> Counter[int]:
    with closing(Database(world.url)) as database, database.reading() as db:
        return Counter(db.execute(select(Use.person_id).where(Use.live.is_(True))).scalars())


def use_shown(messages: str) -> str:
    """The use that a 済 screen shows, by the address of its proof."""
    assert USED in messages
    found = re.search(r"/used/([\w-]+)", messages)
    assert found
    return found[1]
