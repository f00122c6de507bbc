"""All parts put together: database, branches, bots, sender, pages. Read by app.py, the demo, tests and the bench."""

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import time
from typing import Any, cast
from urllib.parse import quote, urlsplit

from flask import Flask, Response, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch import Bot
from bot.line import Line, LineUnavailable
from bot.mail_sender import MailSender
from bot.menu_switch import MenuSwitcher
from bot.messages import Opener
from bot.outbox import Sender
from bot.photos import PhotoReader
from bot.reactions import Codes, nothing_rides
from bot.richmenu import Menus, Tab, install, install_named, rich_menu
from bot.walk import Observer, unobserved
from bot.webhook import Channel, Webhook
from bot.webhook import blueprint as webhook_pages
from handlers.flows import flows_of
from handlers.link import AccountLinks
from handlers.redeem import HOW_TO_SEND_A_CODE, scanned
from handlers.staff.invitation import invited
from handlers.understanding import Understanding, read_lexicon, read_neighbours, read_orders
from handlers.world import TalkFlow, World
from models import (
    audit,
    broadcast_lists,
    broadcasts,
    calendar_pages,
    conversation,
    mailing,
    menu_wishes,
    outbox,
    point_pages,
)
from models.base import Database
from models.branch import Branch, load_branches
from models.branch import Tile as BranchTile
from models.broadcast_outcome import still_meant
from models.days import add_months, day_end, day_of
from models.desk import desk_of
from models.desk_retention import forget_old_words
from models.facility import all_facilities
from models.faq import load_faq
from models.gifts import forget_addresses
from models.mailing_batches import Meant
from models.points_imports import finish_imports
from models.proof import Seal, staff_number
from models.refusals import count_refusal
from models.reminder_forecast import Quota
from models.reminder_settings import HOURS
from models.staff import MEMBER_VIEW, STAFF_VIEW, roles_of
from models.terms_change import note_terms
from pages import address, broadcast, calendar, checkup, desk, errors, fill, linking, points, proof
from pages.security import protect
from pictures.codes import read_codes
from pictures.icons import Icon
from pictures.richmenu import Menu, Tile, areas, richmenu_png, tab_areas
from pictures.sent import fit
from pictures.sheet import Sheet
from scheduler.broadcasts import BroadcastWorker
from scheduler.desk_calls import call_desks, desks_idle_until
from scheduler.forecasts import keep_forecasts
from scheduler.gifts_sent import tell_sent
from scheduler.jobs import Job, daily, hourly, quarterly
from scheduler.line_quotas import read_quota
from scheduler.reminder_book import open_book
from scheduler.reminders import Reminders, reminders_of
from scheduler.riding import Riding
from settings import ROOT, Settings

PICTURES_KEPT = 2 * 24 * 3600  # seconds

log = logging.getLogger(__name__)


@dataclass
class House:
    """A running bot without its web server."""

    settings: Settings
    clock: Callable[[], datetime]
    database: Database
    branches: dict[str, Branch]
    lines: dict[str, Line]
    bots: dict[str, Bot[World]]
    sender: Sender
    mail_sender: MailSender
    photos: PhotoReader
    broadcasts: BroadcastWorker
    menu_switcher: MenuSwitcher
    webhook: Webhook[World]
    seal: Seal
    reminders: Reminders

    def start(self) -> None:
        """Starts sending and reading photos; a change of the branches' files is entered into the record."""
        for branch in self.branches.values():
            self._note_terms(branch)
        self.sender.start()
        self.mail_sender.start()
        self.photos.start()
        self.broadcasts.start()
        self.menu_switcher.start()

    def stop(self) -> None:
        self.menu_switcher.stop()
        self.broadcasts.stop()
        self.photos.stop()
        self.mail_sender.stop()
        self.sender.stop()
        self.database.close()

    def _note_terms(self, branch: Branch) -> None:
        now = self.clock()
        self.database.run(lambda db: note_terms(db, branch.id, branch.folder, now))

    def link_token(self, branch: str, user_id: str) -> str | None:
        """A token for LINE's account-link dialog; None when LINE could not be asked."""
        try:
            return self.lines[branch].link_token(user_id)
        except LineUnavailable as error:
            log.warning("link token of %s: %s", branch, error)
            return None

    def message_url(self, branch: str, text: str) -> str:
        """What opens the branch's chat with the text typed in; empty when LINE cannot name the account."""
        try:
            return chat_address(self.lines[branch].bot_user_id()[1], text)
        except LineUnavailable as error:
            log.warning("basic id of %s: %s", branch, error)
            return ""

    def is_quiet(self) -> bool:
        """True when nothing is due in inbox, outbox or mailings and no call is under way."""
        # Asked again at the end: a worker may have taken up meanwhile what was due a moment ago.
        return self._are_idle() and not self._is_owing() and self._are_idle()

    def _are_idle(self) -> bool:
        workers = (self.sender, self.mail_sender, self.photos, self.menu_switcher)
        return all(worker.is_quiet() for worker in workers)

    def _is_owing(self) -> bool:
        due = self.next_due()
        return due is not None and due <= self.clock()

    def next_due(self) -> datetime | None:
        """When the next message is to be sent; None when none is owed, or all that are owed are held."""
        with self.database.reading() as db:
            owed = (outbox, mailing, broadcasts, menu_wishes)
            found = [kind.next_due(db) for kind in owed]
        return min((due for due in found if due is not None), default=None)

    def nudge(self) -> None:
        """Something may be due: look now."""
        self.sender.nudge()
        self.mail_sender.nudge()
        self.broadcasts.nudge()


