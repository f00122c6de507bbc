"""What every command needs: settings, the clock, the database, the branch, and how to say or refuse."""

import getpass
import json
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click
from dotenv import load_dotenv
from sqlalchemy import Connection

from demo_clock import DemoClock
from models.base import Database, Refusal
from models.branch import Branch, folders, load_branch
from models.days import day_of
from models.member import Holder, holder, number_as_stored, person_with
from models.schema import upgrade
from models.table_file import BadRows
from settings import BadSetting, Settings, from_environment

DAY = click.DateTime(["%Y-%m-%d"])
BRANCH = click.option("--branch", "branch_id", help="支部（一つだけなら省けます）")
JSON = click.option("--json", "as_json", is_flag=True, help="JSONで答える")
OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="書き出すファイル（なければ画面）"
)
ANOTHER_FOLDER = "見本のデータと混ざらないように、DATA_DIR を別の空のフォルダーにしてください"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def settings() -> Settings:
    """The settings of the environment; what cannot be used ends the command with a sentence."""
    load_dotenv()
    try:
        return from_environment()
    except BadSetting as problem:
        raise click.UsageError(str(problem)) from None


def opened() -> tuple[Settings, Callable[[], datetime], Database]:
    """Settings, clock and database, brought to this release's tables."""
    found = settings()
    database = Database(found.database_url)
    upgrade(database)
    return found, clock(found), database


def clock(found: Settings) -> Callable[[], datetime]:
    """The demo's clock where a demo lives in the data folder, else the real one."""
    refuse_demo_clock(found)
    file = _demo_clock(found)
    return DemoClock(file, found.demo_start) if file.exists() else real_clock


def of_members(found: Settings) -> list[str]:
    """The settings that name the members' database or channels; a demo has none of them."""
    is_ours = found.database_url == f"sqlite:///{found.data_dir / 'kyosai.db'}"
    return [
        *([] if is_ours else ["DATABASE_URL"]),
        *(f"{name.upper()}_CHANNEL_ID" for name in found.channels),
    ]


def is_under_demo_clock(found: Settings) -> bool:
    """Whether a demo has left its clock where members are served."""
    return bool(of_members(found)) and _demo_clock(found).exists()


def refuse_demo_clock(found: Settings) -> None:
    """Ends the command where members would be served by a demo's clock."""
    if is_under_demo_clock(found):
        refuse(f"{_demo_clock(found)} は見本の時計です。{ANOTHER_FOLDER}。")


def _demo_clock(found: Settings) -> Path:
    return found.data_dir / "clock.json"


def real_clock() -> datetime:
    return datetime.now(UTC)


def day(on: datetime | None, found: Settings) -> date:
    """The day that was asked for, else today."""
    return on.date() if on else day_of(clock(found)())


def branch_of(found: Settings, name: str | None) -> Branch:
    """The branch that was named; may be left out when there is only one. Only its own files are read."""
    return load_branch(found.branches / one_of([each.name for each in folders(found.branches)], name))


def one_of(branches: Collection[str], name: str | None) -> str:
    """The name, if there is such a branch; the only one when none is named."""
    if name is None and len(branches) == 1:
        return next(iter(branches))
    if name is None or name not in branches:
        raise click.UsageError(f"--branch に {'、'.join(branches)} のどれかを指定してください。")
    return name


def say(as_json: bool, found: dict[str, Any], words: str) -> None:
    """Says what was found or done, in JSON or in words."""
    click.echo(json.dumps(found, ensure_ascii=False, default=str) if as_json else words)


def refuse(words: str, as_json: bool = False, **more: Any) -> NoReturn:
    """Says why nothing was done, and exits 1."""
    if as_json:
        click.echo(json.dumps({"error": words, **more}, ensure_ascii=False, default=str))
    else:
        click.echo(words, err=True)
    raise SystemExit(1)


def person_numbered(db: Connection, branch: str, number: str, as_json: bool) -> int:
    """Whom a number of any width belongs to, or belonged; ends the command where it is nobody's."""
    person = person_with(db, branch, number_as_stored(number))
    if person is None:
        _nobody(number, as_json)
    return person


def holder_numbered(db: Connection, branch: str, number: str, as_json: bool) -> Holder:
    """The same person as the data that count now know them."""
    one = holder(db, person_numbered(db, branch, number, as_json))
    if one is None:
        _nobody(number, as_json)
    return one


def _nobody(number: str, as_json: bool) -> NoReturn:
    refuse(f"番号 {number} は見つかりません。取り込んだ組合員のCSVを確かめてください。", as_json)


def author() -> str:
    """Who gave a command, as the record names them."""
    try:
        return f"コマンド:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user without a name
        return "コマンド"


@contextmanager
def refusing(as_json: bool) -> Iterator[None]:
    """Ends the command with the reason when the rules say no; with every wrong row of a file."""
    try:
        yield
    except BadRows as bad:
        problems = [asdict(problem) for problem in bad.problems]
        refuse(bad.text if as_json else bad.in_words(), as_json, problems=problems)
    except Refusal as refusal:
        refuse(refusal.text, as_json)


@contextmanager
def writing(out: Path | None) -> Iterator[TextIO]:
    """The file, in the form that Japanese spreadsheets open; else the screen."""
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        yield file


def until_stopped() -> None:
    """Waits for Ctrl+C or the service manager's stop."""
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    stopped.wait()
