"""accounts: limits, second factor, invitations, sign-on"""

import sqlalchemy as sa
from alembic import op

revision = "0004_accounts"
down_revision = "0003_conversations"


def upgrade() -> None:
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("locales", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(sa.Column("places", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(sa.Column("language", sa.String(length=12), nullable=True))
        batch.add_column(sa.Column("email", sa.String(length=254), nullable=True))
        batch.add_column(sa.Column("disabled", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("subject", sa.String(length=400), nullable=True))
        batch.add_column(sa.Column("factor", sa.Text(), nullable=True))
        batch.add_column(sa.Column("factor_step", sa.Integer(), server_default="0", nullable=False))
        batch.create_unique_constraint(op.f("uq_account_subject"), ["subject"])
    with op.batch_alter_table("sign_in") as batch:
        batch.add_column(sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "recovery_code",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", "hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("locales", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitation")),
    )
