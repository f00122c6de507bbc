"""One person's chat with a branch's bot, inside the process: raw events in, LINE's messages out, nothing sent."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bot.dispatch import Bot
from bot.events import read
from bot.parts import StoredPhoto
from bot.questions import SentPicture
from handlers.world import World
from house import build_bots
from models import conversation, coupon_uses, coupons, schema
from models.base import Database
from models.branch import Branch, load_branches
from models.conversation import Place, StoredEvent
from models.corrections import correct, seen
from models.days import day_of
from models.facility import facility
from models.gifts import Address, order
from models.imports import import_facilities, import_members
from models.member import Link, holder, person_with
from models.point_pages import Purpose, open_page, use
from models.points_earning import choose_rules
from models.points_imports import import_grants
from models.staff import Role, StaffMember, accept, invite
from settings import ROOT, from_environment
from tests.learnt import learnt

Json = dict[str, Any]
MORNING = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)
# What a conversation may write at any time; everything else that changes is an effect.
BOOKKEEPING = {
    "seen_events",
    "chats",
    "stored_events",
    "outbox",
    "link_requests",
    "wrong_tries",
    "open_questions",
    "question_askers",
    "question_counts",
    "refusal_counts",
    "point_pages",
    "broadcast_pages",
    "calendar_pages",
    "staff_wrong_codes",
    "menu_wishes",
}
_SERIAL = count(1)


@dataclass(frozen=True)
class Button:
    """Something to press in the bot's last answer."""

    label: str
    kind: str  # answer, open, way
    data: str
    is_date: bool = False


class Rooms:
    """The branches' bots, and a database with the demo's people to begin every chat from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.branches: dict[str, Branch] = load_branches(ROOT / "branches")
        settings = from_environment(
            {"DATA_DIR": str(folder), "SECRET_KEY": "for tests only", "PUBLIC_URL": "https://bot.example.jp"}
        )
        self.settings = settings
        self.bots = build_bots(settings, self.branches.values(), learn=learnt)
        self.pattern = folder / "pattern.db"
        self.idle: list[Database] = []  # an engine that has run once knows its statements
        self._fill()

    def chat(
        self,
        branch: str,
        *,
        linked: Sequence[str] = (),
        elsewhere: bool = False,
        used: bool = False,
        ordered: int = 0,
        ruled: bool = False,
        staff: Sequence[Role] = (),
    ) -> "OneChat":
        """A new chat; `elsewhere`: another chat holds the same people; `used`: two coupons were used last week;
        `ordered`: so many gifts have been ordered; `ruled`: rules of their own are chosen; `staff`: the person has these roles."""
        chat = OneChat(self.bots[branch], self._opened(self.pattern), self)
        chat.link(chat.user_id, linked)
        if elsewhere:
            chat.link("U" + "e" * 32, linked)
        if used:
            chat.use(linked[0], "fs0011", "dental")
            chat.use(linked[0], "fs0031", "refresh")
        for _ in range(ordered):
            chat.order(linked[0], "towel")
        if ruled:
            chat.choose(linked[0], "stairs")
        if staff:
            chat.enlist(*staff)
        return chat

    def fresh(self, branch: str) -> Bot[World]:
        """A branch's bot as after a restart: all that it knows stands in the database."""
        return build_bots(self.settings, [self.branches[branch]], learn=learnt)[branch]

    def copy(self, chat: "OneChat") -> "OneChat":
        """The same chat once more, in a database of its own; the first one must be closed and kept."""
        assert chat.kept is not None
        return replace(chat, database=self._opened(chat.kept), kept=None, said=list(chat.said))

    def _opened(self, state: Path) -> Database:
        database = (
            self.idle.pop() if self.idle else Database(f"sqlite:///{self.folder}/chat{next(_SERIAL)}.db")
        )
        shutil.copy(state, _file(database))
        return database

    def _fill(self) -> None:
        database = Database(f"sqlite:///{self.pattern}")
        with database.transaction() as db:
            schema.tables().create_all(db)
        for branch in self.branches.values():
            demo = branch.folder / "demo"
            if (demo / "members.csv").exists():
                import_members(database, branch.id, demo / "members.csv", now=MORNING)
            if (demo / "facilities.csv").exists():
                import_facilities(database, branch.id, demo / "facilities.csv")
            if branch.points and (demo / "grants.csv").exists():
                import_grants(database, branch.points, demo / "grants.csv", now=MORNING)
        database.close()


