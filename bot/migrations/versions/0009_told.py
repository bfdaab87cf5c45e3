"""of which escalation mediators were told"""

import sqlalchemy as sa
from alembic import op

revision = "0009_told"
down_revision = "0008_answered_messages"


def upgrade() -> None:
    op.add_column("conversation", sa.Column("told", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("conversation", "told")
