"""Verbs on the tables. One class for SQLite and PostgreSQL; every write that people can see is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, delete, event, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot import tables as t
from bot.model import Answer, BussolaError, Content, Entry, Example, Passage, Session, Turn
from bot.rows import (
    DIRECTORY,
    answer_of,
    answers_of,
    entry_of,
    import_answers,
    import_entries,
    import_examples,
    next_revision,
    now,
    only,
    replace_directory,
    sync_passages,
    with_checks,
    write_answer,
    write_audit,
    write_entry,
)
from bot.shared import is_shared, name_of

_KEEP_REPLIES = timedelta(minutes=10)
_KEEP_TEXT, _KEEP_UNANSWERED = timedelta(hours=24), timedelta(days=183)


class Conflict(BussolaError):
    """Somebody else has published since this edit began; `current` is what stands now."""

    def __init__(self, current: Answer | Entry, version: int) -> None:
        super().__init__("somebody else has published this meanwhile", todo="compare both and publish again")
        self.current, self.version = current, version


def open_store(url: str) -> SqlStore:
    """A store on a database that exists and is migrated. Raises BussolaError when it cannot be opened."""
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
    if url.startswith("sqlite"):
        event.listen(engine, "connect", _sqlite_settings)
    return SqlStore(engine)


def _sqlite_settings(connection: Any, _: object) -> None:
    # WAL lets people read while a mediator publishes; NORMAL survives a crash of the program without losing a commit.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def migrate(url: str) -> None:
    """Creates the database or brings it to this program's shape. Raises BussolaError with what to do."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except (OperationalError, OSError) as error:
        raise BussolaError(
            f"the database cannot be opened or changed: {error}",
            url,
            "check that the folder exists, is writable and that no other program locks it",
        ) from error


