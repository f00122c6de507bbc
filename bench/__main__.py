"""Runs the whole bench: `python -m bench` prints the table and writes bench.json; exit 1 when a target is missed."""

import argparse
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from bench import (
    carousels,
    importing,
    mailing,
    points,
    reminders,
    segments,
    steps,
    understanding,
    webhooks,
)
from bench.arena import Arena
from bench.processes import Processes
from bench.table import Row, print_row, write_json
from settings import ROOT

AT_MOST = 900  # seconds for each part, then the bench gives up


def main() -> int:
    """Runs the parts that are asked for; ends everything it started, whatever happens."""
    chosen = _chosen()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGALRM, _give_up)
    signal.signal(signal.SIGTERM, _give_up)
    folder = Path(tempfile.mkdtemp(prefix="kyosai-bench-"))
    processes = Processes(folder)
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "carousels": carousels.rows,
        "webhooks": lambda: webhooks.rows(Arena(folder, processes), folder),
        "steps": lambda: steps.rows(folder),
        "importing": lambda: importing.rows(folder),
        "mailing": lambda: mailing.rows(folder, processes),
        "reminders": lambda: reminders.rows(folder),
        "understanding": understanding.rows,
        "points": lambda: points.rows(folder),
        "segments": lambda: segments.rows(folder),
    }
    rows: list[Row] = []
    failed = False
    try:
        for name in chosen:
            signal.alarm(AT_MOST)
            try:
                for row in parts[name]():
                    rows.append(row)
                    print_row(row)
            except (RuntimeError, OSError, SQLAlchemyError, subprocess.SubprocessError) as error:
                failed = True  # what the other parts say is worth having
                print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
                if isinstance(error, TimeoutError):
                    break
    finally:
        signal.alarm(0)
        processes.end()
        shutil.rmtree(folder, ignore_errors=True)
        write_json(rows, ROOT / "bench.json")
    return 1 if failed or any(row.ok is False for row in rows) else 0


def _chosen() -> list[str]:
    parts = (
        *("carousels", "webhooks", "steps", "importing", "mailing", "understanding"),
        *("points", "segments", "reminders"),
    )
    parser = argparse.ArgumentParser(prog="bench", description="Ratios to two echo bots, all in one run.")
    parser.add_argument("part", nargs="*", help=f"{', '.join(parts)}; all when none is named")
    named = parser.parse_args().part
    if unknown := set(named) - set(parts):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return named or list(parts)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"stopped by signal {number} (a part of the bench may take {AT_MOST} seconds)")


if __name__ == "__main__":
    sys.exit(main())
