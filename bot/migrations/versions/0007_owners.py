"""who looks after an entry; what a working copy was made from, and the questions that a new entry begins with"""

import sqlalchemy as sa
from alembic import op

revision = "0007_owners"
down_revision = "0006_translating"


def upgrade() -> None:
    op.add_column("entry", sa.Column("owner", sa.String(length=80), nullable=True))
    op.add_column("working_copy", sa.Column("made_from", sa.JSON(), nullable=True))
    op.add_column("working_copy", sa.Column("questions", sa.JSON(), nullable=True))


def downgrade() -> None:
    for table, column in (("working_copy", "questions"), ("working_copy", "made_from"), ("entry", "owner")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
