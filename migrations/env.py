"""Runs migrations on the connection that `models/schema.py` hands over, in its transaction."""

from typing import Any, Literal

from alembic import context

from models.base import Instant
from models.schema import tables


def written(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """How a type of ours is written down: a migration outlives the code it was made from."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables(),
    compare_type=True,
    render_item=written,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
context.run_migrations()
