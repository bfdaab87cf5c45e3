"""which versions were minor edits of the one before"""

import sqlalchemy as sa
from alembic import op

revision = "0011_minor_versions"
down_revision = "0010_shared_values"


def upgrade() -> None:
    op.add_column("version", sa.Column("minor", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("version", "minor")
