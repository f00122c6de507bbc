"""points staging"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_imports")),
    )
    op.create_table(
        "staged_grants",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["point_imports.id"], name=op.f("fk_staged_grants_import_id")),
        sa.PrimaryKeyConstraint("import_id", "person_id", "lot", name=op.f("pk_staged_grants")),
    )
    op.create_table(
        "staged_values",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["point_imports.id"], name=op.f("fk_staged_values_import_id")),
        sa.PrimaryKeyConstraint(
            "import_id", "person_id", "kind", "registered_on", "item", name=op.f("pk_staged_values")
        ),
    )


def downgrade() -> None:
    op.drop_table("staged_values")
    op.drop_table("staged_grants")
    op.drop_table("point_imports")
