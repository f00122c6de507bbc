"""of one chat only so many questions are kept a day"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_counts",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_question_counts_chat_id")),
        sa.PrimaryKeyConstraint("chat_id", "day", name=op.f("pk_question_counts")),
    )


def downgrade() -> None:
    op.drop_table("question_counts")
