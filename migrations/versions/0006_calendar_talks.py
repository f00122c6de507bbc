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


def downgrade() -> None:
    op.drop_table("handed_in")
