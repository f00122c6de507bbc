"""What the web server loads: one house with its sender, photo reader and recurring jobs."""

import gc
from datetime import UTC, datetime

from dotenv import load_dotenv
from flask import Flask

import logs
from bot.lexicon import put_dictionary_away
from bot.line import LineUnavailable
from house import build, jobs, web
from scheduler.jobs import start
from scheduler.leadership import Leadership
from settings import from_environment

NEW_OBJECTS = 20_000  # between two looks for garbage that refers to itself: a few megabytes at most


def application() -> Flask:
    """A running bot's web application. Called once in each server process."""
    logs.begin()  # the command line's own beginning went with its process
    load_dotenv()
    house = build(from_environment(), lambda: datetime.now(UTC))
    for name, line in house.lines.items():
        try:
            house.webhook.channels[name].bot_user_id, _ = line.bot_user_id()
        except LineUnavailable:
            continue  # LINE is away: webhooks are signed all the same
    put_dictionary_away()  # members tap and scan more than they ask
    house.start()
    Leadership(house.database, lambda: start(jobs(house), house.clock)).start()
    app = web(house)
    keep_still()
    return app


def keep_still() -> None:
    """What has been built by now is there for good: the search for garbage leaves it out, and comes less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
