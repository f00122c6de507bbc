"""A process that is made to be killed: it freezes, advances and sends broadcasts on an existing database.

Reads "start <posix seconds of its clock>" from its input; writes "ready <process id>" when that worker runs."""

import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime

from bot.line import Line
from bot.mail_sender import MailSender
from bot.outbox import Sender
from house import broadcast_worker
from models.base import Database
from models.branch import Branch, load_branch
from settings import ROOT

BRANCH = "saitama"


def main(url: str, api: str) -> None:
    """Everything slow is done once; a worker's life begins with a fork."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    branches = {BRANCH: load_branch(ROOT / "branches" / BRANCH)}
    print("waiting", flush=True)
    for order in sys.stdin:
        ahead = float(order.split()[1]) - time.time()
        if os.fork() == 0:
            _live(url, api, branches, ahead)


def _live(url: str, api: str, branches: dict[str, Branch], ahead: float) -> None:
    def clock() -> datetime:
        return datetime.fromtimestamp(time.time() + ahead, UTC)

    database, lines = Database(url), {BRANCH: Line("1", "secret", api, api)}
    name = f"worker-{os.getpid()}"
    sender = Sender(database, lines, clock, name, workers=4)
    mail_sender = MailSender(database, lines, clock, name, workers=4)
    worker = broadcast_worker(database, branches, lines, clock, (sender, mail_sender))
    for part in (sender, mail_sender, worker):
        part.start()
    print(f"ready {os.getpid()}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
