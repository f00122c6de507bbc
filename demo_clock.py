"""The demo's clock: it can be moved, and every command of the demo shares it."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path


class DemoClock:
    """Ticks at real speed from where it was put; lives in a file, so that every command shares it."""

    def __init__(self, file: Path, start: datetime) -> None:
        self._file = file
        if not file.exists():
            self._keep(start)

    def __call__(self) -> datetime:
        kept = json.loads(self._file.read_text())
        return datetime.fromtimestamp(time.time() + kept["ahead"], UTC)

    def move(self, to: datetime) -> None:
        self._keep(to)

    def _keep(self, now: datetime) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        half = self._file.with_suffix(".new")
        half.write_text(json.dumps({"ahead": now.timestamp() - time.time()}))
        half.replace(self._file)
