"""broadcasts"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "broadcast_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_lists")),
    )
    op.create_table(
        "broadcast_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_pictures")),
        sa.UniqueConstraint("token", name=op.f("uq_broadcast_pictures_token")),
    )
    op.create_table(
        "line_quotas",
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_line_quotas")),
    )
    op.create_table(
        "broadcast_list_people",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["broadcast_lists.id"], name=op.f("fk_broadcast_list_people_list_id")
        ),
        sa.PrimaryKeyConstraint("list_id", "person_id", name=op.f("pk_broadcast_list_people")),
    )
    op.create_table(
        "broadcast_pages",
        sa.Column("page_hash", sa.String(length=64), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_broadcast_pages_chat_id")),
        sa.PrimaryKeyConstraint("page_hash", name=op.f("pk_broadcast_pages")),
    )
    with op.batch_alter_table("broadcast_pages", schema=None) as batch_op:
        batch_op.create_index("ix_broadcast_pages_asked", ["asked_at"], unique=False)

    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("button", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_reason", sa.String(length=100), nullable=False),
        sa.Column("drafter_id", sa.Integer(), nullable=False),
        sa.Column("drafter_chat", sa.Integer(), nullable=False),
        sa.Column("approver_chat", sa.Integer(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("first_mailing", sa.Integer(), nullable=True),
        sa.Column("rest_mailing", sa.Integer(), nullable=True),
        sa.Column("first_share", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("listed_until", sa.Integer(), nullable=False),
        sa.Column("list_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_short", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["approver_chat"], ["chats.id"], name=op.f("fk_broadcasts_approver_chat")),
        sa.ForeignKeyConstraint(["drafter_chat"], ["chats.id"], name=op.f("fk_broadcasts_drafter_chat")),
        sa.ForeignKeyConstraint(["drafter_id"], ["staff.id"], name=op.f("fk_broadcasts_drafter_id")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["broadcast_pictures.id"], name=op.f("fk_broadcasts_picture_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("drafter_chat", "created_at", name=op.f("uq_broadcasts_drafter_chat_created_at")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_branch", ["branch", "state"], unique=False)
        batch_op.create_index("ix_broadcasts_due", ["due_at"], unique=False)

    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.create_index(
            "ix_chats_blocked",
            ["branch"],
            unique=False,
            sqlite_where=sa.text("blocked"),
            postgresql_where=sa.text("blocked"),
        )

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index("ix_links_reach", ["person_id", "live", "chat_id"], unique=False)

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(
            "ix_memberships_reach",
            [
                "branch",
                "edition",
                "person_id",
                "birthdate",
                "sex",
                "kind",
                "employment",
                "acquired_on",
                "lost_on",
                "term_ends_on",
            ],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index("ix_memberships_reach")

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index("ix_links_reach")

    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_chats_blocked", sqlite_where=sa.text("blocked"), postgresql_where=sa.text("blocked")
        )

    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcasts_due")
        batch_op.drop_index("ix_broadcasts_branch")

    op.drop_table("broadcasts")
    with op.batch_alter_table("broadcast_pages", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcast_pages_asked")

    op.drop_table("broadcast_pages")
    op.drop_table("broadcast_list_people")
    op.drop_table("line_quotas")
    op.drop_table("broadcast_pictures")
    op.drop_table("broadcast_lists")
