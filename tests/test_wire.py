"""The warm connection to LINE: kept between calls, made anew when it was closed, silent failures told apart."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from bot.wire import Unanswered, Wire

OK = b"HTTP/1.1 200 OK\r\nX-Line-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """A server that gives its answers in order and counts connections."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.connections = 0
        self.received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = urlsplit(f"http://127.0.0.1:{self._listener.getsockname()[1]}")
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while received := client.recv(65_536):
                self.received = received
                answer = self.answers.pop(0)
                client.sendall(answer)
                if not answer or b"Connection: close" in answer:
                    return


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


def test_one_connection_serves_many_calls(peer: Peer) -> None:
    peer.answers = [OK, CHUNKED, OK]
    wire = Wire(peer.address, None, 5)

    answers = []
    for _ in range(3):
        wire.make_ready()
        answers.append(wire.call("POST", "/v2/bot/message/reply", "X-A: b\r\n", b"{}"))
    wire.close()

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"{}")] * 3
    assert answers[0].headers[b"x-line-request-id"] == b"r1"
    assert peer.connections == 1
    assert peer.received.startswith(b"POST /v2/bot/message/reply HTTP/1.1\r\n")


def test_a_connection_that_was_closed_is_made_anew(peer: Peer) -> None:
    peer.answers = [LAST, OK]
    wire = Wire(peer.address, None, 5)

    for _ in range(2):
        wire.make_ready()
        assert wire.call("POST", "/", "", b"").status == 200
    wire.close()

    assert peer.connections == 2


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{}", b"nonsense\r\n\r\n"],
)
def test_an_answer_that_never_came_whole_is_told(peer: Peer, answer: bytes) -> None:
    peer.answers = [answer]
    wire = Wire(peer.address, None, 5)
    wire.make_ready()

    with pytest.raises(Unanswered):
        wire.call("POST", "/", "", b"{}")
