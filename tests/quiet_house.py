"""A whole house for tests, without a web server and without LINE: LINE is a record that keeps what it was sent."""

import base64
import hashlib
import hmac
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import RowMapping, insert, select

from bot.line import Answer, Line, Quota
from demo import fill, with_simulator
from house import House, build, web
from models import conversation
from models.base import Database
from models.conversation import Conversation, SeenEvent
from models.days import day_of
from models.member import Link, person_with
from models.outbox import Outgoing
from models.schema import configuration, prepare
from models.staff import Role, StaffMember, accept, invite
from settings import from_environment
from tests.conftest import ENGINES, PostgresServer
from tests.demo_house import forget_conversations
from tests.learnt import learnt

BRANCH = "saitama"
SPRING = datetime(2024, 7, 1, 1, 32, tzinfo=UTC)
DEAD_TOKEN = Answer(400, "Invalid reply token")
LOST = "lost"  # a fault: LINE does what it was asked, and its answer never arrives

_SERIAL = count(1)


@dataclass
class Clock:
    """Time that stands still until a test moves it."""

    now: datetime = SPRING

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)

    def wait(self, seconds: float) -> bool:
        self.pass_by(seconds=seconds)
        return False


@dataclass(frozen=True)
class Sent:
    """Messages that LINE accepted."""

    kind: str  # reply, push, multicast (one for each of its people)
    to: str  # the reply token or the user
    messages: list[dict[str, Any]]


