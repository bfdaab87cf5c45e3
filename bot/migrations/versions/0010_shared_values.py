"""shared values are kept like an entry's own data, with a history"""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010_shared_values"
down_revision = "0009_told"

_ENTRY = sa.table("entry", sa.column("id"), sa.column("version"), sa.column("data", sa.JSON), sa.column("file_hash"))
_VERSION = sa.table("version", sa.column("entry"), sa.column("locale"), sa.column("version"), sa.column("data", sa.JSON),
                    sa.column("author"), sa.column("at", sa.DateTime), sa.column("note"))  # fmt: skip
_DIRECTORY = sa.table("directory", sa.column("kind"), sa.column("id"), sa.column("position"), sa.column("data", sa.JSON))


def upgrade() -> None:
    connection, at = op.get_bind(), datetime.now(UTC).replace(tzinfo=None)
    for row in connection.execute(sa.select(_DIRECTORY).where(_DIRECTORY.c.kind == "value")).all():
        key = f"values/{row.id}"
        data = {"id": key, "risk": "low", "review_by": "2100-01-01", "related": [], "services": [], "applies_to": [],
                "values": row.data, "sources": []}  # fmt: skip
        # As bot.rows hashes it: what the next import brings is then known to be the same, or newer.
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(sa.insert(_ENTRY).values(id=key, version=1, data=data, file_hash=digest))
        connection.execute(
            sa.insert(_VERSION).values(entry=key, locale="", version=1, data=data, author="import", at=at, note="")
        )
    connection.execute(sa.delete(_DIRECTORY).where(_DIRECTORY.c.kind == "value"))


def downgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(_ENTRY).where(_ENTRY.c.id.startswith("values/")).order_by(_ENTRY.c.id)).all()
    for position, row in enumerate(rows):
        connection.execute(
            sa.insert(_DIRECTORY).values(
                kind="value", id=row.id.removeprefix("values/"), position=position, data=row.data["values"]
            )
        )
    for table, column in ((_ENTRY, _ENTRY.c.id), (_VERSION, _VERSION.c.entry)):
        connection.execute(sa.delete(table).where(column.startswith("values/")))
