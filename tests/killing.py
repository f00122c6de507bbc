"""What it takes to kill a process at any point: a LINE on localhost that tells what happens, and a nest of processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from settings import ROOT

SENT = "sent"  # a moment: LINE has a call, before and after it acts
Said = tuple[int, dict[str, Any]]


class Answering(Protocol):
    def something_happened(self, what: str) -> None: ...

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> Said | None: ...

    def asked(self, path: str) -> Said: ...


@dataclass
class Moments:
    """What happens, counted; whoever is to kill waits here for the right moment."""

    happened: Counter[str] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def something_happened(self, what: str) -> None:
        with self.changed:
            self.happened[what] += 1
            self.changed.notify_all()

    def asked(self, path: str) -> Said:
        """What a GET is told: nothing, where nothing is counted."""
        return 404, {}

    def wait_for(self, what: str, more: int) -> None:
        """Returns when so many more of these have happened, or none has for a while; the first may take longer."""
        with self.changed:
            begun = self.happened[what]
            while (seen := self.happened[what]) < begun + more:
                patience = 0.3 if seen > begun else 2
                if not self.changed.wait_for(lambda: self.happened[what] > seen, patience):
                    return


@dataclass
class ManyLine(Moments):
    """LINE for mailings: remembers the keys and whom it told; some of its answers never arrive, some calls fail."""

    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)  # accepted, and who was named
    told: Counter[str] = field(default_factory=Counter)
    faults: Iterator[int | str | None] = field(default_factory=lambda: iter(()))  # a status, LOST, or nothing

    def answer(self, path: str, body: dict[str, Any], key: str | None) -> Said | None:
        with self.changed:
            fault = next(self.faults, None)
            if isinstance(fault, int):
                return fault, {"message": "The API rate limit has been exceeded. Try again later."}
            answer = self._take(body, key)
            return None if fault == LOST else answer

    def _take(self, body: dict[str, Any], key: str | None) -> Said:
        assert key
        if key in self.keys:
            assert set(body["to"]) <= set(self.keys[key]), "a key stands for the same people, always"
            return 409, {"message": "The retry key is already accepted"}
        self.keys[key] = tuple(body["to"])
        self.told.update(body["to"])
        return 200, {}


LOST = "lost"  # LINE does what it was asked, and its answer never arrives


@contextmanager
def serving(line: Answering) -> Iterator[str]:
    """LINE's API; before it takes a message and after, something has happened: a moment to be killed at."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/oauth2"):
                return self.write(200, {"token_type": "Bearer", "access_token": "t", "expires_in": 900})
            line.something_happened(SENT)
            answer = line.answer(self.path, json.loads(body), self.headers["X-Line-Retry-Key"])
            line.something_happened(SENT)
            if answer is None:
                self.close_connection = True
                return None
            return self.write(*answer)

        def do_GET(self) -> None:
            return self.write(*line.asked(self.path))

        def write(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
            self.wfile.write(head.encode() + text)

        def log_message(self, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # the process was killed while it was answered

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def until(is_so: Callable[[], bool], what: str) -> None:
    """Returns when it is so: another process works on it, whose database alone tells how far it is."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(f"never came to be: {what}")


class Nest:
    """Processes of one kind, each quickly forked from a module that waits for "start"."""

    def __init__(self, module: str, *arguments: str, env: Mapping[str, str] = os.environ) -> None:
        self._alive: list[int] = []
        launcher, pipe = [sys.executable, "-m", module, *arguments], subprocess.PIPE
        self._nest = subprocess.Popen(launcher, cwd=ROOT, env=dict(env), stdin=pipe, stdout=pipe, text=True)
        assert self._nest.stdout and self._nest.stdin
        self._told, self._tell = self._nest.stdout, self._nest.stdin
        assert self._told.readline().strip() == "waiting"

    def start(self, clock: float) -> None:
        """One process more, ready; what its clock begins with is for the module to say."""
        self._tell.write(f"start {clock}\n")
        self._tell.flush()
        word, number = self._told.readline().split()
        assert word == "ready"
        self._alive.append(int(number))

    def kill(self) -> None:
        """Returns when all its processes are gone."""
        for number in self._alive:
            os.kill(number, signal.SIGKILL)
        while any(Path(f"/proc/{number}").exists() for number in self._alive):
            time.sleep(0.001)
        self._alive = []

    def close(self) -> None:
        """Leaves no process behind, also when a test has failed."""
        self.kill()
        self._tell.close()
        self._nest.wait(timeout=10)
        self._told.close()
