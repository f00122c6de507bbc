"""A warm HTTP connection for the many small calls: one write, one read, the answer parsed in C."""

import select
import socket
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import SplitResult

import httptools

READ = 65_536
MOST = 1_000_000  # bytes of an answer


class Unanswered(OSError):
    """The call was sent, and no whole answer came."""


@dataclass
class Response:
    """One answer, filled by the parser's callbacks."""

    parser: httptools.HttpResponseParser | None = None
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = False
    keep_alive: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        assert self.parser is not None
        if self.parser.get_status_code() < HTTPStatus.OK:
            return  # 100 and 103 only go before the answer
        self.complete = True
        # Only now does the parser know; a moment later it waits for the next answer and says no.
        self.keep_alive = self.parser.should_keep_alive()


class Wire:
    """One connection, kept between calls; not shared between threads."""

    def __init__(
        self, address: SplitResult, context: ssl.SSLContext | None, timeout: float, most: int = MOST
    ) -> None:
        self._host, self._timeout, self._most = address.hostname or "", timeout, most
        self._context = context if address.scheme == "https" else None
        self._port = address.port or (443 if self._context else 80)
        self._address = address
        self._socket: socket.socket | None = None

    def make_ready(self) -> None:
        """A connection that LINE has not closed meanwhile. Raises OSError; nothing has been sent then."""
        if self._socket is not None and _has_hung_up(self._socket):
            self.close()
        if self._socket is None:
            plain = socket.create_connection((self._host, self._port), self._timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            context = self._context
            self._socket = context.wrap_socket(plain, server_hostname=self._host) if context else plain

    def call(self, method: str, path: str, headers: str, body: bytes) -> Response:
        """One call; `headers` are lines that end in \\r\\n. Raises OSError when no answer came."""
        assert self._socket is not None
        try:
            self._socket.sendall(http_request(method, self._address, path, headers, body))
            response = self._answer(self._socket)
        except (OSError, httptools.HttpParserError) as error:
            self.close()
            raise Unanswered(type(error).__name__) from None
        if not response.keep_alive:
            self.close()
        return response

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self, sock: socket.socket) -> Response:
        response = Response()
        parser = response.parser = httptools.HttpResponseParser(response)
        read = 0
        while not response.complete:
            part = sock.recv(READ)
            read += len(part)
            if not part or read > self._most:
                raise Unanswered("cut off")
            parser.feed_data(part)
        response.status, response.parser = parser.get_status_code(), None
        return response


def http_request(method: str, address: SplitResult, path: str, headers: str, body: bytes) -> bytes:
    """One request; `headers` are lines that end in \\r\\n."""
    host = f"Host: {address.netloc}\r\n"
    return f"{method} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _has_hung_up(sock: socket.socket) -> bool:
    """True when there is something to read before anything was asked: the other side has closed."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
