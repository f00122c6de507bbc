"""The demo: the bot behind a LINE on localhost, with synthetic people and a clock that can be moved."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import Connection, func, insert, select
from werkzeug.serving import BaseWSGIServer, make_server

from bot.line_setup import LineSetup
from bot.walk import Observer, unobserved
from demo_clock import DemoClock
from house import House, build, chat_address, install_menu, jobs, own_jobs, web
from models import conversation
from models.branch import Branch
from models.days import day_of
from models.facility import all_facilities
from models.imports import import_facilities, import_members
from models.member import Link, MemberEdition, person_with
from models.points_imports import import_grants
from models.points_terms import Points
from models.schema import prepare
from models.staff import ROLES, Role, accept, invite, staff_of, wish_menus
from scheduler.jobs import due, run_once
from scheduler.rehearsal import rehearse
from settings import ROOT, Credentials, Settings
from simulator.platform import Channel, Platform, Poster
from simulator.server import create_app

QUIET_WITHIN = 10.0  # seconds that an action waits for the bot at most (design §6)
PEOPLE = {
    "saitama": ("見本 桜（連携済み）", "見本 花子"),
    "kagawa": ("例示 若葉（連携済み）", "見本 香"),
    "aichi": ("見本 愛",),
}
STAFF: dict[str, tuple[str, tuple[Role, ...]]] = {
    "職員 窓口": ("窓口", ("desk", "drafter", "approver")),
    "職員 承認": ("承認", ("approver",)),
}  # who works for each association: their LINE name, the name others see, their roles
LINKED = {
    "saitama": "200001",
    "kagawa": "1234574",
}  # the first person's number; 123456 stays free for whoever tries linking


class Demo:
    """A house, and LINE's simulator in front of it."""

    def __init__(
        self,
        settings: Settings,
        observe: Observer = unobserved,
        build: Callable[..., House] = build,
        quiet_within: float = QUIET_WITHIN,
    ) -> None:
        self.quiet_within = quiet_within
        self.settings = with_simulator(settings)
        self.clock = DemoClock(settings.data_dir / "clock.json", settings.demo_start)
        prepare(self.settings.database_url)
        self.house = build(self.settings, self.clock, observe)
        self.platform = Platform(
            [self._channel(branch) for branch in self._in_order()],
            now=self.clock,
            base_url=f"http://127.0.0.1:{settings.port}",
            settled=self.settled,
            move=self.move,
            posters=self._posters,
            talks=ROOT / "tests" / "talks",
            invite=self._invite,
            rehearse=self._rehearse,
            typefaces=ROOT / "pictures" / "typefaces",
        )
        self._servers: list[BaseWSGIServer] = []

    def start(self, *, menus: bool = True) -> None:
        """Serves the bot and the simulator, with people and facilities; returns when both are ready."""
        fill(self.house)
        self._serve(self.settings.bot_port, web(self.house))
        self._serve(self.settings.port, create_app(self.platform))
        self.house.start()
        for branch in self._in_order():
            name = branch.id
            bot_user_id, _ = self.house.lines[name].bot_user_id()
            self.house.webhook.channels[name].bot_user_id = bot_user_id
            if menus:
                install_menu(LineSetup(self.house.lines[name]), branch)
            self._add_people(name)
            if menus and branch.staff:
                self._add_staff(name)

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
        self.house.stop()

    def settled(self) -> bool:
        """Waits until the bot has gone quiet; False when it has not in time."""
        until = time.monotonic() + self.quiet_within
        while not self.house.is_quiet():
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def move(self, to: datetime) -> None:
        """Moves the clock forward job by job: to the due instant, run, empty the outbox, next."""
        idle: dict[str, datetime] = {}
        for at, job in due([*jobs(self.house), *own_jobs(self.house.settings)], self.clock(), to):
            if idle.get(job.name, at) > at:
                continue
            idle[job.name] = job.idle_until(at)
            if idle[job.name] > at:
                continue
            self._send_until(at)
            self.clock.move(at)
            run_once(job, self.clock)
            if not self.house.is_quiet():
                self.house.nudge()
                self.settled()
            idle.clear()  # what ran may have given the others something to do
        self._send_until(to)
        self.clock.move(to)
        self.house.nudge()

    def _send_until(self, to: datetime) -> None:
        """What is to be sent on the way is sent at its own time."""
        while (at := self.house.next_due()) is not None and self.clock() < at <= to:
            self.clock.move(at)
            self.house.nudge()
            self.settled()

    def _serve(self, port: int, app: Flask) -> None:
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)

    def _channel(self, branch: Branch) -> Channel:
        return Channel(
            id=branch.id,
            name=branch.identity.name,
            channel_id=self.settings.channels[branch.id].channel_id,
            secret=self.settings.channels[branch.id].secret,
            bot_user_id="U" + _hex(f"bot:{branch.id}"),
            basic_id=f"@kyosai-{branch.id}",
            webhook=f"http://127.0.0.1:{self.settings.bot_port}/webhook/{branch.id}",
        )

    def _in_order(self) -> list[Branch]:
        """The branch whose job runs first stands first in the list of chats."""
        known = list(PEOPLE)
        return sorted(
            self.house.branches.values(),
            key=lambda branch: known.index(branch.id) if branch.id in known else len(known),
        )

    def _posters(self, branch: str) -> Sequence[Poster]:
        with self.house.database.reading() as db:
            found = list(all_facilities(db, branch))
        return [Poster(each.code, each.name, chat_address(f"@kyosai-{branch}", each.code)) for each in found]

    def _invite(self, branch: str, roles: Sequence[str]) -> str:
        """A code as `app.py staff invite` makes it."""
        terms = self.house.branches[branch].staff
        assert terms is not None
        now, chosen = self.clock(), [role for role in ROLES if role in roles]
        return self.house.database.run(
            lambda db: invite(db, branch, chosen, "", terms.on(day_of(now)), "demo", now)
        )

    def _rehearse(self, branch: str, year: int) -> list[dict[str, Any]]:
        """The year's messages as `app.py reminders rehearse` prints them."""
        return [each.as_data() for each in rehearse(self.house.database, self.house.branches[branch], year)]

    def _add_people(self, branch: str) -> None:
        for place, name in enumerate(PEOPLE.get(branch, ())):
            user_id = "U" + _hex(f"{branch}:{name}")
            self.platform.add_person(branch, name, user_id, follow=False)
            if place == 0 and branch in LINKED:
                link_directly(self.house, branch, user_id, LINKED[branch])

    def _add_staff(self, branch: str) -> None:
        """Two staff persons, so that a second yes can be tried; all of the staff get their menu."""
        database, now = self.house.database, self.clock()
        terms = self.house.branches[branch].staff
        assert terms is not None
        today = terms.on(day_of(now))

        def work(db: Connection) -> None:
            for name, (shown, roles) in STAFF.items():
                user_id = "U" + _hex(f"{branch}:{name}")
                self.platform.add_person(branch, name, user_id, follow=False)
                chat = conversation.load(db, branch, user_id, now).id
                if staff_of(db, chat) is None:
                    code = invite(db, branch, roles, shown, today, "demo", now)
                    accept(db, branch, chat, code, today, now)
            wish_menus(db, branch, now)

        database.run(work)


