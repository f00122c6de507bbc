"""A sender of mailings in a process of its own: says that it is ready, sends all that is due, and ends."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta

from bench.people import BRANCH
from bot.line import Line
from bot.mail_sender import MailSender
from models import mailing
from models.base import Database

NOW = datetime(2024, 7, 1, 3, 0, tzinfo=UTC)  # by day
LOOK = 0.1  # seconds


def main() -> None:
    """Begins when a line comes in; ends with 0 when nothing is due any more, whoever has sent it."""
    database = Database(os.environ["DATABASE_URL"])
    api = os.environ["LINE_API"]
    line = Line("1", "secret", api, api, ca_file=os.environ["SSL_CERT_FILE"])
    line.token()
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.monotonic()

    def clock() -> datetime:
        return NOW + timedelta(seconds=1 + time.monotonic() - begun)

    sender = MailSender(database, {BRANCH: line}, clock, f"bench-{os.getpid()}")
    sender.start()
    while not (sender.is_quiet() and _is_done(database)):
        time.sleep(LOOK)
    sender.stop()


def _is_done(database: Database) -> bool:
    with database.reading() as db:
        return mailing.next_due(db) is None


if __name__ == "__main__":
    main()
