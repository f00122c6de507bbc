"""The command line, from the demo and the server to imports, posters and checks."""

from importlib import import_module
from typing import Any

import click

import logs
from commands.terminal import refuse
from commands.usage_words import told_in_japanese
from models.terms import BadTerms

# Where each command stands. Only the one that is called is loaded: the server and LINE's SDK take seconds.
COMMANDS = {
    **{name: f"running.{name}" for name in ("demo", "serve", "work", "menus", "flows")},
    "doctor": "doctor.doctor",
    "import": "points.imports",  # the whole of it: its module adds points to the members and facilities
    "show": "points.show",
    "coupons": "coupons.correcting",
    "posters": "facilities.posters",
    "revoke-facility-page": "facilities.revoke",
    "points": "points.points",
    "paper": "paper.paper",
    "clear-tries": "people.clear_tries",
    "unlink": "people.unlink",
    "undisown": "people.undisown",
    "forget": "people.forget",
    "staff": "staff.staff",
    "broadcast": "broadcasts.broadcast",
    "audit": "record.audit",
    "reminders": "reminders.reminders",
    "terms": "terms.terms",
    "faq": "faq.faq",
}


class CommandLine(click.Group):
    """All commands; a broken file of a branch ends any of them with its line and what to write, a wrong call in words."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with told_in_japanese():
            return super().make_context(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(".")
        found: click.Command = getattr(import_module(f"commands.{module}"), name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with told_in_japanese():
                return super().invoke(ctx)
        except BadTerms as bad:
            refuse(str(bad))


@click.group(cls=CommandLine)
def cli() -> None:
    """公立学校の共済組合・互助会のためのLINEボット。"""
    logs.begin()


if __name__ == "__main__":
    cli()
