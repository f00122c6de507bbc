"""A process killed at any point while a broadcast is sent: nobody twice, nobody missed, who cannot be told is named, and it ends."""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from models import broadcast_asking, broadcast_drafts, broadcast_outcome, broadcasts, conversation, mailing
from models.audit import verify
from models.base import Database
from models.branch import load_branch
from models.broadcasts import Draft
from models.conversation import Conversation, Place
from models.days import day_of
from models.imports import import_members
from models.member import Link, Number, Person
from models.outbox import Outgoing
from models.staff import StaffMember, accept, invite
from settings import ROOT
from tests.conftest import ENGINES
from tests.killing import Moments, Nest, Said, serving
from tests.many_phones import many_members
from tests.quiet_house import BRANCH, SPRING, new_database

KILLS = int(os.environ.get("BROADCAST_KILLS", "15"))  # on each database
PEOPLE = 3_000
KILLS_A_BROADCAST = 5
REFUSED = 3  # people of every other broadcast whom LINE does not take
QUOTA = 400  # people whom the month has room for, at first
SEED, DAY = 6, 86_400
SAITAMA = load_branch(ROOT / "branches" / BRANCH)


@dataclass
class Line(Moments):
    """LINE: what it took, its keys, its faults, its quota."""

    chance: random.Random = field(kw_only=True)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    pushed: list[str] = field(default_factory=list)
    used: int = 0
    limit: int | None = None
    refuses: frozenset[str] = frozenset()
    calls: int = 0

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> Said:
        with self.changed:
            self.calls += 1
            fault = self.chance.random()
            if fault < 0.1:
                return 500, {"message": "Internal error"}
            if "/validate/" in path:
                return 200, {}
            if path.endswith("/push"):
                return self._push(body, key or "")
            return self._multicast(tuple(body["to"]), key or "", lost=fault < 0.2)

    def asked(self, path: str) -> Said:
        if path.endswith("/consumption"):
            return 200, {"totalUsage": self.used}
        return 200, {"type": "none"} if self.limit is None else {"type": "limited", "value": self.limit}

    def _push(self, body: dict[str, Any], key: str) -> Said:
        if key in self.keys:
            return 409, {"message": "The retry key is already accepted"}
        self.keys[key] = (body["to"],)
        self.pushed.append(json.dumps(body["messages"], ensure_ascii=False))
        return 200, {}

    def _multicast(self, to: tuple[str, ...], key: str, *, lost: bool) -> Said:
        if key in self.keys:
            assert self.keys[key] == to, "a key was used for other people"
            return 409, {"message": "The retry key is already accepted"}
        if self.refuses.intersection(to):
            return 400, {"message": "The property, 'to', in the request body is invalid"}
        if self.limit is not None and self.used + len(to) > self.limit:
            return 429, {"message": "You have reached your monthly limit."}
        self.keys[key] = to
        self.told.update(to)
        self.used += len(to)
        return (500, {"message": "accepted all the same"}) if lost else (200, {})


@dataclass
class World:
    """A database with many linked chats and two staff."""

    url: str
    drafter: StaffMember
    approver: StaffMember
    users: list[str]

    def database(self) -> closing[Database]:
        return closing(Database(self.url))


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    databases = new_database(request, tmp_path)
    url = next(databases)
    with closing(Database(url)) as database:
        import_members(database, BRANCH, many_members(tmp_path, PEOPLE), now=SPRING)
        drafter = database.run(lambda db: enlist(db, "drafter"))
        approver = database.run(lambda db: enlist(db, "approver"))
        users = database.run(link_all)
    yield World(url, drafter, approver, users)
    next(databases, None)


def enlist(db: Connection, role: str) -> StaffMember:
    terms = SAITAMA.staff
    assert terms is not None
    chat = conversation.load(db, BRANCH, f"Ustaff-{role}", SPRING).id
    code = invite(db, BRANCH, (role,), "", terms.on(day_of(SPRING)), "test", SPRING)  # type: ignore[arg-type]
    made = accept(db, BRANCH, chat, code, terms.on(day_of(SPRING)), SPRING)
    assert made
    return made


def link_all(db: Connection) -> list[str]:
    known = select(Person.id).where(Person.branch == BRANCH).order_by(Person.id)
    people = db.execute(known).scalars().all()
    chat = {"branch": BRANCH, "blocked": False, "turn": 0, "place": Place().dump(), "updated_at": SPRING}
    users = [f"U{person:032d}" for person in people]
    db.execute(insert(Conversation), [chat | {"id": 1_000 + p, "user_id": f"U{p:032d}"} for p in people])
    link = {"linked_at": SPRING, "live": True}
    db.execute(insert(Link), [link | {"chat_id": 1_000 + p, "person_id": p} for p in people])
    return users


