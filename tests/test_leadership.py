"""Of several processes one runs the jobs; when it is killed, another takes over."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from models.base import Database
from scheduler.leadership import Leadership
from settings import ROOT
from tests.conftest import PostgresServer
from tests.lead import Jobs

WITHIN = 60  # seconds; it takes two or three
Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    yield postgres.create("leadership")
    postgres.drop("leadership")


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(name: str) -> "subprocess.Popen[bytes]":
        command = (sys.executable, "-m", "tests.lead", url, str(tmp_path / "leaders"), name)
        started.append(subprocess.Popen(command, cwd=ROOT))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def leaders(folder: Path, number: int) -> list[str]:
    """Who has led so far, once there are so many."""
    file, waiting = folder / "leaders", Event()
    for _ in count():
        found = file.read_text().split() if file.exists() else []
        if len(found) >= number or _ > WITHIN * 10:
            return found
        waiting.wait(0.1)
    raise AssertionError("unreachable")


def test_another_process_takes_over_when_the_leader_is_killed(start: Start, tmp_path: Path) -> None:
    first = start("first")
    assert leaders(tmp_path, 1) == ["first"]
    start("second")

    first.kill()
    first.wait()

    assert leaders(tmp_path, 2) == ["first", "second"]


def test_while_one_leads_no_other_does(url: str, tmp_path: Path) -> None:
    databases = [Database(url), Database(url)]
    both = [
        Leadership(database, Jobs(tmp_path / "leaders", name).begin)
        for database, name in zip(databases, ("first", "second"), strict=True)
    ]
    both[0].start()
    assert leaders(tmp_path, 1) == ["first"]

    both[1]._lead()  # one try, which answers at once

    assert leaders(tmp_path, 1) == ["first"]
    for one, database in zip(both, databases, strict=True):
        one.stop()
        database.close()
