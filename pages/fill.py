"""Pages that are filled in once for a talk about points, and end in the person's own message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import render_template

from models.base import Database
from models.branch import Branch
from models.point_pages import OpenPage, Purpose, open_page, use

LONGEST = 250


@dataclass(frozen=True)
class FilledPages:
    """What the pages need; `message_url` opens a branch's chat with a text typed in."""

    database: Database
    branches: Mapping[str, Branch]
    clock: Callable[[], datetime]
    message_url: Callable[[str, str], str]

    def opened(self, page: str, purpose: Purpose) -> OpenPage | None:
        with self.database.reading() as db:
            return open_page(db, page, purpose, self.clock())

    def keep(self, page: OpenPage, content: Mapping[str, object], words: str) -> tuple[str, int]:
        """Uses the page up; says how to go on in the chat."""
        if not self.database.run(lambda db: use(db, page, self.clock(), content)):
            return over()
        identity = self.branches[page.branch].identity
        back = self.message_url(page.branch, words)
        return render_template("filled.html", identity=identity, back=back, words=words), 200


def over() -> tuple[str, int]:
    """The page cannot be used any more."""
    return render_template("points_over.html"), 410