@dataclass
class OneChat:
    """A person, a bot, and what was said last."""

    bot: Bot[World]
    database: Database
    rooms: Rooms
    kept: Path | None = None  # the database as it was when the chat was closed
    user_id: str = "U" + "a" * 32
    now: datetime = MORNING
    messages: list[Json] = field(default_factory=list)
    last: Json = field(default_factory=dict)
    said: list[list[Json]] = field(default_factory=list)

    # What the person does; each returns what the bot says

    def say(self, text: str) -> list[Json]:
        return self.send("message", message={"id": _serial(), "type": "text", "text": text})

    def press(self, data: str, date: str = "") -> list[Json]:
        return self.send("postback", postback={"data": data} | ({"params": {"date": date}} if date else {}))

    def send(
        self, kind: str, *, source: Json | None = None, mode: str = "active", **content: Any
    ) -> list[Json]:
        event = {
            "type": kind,
            "mode": mode,
            "timestamp": int(self.now.timestamp() * 1000),
            "source": source or {"type": "user", "userId": self.user_id},
            "webhookEventId": f"01{_serial():0>24}",
            "deliveryContext": {"isRedelivery": False},
            **content,
        }
        if kind not in ("unsend", "unfollow"):
            event["replyToken"] = f"token{_serial()}"
        return self.deliver(event)

    def deliver(self, event: Json) -> list[Json]:
        self.last = event
        return self._hear(lambda db: self.bot.handle(db, read(event), self.now))

    def photo(self, codes: Sequence[str] | None, picture: SentPicture | None = None) -> list[Json]:
        """Sends a photo; its bytes are read a moment later and hold these codes, or are the picture asked for."""
        heard = self.send(
            "message", message={"id": _serial(), "type": "image", "contentProvider": {"type": "line"}}
        )
        with self.database.reading() as db:
            row = db.execute(select(StoredEvent.turn).order_by(StoredEvent.id.desc())).first()
        if row is None:
            return heard
        photo = StoredPhoto(self.user_id, read(self.last), row.turn, codes, picture)
        return self._hear(lambda db: self.bot.photo(db, photo, self.now))

    def fill_in(self, purpose: Purpose, content: dict[str, object], words: str) -> list[Json]:
        """Fills in the page that the talk waits for, and sends what the page asks for."""
        frame = self.place.frame
        assert frame is not None
        with self.database.transaction() as db:
            page = open_page(db, frame.answers["page"], purpose, self.now)
            assert page is not None
            use(db, page, self.now, content)
        return self.say(words)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    # What is so

    @property
    def place(self) -> Place:
        with self.database.transaction() as db:
            return conversation.load(db, self.bot.branch, self.user_id, self.now).place

    @property
    def step(self) -> str:
        frame = self.place.frame
        return f"{frame.flow}.{frame.step}" if frame else ""

    @property
    def words(self) -> str:
        return "\n".join(text for message in self.messages for text in texts(message))

    def buttons(self, kind: str = "") -> list[Button]:
        found = [Button(*each) for message in self.messages for each in _actions(message)]
        return [each for each in found if kind in ("", each.kind)]

    def effects(self) -> dict[str, list[Any]]:
        """All rows of all tables, but for bookkeeping."""
        names = [name for name in schema.tables().tables if name not in BOOKKEEPING]
        with self.database.reading() as db:
            driver: Any = db.connection.driver_connection
            return {name: driver.execute(f"SELECT * FROM {name}").fetchall() for name in names}

    def close(self, *, keep: bool = False) -> None:
        """Gives the database back; with `keep` the chat can be gone on with from here, again and again."""
        self.database.close()
        if keep:
            self.kept = self.rooms.folder / f"kept{next(_SERIAL)}.db"
            shutil.copy(_file(self.database), self.kept)
        self.rooms.idle.append(self.database)

    # How the scene is set

    def link(self, user_id: str, numbers: Sequence[str]) -> None:
        with self.database.transaction() as db:
            chat = conversation.load(db, self.bot.branch, user_id, self.now).id
            for number in numbers:
                person = person_with(db, self.bot.branch, number)
                db.execute(
                    insert(Link), {"chat_id": chat, "person_id": person, "linked_at": self.now, "live": True}
                )

    def enlist(self, *roles: Role, name: str = "") -> StaffMember:
        """Makes the person staff, as if a code had been said."""
        terms = self.bot.world.branch.staff
        assert terms is not None
        day = day_of(self.now)
        with self.database.transaction() as db:
            chat = conversation.load(db, self.bot.branch, self.user_id, self.now).id
            code = invite(db, self.bot.branch, roles, name, terms.on(day), "test", self.now)
            made = accept(db, self.bot.branch, chat, code, terms.on(day), self.now)
        assert made is not None
        return made

    def wish_corrections(self, number: str, times: int) -> None:
        """Somebody else of the desk has asked so often for a second yes to giving two coupons back."""
        self.use(number, "fs0031", "refresh", 2)
        terms = self.bot.world.branch.staff
        assert terms is not None
        today = terms.on(day_of(self.now))
        with self.database.transaction() as db:
            desk = conversation.load(db, self.bot.branch, "U" + "d" * 32, self.now).id
            code = invite(db, self.bot.branch, ("desk",), "", today, "test", self.now)
            asker = accept(db, self.bot.branch, desk, code, today, self.now)
            person = person_with(db, self.bot.branch, number) or 0
            uses = [use for use, *_ in coupon_uses.use_ids(db, person, 2024)]
            assert asker is not None
            for _ in range(times):
                correct(db, self.bot.branch, asker, seen(db, person, uses[-2:], "quantity"), today, self.now)

    def choose(self, number: str, rule: str) -> None:
        points = self.bot.world.branch.points
        assert points is not None
        with self.database.transaction() as db:
            one = holder(db, person_with(db, self.bot.branch, number) or 0)
            assert one is not None
            choose_rules(db, points, one, [rule], self.now)

    def order(self, number: str, gift: str) -> None:
        points = self.bot.world.branch.points
        assert points is not None
        address = Address("見本", "760-0017", "見本市1", "087-000-0000")
        with self.database.transaction() as db:
            one = holder(db, person_with(db, self.bot.branch, number) or 0)
            assert one is not None
            order(db, points, one, gift, address, request=f"r{_serial()}", now=self.now)

    def use(self, number: str, code: str, kind: str, quantity: int = 1) -> None:
        dated = self.bot.world.branch.coupons
        assert dated is not None
        with self.database.transaction() as db:
            one = holder(db, person_with(db, self.bot.branch, number) or 0)
            here = facility(db, self.bot.branch, code)
            assert one is not None
            assert here is not None
            coupons.redeem(db, dated, one, here, kind, quantity, self.now)

    def _hear(self, work: Any) -> list[Json]:
        owed = self.database.run(work)
        self.messages = json.loads(owed.messages) if owed else []
        if self.messages:
            self.said.append(self.messages)
        return self.messages


def _file(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def texts(part: Any) -> Iterator[str]:
    """Every text that can be read in a message."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each)
    elif isinstance(part, dict):
        if part.get("type") == "text":
            yield part["text"]
        for key in ("contents", "body", "header", "footer"):
            if key in part:
                yield from texts(part[key])


def _actions(part: Any) -> Iterator[tuple[str, str, str, bool]]:
    if isinstance(part, list):
        for each in part:
            yield from _actions(each)
    elif isinstance(part, dict):
        action = part.get("action")
        if action and "data" in action:
            kind = action["data"].partition(":")[0]
            yield action["label"], kind, action["data"], action["type"] == "datetimepicker"
        for value in part.values():
            if isinstance(value, dict | list):
                yield from _actions(value)


def _serial() -> str:
    return str(next(_SERIAL))
