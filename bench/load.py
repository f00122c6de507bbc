"""The load: signed webhooks of many members over 16 kept connections, from a process of its own."""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.certificate import HOST
from bench.fake_line import BOT_USER_ID

CONNECTIONS = 16
PATIENCE = 20.0  # seconds for the last answers


@dataclass(frozen=True)
class Job:
    """One stretch of load. With a `rate` webhooks come by the clock, else each connection sends one after another."""

    port: int
    path: str
    secret: str
    bot: str  # what its reply tokens begin with
    users: int
    first: int  # the number of events sent to this bot before
    most: int
    seconds: float
    ahead: float  # seconds by which the bots' clock is ahead of this machine's
    rate: float | None = None


@dataclass(frozen=True)
class Sent:
    """What came of it; latencies in seconds, of the answer to the webhook."""

    events: int
    begun_at: float
    ended_at: float
    median: float
    p99: float
    statuses: dict[str, int]


def user_id(number: int) -> str:
    return f"U{number:032x}"


class Load:
    """The requests of one job, and the times of their answers."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = [_request(job, number) for number in range(job.first, job.first + job.most)]
        self.taken = 0
        self.begun = 0.0
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.idle: list[Connection] = []
        self.waiting: deque[float] = deque()  # when each was due, of those that found no free connection
        self.open = 0

    def next(self) -> bytes | None:
        """The next request; None when time or requests are used up."""
        if self.taken == len(self.requests) or time.perf_counter() - self.begun > self.job.seconds:
            return None
        self.taken += 1
        return self.requests[self.taken - 1]

    async def run(self) -> Sent:
        loop = asyncio.get_running_loop()
        connections = [Connection(self) for _ in range(CONNECTIONS)]
        for connection in connections:
            await loop.create_connection(lambda one=connection: one, HOST, self.job.port)  # type: ignore[misc]
        begun_at, self.begun = time.time(), time.perf_counter()
        if self.job.rate is None:
            for connection in connections:
                connection.go_on()
        else:
            self.idle = connections
            await self._by_the_clock(self.job.rate)
        deadline = time.perf_counter() + self.job.seconds + PATIENCE
        while (
            self.open or (self.job.rate is None and self.next_is_due())
        ) and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        return _summary(self, begun_at)

    def next_is_due(self) -> bool:
        return self.taken < len(self.requests) and time.perf_counter() - self.begun <= self.job.seconds

    async def _by_the_clock(self, rate: float) -> None:
        for number in range(min(len(self.requests), int(rate * self.job.seconds))):
            due = self.begun + number / rate
            if (pause := due - time.perf_counter()) > 0.001:
                await asyncio.sleep(pause)
            self.waiting.append(due)
            self.dispatch()
        while self.waiting:
            await asyncio.sleep(0.01)

    def dispatch(self) -> None:
        while self.idle and self.waiting:
            due = self.waiting.popleft()
            self.taken += 1
            self.idle.pop().send(self.requests[self.taken - 1], due)


class Connection(asyncio.Protocol):
    """One kept connection: a request, its answer, the next."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._due = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go_on(self) -> None:
        if (request := self._load.next()) is not None:
            self.send(request, time.perf_counter())

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._load.open += 1
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _is_whole(self._received):
            return
        status, self._received = self._received[9:12].decode(), b""
        load = self._load
        load.latencies.append(time.perf_counter() - self._due)
        load.statuses[status] += 1
        load.open -= 1
        if load.job.rate is None:
            self.go_on()
        else:
            load.idle.append(self)
            load.dispatch()


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    at = head.lower().find(b"content-length:")
    return at < 0 or len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def _request(job: Job, number: int) -> bytes:
    body = json.dumps({"destination": BOT_USER_ID, "events": [_event(job, number)]}, ensure_ascii=False)
    signature = base64.b64encode(hmac.digest(job.secret.encode(), body.encode(), hashlib.sha256)).decode()
    head = (
        f"POST {job.path} HTTP/1.1\r\nHost: {HOST}:{job.port}\r\nContent-Type: application/json\r\n"
        f"X-Line-Signature: {signature}\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    )
    return (head + body).encode()


def _event(job: Job, number: int) -> dict[str, object]:
    """Each member in turn answers the question, and next time goes back to it."""
    turn, user = divmod(number, job.users)
    return {
        "type": "message",
        "message": {
            "type": "text",
            "id": str(number),
            "quoteToken": "q",
            "text": "1" if turn % 2 == 0 else "戻る",
        },
        "webhookEventId": f"{job.bot}{number:020d}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int((time.time() + job.ahead) * 1000),
        "source": {"type": "user", "userId": user_id(user)},
        "replyToken": f"{job.bot}-{number:024d}",
        "mode": "active",
    }


def _summary(load: Load, begun_at: float) -> Sent:
    times = sorted(load.latencies) or [0.0]
    return Sent(load.taken, begun_at, time.time(), _at(times, 0.5), _at(times, 0.99), dict(load.statuses))


def _at(times: Sequence[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(Load(Job(**json.load(sys.stdin))).run()))))
