"""What is committed on SQLite is on the disk before anybody is told, and threads share the syncs."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.base import Database
from models.write_ahead_log import WriteAheadLog

THREADS, COMMITS = 8, 40


class SlowDisk:
    """Remembers when each sync began and ended."""

    def __init__(self) -> None:
        self.syncs: list[tuple[float, float]] = []

    def __call__(self, file: Path) -> None:
        begun = time.perf_counter()
        time.sleep(0.002)
        self.syncs.append((begun, time.perf_counter()))


def test_a_whole_sync_lies_between_each_commit_and_its_end() -> None:
    disk = SlowDisk()
    log = WriteAheadLog(Path("unused"), disk)

    def commits(_: int) -> list[tuple[float, float]]:
        spans = []
        for _ in range(COMMITS):
            committed = time.perf_counter()
            log.keep()
            spans.append((committed, time.perf_counter()))
        return spans

    with ThreadPoolExecutor(THREADS) as threads:
        spans = [span for found in threads.map(commits, range(THREADS)) for span in found]

    for committed, told in spans:
        assert any(committed <= begun and ended <= told for begun, ended in disk.syncs)
    assert len(disk.syncs) < len(spans)


def test_a_disk_that_fails_is_not_taken_for_kept() -> None:
    def broken(file: Path) -> None:
        raise OSError("no space")

    log = WriteAheadLog(Path("unused"), broken)

    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            log.keep()


def test_a_database_syncs_the_log_that_sqlite_writes(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.transaction() as db:
        db.exec_driver_sql("CREATE TABLE kept (word TEXT)")

    assert (tmp_path / "a.db-wal").stat().st_size > 0
    assert database.write_ahead_log.file == tmp_path / "a.db-wal"
    database.close()
