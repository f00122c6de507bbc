"""Puts the parts together: the command line, from the demo and the server to imports, posters and checks."""

import logging
from typing import Any

import click

from commands.broadcasts import broadcast
from commands.coupons import correcting, show
from commands.doctor import doctor
from commands.facilities import posters, revoke
from commands.faq import faq
from commands.imports import imports
from commands.paper import paper
from commands.people import clear_tries, forget, unlink
from commands.points import points
from commands.record import audit
from commands.reminders import reminders
from commands.running import demo, flows, menus, serve, work
from commands.staff import staff
from commands.terminal import refuse
from commands.terms import terms
from models.terms import BadTerms

COMMANDS = (
    *(demo, serve, work, menus, doctor),
    *(imports, show, correcting, posters, revoke),
    *(points, paper, clear_tries, unlink, forget),
    *(staff, broadcast, audit),
    reminders,
    *(terms, faq, flows),
)


class CommandLine(click.Group):
    """All commands; a broken file of a branch ends any of them with its line and what to write."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadTerms as bad:
            refuse(str(bad))


@click.group(cls=CommandLine)
def cli() -> None:
    """公立学校の共済組合・互助会のためのLINEボット。"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("werkzeug", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


for command in COMMANDS:
    cli.add_command(command)


if __name__ == "__main__":
    cli()