def with_simulator(settings: Settings) -> Settings:
    """The settings of a demo: every branch has a channel, and LINE is the simulator."""
    line = f"http://127.0.0.1:{settings.port}"
    channels = {
        folder.name: Credentials(
            str(int(_hex(folder.name)[:8], 16)), _hex(f"{settings.secret_key}:{folder.name}")
        )
        for folder in sorted(settings.branches.iterdir())
        if folder.is_dir()
    }
    dialog = f"{line}/dialog/bot/accountLink"
    return replace(settings, line_api=line, line_api_data=line, link_dialog=dialog, channels=channels)


def fill(house: House) -> None:
    """Demo members and facilities of every branch that has none yet."""
    for branch in house.branches.values():
        with house.database.reading() as db:
            known = db.execute(
                select(func.count()).select_from(MemberEdition).where(MemberEdition.branch == branch.id)
            ).scalar_one()
        folder = branch.folder / "demo"
        if known or not folder.exists():
            continue
        now = house.clock()
        rules = branch.member_rules(day_of(now))
        import_members(house.database, branch.id, folder / "members.csv", rules=rules, now=now)
        if (folder / "facilities.csv").exists():
            import_facilities(house.database, branch.id, folder / "facilities.csv")
        if branch.points and (folder / "grants.csv").exists():
            _grant(house, branch.points, folder / "grants.csv")


def _grant(house: House, points: Points, file: Path) -> None:
    """The demo's grants that have been given by the demo's day."""
    now = house.clock()
    head, *rows = file.read_text("utf-8").splitlines()
    given = [row for row in rows if row.split(",")[1] <= day_of(now).isoformat()]
    with TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        copy.write_text("\n".join([head, *given]) + "\n", "utf-8")
        if given:
            import_grants(house.database, points, copy, now=now)


def link_directly(house: House, branch: str, user_id: str, number: str) -> None:
    """A demo chat that is linked from the start."""
    now = house.clock()

    def work(db: Connection) -> None:
        chat = conversation.load(db, branch, user_id, now)
        person = person_with(db, branch, number)
        already = db.execute(select(Link.id).where(Link.chat_id == chat.id, Link.person_id == person)).first()
        if person is not None and already is None:
            row = {
                "chat_id": chat.id,
                "person_id": person,
                "linked_at": now - timedelta(days=1),
                "live": True,
            }
            db.execute(insert(Link), row)

    house.database.run(work)


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
