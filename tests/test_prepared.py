"""Statements that go past SQLAlchemy's layers behave as those that go through them, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.base import Database, savepoint
from models.conversation import SeenEvent
from models.prepared import Prepared, on_driver

BRANCH, SPRING = "saitama", datetime(2024, 4, 1, 0, 0, tzinfo=UTC)
_SEE = Prepared(insert(SeenEvent), ("branch", "event_id", "seen_at"))
_SEEN = Prepared(
    select(SeenEvent.event_id, SeenEvent.seen_at).where(SeenEvent.event_id == bindparam("event_id"))
)


def see(db: Connection, event_id: str) -> int:
    return _SEE.run(db, {"branch": BRANCH, "event_id": event_id, "seen_at": SPRING})


def count(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(text("SELECT count(*) FROM seen_events")).scalar_one())


@pytest.mark.parametrize("words", ["é '日本' \\ \" $1 %s :x", "", "\x7f\t\n"])
def test_values_come_back_as_they_were(database: Database, words: str) -> None:
    with database.transaction() as db:
        assert see(db, words[:64]) == 1
        assert _SEEN.all(db, {"event_id": words[:64]}) == [(words[:64], SPRING)]
        assert _SEEN.first(db, {"event_id": "none"}) is None


def test_what_is_not_committed_is_not_there(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as db:
        see(db, "e1")
        raise ZeroDivisionError

    assert count(database) == 0


def test_reading_begins_no_transaction(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite reads in a transaction, which holds up nobody")
    with database.reading() as db:
        first, second = (on_driver(db, "SELECT now()").fetchall() for _ in range(2))

    assert first < second  # in a transaction the time would stand still


def test_an_error_is_sqlalchemys_and_says_no_value(database: Database) -> None:
    database.run(lambda db: see(db, "secret-1"))

    with pytest.raises(IntegrityError) as raised, database.transaction() as db:
        see(db, "secret-1")

    assert "secret" not in str(raised.value) + repr(raised.value.orig)


def test_a_savepoint_undoes_an_error_and_the_rest_stays(database: Database) -> None:
    with database.transaction() as db:
        see(db, "e1")
        with pytest.raises(IntegrityError), savepoint(db):
            see(db, "e2")
            see(db, "e1")
        see(db, "e3")

    assert count(database) == 2


def test_what_is_prepared_outlives_what_is_rolled_back(database: Database) -> None:
    """The driver, which prepares what it has run often, has all of a connection forgotten at a rollback."""
    database.run(lambda db: see(db, "e1"))
    with database.transaction() as db:
        for _ in range(10):
            db.execute(select(SeenEvent.event_id)).all()
        with pytest.raises(IntegrityError), db.begin_nested():
            see(db, "e1")
        db.execute(select(SeenEvent.event_id)).all()
        see(db, "e2")

    assert count(database) == 2


def test_a_statement_that_was_wrong_is_asked_for_again(database: Database) -> None:
    for _ in range(2):
        with pytest.raises(DBAPIError, match="nowhere"), database.transaction() as db:
            on_driver(db, "SELECT 1 FROM nowhere")
    assert count(database) == 0


def test_a_cut_connection_is_thrown_away_and_the_work_done_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no connection that could be cut")
    tried = []

    def work(db: Connection) -> int:
        tried.append(see(db, "e1"))
        if len(tried) == 1:
            with database.reading() as other:
                mine = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
                other.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
        return see(db, "e2")

    assert database.run(work) == 1
    assert len(tried) == 2
    assert count(database) == 2
