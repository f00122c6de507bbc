"""This month's figure of a channel: asked of LINE outside any transaction, then stored for all who show it."""

from collections.abc import Callable
from datetime import datetime

from models import line_quota
from models.base import Database

Asking = Callable[
    [str], tuple[int | None, int] | None
]  # branch → the month's limit and use; None = no answer


def read_quota(database: Database, ask: Asking, branch: str, now: datetime) -> None:
    """Asks LINE; where it does not answer the earlier figure stays."""
    said = ask(branch)
    if said is None:
        database.run(lambda db: line_quota.tried(db, branch, now))
    else:
        database.run(lambda db: line_quota.keep(db, branch, *said, now))
