"""page holders"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paper_exports", sa.Column("page_chat", sa.Integer(), nullable=True))
    op.add_column(
        "broadcast_pages", sa.Column("wrong_files", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("broadcast_pages", "wrong_files")
    op.drop_column("paper_exports", "page_chat")
