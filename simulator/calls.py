"""The record of calls to LINE's API, and the faults that a test has ordered for the next ones."""

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

KEPT_CALLS = 20_000


@dataclass(frozen=True)
class Call:
    n: int
    method: str
    endpoint: str
    status: int
    recipients: list[str]
    retry_key: str | None
    body: Any
    channel: str | None
    request_id: str
    dropped: bool

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


class CallLog:
    """The newest calls, numbered from 1."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._last = 0

    def add(self, **what: Any) -> None:
        self._last += 1
        self._calls.append(Call(n=self._last, **what))

    def after(self, n: int) -> list[Call]:
        return [call for call in self._calls if call.n > n]


@dataclass
class Fault:
    """The next `times` calls to `endpoint` fail with a status, wait, or lose their answer."""

    endpoint: str
    status: int | None = None
    times: int = 1
    delay_ms: int = 0
    drop_response: bool = False
    body: Any = None


class Faults:
    """Faults in the order in which they were ordered; `endpoint` may hold the wildcard `*`."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def next_for(self, endpoint: str) -> Fault | None:
        for fault in self._waiting:
            if fnmatchcase(endpoint, fault.endpoint):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
