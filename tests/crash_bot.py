"""A bot that is made to be killed: a quickly forked process with a web server, on an existing database.

Reads "start <seconds that its clock is ahead>" from its input; writes "ready <process id>" when that bot listens."""

import logging
import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

from werkzeug.serving import make_server

from bot.mail_sender import MailSender
from bot.outbox import Sender
from bot.photos import PhotoReader
from bot.webhook import Channel, Webhook
from house import House, broadcast_worker, build, web
from models.base import Database
from pictures.codes import read_codes
from pictures.sent import fit
from settings import Settings, from_environment


def main() -> None:
    """Everything slow is done once; a bot's life begins with a fork."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = from_environment()
    scratch = f"sqlite:///{settings.data_dir / 'scratch.db'}"
    pattern = build(replace(settings, database_url=scratch), lambda: datetime.now(UTC))
    pattern.database.close()
    print("waiting", flush=True)
    for line in sys.stdin:
        ahead = float(line.split()[1])
        if os.fork() == 0:
            live(pattern, settings, ahead)


def live(pattern: House, settings: Settings, ahead: float) -> None:
    """One bot, from start to kill."""

    def clock() -> datetime:
        return datetime.fromtimestamp(time.time() + ahead, UTC)

    database = Database(settings.database_url)
    lines, bots = pattern.lines, pattern.bots
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    sender = Sender(database, lines, clock, name, workers=8)
    mail_sender = MailSender(database, lines, clock, name, workers=8)
    photos = PhotoReader(database, bots, lines, sender, clock, read_codes, fit)
    channels = {name: Channel(bots[name], lines[name]) for name in bots}
    webhook = Webhook(channels, database, sender, clock, photos.nudge)
    house = replace(
        pattern,
        settings=settings,
        clock=clock,
        database=database,
        sender=sender,
        mail_sender=mail_sender,
        photos=photos,
        broadcasts=broadcast_worker(database, pattern.branches, lines, clock, (sender, mail_sender)),
        webhook=webhook,
    )
    house.start()
    server = make_server("127.0.0.1", settings.bot_port, web(house), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready {os.getpid()}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
