"""Many calls to LINE under way at once: one thread, many warm connections, none of them waited for."""

import logging
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import SplitResult

import httptools

from bot.wire import MOST, READ, Response, Unanswered

CONNECTIONS = 64  # needed = calls a second × LINE's latency
LOOK_EVERY = 0.5  # seconds between looks for calls that have waited too long
FEW = 8  # calls under way that are answered at once
# Each look interrupts whoever handles an event.
GATHER = 0.004  # seconds in which the answers of more are gathered
READABLE, WRITABLE = selectors.EVENT_READ, selectors.EVENT_WRITE

Result = TypeVar("Result")
Patient = Generator[int, None, Result]  # yields what it waits for: READABLE or WRITABLE

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """`make` says what to send when the moment has come, None when nothing should be sent any more.

    `end` is told the answer, or None with whether anything may have been sent."""

    make: Callable[[], bytes | None]
    end: Callable[[Response | None, bool], None]


class Switchboard:
    """Takes calls from any thread; their ends run in its own."""

    def __init__(self, address: SplitResult, context: ssl.SSLContext | None, timeout: float) -> None:
        self._address, self._timeout = address, timeout
        self._context = context if address.scheme == "https" else None
        self._calls: deque[Call] = deque()
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._selector = selectors.DefaultSelector()
        self._ear, self._bell = socket.socketpair()
        self._selector.register(self._ear, READABLE)
        self._is_asleep = self._is_stopping = False
        self._look_at = 0.0
        self._thread = threading.Thread(target=self._run, name="switchboard", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the calls under way have ended."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self._bell.send(b"!")
        self._thread.join(timeout=2 * self._timeout)
        self._bell.close()

    def post(self, call: Call) -> None:
        """Makes the call as soon as a connection is free."""
        self._calls.append(call)
        if self._is_asleep:
            self._is_asleep = False
            self._bell.send(b"!")

    def _run(self) -> None:
        while not self._is_stopping or self._calls or self._under_way():
            if self._under_way() > FEW:
                time.sleep(GATHER)
            self._is_asleep = True
            ready = self._selector.select(0 if self._calls and self._has_room() else LOOK_EVERY)
            self._is_asleep = False
            for key, _ in ready:
                if key.data is None:
                    self._ear.recv(READ)
                else:
                    self._go_on(key.data)
            self._give_up()
            while self._calls and self._has_room():
                self._begin(self._calls.popleft())
        for connection in self._idle:
            connection.close(self._selector)
        self._selector.close()
        self._ear.close()

    def _under_way(self) -> int:
        return len(self._all) - len(self._idle)

    def _has_room(self) -> bool:
        return self._under_way() < CONNECTIONS

    def _begin(self, call: Call) -> None:
        request = call.make()
        if request is None:
            call.end(None, False)
            return
        if self._idle:
            connection = self._idle.pop()
        else:
            connection = Connection(self._address, self._context)
            self._all.add(connection)
        connection.take(call, request, time.monotonic() + self._timeout)
        self._go_on(connection)

    def _go_on(self, connection: "Connection") -> None:
        """Lets a connection do what it can without waiting."""
        was_idle = connection.call is None
        try:
            wanted = next(connection.life)
        except (OSError, httptools.HttpParserError, StopIteration):
            self._lose(connection)
            return
        connection.watch(self._selector, wanted)
        if connection.call is None and not was_idle:
            self._idle.append(connection)

    def _lose(self, connection: "Connection") -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        connection.close(self._selector)

    def _give_up(self) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            for connection in [one for one in self._all if one.call and one.deadline < now]:
                self._lose(connection)


class Connection:
    """One connection: opened for its first call, warm between calls, over when the other side hangs up."""

    def __init__(self, address: SplitResult, context: ssl.SSLContext | None) -> None:
        self._host, self._context = address.hostname or "", context
        self._port = address.port or (443 if context else 80)
        self.call: Call | None = None
        self.deadline = 0.0
        self._request = b""
        self._is_sent = False  # perhaps only in part
        self._socket: socket.socket | None = None
        self._watched = 0
        self.life = self._live()

    def take(self, call: Call, request: bytes, deadline: float) -> None:
        self.call, self._request, self.deadline, self._is_sent = call, request, deadline, False

    def watch(self, selector: selectors.BaseSelector, wanted: int) -> None:
        if self._socket is not None and wanted != self._watched:
            (selector.modify if self._watched else selector.register)(self._socket, wanted, self)
            self._watched = wanted

    def close(self, selector: selectors.BaseSelector) -> None:
        """A call under way ends without an answer."""
        if self._socket is not None:
            if self._watched:
                selector.unregister(self._socket)
            self._socket.close()
        self.life.close()
        self._end(None)

    def _live(self) -> Patient[None]:
        plain = yield from self._connected()
        sock = plain
        if self._context:
            # The selector knows the socket by its number, which the new object takes over.
            sock = self._socket = self._context.wrap_socket(
                plain, server_hostname=self._host, do_handshake_on_connect=False
            )
            yield from _patiently(READABLE, sock.do_handshake)
        while True:
            yield from self._say(sock)
            answer = yield from self._hear(sock)
            self._end(answer)
            if not answer.keep_alive:
                return
            while self.call is None:
                yield READABLE
                if self.call is None and _has_hung_up(sock):
                    return

    def _connected(self) -> Patient[socket.socket]:
        family, kind, protocol, _, where = socket.getaddrinfo(
            self._host, self._port, type=socket.SOCK_STREAM
        )[0]
        plain = self._socket = socket.socket(family, kind, protocol)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.connect_ex(where)
        yield WRITABLE
        if problem := plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(problem, "no connection")
        return plain

    def _say(self, sock: socket.socket) -> Patient[None]:
        left, self._is_sent = memoryview(self._request), True
        while left:
            sent = yield from _patiently(WRITABLE, sock.send, left)
            left = left[sent:]

    def _hear(self, sock: socket.socket) -> Patient[Response]:
        response, read = Response(), 0
        parser = response.parser = httptools.HttpResponseParser(response)
        yield READABLE
        while not response.complete:
            part = yield from _patiently(READABLE, sock.recv, READ)
            read += len(part)
            if not part or read > MOST:
                raise Unanswered("cut off")
            parser.feed_data(part)
        response.status, response.parser = parser.get_status_code(), None
        return response

    def _end(self, answer: Response | None) -> None:
        call, self.call = self.call, None
        if call is not None:
            call.end(answer, self._is_sent)


def _patiently(wanted: int, act: Callable[..., Result], *arguments: object) -> Patient[Result]:
    """What the act returns once it need not wait any more; encryption may want to read in order to write."""
    while True:
        try:
            return act(*arguments)
        except BlockingIOError:
            yield wanted
        except ssl.SSLWantReadError:
            yield READABLE
        except ssl.SSLWantWriteError:
            yield WRITABLE


def _has_hung_up(sock: socket.socket) -> bool:
    """True when the other side has closed, or speaks unasked; a new key for the encryption is neither."""
    try:
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    return True
