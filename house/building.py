"""The parts of a running bot, and how they are put together."""

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.dispatch import Bot
from bot.line import Line, LineUnavailable
from bot.mail_sender import MailSender
from bot.menu_switch import MenuSwitcher
from bot.outbox import Sender
from bot.photos import PhotoReader
from bot.walk import Observer, unobserved
from bot.webhook import Channel, Webhook
from handlers.understanding import Understanding
from handlers.world import World
from house.bots import Learn, build_bots
from house.facility_sheets import chat_address
from models import broadcasts, mailing, menu_wishes, outbox
from models.base import Database
from models.branch import Branch, load_branches
from models.broadcast_outcome import still_meant
from models.days import day_of
from models.mailing_batches import Meant
from models.proof import Seal
from models.reminder_forecast import Quota
from models.terms_change import note_terms
from pictures.codes import read_codes
from pictures.sent import fit
from scheduler.broadcasts import BroadcastWorker
from scheduler.reminders import Reminders, reminders_of
from settings import Settings

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

    def learn_bot_ids(self) -> bool:
        """Asks LINE whose webhooks each branch's are, so that no others are taken; True when all are known."""
        for name, channel in self.webhook.channels.items():
            try:
                channel.bot_user_id, _ = self.lines[name].bot_user_id()
            except LineUnavailable as error:
                log.warning("bot of %s: %s", name, error)  # its webhooks are signed all the same
        return all(channel.bot_user_id for channel in self.webhook.channels.values())

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
        workers = (self.webhook, self.sender, self.mail_sender, self.photos, self.menu_switcher)
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
    learn: Learn = Understanding.of,
) -> House:
    """Puts the parts together; starts nothing. The database has this release's tables (`models.schema.prepare`).

    `learn` makes a branch's understanding of its files, or takes one that was made before."""
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
