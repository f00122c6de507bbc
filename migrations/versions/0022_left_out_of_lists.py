"""of a broadcast's list it is kept how many people were for it, and who of them was left out"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
COLUMNS = ("people", "unlinked", "blocked")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("broadcasts", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("broadcasts", name)
