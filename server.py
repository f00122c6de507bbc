"""What the web server loads: one house with its sender, photo reader and recurring jobs."""

import ctypes
import gc
import os
import random
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from dotenv import load_dotenv
from flask import Flask

import logs
from bot.lexicon import put_dictionary_away
from house import House, build, jobs, own_jobs, web
from scheduler.jobs import start
from scheduler.leadership import Leadership
from settings import from_environment

_claims: list[socket.socket] = []

ASKED_AGAIN = 60  # seconds after LINE could not be asked
NEW_OBJECTS = 20_000  # between two looks for garbage that refers to itself: a few megabytes at most


def application() -> Flask:
    """A running bot's web application. Called once in each server process."""
    logs.begin()  # the command line's own beginning went with its process
    load_dotenv()
    house = build(from_environment(), lambda: datetime.now(UTC))
    if not house.learn_bot_ids():
        Thread(target=learn_later, args=(house,), name="bot-ids", daemon=True).start()
    put_dictionary_away()  # members tap and scan more than they ask
    house.start()
    Leadership(house.database, lambda: start(jobs(house), house.clock)).start()
    start(own_jobs(house.settings), house.clock)
    app = web(house)
    keep_still()
    settle_on_a_core()
    return app


def learn_later(house: House) -> None:
    """Asks until LINE is there again."""
    while not house.learn_bot_ids():
        time.sleep(ASKED_AGAIN)


def keep_still() -> None:
    """What has been built by now is there for good: the search for garbage leaves it out, and comes less often.

    What building has freed goes back to the system; glibc would keep it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    if sys.platform == "linux" and (give_back := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        give_back(0)


def settle_on_a_core(sort: str = "kyosai-line") -> int | None:
    """Keeps this process's threads on a core that no other of its sort on this machine has; None: on no one.

    They take turns under the interpreter's lock. On one core a turn is passed on without waking another core."""
    if sys.platform != "linux":
        return None
    cores = list(os.sched_getaffinity(0))
    random.shuffle(cores)  # a claim is not seen from another container
    for core in cores if len(cores) > 1 else ():
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0{sort}-core-{core}")  # a name without a file, given up when the process ends
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread.name), {core})
        return core
    return None
