"""Pages that are filled in once for a talk about points, and end in the person's own message."""

from collections.abc import Mapping

from flask import render_template

from models.point_pages import OpenPage, Purpose, open_page, use
from pages.needs import Needs, over

LONGEST = 250


def opened_for(needs: Needs, page: str, purpose: Purpose) -> OpenPage | None:
    with needs.database.reading() as db:
        return open_page(db, page, purpose, needs.clock())


def keep(needs: Needs, page: OpenPage, content: Mapping[str, object], words: str) -> tuple[str, int]:
    """Uses the page up; says how to go on in the chat."""
    if not needs.database.run(lambda db: use(db, page, needs.clock(), content)):
        return over()
    identity, back = needs.branches[page.branch].identity, needs.message_url(page.branch, words)
    return render_template("filled.html", identity=identity, back=back, words=words), 200
