"""telegram updates that have been answered"""

import sqlalchemy as sa
from alembic import op

revision = '0002_telegram_update'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('telegram_update',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_telegram_update'))
    )
    op.create_index(op.f('ix_telegram_update_at'), 'telegram_update', ['at'])


def downgrade() -> None:
    op.drop_index(op.f('ix_telegram_update_at'), 'telegram_update')
    op.drop_table('telegram_update')
