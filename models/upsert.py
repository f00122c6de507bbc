"""An INSERT that can give way to a row that is there already, for both databases."""

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from models.base import Base


def inserting(db: Connection, table: type[Base]) -> PostgresInsert | SqliteInsert:
    """To be finished with `on_conflict_do_nothing` or `on_conflict_do_update`."""
    return PostgresInsert(table) if db.dialect.name == "postgresql" else SqliteInsert(table)