class SqlStore:
    """All of the database. Methods that write say so; everything else only reads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        # Built once: these run with every message.
        columns: dict[str, Any] = {column.name: bindparam(f"new_{column.name}") for column in t.session.c}
        changes = {name: value for name, value in columns.items() if name != "key"}
        keep = self._insert(t.session).values(columns)
        self._keep = keep.on_conflict_do_update(index_elements=["key"], set_=changes)
        self._change = update(t.session).where(t.session.c.key == bindparam("new_key")).values(changes)
        self._find = select(t.session).where(t.session.c.key == bindparam("key"))
        self._revision = "SELECT revision FROM state"
        self._count = insert(t.turn).inline()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction; a locked or read-only database becomes a BussolaError that says what to do."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise BussolaError(
                f"the database did not take the change: {error.orig}",
                str(self.engine.url),
                "is the disk full or read-only, or does another program hold the database?",
            ) from error

    # ---- reading what is published -----------------------------------------------------------------------------------

    def revision(self) -> int:
        """How often what people can read has changed; -1 for an empty database."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(self._revision).scalar()
        return -1 if found is None else int(found)

    def content(self, examples: bool = False) -> Content:
        """Everything that is published, with the revision at which it was read; utterances only when asked for."""
        with self.engine.connect() as connection:
            revision = connection.execute(select(t.state.c.revision)).scalar()
            own = {row.id: entry_of(row.data) for row in connection.execute(select(t.entry).order_by(t.entry.c.id))}
            answers = answers_of(connection.execute(select(t.answer)).all())
            listed: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in DIRECTORY}
            for row in connection.execute(select(t.directory).order_by(t.directory.c.kind, t.directory.c.position)):
                listed[row.kind].append((row.id, DIRECTORY[row.kind].validate_python(row.data)))
            rows = connection.execute(select(t.example).order_by(t.example.c.id)).all() if examples else []
            said = select(t.service_check).where(t.service_check.c.state.in_(("true", "accepted")))
            checks = connection.execute(said.order_by(t.service_check.c.id)).all()
        patterns: dict[str, dict[str, tuple[str, ...]]] = {}
        for key, items in listed["pattern"]:
            locale, kind = key.split("/")
            patterns.setdefault(locale, {})[kind] = items
        return Content(
            entries={key: item for key, item in own.items() if not is_shared(key)},
            answers=answers,
            values={name_of(key): item.values for key, item in own.items() if is_shared(key)},
            terms=only(listed["term"]),
            places=only(listed["place"]),
            services=with_checks(only(listed["service"]), checks),
            courses=only(listed["course"]),
            examples=tuple(Example(row.intent, row.locale, row.text, row.style) for row in rows),
            patterns=patterns,
            revision=-1 if revision is None else int(revision),
            value_sources={name_of(key): item.sources for key, item in own.items() if is_shared(key) and item.sources},
        )

    def passages(self, after: int) -> list[Passage]:
        """Passages that changed after a revision; withdrawn ones come with live=False."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(t.passage).where(t.passage.c.revision > after)).all()
        return [Passage(row.id, row.intent, row.locale, row.kind, row.text, row.revision, row.live) for row in rows]

    def cached_vectors(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, bytes]:
        """The cached vectors among `hashes`."""
        wanted = set(hashes)
        query = select(t.vector.c.hash, t.vector.c.data).where(t.vector.c.fingerprint == fingerprint)
        if len(wanted) < 500:
            query = query.where(t.vector.c.hash.in_(wanted))
        with self.engine.connect() as connection:
            return {row.hash: row.data for row in connection.execute(query) if row.hash in wanted}

    def keep_vectors(self, fingerprint: str, vectors: Mapping[str, bytes]) -> None:
        """Writes vectors to the cache; ones that are there stay."""
        rows = [{"fingerprint": fingerprint, "hash": key, "data": data} for key, data in vectors.items()]
        if rows:
            with self.transaction() as connection:
                connection.execute(self._insert(t.vector).on_conflict_do_nothing(), rows)

    # ---- importing and publishing ------------------------------------------------------------------------------------

    def import_content(self, content: Content, force: bool = False) -> list[str]:
        """Writes what changed in the files since the last import, in one transaction; returns the entries (with locale)
        that were edited both here and in the files and therefore left alone, unless `force`."""
        with self.transaction() as connection:
            revision = self.next_revision(connection)
            conflicts = import_entries(connection, content, force)
            changed = import_answers(connection, content, force, conflicts)
            replace_directory(connection, content)
            import_examples(connection, content)
            sync_passages(connection, revision)
            connection.execute(
                insert(t.audit).values(
                    at=now(), account="import", action="import", detail=f"{len(changed)} answers changed"
                )
            )
        return conflicts

    def publish_answer(
        self,
        answer: Answer,
        author: str,
        base_version: int,
        note: str = "",
        minor: bool = False,
        made_from: Mapping[str, str] | None = None,
    ) -> int:
        """Publishes an answer in one transaction and returns the new revision. The old version stays in the history.
        `made_from` are the hashes of the Italian fields it was made from, if not of the present ones. Raises Conflict
        when `base_version` is no longer the current one."""
        with self.transaction() as connection:
            revision = self.next_revision(connection)
            self.put_answer(connection, revision, answer, author, base_version, note, minor, made_from)
        return revision

    def publish_entry(self, entry: Entry, author: str, base_version: int, note: str = "") -> int:
        """Publishes an entry's values, sources and the like in one transaction; returns the new revision.
        Raises Conflict when `base_version` is no longer the current one."""
        with self.transaction() as connection:
            revision = self.next_revision(connection)
            self.put_entry(connection, entry, author, base_version, note)
        return revision

    def put_answer(
        self,
        connection: Connection,
        revision: int,
        answer: Answer,
        author: str,
        base_version: int,
        note: str = "",
        minor: bool = False,
        made_from: Mapping[str, str] | None = None,
    ) -> None:
        """Publishes an answer inside a transaction that has its revision already. Raises Conflict as `publish_answer`."""
        key = (t.answer.c.entry == answer.entry, t.answer.c.locale == answer.locale)
        row = connection.execute(select(t.answer).where(*key).with_for_update()).one_or_none()
        current = row.version if row else 0
        if current != base_version:
            raise Conflict(answer_of(row) if row else answer, current)
        write_answer(connection, replace(answer, version=current + 1), author, note, minor, made_from)
        sync_passages(connection, revision, answer.entry)
        write_audit(connection, author, "publish", answer.entry, answer.locale, note)

    def put_entry(self, connection: Connection, entry: Entry, author: str, base_version: int, note: str = "") -> None:
        """Publishes an entry's own data inside a transaction that has its revision already. Raises Conflict as
        `publish_entry`."""
        row = connection.execute(select(t.entry).where(t.entry.c.id == entry.id).with_for_update()).one_or_none()
        current = row.version if row else 0
        if current != base_version:
            raise Conflict(entry_of(row.data) if row else entry, current)
        write_entry(connection, entry, current + 1, author, note)
        write_audit(connection, author, "publish values", entry.id, None, note)

    def next_revision(self, connection: Connection) -> int:
        """The revision that a transaction makes. It comes first: it takes the write lock."""
        return next_revision(connection)

    def entry_version(self, entry: str) -> int:
        """The current version of an entry's own data; 0 when there is none."""
        with self.engine.connect() as connection:
            return connection.execute(select(t.entry.c.version).where(t.entry.c.id == entry)).scalar() or 0

    def stale(self) -> dict[str, list[str]]:
        """Locales by entry whose translation was made from Italian fields that have changed since."""
        found: dict[str, list[str]] = {}
        with self.engine.connect() as connection:
            answers = answers_of(connection.execute(select(t.answer)).all())
        for answer in answers.values():
            if answer.state == "stale":
                found.setdefault(answer.entry, []).append(answer.locale)
        return found

    def history(self, entry: str, locale: str) -> list[Any]:
        """All versions of an answer (or, with locale "", of an entry's data), newest first: rows of tables.version."""
        query = select(t.version).where(t.version.c.entry == entry, t.version.c.locale == locale)
        with self.engine.connect() as connection:
            return list(connection.execute(query.order_by(t.version.c.version.desc())).all())

    # ---- conversations -----------------------------------------------------------------------------------------------

    def session(self, key: str) -> Session | None:
        """What is remembered under `key` (already a hash of the token); text older than a day is forgotten."""
        with self.engine.connect() as connection:
            row = connection.execute(self._find, {"key": key}).one_or_none()
        if row is None:
            return None
        fresh = now() - row.last_seen < _KEEP_TEXT
        return Session(
            row.key,
            row.channel,
            row.locale,
            row.locale_chosen,
            row.place,
            row.last_entry,
            row.last_section,
            row.last_text if fresh else None,
            row.last_seen,
        )

    def keep_session(self, session: Session) -> None:
        """Writes what is remembered of a conversation. One that was read and has been erased since stays erased: its person
        left while the answer was on its way."""
        with self.transaction() as connection:
            self._keep_session(connection, session)

    def _keep_session(self, connection: Connection, session: Session) -> None:
        values = {f"new_{field.name}": getattr(session, field.name) for field in fields(session)}
        values["new_key"], values["new_last_seen"] = values.pop("new_id"), now()
        connection.execute(self._keep if session.last_seen is None else self._change, values)

    def record(self, session: Session, turn: Turn) -> None:
        """Keeps the session and counts the turn: entry ids and scores, no text."""
        best = turn.decision.candidates[0] if turn.decision.candidates else None
        counted = {
            "day": now().date(),
            "channel": session.channel,
            "locale": turn.locale,
            "place": turn.place,
            "kind": turn.decision.kind,
            "entry": turn.decision.entry,
            "confidence": best.confidence if best else None,
            "danger": turn.decision.danger,
            "revision": turn.revision,
        }
        with self.transaction() as connection:
            self._keep_session(connection, session)
            connection.execute(self._count, counted)

    def keep_unanswered(self, session: Session, reason: str) -> None:
        """Keeps the session's last text (personal data is out of it already) as a question asked in vain."""
        if session.last_text:
            with self.transaction() as connection:
                connection.execute(
                    insert(t.unanswered).values(
                        day=now().date(),
                        locale=session.locale or "en",
                        place=session.place,
                        text=session.last_text,
                        reason=reason,
                    )
                )

    def explain_unanswered(self, session: Session, reason: str) -> None:
        """Says why the session's last text was answered badly: in the place of the thumb down, if there is one."""
        row = t.unanswered.c
        thumb = select(func.max(row.id)).where(row.text == session.last_text, row.reason == "thumbs down")
        with self.transaction() as connection:
            found = connection.scalar(thumb)
            if found is not None:
                connection.execute(update(t.unanswered).where(row.id == found).values(reason=reason))
        if found is None:
            self.keep_unanswered(session, reason)

    def erase(self, session: str) -> None:
        """Forgets a conversation, with what was written to mediators in it."""
        with self.transaction() as connection:
            connection.execute(delete(t.session).where(t.session.c.key == session))
            connection.execute(delete(t.answered_message).where(t.answered_message.c.session == session))
            talks = select(t.conversation.c.id).where(t.conversation.c.session == session)
            connection.execute(delete(t.message).where(t.message.c.conversation.in_(talks)))
            connection.execute(delete(t.conversation).where(t.conversation.c.session == session))

    def forget_old(self, days: int = 30) -> None:
        """Deletes sessions not seen for `days`, the text of those not seen for a day, replies kept for messages that may
        come again, and questions asked in vain that nobody has dealt with for half a year."""
        with self.transaction() as connection:
            connection.execute(delete(t.answered_message).where(t.answered_message.c.at < now() - _KEEP_REPLIES))
            connection.execute(delete(t.session).where(t.session.c.last_seen < now() - timedelta(days=days)))
            connection.execute(
                update(t.session).where(t.session.c.last_seen < now() - _KEEP_TEXT).values(last_text=None)
            )
            connection.execute(delete(t.unanswered).where(t.unanswered.c.day < (now() - _KEEP_UNANSWERED).date()))

    def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            return self.revision() >= 0
        except SQLAlchemyError:
            return False
