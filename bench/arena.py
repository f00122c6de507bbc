"""LINE, the load and the bots to be compared, each in a process of its own."""

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.client import HTTPSConnection
from pathlib import Path
from statistics import median
from typing import Any

from bench import certificate
from bench.certificate import HOST
from bench.load import Job, Sent
from bench.people import BRANCH, NOW, fill
from bench.processes import Process, Processes, free_port, is_well
from settings import ROOT

USERS = 4_000
THREADS = 8
MANY = 64  # threads and connections of the careful echo at its best
SECRET = "bench-channel-secret"
DRAINED_WITHIN = 15.0  # seconds


@dataclass(frozen=True)
class Measured:
    """One turn of one bot."""

    sent: Sent
    replied_per_second: float  # events, until the last of their replies has reached LINE
    cpu_per_event: float  # seconds
    database_cpu_per_event: float


@dataclass
class Bot:
    """One of the bots, and what was measured of it."""

    name: str
    process: Process
    database: Process | None = None
    fastest: float = 3_000.0  # events a second that are made ready for it
    events: int = 0
    unwell: int = 0  # webhooks that were not answered with 200
    turns: dict[float, list[Measured]] = field(default_factory=dict)  # by LINE's latency

    def rate(self, latency: float, last: int = 0) -> float:
        """Events a second, the median of the turns or of the last of them."""
        return median(one.replied_per_second for one in self.turns[latency][-last:])

    def cpu(self, latency: float, last: int = 0) -> float:
        return median(one.cpu_per_event for one in self.turns[latency][-last:])

    def database_cpu(self, latency: float) -> float:
        return median(one.database_cpu_per_event for one in self.turns[latency])


class Arena:
    """LINE, the bots, and the load."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self._folder = folder
        self._processes = processes
        self.ahead = NOW.timestamp() - time.time()
        server, self._authorities = certificate.make(folder)
        self._port = free_port()
        processes.start(
            "line", "bench.fake_line", str(self._port), str(server), env=os.environ, port=self._port
        )
        context = ssl.create_default_context(cafile=self._authorities)
        self._line = HTTPSConnection(HOST, self._port, context=context, timeout=10)

    def echo(self, name: str, target: str, *, threads: int = THREADS, **env: str) -> Bot:
        return self._bot(name, f"bench.echo:{target}", threads, env)

    def ours(self, name: str, url: str, database: Process | None = None) -> Bot:
        fill(url, USERS, USERS, asked=True).close()
        env = {"DATABASE_URL": url, "DATA_DIR": str(self._folder / name), "MALLOC_ARENA_MAX": "2"}
        bot = self._bot(name, "bench.ours:application", THREADS, env)
        bot.database = database
        return bot

    def play(self, bot: Bot, seconds: float, latency: float, rate: float | None = None) -> Measured:
        """Loads one bot for a while, and waits until its last reply has come."""
        self._ask("/bench/latency", str(latency))
        cpu, database_cpu = bot.process.cpu(), bot.database.cpu() if bot.database else 0.0
        sent = self._load(bot, seconds, rate)
        bot.events += sent.events
        bot.unwell += sent.events - sent.statuses.get("200", 0)
        last_reply = self._drained(bot)
        took = max(last_reply, sent.ended_at) - sent.begun_at
        bot.fastest = max(2 * sent.events / seconds, 300.0)
        used = bot.process.cpu() - cpu
        database_used = bot.database.cpu() - database_cpu if bot.database else 0.0
        return Measured(sent, sent.events / took, used / sent.events, database_used / sent.events)

    def counts(self, bot: Bot) -> dict[str, Any]:
        """What LINE received of a bot."""
        found: dict[str, Any] = self._ask("/bench/counts").get(bot.name, {"replies": 0, "doubled": 0})
        return found

    def pushes(self) -> int:
        return int(self._ask("/bench/counts").get("push", {"pushes": 0})["pushes"])

    def _bot(self, name: str, target: str, threads: int, env: Mapping[str, str]) -> Bot:
        port = free_port()
        all_env = {
            **os.environ,
            "LINE_API": f"https://{HOST}:{self._port}",
            "SSL_CERT_FILE": str(self._authorities),
            "BENCH_SECRET": SECRET,
            "BENCH_AHEAD": str(self.ahead),
            "SAITAMA_CHANNEL_ID": "1",
            "SAITAMA_CHANNEL_SECRET": SECRET,
            "SECRET_KEY": "bench",
            **env,
        }
        process = self._processes.start(
            name, "bench.serve", target, str(port), str(threads), env=all_env, port=port
        )
        if not is_well(process):
            raise RuntimeError(f"{name} is not well")
        return Bot(name, process)

    def _load(self, bot: Bot, seconds: float, rate: float | None) -> Sent:
        job = Job(
            port=bot.process.port,
            path=f"/webhook/{BRANCH}",
            secret=SECRET,
            bot=bot.name,
            users=USERS,
            first=bot.events,
            most=int(seconds * bot.fastest),
            seconds=seconds,
            ahead=self.ahead,
            rate=rate,
        )
        done = subprocess.run(
            (sys.executable, "-m", "bench.load"),
            input=json.dumps(asdict(job)),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=seconds + 60,
            check=True,
        )
        return Sent(**json.loads(done.stdout))

    def _drained(self, bot: Bot) -> float:
        """Waits for the last reply; returns when it came."""
        deadline = time.monotonic() + DRAINED_WITHIN
        while (counts := self.counts(bot))["replies"] < bot.events and time.monotonic() < deadline:
            time.sleep(0.05)
        return float(counts.get("last_at", 0.0))

    def _ask(self, path: str, body: str = "") -> Any:
        self._line.request("POST", path, body.encode())
        return json.loads(self._line.getresponse().read())
