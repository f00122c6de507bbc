"""Serves one bot: one process with so many threads, the same server for all."""

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from bench.certificate import HOST


def serve(target: str, port: int, threads: int) -> None:
    Server(
        target,
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        factory=True,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
