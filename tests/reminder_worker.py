"""The reminder job with its senders, made to be killed: quickly forked, on an existing database.

Reads "start <seconds that its clock is ahead>" from its input; writes "ready <process id>" and does what is due.
Each statement to the database is told to LINE on localhost: a moment to be killed at."""

import logging
import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import event as happening

from bot.line import Line
from bot.mail_sender import MailSender
from bot.outbox import Sender
from models import reminder_people
from models.base import Database
from scheduler import reminder_sending
from scheduler.reminder_book import Book
from scheduler.reminders import Reminders
from settings import Settings, from_environment
from tests.reminded import book_of, event

BRANCH, MOMENT = "aichi", "/moment"
WORKERS = 4
PAGE = 2  # people found, and chats told, in one transaction


def main() -> None:
    """Everything slow is done once; a worker's life begins with a fork."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = from_environment()
    reminder_people.PEOPLE_AT_A_TIME = reminder_people.MANY_PEOPLE_AT_A_TIME = PAGE
    reminder_sending.ROWS_AT_A_TIME = PAGE
    channel = settings.channels[BRANCH]
    line = Line(channel.channel_id, channel.secret, settings.line_api, settings.line_api_data)
    book = book_of(BRANCH, event())
    print("waiting", flush=True)
    for order in sys.stdin:
        if os.fork() == 0:
            live(settings, line, book, float(order.split()[1]))


def live(settings: Settings, line: Line, book: Book, ahead: float) -> None:
    """One worker, from start to kill."""

    def clock() -> datetime:
        return datetime.fromtimestamp(time.time() + ahead, UTC)

    database = Database(settings.database_url)
    tell_moments(database, settings.line_api)
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    sender = Sender(database, {BRANCH: line}, clock, name, WORKERS)
    mail_sender = MailSender(database, {BRANCH: line}, clock, name, WORKERS)
    print(f"ready {os.getpid()}", flush=True)
    sender.start()
    mail_sender.start()
    if Reminders(database, {BRANCH: book}).run(clock()):
        sender.nudge()
        mail_sender.nudge()
    signal.pause()


def tell_moments(database: Database, api: str) -> None:
    """Whoever kills hears of every statement and every commit before it happens."""
    address = urlsplit(api).netloc

    def tell(*_: Any) -> None:
        connection = HTTPConnection(address, timeout=5)
        connection.request("POST", MOMENT, "{}", {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.close()

    for kind in ("before_cursor_execute", "commit"):
        happening.listen(database.engine, kind, tell)


if __name__ == "__main__":
    main()
