"""SQLite's write-ahead log on the disk: what several threads have committed is made to last by one sync."""

import os
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path


def sync(file: Path) -> None:
    """Returns when all that was written to the file would survive a power cut."""
    try:
        opened = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return  # the last connection has closed, and SQLite has written the log into the database
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class WriteAheadLog:
    """A commit alone (synchronous = NORMAL) leaves the database whole after a power cut, but may itself be missing."""

    def __init__(self, file: Path, sync: Callable[[Path], None] = sync) -> None:
        self.file = file
        self._sync = sync
        self._turn = threading.Lock()
        self._tickets = count(1)
        self._kept = 0

    def keep(self) -> None:
        """Returns when all that was committed before the call will last."""
        mine = next(self._tickets)
        with self._turn:
            if mine < self._kept:
                return  # a sync that began after our commit is over
            reached = next(self._tickets)
            self._sync(self.file)
            self._kept = reached
