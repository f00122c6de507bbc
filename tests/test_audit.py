"""The record: rows hang on each other, stay as they are, and every way to tamper with them shows."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from models.audit import (
    BEGINNING,
    AuditCheckpoint,
    AuditEntry,
    AuditHead,
    acts,
    head,
    last_act,
    prune,
    record,
    verify,
)
from models.audit import _hash as print_of
from models.base import Database
from models.terms_change import note_terms

NOW = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)
WRITERS, ACTS_EACH = 4, 15


def write(database: Database, count: int, branch: str = "saitama", start: datetime = NOW) -> None:
    for number in range(count):
        at = start + timedelta(days=number)
        database.run(
            lambda db, number=number, at=at: record(  # type: ignore[misc]
                db,
                branch,
                "staff:1",
                "coupon.give_back",
                f"use:{number}",
                at,
                {"live": True},
                {"live": False},
            )
        )


def found(database: Database, kept: str | None = None) -> tuple[str, ...]:
    with database.streaming() as db:
        return verify(db, "saitama", kept).problems


def without_triggers(database: Database, work: Callable[[Connection], object]) -> None:
    """As somebody would who has the database in their hands."""
    with database.transaction() as db:
        if database.is_sqlite:
            db.execute(text("DROP TRIGGER audit_entries_no_update"))
            db.execute(text("DROP TRIGGER audit_entries_no_delete"))
        else:
            db.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        work(db)


def test_a_whole_record_verifies_and_its_kept_head_is_in_it(database: Database) -> None:
    write(database, 3)
    with database.reading() as db:
        kept = head(db, "saitama").hash
    write(database, 2, start=NOW + timedelta(days=9))
    write(database, 2, branch="kagawa")

    with database.streaming() as db:
        verdict = verify(db, "saitama", kept)
        assert [act.seq for act in acts(db, "saitama")] == [1, 2, 3, 4, 5]

    assert (verdict.rows, verdict.problems) == (5, ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET about = 'x'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE seq = 3",
    ],
)
def test_the_database_refuses_to_change_or_remove_a_row(database: Database, statement: str) -> None:
    write(database, 3)

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as db:
        db.execute(text(statement))

    assert found(database) == ()


def false_checkpoint(db: Connection) -> None:
    cut = db.execute(select(AuditEntry.hash).where(AuditEntry.seq == 2)).scalar_one()
    db.execute(insert(AuditCheckpoint), {"branch": "saitama", "seq": 2, "hash": cut, "at": NOW})
    db.execute(delete(AuditEntry).where(AuditEntry.seq <= 2))


TAMPERED: dict[str, tuple[Callable[[Connection], object], str]] = {
    "changed": (
        lambda db: db.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(about="use:9")),
        "2 番",
    ),
    "another time": (
        lambda db: db.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(at=NOW)),
        "2 番",
    ),
    "missing": (lambda db: db.execute(delete(AuditEntry).where(AuditEntry.seq == 3)), "3〜3 番"),
    "first missing": (lambda db: db.execute(delete(AuditEntry).where(AuditEntry.seq == 1)), "1〜1 番"),
    "last missing": (lambda db: db.execute(delete(AuditEntry).where(AuditEntry.seq == 5)), "4 番で終わって"),
    "inserted": (lambda db: _insert_after(db, 2), "つながりません"),
    "reordered": (lambda db: _swap(db, 2, 3), "つながりません"),
    "false checkpoint": (false_checkpoint, "整理した記録がありません"),
    "inserted before all": (lambda db: _forge(db, 0), "0 番の行は、あるはずがありません"),
    "inserted far before": (lambda db: _forge(db, -1), "-1 番の行は、あるはずがありません"),
}


@pytest.mark.parametrize(("tamper", "words"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_shows(database: Database, tamper: Callable[[Connection], object], words: str) -> None:
    write(database, 5)

    without_triggers(database, tamper)

    assert any(words in problem for problem in found(database))


def test_a_record_cut_off_together_with_its_head_shows_against_a_kept_head(database: Database) -> None:
    write(database, 5)
    with database.reading() as db:
        kept = head(db, "saitama").hash

    def cut(db: Connection) -> None:
        db.execute(delete(AuditEntry).where(AuditEntry.seq > 3))
        last = db.execute(select(AuditEntry.hash).where(AuditEntry.seq == 3)).scalar_one()
        db.execute(update(AuditHead).values(seq=3, hash=last))

    without_triggers(database, cut)

    assert found(database) == ()
    assert any("控えの値" in problem for problem in found(database, kept))


def test_old_rows_go_under_a_checkpoint_and_the_chain_still_verifies(database: Database) -> None:
    write(database, 6)
    with database.reading() as db:
        kept = head(db, "saitama").hash

    later = NOW + timedelta(days=9)
    gone = database.run(lambda db: prune(db, "saitama", "system", NOW + timedelta(days=3), later))
    again = database.run(lambda db: prune(db, "saitama", "system", NOW + timedelta(days=3), later))

    assert (gone, again) == (3, 0)
    with database.reading() as db:
        assert [act.seq for act in acts(db, "saitama")] == [4, 5, 6, 7]
    assert found(database, kept) == ()


@pytest.mark.parametrize("seq", [-1, 0, 1, 3])
def test_a_row_put_where_old_ones_were_removed_shows_and_is_no_act(database: Database, seq: int) -> None:
    write(database, 6)
    later = NOW + timedelta(days=9)
    database.run(lambda db: prune(db, "saitama", "system", NOW + timedelta(days=3), later))

    without_triggers(database, lambda db: _forge(db, seq))

    assert any(f"{seq} 番の行は、あるはずがありません" in problem for problem in found(database))
    with database.reading() as db:
        assert [act.seq for act in acts(db, "saitama")] == [4, 5, 6, 7]
        assert last_act(db, "saitama", "forged") is None
    database.run(lambda db: prune(db, "saitama", "system", NOW + timedelta(days=4), later))
    assert any(f"{seq} 番の行は、あるはずがありません" in problem for problem in found(database))


def test_writers_at_once_make_one_chain(database: Database) -> None:
    ready = threading.Barrier(WRITERS)

    def one() -> None:
        ready.wait()
        write(database, ACTS_EACH)

    writers = [threading.Thread(target=one) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with database.streaming() as db:
        assert verify(db, "saitama").rows == WRITERS * ACTS_EACH
    assert found(database) == ()


def test_what_is_rolled_back_leaves_no_row(database: Database) -> None:
    write(database, 1)

    with pytest.raises(RuntimeError), database.transaction() as db:
        record(db, "saitama", "staff:1", "x", "y", NOW)
        raise RuntimeError

    write(database, 1)
    assert found(database) == ()


def test_a_change_of_a_branch_file_is_entered_once(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "saitama"  # the database lies beside it
    folder.mkdir()
    (folder / "coupon.yaml").write_text("- from: 2024-04-01\n")
    first = database.run(lambda db: note_terms(db, "saitama", folder, NOW))
    same = database.run(lambda db: note_terms(db, "saitama", folder, NOW))
    (folder / "coupon.yaml").write_text("- from: 2024-04-02\n")

    changed = database.run(lambda db: note_terms(db, "saitama", folder, NOW))

    assert (first, same, changed) == (True, False, True)
    with database.reading() as db:
        last = acts(db, "saitama")[-1]
    assert (last.about, last.who) == ("coupon.yaml", "system")
    assert last.before != last.after


def _insert_after(db: Connection, seq: int) -> None:
    """A row in between, with the later ones pushed up by one."""
    for row in db.execute(
        select(AuditEntry.seq).where(AuditEntry.seq > seq).order_by(AuditEntry.seq.desc())
    ).all():
        db.execute(update(AuditEntry).where(AuditEntry.seq == row.seq).values(seq=row.seq + 1))
    copy = dict(db.execute(select(AuditEntry).where(AuditEntry.seq == seq)).one()._mapping)
    db.execute(insert(AuditEntry), copy | {"seq": seq + 1})
    db.execute(update(AuditHead).values(seq=6))


def _forge(db: Connection, seq: int) -> None:
    """A row that hangs on the beginning and is right in itself."""
    row = {"branch": "saitama", "seq": seq, "at": NOW, "who": "staff:1", "act": "forged", "about": "x"}
    row |= {"before": None, "after": None, "previous": BEGINNING}
    db.execute(insert(AuditEntry), row | {"hash": print_of(row)})


def _swap(db: Connection, one: int, other: int) -> None:
    for before, after in ((one, 99), (other, one), (99, other)):
        db.execute(update(AuditEntry).where(AuditEntry.seq == before).values(seq=after))
