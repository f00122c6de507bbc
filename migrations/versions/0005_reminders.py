"""reminders"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder_events",
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("time", sa.String(length=5), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("branch", "event", name=op.f("pk_reminder_events")),
    )
    op.create_table(
        "reminder_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("offset", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("latest_hour", sa.Integer(), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.String(), nullable=False),
        sa.Column("derived_to", sa.Integer(), nullable=False),
        sa.Column("derived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_plans")),
        sa.UniqueConstraint(
            "branch",
            "event",
            "offset",
            "revision",
            name=op.f("uq_reminder_plans_branch_event_offset_revision"),
        ),
    )
    with op.batch_alter_table("reminder_plans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reminder_plans_open",
            ["branch", "ready_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "reminder_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["reminder_plans.id"], name=op.f("fk_reminder_reports_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_reports")),
        sa.UniqueConstraint("plan_id", "kind", "day", name=op.f("uq_reminder_reports_plan_id_kind_day")),
    )
    with op.batch_alter_table("reminder_reports", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_reports_at", ["branch", "at"], unique=False)

    op.create_table(
        "reminder_settings",
        sa.Column("chat_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_reminder_settings_chat_id")),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_reminder_settings")),
    )
    op.create_table(
        "reminder_topics",
        sa.Column("chat_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_reminder_topics_chat_id")),
        sa.PrimaryKeyConstraint("chat_id", "topic", name=op.f("pk_reminder_topics")),
    )
    op.create_table(
        "reminders",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["reminder_plans.id"], name=op.f("fk_reminders_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "chat_id", "person_id", name=op.f("pk_reminders")),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reminders_open",
            ["chat_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.drop_table("point_warnings")


def downgrade() -> None:
    op.create_table(
        "point_warnings",
        sa.Column("person_id", sa.INTEGER(), nullable=False),
        sa.Column("event", sa.VARCHAR(length=40), nullable=False),
        sa.Column("days_before", sa.INTEGER(), nullable=False),
        sa.Column("at", sa.DATETIME(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_point_warnings_person_id")),
        sa.PrimaryKeyConstraint("person_id", "event", "days_before", name=op.f("pk_point_warnings")),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reminders_open",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.drop_table("reminders")
    op.drop_table("reminder_topics")
    op.drop_table("reminder_settings")
    with op.batch_alter_table("reminder_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reminder_reports_at")

    op.drop_table("reminder_reports")
    with op.batch_alter_table("reminder_plans", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reminder_plans_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("reminder_plans")
    op.drop_table("reminder_events")
