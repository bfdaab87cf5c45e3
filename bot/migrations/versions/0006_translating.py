"""files of translators that wait, and what offices say about their record"""

import sqlalchemy as sa
from alembic import op

revision = '0006_translating'
down_revision = "0005_working_copies"


def upgrade() -> None:
    op.create_table('parcel',
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_parcel'))
    )
    op.create_table('service_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service', sa.String(length=120), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_check'))
    )
    with op.batch_alter_table('service_check', schema=None) as batch_op:
        batch_op.create_index('ix_service_check_round', ['service', 'round'], unique=True)


def downgrade() -> None:
    op.drop_table('service_check')
    op.drop_table('parcel')
