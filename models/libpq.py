"""PostgreSQL's statements straight through libpq: half of what the driver's cursor costs, which waits in Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

_GOOD = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement brought; read before the next one of its connection."""

    result: PGresult
    adapted: Any  # a psycopg.adapt.Transformer

    @property
    def rowcount(self) -> int:
        return self.result.command_tuples or 0

    def fetchall(self) -> list[tuple[Any, ...]]:
        self.adapted.set_pgresult(self.result)
        rows: list[tuple[Any, ...]] = self.adapted.load_rows(0, self.result.ntuples, tuple)
        return rows


class Libpq:
    """One connection, and the statements that are prepared on it."""

    def __init__(self, driver: "psycopg.Connection[Any]") -> None:
        self._driver, self._pgconn = driver, driver.pgconn
        self._adapted: Any = Transformer(driver)
        self._prepared: dict[str, bytes] = {}

    def execute(self, text: str, values: Sequence[Any] | None = None) -> Answer:
        """Runs a text, with `values` for its $1, $2 …, in the connection's transaction; raises the driver's errors."""
        if self._pgconn.transaction_status == TransactionStatus.IDLE and not self._driver.autocommit:
            self._good(self._pgconn.exec_(b"BEGIN"))
        if values is None:
            return Answer(self._good(self._pgconn.exec_(text.encode())), self._adapted)
        name = self._prepared.get(text) or self._prepare(text)
        # Written as text: the statement knows what types its values have.
        written = self._adapted.dump_sequence(values, [PyFormat.TEXT] * len(values))
        return Answer(self._good(self._pgconn.exec_prepared(name, written)), self._adapted)

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        for values in rows:
            self.execute(text, values)

    def _prepare(self, text: str) -> bytes:
        name = b"kyosai_%d" % len(self._prepared)
        self._good(self._pgconn.prepare(name, text.encode()))
        self._prepared[text] = name
        return name

    def _good(self, result: PGresult) -> PGresult:
        if result.status not in _GOOD:
            raise error_from_result(result)
        return result
