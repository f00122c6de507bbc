"""Many calls at once: each gets its own answer, connections are kept, and what became of a call without one is told."""

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pytest

from bench import certificate
from bot.switchboard import CONNECTIONS, Call, Switchboard
from bot.wire import Response, http_request

Told = tuple[str, bytes | None, bool]  # the call, the body of its answer, whether anything may have been sent


class Peer:
    """A server with a thread for each connection: it answers a call with the call's own words, or does as they say."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.go_on = threading.Event()  # for "wait"
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS)
        scheme, port = "https" if context else "http", self._listener.getsockname()[1]
        self.address = urlsplit(f"{scheme}://127.0.0.1:{port}")
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with suppress(OSError):
            spoken = self._context.wrap_socket(client, server_side=True) if self._context else client
            with spoken:
                while (word := spoken.recv(65_536).rpartition(b"\r\n\r\n")[2]) and word != b"hang up":
                    if word == b"wait":
                        self.go_on.wait(30)
                    last = b"Connection: close\r\n" if word == b"last" else b""
                    for part in (
                        b"HTTP/1.1 200 OK\r\n",
                        last,
                        b"Content-Length: %d\r\n\r\n" % len(word),
                        word,
                    ):
                        spoken.sendall(part)
                    if last:
                        return


class Caller:
    """A switchboard and what its calls were told, in the order of their ends."""

    def __init__(
        self, address: SplitResult, context: ssl.SSLContext | None = None, timeout: float = 20
    ) -> None:
        self.address = address
        self.board = Switchboard(address, context, timeout)
        self.board.start()
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def call(self, *words: str) -> None:
        for word in words:
            request = http_request("POST", self.address, "/", "", word.encode())
            self.board.post(Call(lambda request=request: request, self._end(word)))  # type: ignore[misc]

    def ends(self, count: int) -> list[Told]:
        return [self.told.get(timeout=30) for _ in range(count)]

    def _end(self, word: str) -> Callable[[Response | None, bool], None]:
        return lambda answer, is_sent: self.told.put((word, answer.body if answer else None, is_sent))


@pytest.fixture(params=["plain", "encrypted"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    context = None
    if request.param == "encrypted":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.make(tmp_path)[0])
    found = Peer(context)
    yield found
    found.close()


@pytest.fixture
def caller(peer: Peer, tmp_path: Path) -> Iterator[Caller]:
    trusted = tmp_path / "authorities.pem"
    found = Caller(peer.address, ssl.create_default_context(cafile=trusted) if trusted.exists() else None)
    yield found
    found.board.stop()


def test_every_call_gets_its_own_answer_over_few_connections(peer: Peer, caller: Caller) -> None:
    words = [f"word {number}" for number in range(500)]

    caller.call(*words)
    told = caller.ends(500)

    assert sorted(told) == sorted((word, word.encode(), True) for word in words)
    assert peer.connections <= CONNECTIONS


def test_a_slow_answer_holds_up_nobody_else(peer: Peer, caller: Caller) -> None:
    caller.call("wait", "quick", "quicker")
    others = caller.ends(2)
    peer.go_on.set()

    assert sorted(word for word, _, _ in others) == ["quick", "quicker"]
    assert caller.ends(1) == [("wait", b"wait", True)]


def test_a_connection_that_is_hung_up_costs_its_own_call_and_no_other(peer: Peer, caller: Caller) -> None:
    caller.call("hang up")
    lost = caller.ends(1)
    caller.call("last")
    last = caller.ends(1)
    caller.call("next")

    assert lost == [("hang up", None, True)]
    assert last == [("last", b"last", True)]
    assert caller.ends(1) == [("next", b"next", True)]
    assert peer.connections == 3


def test_a_call_without_an_answer_ends_in_time(peer: Peer, tmp_path: Path) -> None:
    if peer.address.scheme == "https":
        pytest.skip("the plain connection shows it")
    caller = Caller(peer.address, timeout=0.1)

    caller.call("wait")

    assert caller.ends(1) == [("wait", None, True)]
    caller.board.stop()


def test_what_never_reached_anybody_is_told_as_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = urlsplit(f"http://127.0.0.1:{free.getsockname()[1]}")
    caller = Caller(address)

    caller.call("hello")

    assert caller.ends(1) == [("hello", None, False)]
    caller.board.stop()


def test_a_name_that_the_certificate_does_not_say_is_not_spoken_to(peer: Peer) -> None:
    if peer.address.scheme == "http":
        pytest.skip("nothing is checked without encryption")
    caller = Caller(peer.address, ssl.create_default_context())

    caller.call("secret")

    assert caller.ends(1) == [("secret", None, False)]
    caller.board.stop()


def test_a_call_whose_moment_is_over_is_not_sent(peer: Peer, caller: Caller) -> None:
    caller.board.post(Call(lambda: None, lambda answer, is_sent: caller.told.put(("late", None, is_sent))))

    assert caller.ends(1) == [("late", None, False)]
    assert peer.connections == 0


def test_calls_under_way_end_before_it_stops(peer: Peer, caller: Caller) -> None:
    caller.call(*map(str, range(100)))
    caller.board.stop()

    assert len(caller.ends(100)) == 100
    assert caller.told.empty()
