"""Who runs the jobs: on PostgreSQL one replica at a time, by an advisory lock; another takes over when it dies."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from models.base import Database

LOCK = 4_711_002
LOOK_EVERY = 1.0  # seconds

log = logging.getLogger(__name__)


class Running(Protocol):
    """Jobs that run by themselves."""

    def shutdown(self) -> None: ...


@dataclass
class Leadership:
    """Starts the jobs when this process leads, stops them when it does not any more.

    The lock belongs to a connection: whoever dies loses it with the connection. On SQLite there is one machine;
    there every process leads, and the tables' keys keep a job that fires twice harmless."""

    database: Database
    start_jobs: Callable[[], Running]
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._lead_again, name="leadership", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=10)

    def _lead_again(self) -> None:
        while not self._stop.is_set():
            try:
                self._lead()
            except SQLAlchemyError as error:
                log.warning("leadership lost: %s", type(error).__name__)
            self._stop.wait(LOOK_EVERY)

    def _lead(self) -> None:
        """Runs the jobs as long as the lock is held; at once back when another process holds it."""
        with ExitStack() as held:
            db = None if self.database.is_sqlite else held.enter_context(self._connection())
            if db is not None and not _try_lock(db):
                return
            jobs = self.start_jobs()
            held.callback(jobs.shutdown)
            log.info("this process runs the jobs")
            while not self._stop.wait(LOOK_EVERY):
                if db is not None:
                    db.execute(text("SELECT 1"))  # raises when the connection, and so the lock, is gone

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection of its own that is closed afterwards: back in the pool it would keep the lock."""
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            try:
                yield db
            finally:
                db.invalidate()


def _try_lock(db: Connection) -> bool:
    return bool(db.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar())
