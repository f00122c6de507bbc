"""A process that runs jobs when it leads: writes a line when it begins, until it is killed."""

import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from models.base import Database
from scheduler.leadership import Leadership


@dataclass
class Jobs:
    """Jobs that only say who runs them."""

    file: Path
    name: str

    def begin(self) -> "Jobs":
        with self.file.open("a") as file:
            file.write(f"{self.name}\n")
        return self

    def shutdown(self) -> None:
        return


def main() -> None:
    url, file, name = sys.argv[1:]
    jobs = Jobs(Path(file), name)
    Leadership(Database(url), jobs.begin).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
