"""A demo for tests: real HTTP between simulator and bot, a clock that may also go back, a database made anew."""

import socket
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, text

from demo import Demo
from house import build
from models.append_only import guards
from models.approval import Approval
from models.audit import AuditCheckpoint, AuditEntry, AuditHead
from models.base import Database
from models.broadcast_lists import ListedPerson, ListPage, PersonList
from models.broadcast_pictures import BroadcastPicture
from models.broadcasts import Broadcast
from models.calendar_pages import CalendarPage, IssuedEvent
from models.checkups import Checkup, CheckupValue
from models.conversation import Conversation, SeenEvent, StoredEvent
from models.corrections import Correction
from models.coupon_uses import GivenBack, Use
from models.desk_calls import DeskCall
from models.done import HandedIn
from models.gift_dispatch import OrderExport
from models.gifts import Order
from models.inbox import Note, Thread
from models.line_quota import LineQuota
from models.linking import LinkRequest, WrongTry
from models.links import Disowned
from models.mailing import Mailing, MailingBatch
from models.member import Link
from models.menu_wishes import MenuWish
from models.outbox import Outgoing
from models.paper import PaperRequest
from models.paper_posting import PaperExport
from models.point_pages import PointPage
from models.points_earning import HealthRecord, MyRule
from models.points_imports import AUTHOR as IMPORTED
from models.points_ledger import Entry
from models.proof import FacilityPage
from models.question import Asker, OpenQuestion, QuestionCount
from models.refusals import RefusalCount
from models.reminder_figures import ReminderForecast
from models.reminder_settings import ReminderSetting, ReminderTopic
from models.reminders import EventSeen, Plan, Reminder, ReminderReport
from models.staff import Staff, StaffInvitation, StaffWrongCode
from settings import from_environment
from simulator.browser import Browsers
from simulator.people import Person
from simulator.player import PlatformPhone
from tests.learnt import learnt

# What a conversation writes; people and facilities stay from talk to talk.
WRITTEN = (
    CalendarPage, IssuedEvent, HandedIn, ReminderTopic, ReminderSetting,
    Broadcast, BroadcastPicture, ListPage, ListedPerson, PersonList, LineQuota,
    MailingBatch, Mailing,
    MenuWish, Correction, Approval, Staff, StaffInvitation, StaffWrongCode,
    PaperRequest, PaperExport, Note, Thread, DeskCall, QuestionCount, Asker, OpenQuestion, RefusalCount,
    PointPage, ReminderForecast, ReminderReport, Reminder, Plan, EventSeen, ReminderSetting, ReminderTopic,
    Order, OrderExport, HealthRecord, MyRule, CheckupValue, Checkup,
    GivenBack, Use, FacilityPage, Disowned, LinkRequest, WrongTry, Link, StoredEvent, Outgoing, SeenEvent, Conversation,
)  # fmt: skip

BUSY_MACHINE = 30.0  # seconds until the bot is quiet, beside other tests

Observed = Counter[tuple[str, str, str]]


class DemoHouse:
    """One running demo, put back to its first morning as often as a test likes."""

    def __init__(self, folder: Path, database_url: str = "", observed: Observed | None = None) -> None:
        port, bot_port = free_port(), free_port()
        env = {
            "PORT": str(port),
            "BOT_PORT": str(bot_port),
            "DATA_DIR": str(folder),
            "SECRET_KEY": "for tests only",
        }
        if database_url:
            env["DATABASE_URL"] = database_url
        self.observed: Observed = Counter() if observed is None else observed
        self.demo = Demo(from_environment(env), self._observe, partial(build, learn=learnt), BUSY_MACHINE)
        self.url = f"http://127.0.0.1:{port}"
        self.bot_url = f"http://127.0.0.1:{bot_port}"
        self.demo.start(menus=False)

    def _observe(self, flow: str, step: str, how: str) -> None:
        self.observed[flow, step, how] += 1

    def restore(self, now: datetime) -> None:
        """Forgets every conversation and use, and puts the clock to an instant, earlier or later."""
        self.demo.settled()
        with self.demo.house.database.transaction() as db:
            forget_conversations(db)
            forget_points(db)
        self.demo.house.reminders.planned.clear()
        self._forget_visits()
        self.demo.clock.move(now)

    def _forget_visits(self) -> None:
        """Many talks go by within the minute for which the pages count who visits them."""
        for server in self.demo._servers:
            for limiter in getattr(server.app, "extensions", {}).get("limiter", ()):
                limiter.reset()

    def phone(
        self, branch: str, name: str = "会員", *, friend: bool = True, files: Path | None = None
    ) -> PlatformPhone:
        """A new person's phone; a friend has just been greeted."""
        person = self.demo.platform.add_person(branch, name, friend=friend)
        self.demo.settled()
        return PlatformPhone(self.demo.platform, Browsers(self.demo.platform), person, files)

    def close(self) -> None:
        self.demo.stop()


def forget_conversations(db: Connection) -> None:
    """Empties all tables that a conversation writes; the record gives its rows away only under a checkpoint."""
    for table in WRITTEN:
        db.execute(delete(table))
    for branch in db.execute(select(AuditHead.branch)).scalars().all():
        everything = {"branch": branch, "seq": 2**31 - 1, "hash": "", "at": datetime.now(UTC)}
        db.execute(insert(AuditCheckpoint), everything)
    for record in (AuditEntry, AuditCheckpoint, AuditHead):
        db.execute(delete(record))


def forget_points(db: Connection) -> None:
    """All points but the imported ones; the ledger itself gives none away."""
    table = Entry.__tablename__
    guard = f"{table}_no_delete" if db.dialect.name == "sqlite" else f"{table}_stay"
    on = "" if db.dialect.name == "sqlite" else f" ON {table}"
    db.execute(text(f"DROP TRIGGER {guard}{on}"))
    db.execute(delete(Entry).where(Entry.author != IMPORTED))
    for statement in guards(table)[db.dialect.name]:
        if f"TRIGGER {guard} " in statement:
            db.execute(text(statement))


def person_of(phone: PlatformPhone) -> Person:
    return phone._person


def uses_of(database: Database) -> list[tuple[str, str, int]]:
    """Every live use: kind, facility, ordinal."""
    with database.reading() as db:
        rows = db.execute(
            select(Use.kind, Use.facility, Use.ordinal).where(Use.live.is_(True)).order_by(Use.id)
        )
        return [(row.kind, row.facility, row.ordinal) for row in rows]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
