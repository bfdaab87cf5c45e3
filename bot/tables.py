"""The tables, and nothing else. Texts are JSON where their shape is bot.model's."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})

# One row: `revision` counts every change of what people can read.
state = Table("state", metadata, Column("id", Integer, primary_key=True), Column("revision", Integer, nullable=False))

entry = Table(
    "entry",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("file_hash", String(64)),
)
answer = Table(
    "answer",
    metadata,
    Column("entry", String(120), primary_key=True),
    Column("locale", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("confirmed_by", String(120)),
    Column("confirmed_on", Date),
    Column("field_hashes", JSON, nullable=False),
    Column("source_hashes", JSON),
    Column("file_hash", String(64)),
)
# Every version of an answer or an entry (locale is empty for the entry's own data), for history and restore.
version = Table(
    "version",
    metadata,
    Column("entry", String(120), primary_key=True),
    Column("locale", String(12), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("data", JSON, nullable=False),
    Column("author", String(120), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("note", Text),
)
# Shared values, glossary, places, services, courses and danger patterns, as read from the files.
directory = Table(
    "directory",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)
example = Table(
    "example",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("locale", String(12), nullable=False),
    Column("intent", String(120), nullable=False),
    Column("style", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String(20), nullable=False),
)
passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("intent", String(120), nullable=False),
    Column("locale", String(12), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("revision", Integer, nullable=False, index=True),
    Column("live", Boolean, nullable=False),
    Index("ix_passage_where", "intent", "locale", "kind"),
)
vector = Table(
    "vector",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("hash", String(24), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("locale", String(12)),
    Column("locale_chosen", Boolean, nullable=False),
    Column("place", String(80)),
    Column("last_entry", String(120)),
    Column("last_section", String(20)),
    Column("last_text", Text),
    Column("last_seen", DateTime, nullable=False, index=True),
)
# What happened, without text and without a session: enough to count, too little to recognise anybody.
turn = Table(
    "turn",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("locale", String(12), nullable=False),
    Column("place", String(80)),
    Column("kind", String(20), nullable=False),
    Column("entry", String(120)),
    Column("confidence", Float),
    Column("danger", String(30)),
    Column("revision", Integer, nullable=False),
)
unanswered = Table(
    "unanswered",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("locale", String(12), nullable=False),
    Column("place", String(80)),
    Column("text", Text, nullable=False),
    Column("reason", String(20), nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", DateTime),
)
sign_in = Table(
    "sign_in",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires", DateTime, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("account", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("entry", String(120)),
    Column("locale", String(12)),
    Column("detail", Text),
)

# Files of outside translators that wait, for a day, until somebody has seen what they would change.
parcel = Table(
    "parcel",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("name", String(200), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
# What offices said about their own record: "yes, still true", or a change that waits for a mediator. `round` counts the
# answers of an office: a link holds one, so that it works once.
service_check = Table(
    "service_check",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("service", String(120), nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("changes", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", DateTime),
    Index("ix_service_check_round", "service", "round", unique=True),
)
