"""LINE's rates: every call waits for its slot; on PostgreSQL all replicas take theirs from the same rows."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from bot.line import RATES
from models import pace
from models.base import Database

SAFE = 0.98  # of LINE's rate: its clock is not ours
MADE_UP = 0.1  # seconds of quiet that may be made up for
BLOCK = 0.025  # seconds of calls that a process takes at once
GOES_STALE = 0.5  # seconds after which a slot that was not used is given up

log = logging.getLogger(__name__)

Take = Callable[[float], float]


class Slots:
    """One endpoint of one channel in this process: never more calls a second than LINE allows."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / (rate * SAFE)
        self._free_at = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now - MADE_UP) + self._gap
            pause = self._free_at - now
        if pause > 0:
            time.sleep(pause)

    def is_free(self) -> bool:
        """Takes a slot if one can be had without waiting."""
        with self._lock:
            now = time.monotonic()
            begins = max(self._free_at, now - MADE_UP) + self._gap
            if begins > now:
                return False
            self._free_at = begins
        return True


class SharedSlots:
    """One endpoint of one channel for all processes: each takes some slots at once, and uses them at their time."""

    def __init__(self, rate: float, take: Take) -> None:
        """`take` gives the endpoint's next seconds away, and says in how many seconds they begin."""
        self._gap = 1 / (rate * SAFE)
        self._block = max(round(BLOCK / self._gap), 1)
        self._take, self._alone = take, Slots(rate / 4)
        self._next, self._left = 0.0, 0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Without the database a quarter of the rate is this process's."""
        try:
            slot = self._slot()
        except SQLAlchemyError as error:
            log.warning("slots could not be taken: %s", type(error).__name__)
            self._alone.wait()
            return
        pause = slot - time.monotonic()
        if pause > 0:
            time.sleep(pause)

    def is_free(self) -> bool:
        """Takes a slot if one is here, and its time has come."""
        with self._lock:
            now = time.monotonic()
            if not self._left or not now - GOES_STALE <= self._next <= now:
                return False
            self._next, self._left = self._next + self._gap, self._left - 1
        return True

    def _slot(self) -> float:
        with self._lock:
            if not self._left or self._next < time.monotonic() - GOES_STALE:
                begins = self._take(self._gap * self._block)
                self._next, self._left = time.monotonic() + begins, self._block
            slot = self._next
            self._next, self._left = slot + self._gap, self._left - 1
            return slot


@dataclass
class Pace:
    """The slots of all channels and endpoints."""

    database: Database
    _slots: dict[tuple[str, str], Slots | SharedSlots] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, branch: str, kind: str) -> None:
        """Returns when one more call of this kind may be made."""
        self._of(branch, kind).wait()

    def has_slot(self, branch: str, kind: str) -> bool:
        """Whether one more call of this kind may be made now; if so its slot is taken."""
        return self._of(branch, kind).is_free()

    def _of(self, branch: str, kind: str) -> Slots | SharedSlots:
        key = branch, kind
        with self._lock:
            return self._slots.get(key) or self._slots.setdefault(key, self._new(branch, kind))

    def _new(self, branch: str, kind: str) -> Slots | SharedSlots:
        if self.database.is_sqlite:
            return Slots(RATES[kind])

        def take(span: float) -> float:
            return self.database.run(lambda db: pace.take(db, branch, kind, span, MADE_UP))

        return SharedSlots(RATES[kind], take)
