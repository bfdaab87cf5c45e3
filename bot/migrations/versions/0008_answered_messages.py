"""replies to messages that may come again"""

import sqlalchemy as sa
from alembic import op

revision = '0008_answered_messages'
down_revision = '0007_owners'


def upgrade() -> None:
    op.create_table('answered_message',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('session', sa.String(length=64), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('reply', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_answered_message'))
    )
    op.create_index(op.f('ix_answered_message_session'), 'answered_message', ['session'])
    op.create_index(op.f('ix_answered_message_at'), 'answered_message', ['at'])


def downgrade() -> None:
    op.drop_index(op.f('ix_answered_message_at'), 'answered_message')
    op.drop_index(op.f('ix_answered_message_session'), 'answered_message')
    op.drop_table('answered_message')
