"""entries of the points' ledger are never changed or removed"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REFUSAL = "point_entries is append-only"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        op.execute(f"CREATE TRIGGER point_entries_no_update BEFORE UPDATE ON point_entries {refuse}")
        op.execute(f"CREATE TRIGGER point_entries_no_delete BEFORE DELETE ON point_entries {refuse}")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION point_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER point_entries_stay BEFORE UPDATE OR DELETE ON point_entries"
        " FOR EACH ROW EXECUTE FUNCTION point_entries_stay()"
    )
    op.execute(
        "CREATE TRIGGER point_entries_not_emptied BEFORE TRUNCATE ON point_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION point_entries_stay()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER point_entries_no_update")
        op.execute("DROP TRIGGER point_entries_no_delete")
        return
    op.execute("DROP TRIGGER point_entries_not_emptied ON point_entries")
    op.execute("DROP TRIGGER point_entries_stay ON point_entries")
    op.execute("DROP FUNCTION point_entries_stay()")
