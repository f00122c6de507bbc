"""Whatever comes over the wire from LINE becomes an answer of ours, never an error, and never «accepted» by mistake."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.line import NOT_SENT, Answer, Line, LineUnavailable
from bot.wire import Response

PAUSE = b"<a moment later>"
TOKEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
TOKEN_BODY = b'{"token_type":"Bearer","access_token":"t","expires_in":900}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-line-request-id: r1\r\n\r\n{}"


@contextmanager
def speaking(*answers: bytes) -> Iterator[str]:
    """A server that gives a channel token, then these bytes, one after the other; it hangs up after each."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = list(answers)

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                asked = caller.recv(100_000)
                token = asked.startswith(b"POST /oauth2")
                for part in (TOKEN % (len(TOKEN_BODY), TOKEN_BODY) if token else left.pop(0)).split(PAUSE):
                    caller.sendall(part)
                    time.sleep(0.05 * (not token))

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def asked(*answers: bytes) -> Answer:
    with speaking(*answers) as url, closing(Reply(url)) as reply:
        return reply.send()


class Reply:
    """A reply to this address, on one connection."""

    def __init__(self, url: str) -> None:
        self.line = Line("1", "secret", url, url, timeout=2)

    def send(self) -> Answer:
        return self.line.send("reply", b"{}")

    def close(self) -> None:
        self.line._wire().close()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(OK, 200, id="accepted"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, id="go on, then accepted"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + PAUSE + OK, 200, id="go on, and later accepted"),
        pytest.param(OK[:9] + PAUSE + OK[9:40] + PAUSE + OK[40:], 200, id="bit by bit"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, id="hints, then accepted"),
        pytest.param(OK[:-1], 0, id="half a body"),
        pytest.param(OK[:20], 0, id="half a head"),
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", 0, id="another protocol"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", 0, id="no status"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, id="no content"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200, id="in chunks"
        ),
        pytest.param(
            b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\n\xff\xfe\x00", 500, id="bytes that are no text"
        ),
    ],
)
def test_what_comes_over_the_wire_is_an_answer(answer: bytes, status: int) -> None:
    assert asked(answer).status == status


def test_the_request_id_is_kept_as_text_that_a_database_can_hold() -> None:
    long = OK.replace(b"r1", b"r" * 500)

    assert asked(long).request_id == "r" * 80


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"message": {"a": 1}}', b'{"message": "a\\u0000b\\ud800"}', b"null", b"\xff"]
)
def test_an_error_in_any_words_is_told_in_words_that_a_database_can_hold(body: bytes) -> None:
    answer = asked(b"HTTP/1.1 400 X\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    assert answer.status == 400
    assert "\0" not in answer.message
    assert answer.message.encode()


def test_a_connection_that_line_has_closed_meanwhile_is_not_used_again() -> None:
    with speaking(OK, OK, OK) as url, closing(Reply(url)) as reply:
        answers = []
        for _ in range(3):
            answers.append(reply.send().status)
            time.sleep(0.2)  # the server hangs up

    assert answers == [200, 200, 200]


def test_nobody_listening_means_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    assert Reply(url).send().status == NOT_SENT


class CountingLine(Line):
    """LINE that knows these answers to calls that send nothing; away when there are none left."""

    answers: list[bytes]
    calls = 0

    def _call(self, method: str, path: str, *_: object) -> Response:
        self.calls += 1
        if not self.answers:
            raise LineUnavailable("LINE could not be asked: TimeoutError")
        return Response(status=200, body=self.answers.pop(0))


def test_while_line_gives_no_token_nobody_waits_for_one_in_turn() -> None:
    line = CountingLine("1", "secret")
    line.answers = []

    said = [line.send("push", b"{}") for _ in range(10)]

    assert said == [Answer(NOT_SENT, "LINE could not be asked: TimeoutError")] * 10
    assert line.calls == 1


def test_a_bots_names_are_asked_for_once() -> None:
    line = CountingLine("1", "secret")
    line.answers = [TOKEN_BODY, b'{"userId":"U1","basicId":"@1"}']

    assert [line.bot_user_id() for _ in range(3)] == [("U1", "@1")] * 3