def build(
    settings: Settings,
    clock: Callable[[], datetime],
    observe: Observer = unobserved,
    learn: Callable[..., Understanding] = Understanding,
) -> House:
    """Puts the parts together; starts nothing. The database has this release's tables (`models.schema.prepare`).

    `learn` makes a branch's understanding of its files: `Understanding`, or one that was made before."""
    database = Database(settings.database_url)
    branches = {
        name: branch for name, branch in load_branches(settings.branches).items() if name in settings.channels
    }
    for problem in (
        each for branch in branches.values() if branch.calendar for each in branch.calendar.problems
    ):
        log.error("left out of the calendar: %s", problem)
    lines = {
        name: Line(
            settings.channels[name].channel_id,
            settings.channels[name].secret,
            settings.line_api,
            settings.line_api_data,
            ca_file=settings.ca_file,
        )
        for name in branches
    }
    seal = Seal(settings.secret_key)
    bots = build_bots(settings, branches.values(), observe, learn)
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    sender = Sender(database, lines, clock, name)
    mail_sender = MailSender(database, lines, clock, name, meant=meant_by(branches, clock))
    photos = PhotoReader(database, bots, lines, sender, clock, read_codes, fit)
    channels = {name: Channel(bots[name], lines[name]) for name in branches}
    webhook = Webhook(channels, database, sender, clock, photos.nudge)
    worker = broadcast_worker(database, branches, lines, clock, (sender, mail_sender))
    reminders = reminders_of(database, branches.values(), lambda branch: _quota(lines, branch))
    switcher = MenuSwitcher(database, lines, clock)
    return House(
        settings=settings,
        clock=clock,
        database=database,
        branches=branches,
        lines=lines,
        bots=bots,
        sender=sender,
        mail_sender=mail_sender,
        photos=photos,
        broadcasts=worker,
        menu_switcher=switcher,
        webhook=webhook,
        seal=seal,
        reminders=reminders,
    )


def meant_by(branches: Mapping[str, Branch], clock: Callable[[], datetime]) -> Meant:
    """Whom a broadcast is still for, of chats from which somebody has unlinked since its list was made."""

    def meant(db: Connection, branch: str, mailing_id: int, chats: Iterable[int]) -> set[int]:
        return still_meant(db, branches[branch], mailing_id, chats, day_of(clock()))

    return meant


def broadcast_worker(
    database: Database,
    branches: dict[str, Branch],
    lines: dict[str, Line],
    clock: Callable[[], datetime],
    senders: tuple[Sender, MailSender],
) -> BroadcastWorker:
    """What takes broadcasts on; LINE is asked for the month's quota outside any transaction."""

    def nudge() -> None:
        for sender in senders:
            sender.nudge()

    return BroadcastWorker(database, branches, clock, lambda branch: _asked_quota(lines, branch), nudge)


def _quota(lines: Mapping[str, Line], branch: str) -> Quota:
    """What the account may send this month; no limit where LINE cannot be asked: the sender meets it then."""
    return Quota(*(_asked_quota(lines, branch) or (None, 0)))


def _asked_quota(lines: Mapping[str, Line], branch: str) -> tuple[int | None, int] | None:
    """The month's limit and use as LINE says them now; None when it does not answer."""
    try:
        quota = lines[branch].quota()
    except LineUnavailable as error:
        log.warning("quota of %s: %s", branch, error)
        return None
    return quota.limit, quota.used


