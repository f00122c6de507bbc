"""a push is of use until an instant; what came too late is found by itself"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("useful_until", sa.DateTime(timezone=True), nullable=True))
    stopped = sa.text("outcome = 'stopped'")
    for table in ("outbox", "mailing_batches"):
        op.create_index(
            f"ix_{table}_stopped", table, ["done_at"], sqlite_where=stopped, postgresql_where=stopped
        )


def downgrade() -> None:
    for table in ("outbox", "mailing_batches"):
        op.drop_index(f"ix_{table}_stopped", table)
    op.drop_column("outbox", "useful_until")
