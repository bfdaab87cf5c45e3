"""The tables, and nothing else. Texts are JSON where their shape is bot.model's."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
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
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# One row: `revision` counts every change of what people can read.
state = Table("state", metadata, Column("id", Integer, primary_key=True), Column("revision", Integer, nullable=False))

# Shared values stand here too, each under an id of its own (bot/shared.py).
entry = Table(
    "entry",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("file_hash", String(64)),
    Column(
        "owner", String(80)
    ),  # the account that looks after it: not in `data`, as it is neither published nor exported
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
    Column("minor", Boolean, nullable=False, server_default=false()),  # the meaning is that of the version before
)
# What somebody is writing: never a passage, never shown to people. `number` counts its savings, `data` is as in version.
working_copy = Table(
    "working_copy",
    metadata,
    Column("entry", String(120), primary_key=True),
    Column("locale", String(12), primary_key=True),
    Column("author", String(80), primary_key=True),
    Column("data", JSON, nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("minor", Boolean, nullable=False),
    Column("remark", Text, nullable=False),
    Column("remark_by", String(80)),
    Column("at", DateTime, nullable=False),
    Column("made_from", JSON),  # hashes of the Italian fields, if not of the present ones
    Column(
        "questions", JSON
    ),  # asked in vain, by id with a hash of the text: they become a new entry's first utterances
)
# Glossary, places, services, courses and danger patterns, as read from the files.
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
# Which of Telegram's updates have been answered: numbers only, for two days.
telegram_update = Table(
    "telegram_update",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False, index=True),
    Column("done", Boolean, nullable=False),
)
# Replies to messages that may come again, for some minutes: by a keyed hash, sealed with what only the sender has.
answered_message = Table(
    "answered_message",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("session", String(64), index=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("reply", Text),
)

account = Table(
    "account",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", DateTime),
    # What limits it: locales, and regions or places; an empty list limits nothing.
    Column("locales", JSON, nullable=False, server_default="[]"),
    Column("places", JSON, nullable=False, server_default="[]"),
    Column("language", String(12)),
    Column("email", String(254)),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("subject", String(400), unique=True),  # who they are to the sign-on of a municipality
    Column("factor", Text),  # encrypted
    Column("factor_step", Integer, nullable=False, server_default="0"),
)
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("hash", String(64), primary_key=True),
)
# One-time links: an invitation has no account yet, a reset has.
invitation = Table(
    "invitation",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(80)),
    Column("role", String(20), nullable=False),
    Column("locales", JSON, nullable=False),
    Column("places", JSON, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made", DateTime, nullable=False),
    Column("expires", DateTime, nullable=False),
)
sign_in = Table(
    "sign_in",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires", DateTime, nullable=False),
    Column("waiting", Boolean, nullable=False, server_default=false()),  # for the second factor
    Column("elsewhere", Boolean, nullable=False, server_default=false()),  # at the sign-on of a municipality
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

# A person and a mediator, or a request for an appointment. Texts and contacts are sealed (bot/cipher.py).
conversation = Table(
    "conversation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("session", String(64), nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("locale", String(12), nullable=False),
    Column("place", String(80)),
    Column("entry", String(120)),
    Column("state", String(12), nullable=False),
    Column("claimed_by", String(80)),
    Column("opened", DateTime, nullable=False),
    Column("last", DateTime, nullable=False),
    Column("closed", DateTime),
    Column("unanswered", DateTime),
    Column("escalated", DateTime),
    Column("told", DateTime),  # the escalation of which mediators were told
    Column("contact", Text, nullable=False),
    sqlite_autoincrement=True,
)
# A session has one open conversation, however often somebody presses the button.
Index(
    "ix_conversation_open",
    conversation.c.session,
    unique=True,
    sqlite_where=conversation.c.state != "closed",
    postgresql_where=conversation.c.state != "closed",
)
# Numbers are never used again: people ask for what came after a number.
message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation", Integer, nullable=False, index=True),
    Column("author", String(12), nullable=False),
    Column("account", String(80)),
    Column("text", Text, nullable=False),
    Column("entry", String(120)),
    Column("at", DateTime, nullable=False),
    Column("delivery", String(12), index=True),
    sqlite_autoincrement=True,
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
