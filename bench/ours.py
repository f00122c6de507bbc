"""Our own bot for the bench: the whole house, on a clock that stands in the coupon's season."""

import os
import time
from datetime import UTC, datetime

from flask import Flask

from bot.lexicon import put_dictionary_away
from house import build, jobs, web
from scheduler.jobs import start
from server import keep_still, settle_on_a_core
from settings import from_environment


def application() -> Flask:
    """What `server.application` makes, with the bench's clock."""
    ahead = float(os.environ["BENCH_AHEAD"])
    house = build(from_environment(), lambda: datetime.fromtimestamp(time.time() + ahead, UTC))
    house.learn_bot_ids()
    put_dictionary_away()
    house.start()
    start(jobs(house), house.clock)
    app = web(house)
    keep_still()
    settle_on_a_core()
    return app
