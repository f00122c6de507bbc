"""Processes that the bench starts, what they use, and their end."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from bench.certificate import HOST
from settings import ROOT

READY_WITHIN = 40.0  # seconds


@dataclass(frozen=True)
class Process:
    """A process with all its children."""

    name: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        return sum(times.user + times.system for one in self._tree() for times in [one.cpu_times()])

    def memory(self) -> float:
        """Megabytes; a page that two of its processes share counts once."""
        return sum(_bytes(one) for one in self._tree()) / 1e6

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


class Processes:
    """Starts processes, and ends every one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[psutil.Popen] = []

    def start(self, name: str, module: str, *arguments: str, env: Mapping[str, str], port: int) -> Process:
        """Starts `python -m module …` and returns when its port answers. Raises RuntimeError when it does not."""
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            command = (sys.executable, "-m", module, *arguments)
            started = psutil.Popen(command, env=dict(env), stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        self._started.append(started)
        deadline = time.monotonic() + READY_WITHIN
        while not _listens(port):
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        return Process(name, port, psutil.Process(started.pid))

    def end(self) -> None:
        """Ends all that was started, with all that those started."""
        trees = [one for started in self._started for one in _with_children(started.pid)]
        for one in trees:
            _tell(one.terminate)
        _, alive = psutil.wait_procs(trees, timeout=5)
        for one in alive:
            _tell(one.kill)


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def is_well(process: Process) -> bool:
    """True when the bot answers its health page."""
    connection = HTTPConnection(HOST, process.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((HOST, port)) == 0


def _with_children(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return []


def _tell(order: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        order()


def _bytes(one: psutil.Process) -> int:
    used = one.memory_full_info()
    return int(getattr(used, "pss", used.rss))
