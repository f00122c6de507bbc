"""The whole redemption from outside, by curl alone: the README's commands as they stand there, and their answers."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from settings import ROOT
from tests.demo_house import DemoHouse, uses_of

README = (ROOT / "README.md").read_text("utf-8")
MORNING = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)
FENCE = re.compile(r"```\n((?:U=|curl ).*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl and bash are not on this machine")
    running = DemoHouse(tmp_path_factory.mktemp("curl"))
    yield running
    running.close()


def test_the_readmes_commands_go_from_a_new_person_to_a_used_coupon(house: DemoHouse) -> None:
    house.restore(MORNING)
    (commands,) = FENCE.findall(README)

    answers = run(commands.replace("127.0.0.1:8000", house.url.removeprefix("http://")))

    assert [each["error"] for each in answers if "error" in each] == []
    assert "済　利用が完了しました" in answers[-1]["messages"][0]["text"]
    assert uses_of(house.demo.house.database) == [("1day", "fs0007", 1)]


def run(commands: str) -> list[Any]:
    """What each curl answered."""
    script = "set -euo pipefail\n" + commands.replace("curl -s ", "curl -sS --max-time 20 ")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
