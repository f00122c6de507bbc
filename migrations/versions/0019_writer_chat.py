"""who changed a broadcast last"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("writer_chat", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcasts", "writer_chat")