@dataclass
class LineRecord(Line):
    """LINE in memory: tokens are good once, keys are remembered, faults come in the order they were ordered."""

    faults: list[Answer | str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # kind and retry key of every call
    dead: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    photos: dict[str, bytes | None] = field(default_factory=dict)
    strangers: set[str] = field(
        default_factory=set
    )  # users whom LINE does not know: nobody of their call is told
    bad_words: bool = False  # LINE refuses the messages of every multicast
    limit: int | None = None  # people a month, and those told
    used: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def send(self, kind: str, body: bytes, retry_key: str | None = None) -> Answer:
        with self.guard:
            self.asked.append((kind, retry_key))
            fault = self.faults.pop(0) if self.faults else None
            if isinstance(fault, Answer):
                return fault
            answer = self._take(kind, json.loads(body), retry_key)
            return Answer(0, "TimeoutError") if fault == LOST else answer

    def switchboard(self) -> None:
        return None

    def show_loading(self, user_id: str) -> None:
        return

    def content(self, message_id: str) -> bytes | None:
        return self.photos.get(message_id)

    def quota(self) -> Quota:
        return Quota(self.limit, self.used)

    def _take(self, kind: str, body: dict[str, Any], retry_key: str | None) -> Answer:
        if kind in ("multicast", "validate"):
            return self._take_many(body, retry_key)
        to: str = body["replyToken"] if kind == "reply" else body["to"]
        if kind == "reply" and to in self.dead:
            return DEAD_TOKEN
        if retry_key and retry_key in self.keys:
            return Answer(409, "The retry key is already accepted")
        self.dead.update([to] if kind == "reply" else [])
        self.keys.update([retry_key] if retry_key else [])
        self.sent.append(Sent(kind, to, body["messages"]))
        return Answer(200)

    def _take_many(self, body: dict[str, Any], retry_key: str | None) -> Answer:
        users = body.get("to", [])
        if retry_key in self.keys:
            return Answer(409, "The retry key is already accepted")
        if self.bad_words or self.strangers & set(users):
            return Answer(400, "The request body has 1 error(s)")
        if self.limit is not None and self.used + len(users) > self.limit:
            return Answer(429, "You have reached your monthly limit.")
        self.keys.update([retry_key] if retry_key else [])
        self.used += len(users)
        self.sent += [Sent("multicast", user, body["messages"]) for user in users]
        return Answer(200, "", f"request {len(self.asked)}")


class QuietHouse:
    """Everything but the web server and the sender's threads, which run only when a test starts them."""

    def __init__(self, database_url: str, folder: Path) -> None:
        env = {"DATA_DIR": str(folder), "DATABASE_URL": database_url, "SECRET_KEY": "for tests only"}
        settings = with_simulator(from_environment(env))
        self.clock = Clock()
        prepare(settings.database_url)
        self.house: House = build(settings, self.clock, learn=learnt)
        self.database: Database = self.house.database
        fill(self.house)
        self.lines = {}
        for branch, line in list(self.house.lines.items()):
            record = LineRecord(line.channel_id, line.secret)
            self.lines[branch] = self.house.lines[branch] = record
            channel = self.house.webhook.channels[branch]
            channel.line, channel.bot_user_id = record, bot_user(branch)
        self.client = web(self.house).test_client()

    @property
    def line(self) -> LineRecord:
        return self.lines[BRANCH]

    def post(self, *events: Any, branch: str = BRANCH) -> int:
        """LINE's webhook with these events; the status of the answer."""
        body = json.dumps({"destination": bot_user(branch), "events": events}).encode()
        return self.post_bytes(body, branch=branch)

    def post_bytes(self, body: bytes, *, branch: str = BRANCH, signature: str | None = None) -> int:
        signature = self.signature(body, branch) if signature is None else signature
        headers = {"x-line-signature": signature, "Content-Type": "application/json"}
        return self.client.post(f"/webhook/{branch}", data=body, headers=headers).status_code

    def signature(self, body: bytes, branch: str = BRANCH) -> str:
        return sign(self.lines[branch].secret, body)

    def link(self, user_id: str, number: str, branch: str = BRANCH) -> int:
        """Links a chat with a person without a talk; the person's id."""
        now = self.clock()

        def work(db: Any) -> int:
            chat = conversation.load(db, branch, user_id, now)
            person = person_with(db, branch, number)
            assert person is not None
            row = {"chat_id": chat.id, "person_id": person, "linked_at": now, "live": True}
            db.execute(insert(Link), row)
            return person

        return self.database.run(work)

    def employ(self, name: str, *roles: Role, branch: str = BRANCH) -> StaffMember:
        """Makes a chat's person staff, as if a code had been said."""
        dated, now = self.house.branches[branch].staff, self.clock()
        assert dated is not None
        terms = dated.on(day_of(now))

        def work(db: Any) -> StaffMember:
            chat = conversation.load(db, branch, user(name), now).id
            made = accept(db, branch, chat, invite(db, branch, roles, "", terms, "test", now), terms, now)
            assert made is not None
            return made

        return self.database.run(work)

    def seen(self, *event_ids: str) -> int:
        """How many of these events are remembered."""
        query = select(SeenEvent.event_id).where(SeenEvent.event_id.in_(event_ids))
        with self.database.reading() as db:
            return len(db.execute(query).all())

    def owed(self, user_id: str) -> list[RowMapping]:
        """The outbox rows of a user, in order."""
        query = select(Outgoing.__table__).where(Outgoing.user_id == user_id).order_by(Outgoing.id)
        with self.database.reading() as db:
            return list(db.execute(query).mappings())

    def chats(self) -> int:
        with self.database.reading() as db:
            return len(db.execute(select(Conversation.id)).all())

    def forget_all(self) -> None:
        """As on the first morning: no conversation, no use; people and facilities stay."""
        with self.database.transaction() as db:
            forget_conversations(db)
        self.clock.now = SPRING
        for line in self.lines.values():
            for kept in (line.faults, line.sent, line.asked, line.dead, line.keys, line.photos):
                kept.clear()

    def close(self) -> None:
        self.house.stop()


def standing_house(request: pytest.FixtureRequest, folder: Path) -> Iterator[QuietHouse]:
    """A house on the database that the fixture's parameter names."""
    with_new = new_database(request, folder)
    house = QuietHouse(next(with_new), folder)
    yield house
    house.close()
    next(with_new, None)


def new_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of a database with empty tables, of the kind that the fixture's parameter names."""
    assert request.param in ENGINES
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_pattern"), folder / "house.db")
        yield stamped(f"sqlite:///{folder / 'house.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"house_{next(_SERIAL)}"
    yield stamped(server.create(name))
    server.drop(name)


def stamped(url: str) -> str:
    """The tables are those of the code already: nothing is to be migrated."""
    database = Database(url)
    database.run(lambda db: command.stamp(configuration(db), "head"))
    database.close()
    return url


def sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def bot_user(branch: str) -> str:
    return "U" + hashlib.sha256(f"bot:{branch}".encode()).hexdigest()[:32]


def user(name: object) -> str:
    """A LINE user id."""
    return "U" + hashlib.sha256(str(name).encode()).hexdigest()[:32]


def event(kind: str, who: str, **fields: Any) -> dict[str, Any]:
    """An event as LINE sends it, with an id and a token of its own."""
    number = f"{next(_SERIAL):026d}"
    return {
        "type": kind,
        "mode": "active",
        "timestamp": 1_719_797_520_000,
        "source": {"type": "user", "userId": who},
        "webhookEventId": number,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{number}",
        **fields,
    }


def says(who: str, text: str) -> dict[str, Any]:
    message = {"type": "text", "id": f"{next(_SERIAL)}", "text": text, "quoteToken": "q"}
    return event("message", who, message=message)


def presses(who: str, data: str) -> dict[str, Any]:
    return event("postback", who, postback={"data": data})
