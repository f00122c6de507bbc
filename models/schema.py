"""The tables of a database, brought to what this release needs."""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

import models
from models.base import Base, Database

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
ONE_AT_A_TIME = 4_711_001  # PostgreSQL's advisory lock: replicas that start together wait for the first


@cache
def tables() -> MetaData:
    """Every table of the code; a module that nobody has imported yet is imported for its tables."""
    for module in pkgutil.iter_modules(models.__path__):
        import_module(f"models.{module.name}")
    return Base.metadata


def prepare(url: str) -> None:
    """Brings the database at an address to the newest migration, before anything is served from it."""
    database = Database(url)
    upgrade(database)
    database.close()


def upgrade(database: Database) -> None:
    """Brings a database, new or of an earlier release, to the newest migration."""

    def to_head(db: Connection) -> None:
        if db.dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        command.upgrade(configuration(db), "head")

    database.run(to_head)


def configuration(db: Connection) -> Config:
    """Alembic's settings for the database behind a connection; `migrations/env.py` reads them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = db
    return config
