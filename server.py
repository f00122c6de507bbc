"""What the web server loads: one house with its sender, photo reader and recurring jobs."""

import ctypes
import gc
import sys
import time
from datetime import UTC, datetime
from threading import Thread

from dotenv import load_dotenv
from flask import Flask

import logs
from bot.lexicon import put_dictionary_away
from house import House, build, jobs, own_jobs, web
from scheduler.jobs import start
from scheduler.leadership import Leadership
from settings import from_environment

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
