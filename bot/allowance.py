"""What the month's quota of one channel still allows: what has once been refused is asked about before it is tried again."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.line import LineUnavailable, Quota

KNOWN_FOR = timedelta(minutes=1)


class Allowance:
    """Shared by a branch's senders in one process."""

    def __init__(self, ask: Callable[[], Quota]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._left: int | None = None  # None = no limit
        self._left_until: datetime | None = None
        self._too_many = 0  # so many people did not fit, at
        self._refused_at: datetime | None = None

    def forbids(self, people: int, now: datetime, *, ask: bool) -> bool:
        """True when so many people surely do not fit; with `ask` LINE is asked how much is left."""
        with self._lock:
            if self._refused_at and self._refused_at <= now < self._refused_at + KNOWN_FOR:
                return people >= self._too_many
            return ask and not self._fits(people, now)

    def is_used_up(self, people: int, now: datetime) -> None:
        """LINE has refused so many people."""
        with self._lock:
            known = self._refused_at and self._refused_at <= now < self._refused_at + KNOWN_FOR
            self._too_many = min(people, self._too_many) if known else people
            self._refused_at = now

    def _fits(self, people: int, now: datetime) -> bool:
        """True when there is room, which is then taken."""
        if self._left_until is None or not now < self._left_until <= now + KNOWN_FOR:
            try:
                self._left = self._ask().left
            except LineUnavailable:
                return False
            self._left_until = now + KNOWN_FOR
        if self._left is None:
            return True
        if people > self._left:
            return False
        self._left -= people
        return True
