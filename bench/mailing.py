"""Messages for 1,200,000: how long the list takes to freeze, in what memory, and how near sending comes to LINE's cap."""

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, select, text

from bench import certificate
from bench.certificate import HOST
from bench.mail_worker import NOW
from bench.people import BRANCH, fill
from bench.points import create, memory, seconds
from bench.processes import Processes, free_port
from bench.table import Row, at_least, at_most, shown
from bench.webhooks import postgres
from bot import Text, mail
from bot.line import RATES
from models import mailing
from models.base import Database
from models.conversation import Conversation
from models.mailing import BATCH
from settings import ROOT

PEOPLE = 1_200_000
SENT = 1_200  # batches
TURNS = 3
LATENCY = 0.05  # seconds until LINE answers
WITHIN = 90.0  # seconds
CAP = RATES["multicast"] * BATCH  # people a second

_BARE = {
    "sqlite": """INSERT INTO bare SELECT (place - 1) / 500, json_group_array(id) FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM chats WHERE branch = :branch AND NOT blocked
        ) AS each_of GROUP BY 1""",
    "postgresql": """INSERT INTO bare SELECT (place - 1) / 500, json_agg(id)::text FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM chats WHERE branch = :branch AND NOT blocked
        ) AS each_of GROUP BY 1""",
}


def rows(folder: Path, processes: Processes) -> Iterator[Row]:
    """The rows for SQLite with one sender, then for PostgreSQL with two that share LINE's rate."""
    line = FakeLine(folder, processes)
    with closing(_linked(f"sqlite:///{folder / 'mailing.db'}")) as database:
        yield from _frozen("SQLite", database)
        yield from _sent("SQLite", database, line, senders=1)
    with postgres(folder) as (url, _), closing(_linked(create(url, "mailing"))) as database:
        yield from _frozen("PostgreSQL", database)
        yield from _sent("PostgreSQL", database, line, senders=2)


class FakeLine:
    """LINE over TLS in a process of its own, which holds whoever sends to its rate."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        server, self.authorities = certificate.make(folder)
        self.port = free_port()
        arguments = (str(self.port), str(server))
        processes.start("mail-line", "bench.fake_line", *arguments, env=os.environ, port=self.port)
        context = ssl.create_default_context(cafile=self.authorities)
        self._connection = HTTPSConnection(HOST, self.port, context=context, timeout=10)
        self.ask("/bench/latency", str(LATENCY))

    def ask(self, path: str, body: str = "") -> Any:
        self._connection.request("POST", path, body.encode())
        return json.loads(self._connection.getresponse().read())


def _linked(url: str) -> Database:
    """1,200,000 members, each in a chat: a broadcast is for those who are linked at the moment it is sent."""
    return fill(url, PEOPLE, PEOPLE, asked=False)


def _frozen(engine: str, database: Database) -> Iterator[Row]:
    grown = memory(lambda: _freeze(database, "first"))  # a first time, which is not timed
    ours, bare = [], []
    for turn in range(TURNS):
        ours.append(seconds(lambda turn=turn: _freeze(database, f"turn {turn}")))  # type: ignore[misc]
        bare.append(seconds(lambda: _bare(database)))
    yield shown(f"freezing a list of 1,200,000, {engine}", median(ours), "s")
    yield at_most(f"the same / one INSERT … SELECT of it, {engine}", median(ours) / median(bare), "times", 3)
    yield at_most(f"memory that freezing took, {engine}", grown, "MB", 20)


def _freeze(database: Database, about: str) -> int:
    """The list as it is written by a broadcast: held, streamed, in batches of 500."""

    def work(db: Connection) -> int:
        found = _mailing(db, about)
        chats = select(Conversation.id).where(Conversation.branch == BRANCH, Conversation.blocked.is_(False))
        rows = db.execute(chats.order_by(Conversation.id).execution_options(yield_per=10_000))
        assert mailing.add_batches(db, found, rows.scalars(), due_at=None) == PEOPLE
        return found

    return database.run(work)


def _mailing(db: Connection, about: str) -> int:
    return mail(
        db,
        branch=BRANCH,
        purpose="broadcast",
        about=about,
        subject="お知らせ",
        messages=(Text("10月1日から冬の健診の申込みが始まります。「健診」と送ると、申込みに進めます。"),),
        now=NOW,
    )


def _bare(database: Database) -> None:
    def work(db: Connection) -> None:
        db.exec_driver_sql("CREATE TABLE IF NOT EXISTS bare (number integer, chat_ids text)")
        db.execute(text(_BARE[db.dialect.name]), {"branch": BRANCH})

    database.run(work)


def _sent(engine: str, database: Database, line: FakeLine, senders: int) -> Iterator[Row]:
    """So many batches of a frozen list are released, and sent by processes of their own."""
    with database.transaction() as db:
        found = _mailing(db, "sent")
        mailing.add_batches(db, found, range(1, SENT * BATCH + 1), due_at=NOW)
    line.ask("/bench/mailing")
    workers = [_worker(database, line) for _ in range(senders)]
    try:
        _begin(workers)
        _wait(workers)
    finally:
        for worker in workers:
            worker.kill()
    with database.reading() as db:
        seen = mailing.progress(db, found)
    counts = line.ask("/bench/mailing")
    if seen.accepted != SENT * BATCH or counts["people"] != SENT * BATCH:
        raise RuntimeError(f"not everybody was told once: {seen.accepted}, {counts}")
    speed = counts["people"] / (counts["last_at"] - counts["first_at"])
    who = "one sender" if senders == 1 else f"{senders} senders"
    yield shown(f"people told, {who}, {engine}", speed, "people/s")
    yield at_least(f"the same / LINE's cap of 200 × 500, {engine}", speed / CAP, "times", 0.9)
    yield at_most(f"calls that LINE refused as too fast, {engine}", counts["too_fast"], "calls", 0)


def _worker(database: Database, line: FakeLine) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DATABASE_URL": database.url,
        "LINE_API": f"https://{HOST}:{line.port}",
        "SSL_CERT_FILE": str(line.authorities),
    }
    command = (sys.executable, "-m", "bench.mail_worker")
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _begin(workers: Iterable["subprocess.Popen[bytes]"]) -> None:
    """All at once: it is sending that is timed, not the start of a process."""
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"go\n")
        worker.stdin.flush()


def _wait(workers: Iterable["subprocess.Popen[bytes]"]) -> None:
    deadline = time.monotonic() + WITHIN
    for worker in workers:
        if worker.wait(max(deadline - time.monotonic(), 0.1)) != 0:
            raise RuntimeError("a sender of mailings failed")
