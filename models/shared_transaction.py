"""One transaction for all works that wait for SQLite's only writer: each in a savepoint, all kept by one commit."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

Result = TypeVar("Result")
MOST = 32  # works in one transaction


class TransactionLost(SQLAlchemyError):
    """The database gave the whole transaction up: nothing of it is stored, however far it went."""


@dataclass(eq=False)
class Turn:
    """One work, and what came of it."""

    work: Callable[[Connection], Any]
    done: threading.Event = field(default_factory=threading.Event)
    taken: bool = False
    result: Any = None
    error: BaseException | None = None


class SharedTransactions:
    """Whoever holds the writer's lock does the work of all who wait for it; nobody waits for a second commit."""

    def __init__(
        self,
        one_writer: threading.Lock,
        begin: Callable[[], AbstractContextManager[Connection]],
        savepoint: Callable[[Connection], AbstractContextManager[None]],
        keep: Callable[[], None],
    ) -> None:
        """`begin` opens a transaction that commits at its end, `keep` makes what is committed last."""
        self._one_writer, self._begin, self._savepoint, self._keep = one_writer, begin, savepoint, keep
        self._waiting: deque[Turn] = deque()

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """What the work returns, once it is committed and kept; raises what the work or the commit raised."""
        mine = Turn(work)
        self._waiting.append(mine)
        while not mine.taken:  # more may wait than go into one commit
            with self._one_writer:
                group = [] if mine.taken else self._take()
                if group:
                    self._commit(group)
            if group:
                self._finish(group)
        mine.done.wait()
        if mine.error is not None:
            raise mine.error
        result: Result = mine.result
        return result

    def _take(self) -> list[Turn]:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
        for turn in group:
            turn.taken = True
        return group

    def _commit(self, group: list[Turn]) -> None:
        """Does all works; one that fails undoes itself alone, a commit that fails undoes them all."""
        try:
            with self._begin() as db:
                for turn in group:
                    self._do(db, turn)
        except BaseException as error:  # noqa: BLE001 (each thread of the group raises it as its own)
            for turn in group:
                turn.error = turn.error or error

    def _do(self, db: Connection, turn: Turn) -> None:
        try:
            with self._savepoint(db):
                turn.result = turn.work(db)
        except TransactionLost:
            raise  # the works before it are gone too, and those after it have no transaction
        except Exception as error:  # noqa: BLE001 (raised again in the thread whose work it was)
            turn.error = error

    def _finish(self, group: list[Turn]) -> None:
        try:
            self._keep()
        except OSError as error:
            for turn in group:
                turn.error = turn.error or error
        finally:
            for turn in group:
                turn.done.set()
