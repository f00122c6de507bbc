"""LINE's endpoint over TLS in a process of its own: answers after a set time, and counts what it received."""

import asyncio
import json
import ssl
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.certificate import HOST
from simulator.rates import Rates

BOT_USER_ID = "U" + "b" * 32
REPLIES, MULTICAST = "/v2/bot/message/reply", "/v2/bot/message/multicast"
INSTANT = {  # path → answer; these are not delayed
    "/oauth2/v3/token": {"token_type": "Bearer", "access_token": "t" * 200, "expires_in": 900},
    "/v2/bot/info": {
        "userId": BOT_USER_ID,
        "basicId": "@bench",
        "displayName": "bench",
        "chatMode": "bot",
        "markAsReadMode": "auto",
    },
}


@dataclass
class Counts:
    """What one bot sent; bots are told apart by the part of the reply token before the dash."""

    replies: int = 0
    doubled: int = 0
    pushes: int = 0
    refused: int = 0
    last_at: float = 0.0


@dataclass
class Mailed:
    """What came by multicast since it was last asked for."""

    calls: int = 0
    people: int = 0
    too_fast: int = 0
    first_at: float = 0.0
    last_at: float = 0.0


@dataclass
class Record:
    """All that LINE knows."""

    latency: float = 0.0
    used: set[str] = field(default_factory=set)
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    mailed: Mailed = field(default_factory=Mailed)
    rates: Rates = field(default_factory=Rates)

    def answer(self, path: str, body: bytes) -> tuple[int, Any, float]:
        """Status, JSON and the seconds to wait before answering."""
        if path in INSTANT:
            return 200, INSTANT[path], 0.0
        if path == "/bench/latency":
            self.latency = float(body)
            return 200, {}, 0.0
        if path == "/bench/counts":
            return 200, {bot: asdict(counts) for bot, counts in self.counts.items()}, 0.0
        if path == "/bench/mailing":
            told, self.mailed = self.mailed, Mailed()
            return 200, asdict(told), 0.0
        if path == MULTICAST:
            return *self._multicast(json.loads(body)), self.latency
        if path == "/v2/bot/message/push":
            self.counts["push"].pushes += 1
            return 200, {}, self.latency
        if path == REPLIES:
            return *self._reply(json.loads(body)), self.latency
        return 404, {"message": "Not found"}, 0.0

    def _multicast(self, mailing: dict[str, Any]) -> tuple[int, Any]:
        now = time.monotonic()
        if not self.rates.admit("bench", f"POST {MULTICAST}", MULTICAST, now):
            self.mailed.too_fast += 1
            return 429, {"message": "The API rate limit has been exceeded. Try again later."}
        self.mailed.calls += 1
        self.mailed.people += len(mailing["to"])
        self.mailed.first_at, self.mailed.last_at = self.mailed.first_at or now, now
        return 200, {}

    def _reply(self, reply: dict[str, Any]) -> tuple[int, Any]:
        token: str = reply["replyToken"]
        counts = self.counts[token.partition("-")[0]]
        if not reply["messages"]:
            counts.refused += 1
            return 400, {"message": "messages is empty"}
        if token in self.used:
            counts.doubled += 1
            return 400, {"message": "Invalid reply token"}
        self.used.add(token)
        counts.replies += 1
        counts.last_at = time.time()
        return 200, {"sentMessages": [{"id": "1", "quoteToken": "q"} for _ in reply["messages"]]}


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            length = _length(head)
            if len(self._received) < end + 4 + length:
                return
            body = self._received[end + 4 : end + 4 + length]
            self._received = self._received[end + 4 + length :]
            self._respond(head.split(" ", 2)[1], body)

    def _respond(self, path: str, body: bytes) -> None:
        status, content, wait = self._record.answer(path, body)
        text = json.dumps(content).encode()
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
            "x-line-request-id: 00000000-0000-4000-8000-000000000000\r\n\r\n"
        )
        asyncio.get_running_loop().call_later(wait, self._write, head.encode() + text)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        if line[:15].lower() == "content-length:":
            return int(line[15:])
    return 0


async def serve(port: int, certificate: str) -> None:
    """Serves until the process is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    record = Record()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(record), HOST, port, ssl=context, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
