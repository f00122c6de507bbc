"""desk work"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('paper_exports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('page_hash', sa.String(length=64), nullable=True),
    sa.Column('page_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_exports'))
    )
    with op.batch_alter_table('paper_exports', schema=None) as batch_op:
        batch_op.create_index('ix_paper_exports_page', ['page_hash'], unique=False)

    op.create_table('refusal_counts',
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('flow', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('branch', 'day', 'flow', 'code', name=op.f('pk_refusal_counts'))
    )
    op.create_table('workplaces',
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('postcode', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('branch', 'name', name=op.f('pk_workplaces'))
    )
    op.create_table('desk_calls',
    sa.Column('chat_id', sa.Integer(), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['chat_id'], ['chats.id'], name=op.f('fk_desk_calls_chat_id')),
    sa.PrimaryKeyConstraint('chat_id', name=op.f('pk_desk_calls'))
    )
    op.create_table('inbox_threads',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('chat_id', sa.Integer(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['chat_id'], ['chats.id'], name=op.f('fk_inbox_threads_chat_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_threads')),
    sa.UniqueConstraint('chat_id', 'live', name=op.f('uq_inbox_threads_chat_id_live'))
    )
    with op.batch_alter_table('inbox_threads', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_threads_state', ['branch', 'state', 'changed_at'], unique=False)

    op.create_table('paper_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('fiscal_year', sa.Integer(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('message_id', sa.String(length=64), nullable=False),
    sa.Column('question', sa.String(length=200), nullable=False),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.Column('answer_message_id', sa.String(length=64), nullable=False),
    sa.Column('coupons', sa.String(length=200), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.Column('export_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['export_id'], ['paper_exports.id'], name=op.f('fk_paper_requests_export_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_paper_requests_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_requests')),
    sa.UniqueConstraint('person_id', 'fiscal_year', 'live', name=op.f('uq_paper_requests_person_id_fiscal_year_live'))
    )
    with op.batch_alter_table('paper_requests', schema=None) as batch_op:
        batch_op.create_index('ix_paper_requests_export', ['export_id'], unique=False)
        batch_op.create_index('ix_paper_requests_state', ['branch', 'state', 'asked_at'], unique=False)

    op.create_table('question_askers',
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('kept_until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['open_questions.id'], name=op.f('fk_question_askers_question_id')),
    sa.PrimaryKeyConstraint('question_id', name=op.f('pk_question_askers'))
    )
    with op.batch_alter_table('question_askers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_askers_kept_until'), ['kept_until'], unique=False)

    op.create_table('inbox_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('branch', sa.String(length=30), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('message_id', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['inbox_threads.id'], name=op.f('fk_inbox_notes_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_notes'))
    )
    with op.batch_alter_table('inbox_notes', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_notes_message', ['branch', 'message_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inbox_notes_thread_id'), ['thread_id'], unique=False)

    with op.batch_alter_table('open_questions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('done_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('open_questions', schema=None) as batch_op:
        batch_op.drop_column('done_at')

    with op.batch_alter_table('inbox_notes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inbox_notes_thread_id'))
        batch_op.drop_index('ix_inbox_notes_message')

    op.drop_table('inbox_notes')
    with op.batch_alter_table('question_askers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_askers_kept_until'))

    op.drop_table('question_askers')
    with op.batch_alter_table('paper_requests', schema=None) as batch_op:
        batch_op.drop_index('ix_paper_requests_state')
        batch_op.drop_index('ix_paper_requests_export')

    op.drop_table('paper_requests')
    with op.batch_alter_table('inbox_threads', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_threads_state')

    op.drop_table('inbox_threads')
    op.drop_table('desk_calls')
    op.drop_table('workplaces')
    op.drop_table('refusal_counts')
    with op.batch_alter_table('paper_exports', schema=None) as batch_op:
        batch_op.drop_index('ix_paper_exports_page')

    op.drop_table('paper_exports')
