"""A sender of mailings that is made to be killed: quickly forked, on an existing database.

Reads "start <seconds that its clock is ahead>" from its input; writes "ready <process id>" when that sender looks."""

import logging
import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime

from bot.line import Line
from bot.mail_sender import MailSender
from models.base import Database
from settings import Settings, from_environment

WORKERS = 8


def main() -> None:
    """Everything slow is done once; a sender's life begins with a fork."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = from_environment()
    lines = {
        name: Line(each.channel_id, each.secret, settings.line_api, settings.line_api_data)
        for name, each in settings.channels.items()
    }
    print("waiting", flush=True)
    for line in sys.stdin:
        ahead = float(line.split()[1])
        if os.fork() == 0:
            live(settings, lines, ahead)


def live(settings: Settings, lines: dict[str, Line], ahead: float) -> None:
    """One sender, from start to kill."""

    def clock() -> datetime:
        return datetime.fromtimestamp(time.time() + ahead, UTC)

    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    MailSender(Database(settings.database_url), lines, clock, name, WORKERS).start()
    print(f"ready {os.getpid()}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