def asked(world: World, title: str, moment: float) -> int:
    """A broadcast whose list is to be frozen."""
    now = at(moment)

    def work(db: Connection) -> int:
        number = broadcast_drafts.new_draft(db, BRANCH, world.drafter, title, now, text=title)
        one = broadcasts.get(db, BRANCH, number)
        made = [
            mailing.create(
                db,
                branch=BRANCH,
                purpose="broadcast",
                about=f"{one.about}.{part}",
                subject=title,
                messages=json.dumps([{"type": "text", "text": title}]),
                now=now,
            )
            for part in ("first", "rest")
        ]
        assert broadcast_asking.ask(db, one, world.drafter, (made[0], made[1]), 30, now)
        return number

    with world.database() as database:
        return database.run(work)


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def stands(world: World, number: int) -> Draft:
    with world.database() as database, database.reading() as db:
        return broadcasts.get(db, BRANCH, number)


def approve_if_asked(world: World, number: int, moment: float) -> None:
    one = stands(world, number)
    if one.state == "waiting":
        with world.database() as database:
            database.run(
                lambda db: broadcast_asking.decide(db, one, one.digest(), world.approver, True, at(moment))
            )


def test_a_broadcast_killed_again_and_again_tells_everybody_once(world: World) -> None:
    chance = random.Random(SEED)
    line, killed = Line(chance=chance), 0
    numbers: list[int] = []
    refused: list[frozenset[str]] = []
    with serving(line) as api:
        workers = Nest("tests.broadcast_worker", world.url, api)
        try:
            while killed < KILLS:
                moment = SPRING.timestamp() + DAY * len(numbers)  # by day, when it is sent
                line.limit = QUOTA + line.used if len(numbers) % 3 == 2 else None
                line.refuses = frozenset(chance.sample(world.users, REFUSED if len(numbers) % 2 else 0))
                refused.append(line.refuses)
                before = Counter(line.told)
                number = asked(world, f"お知らせ{len(numbers)}", moment)
                numbers.append(number)
                for _ in range(KILLS_A_BROADCAST):
                    workers.start(moment)
                    workers.start(moment)
                    time.sleep(chance.uniform(0.02, 0.35))
                    workers.kill()
                    killed += 1
                    approve_if_asked(world, number, moment)
                    moment += chance.choice((5.0, 61.0, 65.0))
                line.limit = None
                finish(world, workers, number, moment)
                came = Counter({user: times - before[user] for user, times in line.told.items()})
                assert set(came.values()) <= {0, 1}, "somebody was told twice"
                assert +came == Counter(set(world.users) - line.refuses), "somebody was missed"
            reported(world, dict(zip(numbers, refused, strict=True)))
        finally:
            workers.close()
    print(f"{killed} kills, {len(numbers)} broadcasts, {line.calls} calls")


def finish(world: World, workers: Nest, number: int, moment: float) -> None:
    """Nobody is killed any more; time goes on until the end."""
    for _ in range(60):
        approve_if_asked(world, number, moment)
        if stands(world, number).state == "sent":
            return
        moment += 61 if stands(world, number).state == "held" else 700
        workers.start(moment)
        for _ in range(40):
            time.sleep(0.05)
            if stands(world, number).state in ("waiting", "sent"):
                break
        workers.kill()
    raise AssertionError(f"still {stands(world, number).state}")


def reported(world: World, refused: dict[int, frozenset[str]]) -> None:
    """What was said about each of them is right, and was said once; who was not told is named; the record is whole."""
    with world.database() as database, database.streaming() as db:
        number_of = {
            f"U{p:032d}": number for p, number in db.execute(select(Number.person_id, Number.number))
        }
        for broadcast, users in refused.items():
            one = broadcasts.get(db, BRANCH, broadcast)
            sent = broadcast_outcome.progress(db, one)
            told = len(world.users) - len(users)
            assert (sent.people, sent.accepted, sent.refused) == (len(world.users), told, len(users))
            named = set(broadcast_outcome.missed_numbers(db, SAITAMA, one, "refused"))
            assert named == {number_of[user] for user in users}, "somebody was not named"
        assert not verify(db, BRANCH).problems
        owed = db.execute(select(Outgoing.chat_id, Outgoing.messages)).all()
    ends = Counter(row.chat_id for row in owed if "送信が終わりました" in row.messages)
    assert ends == {world.drafter.chat_id: len(refused), world.approver.chat_id: len(refused)}
