"""Runs migrations on the connection that `models/schema.py` hands over, in its transaction."""

from alembic import context

from models.schema import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables(),
    compare_type=True,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
context.run_migrations()