def web(house: House) -> Flask:
    """The web application: webhook, pages, health, metrics."""
    settings = house.settings
    app = Flask("kyosai_line", static_folder=None, root_path=str(ROOT))
    dialog = urlsplit(settings.link_dialog)
    limiter = protect(
        app,
        secret=settings.secret_key,
        form_targets=f"{dialog.scheme}://{dialog.netloc}",
        https=settings.public_url.startswith("https:"),
        proxies=settings.proxies,
    )
    hook = webhook_pages(house.webhook)
    app.extensions["csrf"].exempt(hook)  # signed by LINE
    limiter.exempt(hook)
    app.register_blueprint(hook)
    app.register_blueprint(
        linking.blueprint(
            linking.LinkingPages(
                house.database, house.branches, house.link_token, house.clock, settings.link_dialog
            )
        )
    )
    pictures = settings.data_dir / "pictures"
    needs = proof.ProofPages(
        house.database, house.branches, house.seal, house.clock, pictures, settings.public_url
    )
    app.register_blueprint(proof.blueprint(needs))
    app.register_blueprint(
        points.blueprint(points.PointPages(house.database, house.branches, house.seal, house.clock, pictures))
    )
    app.register_blueprint(
        desk.blueprint(desk.DeskPages(house.database, house.branches, house.seal, house.clock, pictures))
    )
    filled = fill.FilledPages(house.database, house.branches, house.clock, house.message_url)
    app.register_blueprint(address.blueprint(filled))
    app.register_blueprint(checkup.blueprint(filled))
    app.register_blueprint(
        calendar.blueprint(calendar.CalendarPages(house.database, house.branches, house.clock))
    )
    app.register_blueprint(broadcast.blueprint(filled))
    errors.say_in_words(app)
    _add_health(app, house)

    @app.get("/pages/typefaces/<name>")
    def typefaces(name: str) -> Response:
        return send_from_directory(ROOT / "pictures" / "typefaces", name, max_age=86_400)

    @app.get("/pages/<path:name>")
    def page_files(name: str) -> Response:
        return send_from_directory(ROOT / "pages" / "static", name, max_age=3600)

    return app


def jobs(house: House) -> list[Job]:
    """What runs by itself."""
    programmes = [branch.points for branch in house.branches.values() if branch.points]

    def tidy(now: datetime) -> None:
        house.database.run(lambda db: conversation.forget_old_events(db, now))
        house.database.run(lambda db: outbox.empty_old_bodies(db, now))
        house.database.run(lambda db: mailing.empty_old_bodies(db, now))
        house.database.run(lambda db: forget_addresses(db, now))
        for programme in programmes:
            finish_imports(house.database, programme, now)
        for branch in house.branches.values():
            _drop_old_acts(house.database, branch, now)
            house.database.run(lambda db, branch=branch: forget_old_words(db, branch, now))  # type: ignore[misc]
        for pages in (point_pages, calendar_pages, broadcast_lists):
            house.database.run(lambda db, pages=pages: pages.forget_old_pages(db, now))  # type: ignore[misc]
        _drop_old_pictures(house.settings.data_dir / "pictures")

    def tell(now: datetime) -> None:
        tell_sent(house.database, programmes, now)
        house.sender.nudge()

    def call(now: datetime) -> None:
        if call_desks(house.database, house.branches.values(), now):
            house.sender.nudge()

    def desks_idle(now: datetime) -> datetime:
        return desks_idle_until(house.database, house.branches.values(), now)

    def ask_quota(now: datetime) -> None:
        for name in house.lines:
            read_quota(house.database, house.broadcasts.ask_quota, name, now)
        keep_forecasts(house.database, house.reminders.books.values(), now)

    def remind(now: datetime) -> None:
        if house.reminders.run(now):
            house.sender.nudge()
            house.mail_sender.nudge()

    return [
        daily("tidy", "03:30", tidy),
        daily("quota", "07:00", ask_quota),
        daily("gifts", "12:00", tell),
        hourly("reminders", HOURS, remind, house.reminders.idle_until),
        quarterly("desk", "mon-fri", "8-17", call, desks_idle),
    ]


