"""whom a reminder concerns is found person by person, no longer chat by chat: what was half found begins anew;
a million rows at once do not each ask for their plan, of which none is ever removed"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_anew()
    with op.batch_alter_table("reminders") as table:
        table.drop_constraint("fk_reminders_plan_id", type_="foreignkey")


def downgrade() -> None:
    begin_anew()
    with op.batch_alter_table("reminders") as table:
        table.create_foreign_key("fk_reminders_plan_id", "reminder_plans", ["plan_id"], ["id"])


def begin_anew() -> None:
    plans = sa.table("reminder_plans", sa.column("derived_to", sa.Integer), sa.column("derived_at"))
    op.execute(plans.update().where(plans.c.derived_at.is_(None)).values(derived_to=0))
