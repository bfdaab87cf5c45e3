"""working copies"""

import sqlalchemy as sa
from alembic import op

revision = "0005_working_copies"
down_revision = "0004_accounts"


def upgrade() -> None:
    op.create_table(
        "working_copy",
        sa.Column("entry", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("remark_by", sa.String(length=80), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "locale", "author", name=op.f("pk_working_copy")),
    )


def downgrade() -> None:
    op.drop_table("working_copy")