def install_menu(menus: Menus, branch: Branch) -> str:
    """Draws the branch's rich menus and makes the members' one everybody's; returns its id."""
    member = branch.identity.menu
    tabs = (Tab("職員", STAFF_VIEW), Tab("会員の画面", MEMBER_VIEW))
    if branch.staff and branch.identity.staff_menu:
        for place, (tab, tiles) in enumerate(zip(tabs, (branch.identity.staff_menu, member), strict=True)):
            menu, image = _drawn(branch, tiles, tab.alias, tabs, place)
            install_named(menus, tab.alias, menu, image)
    return install(menus, *_drawn(branch, member, "member"))


def _drawn(
    branch: Branch, tiles: Sequence[BranchTile], kind: str, tabs: Sequence[Tab] = (), tab: int = 0
) -> tuple[dict[str, Any], bytes]:
    """A menu's JSON and its picture."""
    drawn = Menu(
        tuple(
            Tile(cast(Icon, tile.icon), tile.label, tile.note, prominent=place == 0)
            for place, tile in enumerate(tiles)
        ),
        branch.identity.accent,
        tabs=tuple(each.label for each in tabs),
        tab=tab,
    )
    image = richmenu_png(drawn)
    openers = [
        Opener(tile.label, tile.flow, (("topic", tile.topic),) if tile.topic else ()) for tile in tiles
    ]
    named: list[Opener | Tab] = [*tabs, *openers]
    bounds = [dict(area) for area in (*tab_areas(drawn), *areas(drawn))]
    placed = list(zip(named, bounds, strict=True))
    return rich_menu("メニュー", drawn.size, placed, image, kind), image


def build_bots(
    settings: Settings,
    branches: Iterable[Branch],
    observe: Observer = unobserved,
    learn: Callable[..., Understanding] = Understanding,
) -> dict[str, Bot[World]]:
    """The bots of some branches, by their id."""
    lexicon, orders = read_lexicon(settings.branches), read_orders(settings.branches)
    bots = {}
    for branch in branches:
        faq, flows = load_faq(branch.folder), flows_of(branch)
        neighbours = read_neighbours(settings.branches, branch.identity.short, faq)
        understands = learn(faq, flows, lexicon, neighbours, orders)
        world = World(branch, faq, Seal(settings.secret_key), settings.public_url)
        bots[branch.id] = _bot(world, flows, understands, observe)
    return bots


def _bot(
    world: World, flows: dict[str, TalkFlow], understands: Understanding, observe: Observer
) -> Bot[World]:
    branch = world.branch
    codes = Codes(scanned, HOW_TO_SEND_A_CODE) if branch.coupons else None
    book = open_book(branch)
    riding = Riding(book).aboard if book else nothing_rides
    return Bot(
        branch.id,
        flows,
        world,
        understands,
        AccountLinks(),
        codes,
        observe,
        roles_of,
        invited,
        count_refusal,
        riding,
    )


def _add_health(app: Flask, house: House) -> None:
    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    @app.get("/readyz")
    def ready() -> tuple[str, int]:
        try:
            with house.database.reading() as db:
                db.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            return f"database: {type(error).__name__}", 503
        return "ok", 200

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


def _drop_old_acts(database: Database, branch: Branch, now: datetime) -> None:
    if branch.staff and (terms := branch.staff.get(day_of(now))):
        oldest = day_end(add_months(day_of(now), -12 * terms.record_years))
        database.run(lambda db: audit.prune(db, branch.id, "system", oldest, now))


def _drop_old_pictures(folder: Path) -> None:
    oldest = time() - PICTURES_KEPT
    for file in folder.glob("*.png"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def sheets(database: Database, branch: Branch, settings: Settings, basic_id: str) -> list[Sheet]:
    """What is printed for each facility of a branch."""
    seal = Seal(settings.secret_key)
    main = desk_of(branch.desks, branch.desks.blocks[-1].since)
    with database.reading() as db:
        return [
            Sheet(
                code=each.code,
                name=each.name,
                association=branch.identity.name,
                chat_url=chat_address(basic_id, each.code),
                typed=each.code,
                staff_url=f"{settings.public_url}/facility/{branch.id}/{each.code}/"
                + seal.staff_key(branch.id, each.code, staff_number(db, branch.id, each.code)),
                desk=f"{main.name} {main.phone}",
            )
            for each in all_facilities(db, branch.id)
        ]


def chat_address(basic_id: str, text: str) -> str:
    """What a printed code holds: opens the chat with the text typed in (ASCII keeps the code small)."""
    return f"https://line.me/R/oaMessage/{quote(basic_id, safe='')}/?{quote(text, safe='')}"
