"""What the pages need of the house, and the answers that several of them give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Response, render_template

from models.base import Database
from models.branch import Branch
from models.proof import Seal

KEPT_BY_BROWSERS = "private, max-age=86400"
BOM = "\ufeff"  # or a Japanese spreadsheet takes the file for Shift_JIS


@dataclass(frozen=True)
class Needs:
    """`link_token` asks LINE for a branch and a user (None: LINE could not be asked), `dialog` is LINE's account-link
    dialog, `message_url` opens a branch's chat with a text typed in; drawn pictures are kept in `cache`."""

    database: Database
    branches: Mapping[str, Branch]
    clock: Callable[[], datetime]
    seal: Seal
    cache: Path
    public_url: str
    dialog: str
    link_token: Callable[[str, str], str | None]
    message_url: Callable[[str, str], str]


def png(data: bytes, cached: str = KEPT_BY_BROWSERS) -> Response:
    return Response(data, mimetype="image/png", headers={"Cache-Control": cached})


def csv_file(text: str, name: str) -> Response:
    """A file to be saved, as a Japanese spreadsheet reads it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response((BOM + text).encode(), mimetype="text/csv", headers=headers)


def over(page: str = "page_over.html") -> tuple[str, int]:
    """The page cannot be used any more."""
    return render_template(page), 410
