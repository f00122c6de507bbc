"""The migrations, run on empty databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from models import schema
from models.base import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, of each kind."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
        return
    server: Any = request.getfixturevalue("postgres")
    server.execute("CREATE DATABASE without_tables")
    database = Database(server.url("without_tables"))
    yield database
    database.close()
    server.drop("without_tables")


def test_the_migrations_make_the_tables_the_code_expects(empty: Database) -> None:
    schema.upgrade(empty)

    with empty.transaction() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, schema.tables()) == []


def test_the_migrations_guard_the_same_rows_as_the_code(empty: Database) -> None:
    schema.upgrade(empty)
    migrated = triggers(empty)
    with empty.transaction() as db:
        schema.tables().drop_all(db)
        schema.tables().create_all(db)

    assert migrated == triggers(empty)
    assert {table for table, _ in migrated} == {"audit_entries", "point_entries"}


def triggers(database: Database) -> set[tuple[str, str]]:
    """Table and name of each."""
    query = {
        "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with database.reading() as db:
        return {(table, name) for table, name in db.execute(text(query[db.dialect.name]))}


def test_a_database_at_the_newest_migration_is_left_alone(empty: Database) -> None:
    schema.upgrade(empty)
    before = inspect(empty.engine).get_table_names()

    schema.upgrade(empty)

    assert "memberships" in before
    assert inspect(empty.engine).get_table_names() == before


def test_replicas_that_start_together_wait_for_the_first(empty: Database) -> None:
    with ThreadPoolExecutor(3) as replicas:
        starts = [replicas.submit(schema.upgrade, empty) for _ in range(3)]

    assert [start.exception() for start in starts] == [None] * 3
