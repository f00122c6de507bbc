"""What is wrong with how a command was called, in Japanese: click says it in English."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

GIVEN = re.compile(r"'(.*?)'", re.DOTALL)


class WrongUsage(click.UsageError):
    """A wrong call, told in a sentence and where to read on; exit code 2 as click's own."""

    def show(self, file: IO[Any] | None = None) -> None:
        where = self.ctx.command_path if self.ctx else "app.py"
        click.echo(f"{self.message}\n（使い方は {where} --help で見られます）", file=file, err=file is None)


@contextmanager
def told_in_japanese() -> Iterator[None]:
    """Says click's complaints in Japanese; a sentence of ours stays as it is."""
    try:
        yield
    except (WrongUsage, click.exceptions.NoArgsIsHelpError):
        raise
    except click.UsageError as error:
        raise WrongUsage(_sentence(error), error.ctx) from None


def _sentence(error: click.UsageError) -> str:
    match error:
        case click.MissingParameter():
            return f"{_name(error)} を指定してください。"
        case click.BadParameter():
            return _bad_value(error)
        case click.NoSuchOption():
            return f"{error.option_name} という指定はありません。{_perhaps(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"{error.command_name} というコマンドはありません。{_perhaps(error.possibilities)}"
        case click.BadOptionUsage():
            takes_none = "does not take" in error.message
            return f"{error.option_name} {'に値は付けられません' if takes_none else 'の値を書いてください'}。"
        case _ if error.message.isascii():
            return "コマンドの書き方が違います。足りない語か、余分な語がないか確かめてください。"
    return error.message


def _bad_value(error: click.BadParameter) -> str:
    """The value, and what is expected in its place."""
    if not error.message.isascii() and error.param is None:
        return error.message
    given = GIVEN.search(error.message)
    value = f"「{given[1]}」" if given else "値"
    return f"{_name(error)} の{value}は使えません。{_expected(error)}"


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    match kind:
        case click.DateTime():
            return "日付を 2024-07-01 の形で書いてください。"
        case click.IntRange():
            return f"{kind.min}〜{kind.max} の数字で書いてください。"
        case click.Choice():
            return f"次のどれかにしてください: {'、'.join(map(str, kind.choices))}"
        case click.Path() | click.File():
            return "ファイルの場所と名前を確かめてください。"
        case _ if kind is click.INT:
            return "数字で書いてください。"
    return "書き方を確かめてください。"


def _name(error: click.BadParameter) -> str:
    """--on, or the name of an argument as --help shows it."""
    if error.param is None:
        return "コマンド"
    return str(
        error.param.opts[0]
        if isinstance(error.param, click.Option)
        else error.param.make_metavar(click.Context(click.Command("")))
    )


def _perhaps(possibilities: Any) -> str:
    return f"もしかして: {'、'.join(sorted(possibilities))}" if possibilities else ""
