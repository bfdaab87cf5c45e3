"""conversations with mediators"""

import sqlalchemy as sa
from alembic import op

revision = '0003_conversations'
down_revision = '0002_telegram_update'


def upgrade() -> None:
    op.create_table('conversation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('session', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('locale', sa.String(length=12), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=True),
    sa.Column('entry', sa.String(length=120), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('claimed_by', sa.String(length=80), nullable=True),
    sa.Column('opened', sa.DateTime(), nullable=False),
    sa.Column('last', sa.DateTime(), nullable=False),
    sa.Column('closed', sa.DateTime(), nullable=True),
    sa.Column('unanswered', sa.DateTime(), nullable=True),
    sa.Column('escalated', sa.DateTime(), nullable=True),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sqlite_autoincrement=True,
    )
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.create_index('ix_conversation_session', ['session'], unique=False)
        batch_op.create_index(
            'ix_conversation_open', ['session'], unique=True,
            sqlite_where=sa.text("state != 'closed'"), postgresql_where=sa.text("state != 'closed'"),
        )
    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation', sa.Integer(), nullable=False),
    sa.Column('author', sa.String(length=12), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('entry', sa.String(length=120), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('delivery', sa.String(length=12), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sqlite_autoincrement=True,
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_conversation', ['conversation'], unique=False)
        batch_op.create_index('ix_message_delivery', ['delivery'], unique=False)


def downgrade() -> None:
    op.drop_table('message')
    op.drop_table('conversation')
