"""A process killed at any point while a broadcast is sent: nobody twice, nobody missed, who cannot be told is named, and it ends."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
class Line:
    """LINE: what it took, its keys, its faults, its quota."""

    chance: random.Random
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    pushed: list[str] = field(default_factory=list)
    used: int = 0
    limit: int | None = None
    refuses: frozenset[str] = frozenset()
    calls: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any]]:
        with self.guard:
            self.calls += 1
            fault = self.chance.random()
            if fault < 0.1:
                return 500, {"message": "Internal error"}
            if "/validate/" in path:
                return 200, {}
            if path.endswith("/push"):
                return self._push(body, key or "")
            return self._multicast(tuple(body["to"]), key or "", lost=fault < 0.2)

    def _push(self, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        if key in self.keys:
            return 409, {"message": "The retry key is already accepted"}
        self.keys[key] = (body["to"],)
        self.pushed.append(json.dumps(body["messages"], ensure_ascii=False))
        return 200, {}

    def _multicast(self, to: tuple[str, ...], key: str, *, lost: bool) -> tuple[int, dict[str, Any]]:
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


@contextmanager
def serving(line: Line) -> Iterator[str]:
    """LINE's API on localhost."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/oauth2"):
                return self.write(200, {"token_type": "Bearer", "access_token": "t", "expires_in": 900})
            return self.write(*line.answer(self.path, json.loads(body), self.headers["X-Line-Retry-Key"]))

        def do_GET(self) -> None:
            if self.path.endswith("/consumption"):
                return self.write(200, {"totalUsage": line.used})
            limited = {"type": "none"} if line.limit is None else {"type": "limited", "value": line.limit}
            return self.write(200, limited)

        def write(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
            self.wfile.write(head.encode() + text)

        def log_message(self, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # the sender was killed while it was answered

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Workers:
    """Processes that freeze, advance and send, two at a time, each to be killed."""

    def __init__(self, url: str, api: str) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.broadcast_worker", url, api]
        self._nest = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._nest.stdout
        assert self._nest.stdin
        self._told, self._tell = self._nest.stdout, self._nest.stdin
        assert self._told.readline().strip() == "waiting"
        self.alive: list[int] = []

    def start(self, now: float) -> None:
        self._tell.write(f"start {now}\n")
        self._tell.flush()
        self.alive.append(int(self._told.readline().split()[1]))

    def kill(self) -> None:
        for number in self.alive:
            os.kill(number, signal.SIGKILL)
        while any(Path(f"/proc/{number}").exists() for number in self.alive):
            time.sleep(0.001)
        self.alive = []

    def close(self) -> None:
        self.kill()
        self._tell.close()
        self._nest.wait(timeout=10)
        self._told.close()


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
    line, killed = Line(chance), 0
    numbers: list[int] = []
    refused: list[frozenset[str]] = []
    with serving(line) as api:
        workers = Workers(world.url, api)
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


def finish(world: World, workers: Workers, number: int, moment: float) -> None:
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
