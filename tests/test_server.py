"""A serving process among others on its machine."""

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from settings import ROOT

SORT = f"test-{os.getpid()}"  # no bot that runs on this machine is in the way
SETTLES = """
import os, sys
from server import settle_on_a_core
print(settle_on_a_core({sort!r}), *sorted(os.sched_getaffinity(0)), flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cores are chosen on Linux")


def test_bots_on_one_machine_settle_on_different_cores_and_one_too_many_on_none() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("this machine has one core")
    with ExitStack() as running:
        said = [_settled(running) for _ in range(len(cores) + 1)]

    *settled, last = said
    assert sorted(settled) == [[str(core), str(core)] for core in cores]
    assert last == ["None", *map(str, cores)]


def test_who_has_one_core_alone_stays_as_it_is() -> None:
    with ExitStack() as running:
        core = min(os.sched_getaffinity(0))

        said = _settled(running, f"import os; os.sched_setaffinity(0, {{{core}}})")

    assert said == ["None", str(core)]


def _settled(running: ExitStack, before: str = "") -> list[str]:
    """What a process says of its cores; it lives until `running` is closed."""
    command = (sys.executable, "-c", f"{before}\n{SETTLES.format(sort=SORT)}")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    running.enter_context(process)
    assert process.stdout is not None
    return process.stdout.readline().split()
