"""points talks"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_pages",
        sa.Column("page_hash", sa.String(length=64), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_point_pages_chat_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_point_pages_person_id")),
        sa.PrimaryKeyConstraint("page_hash", name=op.f("pk_point_pages")),
    )
    with op.batch_alter_table("point_pages", schema=None) as batch_op:
        batch_op.create_index("ix_point_pages_asked", ["asked_at"], unique=False)

    op.create_table(
        "point_warnings",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("days_before", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_point_warnings_person_id")),
        sa.PrimaryKeyConstraint("person_id", "event", "days_before", name=op.f("pk_point_warnings")),
    )


def downgrade() -> None:
    op.drop_table("point_warnings")
    with op.batch_alter_table("point_pages", schema=None) as batch_op:
        batch_op.drop_index("ix_point_pages_asked")

    op.drop_table("point_pages")
