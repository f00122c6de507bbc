"""calendar talks"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handed_in",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handed_in_person_id")),
        sa.PrimaryKeyConstraint("person_id", "paper", name=op.f("pk_handed_in")),
    )

    op.create_table(
        "calendar_pages",
        sa.Column("page_hash", sa.String(length=64), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("uids", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_calendar_pages_chat_id")),
        sa.PrimaryKeyConstraint("page_hash", name=op.f("pk_calendar_pages")),
    )
    with op.batch_alter_table("calendar_pages", schema=None) as batch_op:
        batch_op.create_index("ix_calendar_pages_asked", ["asked_at"], unique=False)

    op.create_table(
        "calendar_issues",
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("days", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_calendar_issues")),
    )


def downgrade() -> None:
    op.drop_table("calendar_issues")
    with op.batch_alter_table("calendar_pages", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_pages_asked")

    op.drop_table("calendar_pages")
    op.drop_table("handed_in")
