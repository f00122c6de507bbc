"""How long a webhook has to wait for the database while files are taken over."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from bench.people import BRANCH, NOW, fill
from bench.table import Row, at_most, shown
from models import conversation
from models.base import SQLITE_WAIT_MS, Database
from models.checkups_file import COLUMNS as CHECKUP_COLUMNS
from models.grants_file import COLUMNS as GRANT_COLUMNS
from models.member_file import COLUMNS
from settings import ROOT

ROWS = 30_000
FIRST_NUMBER = 200_000  # six letters: R-SAI-13
POINTS = "kagawa"
PAUSE = 0.01  # seconds between two webhooks
WITHIN = 120.0  # seconds


def rows(folder: Path) -> Iterator[Row]:
    """The longest wait of a webhook's transaction during imports by another process."""
    data = folder / "importing"
    url = f"sqlite:///{data / 'kyosai.db'}"
    database = fill(url, 1_000, 10, asked=False)
    yield from _taken(database, data, url, "members", BRANCH, _members(folder / "members.csv"))
    for _ in _taken(database, data, url, "members", POINTS, folder / "members.csv"):
        pass  # the people who are granted points
    yield from _taken(database, data, url, "grants", POINTS, _grants(folder / "grants.csv"))
    yield from _taken(database, data, url, "checkups", POINTS, _checkups(folder / "checkups.csv"))
    database.close()


def _taken(database: Database, data: Path, url: str, kind: str, branch: str, file: Path) -> Iterator[Row]:
    env = {**os.environ, "DATA_DIR": str(data), "DATABASE_URL": url}
    command = (sys.executable, "app.py", "import", kind, str(file), "--branch", branch, "--json")
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as taking:
        try:
            longest = _longest_wait(database, taking)
        finally:
            taking.kill()
    if taking.returncode != 0:
        raise RuntimeError("the import failed")
    yield shown(f"import of {kind}", ROWS / (time.perf_counter() - begun), "rows/s")
    yield shown(f"longest wait of a webhook during an import of {kind}", longest * 1e3, "ms")
    share = longest * 1e3 / SQLITE_WAIT_MS
    yield at_most(f"the same ({kind}) / what a webhook can wait", share, "times", 1)


def _longest_wait(database: Database, taking: "subprocess.Popen[bytes]") -> float:
    """Writes as webhooks do until the import is over."""
    longest, deadline = 0.0, time.monotonic() + WITHIN
    numbers = count()
    while taking.poll() is None and time.monotonic() < deadline:
        begun = time.perf_counter()
        database.run(lambda db: conversation.first_time(db, BRANCH, f"bench-{next(numbers)}", NOW))
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(PAUSE)
    return longest


def _members(file: Path) -> Path:
    same = {
        "name": "見本 太郎",
        "kana": "ミホン タロウ",
        "birthdate": "1974-01-22",
        "sex": "M",
        "kind": "member",
        "employment": "regular",
        "acquired_on": "1998-04-01",
        "refresh_coupons": "3",
    }
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(same | {"number": str(FIRST_NUMBER + number)} for number in range(ROWS))
    return file


def _grants(file: Path) -> Path:
    return _of_all(file, GRANT_COLUMNS, ("2024-06-01", "100", "walking", "bench"))


def _checkups(file: Path) -> Path:
    return _of_all(file, CHECKUP_COLUMNS, ("periodic", "2024-06-01", "bmi", "22.0"))


def _of_all(file: Path, columns: Sequence[str], same: Sequence[str]) -> Path:
    """One row a member, which begins with the number."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows((number, *same) for number in range(FIRST_NUMBER, FIRST_NUMBER + ROWS))
    return file
