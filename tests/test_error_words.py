"""What the database's errors say when they are logged: which statement failed and why, never with which values."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from models.base import Database
from models.staff import StaffInvitation

NOW = datetime(2024, 7, 1, tzinfo=UTC)
SECRET = "病気のことで伺います"
INVITATION = {"branch": "saitama", "code_hash": SECRET, "roles": "desk", "made_at": NOW, "ends_at": NOW}

FAILING: dict[str, Callable[[Connection], object]] = {
    "there already": lambda db: [db.execute(insert(StaffInvitation), INVITATION | {"name": n}) for n in "12"],
    "something lacks": lambda db: db.execute(insert(StaffInvitation), INVITATION | {"name": None}),
    "no such table": lambda db: db.execute(text("SELECT :words FROM nowhere"), {"words": SECRET}),
    "no number": lambda db: db.execute(
        text("INSERT INTO inbox_threads (chat_id) VALUES (:words)"), {"words": SECRET}
    ),
}


@pytest.mark.parametrize("work", FAILING.values(), ids=FAILING.keys())
def test_a_statement_that_fails_logs_no_values(
    database: Database, caplog: pytest.LogCaptureFixture, work: Callable[[Connection], object]
) -> None:
    try:
        database.run(work)
    except DBAPIError:
        logging.getLogger(__name__).exception("it failed")

    assert "it failed" in caplog.text
    assert SECRET not in caplog.text
