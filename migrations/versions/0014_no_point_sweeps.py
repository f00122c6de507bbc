"""no point sweeps: a plan of the reminders says how far whose points lapse have been found"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("point_sweeps")


def downgrade() -> None:
    op.create_table(
        "point_sweeps",
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", "purpose", "day", name=op.f("pk_point_sweeps")),
    )
