"""The database: one transaction at a time on SQLite, row locks on PostgreSQL, the same code for both."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, DateTime, Dialect, Engine, ExceptionContext, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from models.prepared import QUICKER, keep_values_out, on_driver
from models.shared_transaction import SharedTransactions, TransactionLost
from models.write_ahead_log import WriteAheadLog

Result = TypeVar("Result")

ATTEMPTS = 8
SQLITE_WAIT_MS = 1_500  # a webhook has 2 seconds
LOG_PAGES = 4_000  # in the log before it is written into the database, while everybody waits
RETRYABLE_STATES = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock not available
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; queries are written in Core on a connection, the classes give the columns their types."""

    metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it as UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """On SQLite what its own DateTime would write, at a sixth of the price: every event writes several."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


class Refusal(Exception):
    """The rules say no. The text tells a member why, in their words; `code` names the reason in data."""

    def __init__(self, text: str, code: str = "refused") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Database:
    """Where all transactions begin."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._one_writer = threading.Lock()
        self.write_ahead_log = WriteAheadLog(Path(f"{_file(url)}-wal"))
        self._shared = SharedTransactions(self._one_writer, self._begin_immediate, self.write_ahead_log.keep)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that may write; commits at the end, rolls back on any exception."""
        if not self.is_sqlite:
            with self.engine.begin() as db:
                yield db
            return
        # Waiting here is cheap; SQLite's own waiting is a sleep with growing pauses.
        with self._one_writer, self._begin_immediate() as db:
            yield db
        self.write_ahead_log.keep()

    @contextmanager
    def _begin_immediate(self) -> Iterator[Connection]:
        with self.engine.begin() as db:
            # A deferred BEGIN that reads first and writes later fails as locked under load.
            # Said here: an engine with a listener for "begin" pays for it at every statement.
            on_driver(db, "BEGIN IMMEDIATE")
            yield db
            if not db.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                raise TransactionLost("SQLite rolled back by itself")  # a COMMIT would say nothing

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For what only reads; on SQLite all of it sees one state, and never waits for a writer."""
        if self.is_sqlite:
            with self.streaming() as db:
                yield db
            return
        # In a transaction each statement would see a state of its own, too, and pay for its beginning and end.
        with self._reader.connect() as db:
            yield db

    @contextmanager
    def streaming(self) -> Iterator[Connection]:
        """As `reading`, for rows that come a part at a time: PostgreSQL keeps them as long as a transaction lasts."""
        with self.engine.connect() as db:
            if self.is_sqlite:
                db.exec_driver_sql("BEGIN")
            yield db

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Does the whole work in one transaction, again from the start when a lock or serialisation failed."""
        return _again(lambda: self._alone(work))

    def run_briefly(self, work: Callable[[Connection], Result]) -> Result:
        """As `run`, for one of many transactions in a row: others get their turn to write between them."""
        started = time.monotonic()
        result = self.run(work)
        if self.is_sqlite:
            # One writer at a time, and neither the lock nor SQLite's own waiting is fair: half the time is left to others.
            time.sleep(time.monotonic() - started)
        return result

    def share(
        self, work: Callable[[Connection], Result], then: Callable[[Result], object] = lambda _: None
    ) -> Result:
        """As `run`; on SQLite works that wait for the writer go into one commit. `then` is told what was committed.

        For the short and many: events and book-keeping. The work must not commit or roll back by itself, and is done
        again, alone, where another one of the same commit fails."""
        if self.is_sqlite:
            return _again(lambda: self._shared.run(work, then))
        result = self.run(work)
        then(result)
        return result

    def _alone(self, work: Callable[[Connection], Result]) -> Result:
        with self.transaction() as db:
            return work(db)

    def close(self) -> None:
        self.engine.dispose()


def _again(attempt: Callable[[], Result]) -> Result:
    for tries in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except SQLAlchemyError as error:
            if tries == ATTEMPTS or not is_retryable(error):
                raise
    raise AssertionError("unreachable")


@contextmanager
def savepoint(db: Connection) -> Iterator[None]:
    """Any exception undoes what was done inside; costs a tenth of `begin_nested`."""
    on_driver(db, "SAVEPOINT inside")
    try:
        yield
    except BaseException:
        _in_savepoint(db, "ROLLBACK TO SAVEPOINT inside")
        _in_savepoint(db, "RELEASE SAVEPOINT inside")  # else it would be taken for an outer one of this name
        raise
    _in_savepoint(db, "RELEASE SAVEPOINT inside")


def _in_savepoint(db: Connection, statement: str) -> None:
    try:
        on_driver(db, statement)
    except SQLAlchemyError as error:
        raise TransactionLost("the savepoint is gone") from error


def is_retryable(error: BaseException) -> bool:
    """True for lock and serialisation errors and cut connections: the work is right, only the moment was not."""
    if isinstance(error, TransactionLost):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:  # a commit that got through all the same is known by its event's id
        return True
    if "database is locked" in str(error.orig) or "database table is locked" in str(error.orig):
        return True
    return getattr(error.orig, "sqlstate", None) in RETRYABLE_STATES


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _sqlite(url: str) -> Engine:
    _file(url).parent.mkdir(parents=True, exist_ok=True)
    # The connection used last is the warmest, and each keeps a cache of its own.
    engine = create_engine(
        url,
        pool_size=12,
        max_overflow=40,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would be a deferred one
        connection.execute(f"PRAGMA busy_timeout = {SQLITE_WAIT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # the log is synced in `transaction`
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


def _postgresql(url: str) -> Engine:
    libpq = import_module("models.libpq")  # needs the driver, which not everybody installs
    # All are kept: a connection of PostgreSQL's is a process, and dear to begin.
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=20,
        max_overflow=0,
        pool_use_lifo=True,
        hide_parameters=True,
        # The driver forgets what is prepared, and not only by itself, whenever something is rolled back.
        connect_args={"prepare_threshold": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[QUICKER] = libpq.Libpq(connection)

    @event.listens_for(engine, "handle_error")
    def hide_values(context: ExceptionContext) -> None:
        keep_values_out(context.original_exception)
        if context.sqlalchemy_exception is not None:  # whose words were taken before
            context.sqlalchemy_exception.args = context.original_exception.args

    return engine
