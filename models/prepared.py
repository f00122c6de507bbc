"""Statements of the hot path: written in Core, compiled once, run beside its layers on the driver itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.types import TypeEngine

Values = dict[str, Any]
Processor = Callable[[Any], Any]
_SPOKEN: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": psycopg.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
}
QUICKER = "quicker"  # in the pool's notes on a connection
DATA_EXCEPTION = "22"  # PostgreSQL's class of errors whose message repeats the value


@dataclass(frozen=True)
class _Compiled:
    """A statement in one database's words, and how its values go in and come out."""

    text: str
    fixed: Values  # what the statement itself says
    writes: Mapping[str, Processor]
    reads: tuple[tuple[int, Processor], ...]
    order: tuple[str, ...]  # of the values' names, where the text numbers them

    def bound(self, values: Values) -> Any:
        found = self.fixed | values
        for name, write in self.writes.items():
            found[name] = write(found[name])
        return [found[name] for name in self.order] if self.order else found

    def read(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [self._row(row) for row in rows] if self.reads else rows

    def _row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        cells = list(row)
        for place, read in self.reads:
            cells[place] = read(cells[place])
        return tuple(cells)


class Prepared:
    """One statement for many executions; costs a sixth of what `Connection.execute` adds.

    No lists among its values; one whose type PostgreSQL cannot tell from where it stands needs a cast."""

    def __init__(self, statement: CompilerElement, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an insert names."""
        self._statement, self._columns = statement, columns
        self._compiled: dict[str, _Compiled] = {}

    def all(self, db: Connection, values: Values) -> list[tuple[Any, ...]]:
        """The rows, each a tuple in the order of the statement's columns."""
        compiled = self._in_words_of(db)
        return compiled.read(on_driver(db, compiled.text, compiled.bound(values)).fetchall())

    def first(self, db: Connection, values: Values) -> tuple[Any, ...] | None:
        rows = self.all(db, values)
        return rows[0] if rows else None

    def run(self, db: Connection, values: Values) -> int:
        """How many rows were written."""
        compiled = self._in_words_of(db)
        count: int = on_driver(db, compiled.text, compiled.bound(values)).rowcount
        return count

    def run_many(self, db: Connection, rows: Iterable[Values]) -> None:
        compiled = self._in_words_of(db)
        _many_on_driver(db, compiled.text, [compiled.bound(values) for values in rows])

    def _in_words_of(self, db: Connection) -> _Compiled:
        name = db.dialect.name
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _compile(self._statement, self._columns, db.dialect)
        return found


def on_driver(db: Connection, text: str, values: Any = None) -> Any:
    """Runs a text on the driver's connection, in the connection's transaction; its errors are SQLAlchemy's."""
    driver = _driver(db)
    try:
        return driver.execute(text, values) if values else driver.execute(text)
    except db.dialect.loaded_dbapi.Error as error:
        raise _told(db, text, error) from error


def _many_on_driver(db: Connection, text: str, rows: list[Any]) -> None:
    driver = _driver(db)
    try:
        driver.executemany(text, rows)
    except db.dialect.loaded_dbapi.Error as error:
        raise _told(db, text, error) from error


def _driver(db: Connection) -> Any:
    """What stands before the driver's connection, where there is a quicker way to it; else that itself."""
    driver = db.connection.dbapi_connection  # None when it has been given back to the pool
    return driver and db.connection.info.get(QUICKER, driver)


def _told(db: Connection, text: str, error: Exception) -> BaseException:
    """The error as `Connection.execute` would raise it, without values; a cut connection is thrown away."""
    dialect = db.dialect
    keep_values_out(error)
    is_cut = dialect.is_disconnect(error, db.connection, None)  # type: ignore[arg-type]
    if is_cut:
        db.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_cut,
        dialect=dialect,
    )


def keep_values_out(error: BaseException) -> None:
    """Leaves of a PostgreSQL error what cannot hold a value: not its detail, nor what was no number or no date."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None and diagnosis.sqlstate:
        is_about_a_value = diagnosis.sqlstate.startswith(DATA_EXCEPTION)
        error.args = (type(error).__name__ if is_about_a_value else diagnosis.message_primary,)


def _compile(statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Compiled:
    spoken = _SPOKEN[dialect.name]
    compiled = statement.compile(dialect=spoken, column_keys=columns)
    types: dict[str, TypeEngine[Any]] = {name: bind.type for name, bind in compiled.binds.items()}
    writes = {
        name: write for name, of in types.items() if (write := _impl(of, spoken).bind_processor(spoken))
    }
    returned = getattr(statement, "exported_columns", ())
    reads = (_impl(column.type, spoken).result_processor(spoken, None) for column in returned)
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return _Compiled(
        str(compiled),
        fixed,
        writes,
        tuple((place, read) for place, read in enumerate(reads) if read),
        tuple(compiled.positiontup or ()),
    )


def _impl(of: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return of.dialect_impl(dialect)
