"""What the web server loads: one house with its sender, photo reader and recurring jobs."""

from datetime import UTC, datetime

from dotenv import load_dotenv
from flask import Flask

from bot.lexicon import put_dictionary_away
from bot.line import LineUnavailable
from house import build, jobs, web
from scheduler.jobs import start
from scheduler.leadership import Leadership
from settings import from_environment


def application() -> Flask:
    """A running bot's web application. Called once in each server process."""
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
    return web(house)
