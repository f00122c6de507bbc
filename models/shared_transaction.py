"""One transaction for all works that wait for SQLite's only writer, kept by one commit."""

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
    """One work, who is told its result, and what came of it."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], object] | None
    wake: threading.Lock = field(default_factory=threading.Lock)  # held while its thread sleeps
    over: bool = False
    result: Any = None
    error: BaseException | None = None


class SharedTransactions:
    """One thread at a time leads: it does the work of all who wait, and leaves the lead to one who came meanwhile."""

    def __init__(
        self,
        one_writer: threading.Lock,
        begin: Callable[[], AbstractContextManager[Connection]],
        keep: Callable[[], None],
    ) -> None:
        """`begin` opens a transaction that commits at its end, `keep` makes what is committed last."""
        self._one_writer, self._begin, self._keep = one_writer, begin, keep
        self._waiting: deque[Turn] = deque()
        self._gate = threading.Lock()  # before the two things that say who leads and who waits
        self._is_led = False

    def run(
        self, work: Callable[[Connection], Result], then: Callable[[Result], object] | None = None
    ) -> Result:
        """What the work returns, once it is committed, kept, and told to `then`; raises what any of them raised.

        The leader tells all of its group: a thread that does so for itself would break in upon the next leader."""
        mine = Turn(work, then)
        if not self._leads(mine):
            mine.wake.acquire()  # until it is over, or the lead is mine
        if not mine.over:
            self._lead()
        if mine.error is not None:
            raise mine.error
        result: Result = mine.result
        return result

    def _leads(self, mine: Turn) -> bool:
        mine.wake.acquire()
        with self._gate:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        return leads

    def _lead(self) -> None:
        """One transaction for all who wait by now, the leader first."""
        group: list[Turn] = []
        try:
            with self._one_writer:
                group = self._take()
                self._commit(group)
            _tell(group)
        finally:
            self._pass_on()
            for turn in group:
                turn.over = True
                turn.wake.release()

    def _take(self) -> list[Turn]:
        with self._gate:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]

    def _pass_on(self) -> None:
        with self._gate:
            if self._waiting:
                self._waiting[0].wake.release()
            else:
                self._is_led = False

    def _commit(self, group: list[Turn]) -> None:
        """Does all works and makes them last; what cannot be kept is an error of each."""
        try:
            self._do(group)
            # Kept before the writer's lock is given up: whoever comes meanwhile shares the next transaction.
            self._keep()
        except BaseException as error:  # noqa: BLE001 (each thread of the group raises it as its own)
            for turn in group:
                turn.error = turn.error or error

    def _do(self, group: list[Turn]) -> None:
        """All in one transaction; where one fails, each in its own: that one alone is undone."""
        try:
            with self._begin() as db:
                for turn in group:
                    turn.result = turn.work(db)
        except Exception as error:  # noqa: BLE001 (raised again in the thread whose work it was)
            if len(group) == 1:
                group[0].error = error
                return
            for turn in group:
                self._do([turn])


def _tell(group: list[Turn]) -> None:
    for turn in group:
        if turn.then is not None and turn.error is None:
            try:
                turn.then(turn.result)
            except Exception as error:  # noqa: BLE001 (raised again in the thread whose work it was)
                turn.error = error
