"""mailings"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_rates",
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("endpoint", sa.String(length=12), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", "endpoint", name=op.f("pk_line_rates")),
    )
    op.create_table(
        "mailings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("messages", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings")),
        sa.UniqueConstraint("branch", "purpose", "about", name=op.f("uq_mailings_branch_purpose_about")),
    )
    op.create_table(
        "mailing_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chat_ids", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_key", sa.String(length=36), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_of_quota", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("left_out_ids", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailings.id"], name=op.f("fk_mailing_batches_mailing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_batches")),
        sa.UniqueConstraint("mailing_id", "number", name=op.f("uq_mailing_batches_mailing_id_number")),
    )
    owed = sa.text("outcome IS NULL")
    with op.batch_alter_table("mailing_batches", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mailing_batches_owed",
            ["due_at", "mailing_id"],
            unique=False,
            sqlite_where=owed,
            postgresql_where=owed,
        )
        batch_op.create_index("ix_mailing_batches_done", ["done_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mailing_batches", schema=None) as batch_op:
        batch_op.drop_index("ix_mailing_batches_done")
        batch_op.drop_index("ix_mailing_batches_owed")

    op.drop_table("mailing_batches")
    op.drop_table("mailings")
    op.drop_table("line_rates")
