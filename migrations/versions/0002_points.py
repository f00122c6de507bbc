"""points"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gift_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_exports")),
    )
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
    op.create_table(
        "checkups",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("decides", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_checkups_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", "registered_on", "source", name=op.f("pk_checkups")),
        sa.UniqueConstraint("person_id", "decides", name=op.f("uq_checkups_person_id_decides")),
    )
    op.create_table(
        "gift_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("gift", sa.String(length=40), nullable=False),
        sa.Column("gift_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_gift_orders_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_orders")),
        sa.UniqueConstraint("person_id", "request", name=op.f("uq_gift_orders_person_id_request")),
    )
    with op.batch_alter_table("gift_orders", schema=None) as batch_op:
        batch_op.create_index("ix_gift_orders_batch", ["branch", "batch", "id"], unique=False)

    op.create_table(
        "health_records",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_health_records_person_id")),
        sa.PrimaryKeyConstraint("person_id", "day", "item", name=op.f("pk_health_records")),
    )
    op.create_table(
        "my_rules",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_my_rules_person_id")),
        sa.PrimaryKeyConstraint("person_id", "rule", name=op.f("pk_my_rules")),
    )
    op.create_table(
        "point_entries",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("before_seq", sa.Integer(), nullable=True),
        sa.Column("before_left", sa.Integer(), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('grant', 'correction') OR (kind = 'return' AND points > 0) OR (kind = 'spend' AND points < 0 AND day <= last_day)",
            name=op.f("ck_point_entries_kind"),
        ),
        sa.CheckConstraint('"left" >= 0', name=op.f("ck_point_entries_left")),
        sa.CheckConstraint(
            "(seq = 1 AND kind = 'grant' AND points > 0 AND \"left\" = points AND day = granted_on AND before_seq IS NULL AND before_left IS NULL) OR (seq > 1 AND kind <> 'grant' AND points <> 0 AND \"left\" = before_left + points AND before_seq IS NOT NULL AND before_seq = seq - 1 AND before_left IS NOT NULL)",
            name=op.f("ck_point_entries_chain"),
        ),
        sa.CheckConstraint(
            "granted_on <= last_day AND granted_on <= day", name=op.f("ck_point_entries_life")
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "lot", "before_seq", "before_left", "granted_on", "last_day"],
            [
                "point_entries.person_id",
                "point_entries.lot",
                "point_entries.seq",
                "point_entries.left",
                "point_entries.granted_on",
                "point_entries.last_day",
            ],
            name="fk_point_entries_before",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_point_entries_person_id")),
        sa.PrimaryKeyConstraint("person_id", "lot", "seq", name=op.f("pk_point_entries")),
        sa.UniqueConstraint(
            "person_id", "lot", "seq", "left", "granted_on", "last_day", name="uq_point_entries_link"
        ),
    )
    with op.batch_alter_table("point_entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_point_entries_lapse", ["branch", "last_day", "person_id", "points"], unique=False
        )
        batch_op.create_index(
            "uq_point_entries_cause",
            ["person_id", "lot", "cause"],
            unique=True,
            postgresql_where=sa.text("seq > 1"),
            sqlite_where=sa.text("seq > 1"),
        )

    op.create_table(
        "checkup_values",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "kind", "registered_on", "source"],
            ["checkups.person_id", "checkups.kind", "checkups.registered_on", "checkups.source"],
            name="fk_checkup_values_checkup",
        ),
        sa.PrimaryKeyConstraint(
            "person_id", "kind", "registered_on", "source", "item", name=op.f("pk_checkup_values")
        ),
    )


def downgrade() -> None:
    op.drop_table("checkup_values")
    with op.batch_alter_table("point_entries", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_point_entries_cause", postgresql_where=sa.text("seq > 1"), sqlite_where=sa.text("seq > 1")
        )
        batch_op.drop_index("ix_point_entries_lapse")

    op.drop_table("point_entries")
    op.drop_table("my_rules")
    op.drop_table("health_records")
    with op.batch_alter_table("gift_orders", schema=None) as batch_op:
        batch_op.drop_index("ix_gift_orders_batch")

    op.drop_table("gift_orders")
    op.drop_table("checkups")
    op.drop_table("point_sweeps")
    op.drop_table("gift_exports")
