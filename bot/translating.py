"""Translations beside the Italian they were made from: what is out of date, field by field, and many published at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from bot import tables as t
from bot.copies import SecondPerson, put_proposal
from bot.locales import SOURCE
from bot.model import Answer, Example
from bot.rows import entry_of, next_revision, now, put_examples, rebound, sync_passages, text_hash, write_audit
from bot.store import SqlStore

_KEEP_PARCELS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Translation:
    """An entry in a locale beside the Italian that stands now. `made_from` holds the hashes of the Italian fields that the
    texts were made from; `version` is 0 and `texts` is empty when nothing is written yet."""

    entry: str
    locale: str
    version: int
    texts: Mapping[str, str]
    italian: Mapping[str, str]
    made_from: Mapping[str, str]

    def state(self, field: str) -> str:
        """current, changed (in Italian since), missing, removed (from the Italian since) or own (never was in Italian)."""
        if field not in self.italian:
            return "removed" if field in self.made_from else "own"
        if not self.texts.get(field):
            return "missing"
        return "current" if self.made_from.get(field) == text_hash(self.italian[field]) else "changed"

    def states(self) -> dict[str, str]:
        """The state of every field that either side has."""
        return {field: self.state(field) for field in {**self.italian, **self.texts}}

    @property
    def is_behind(self) -> bool:
        """Whether the Italian has changed since."""
        return dict(self.made_from) != {field: text_hash(text) for field, text in self.italian.items()}


def hashes(texts: Mapping[str, str]) -> dict[str, str]:
    """The hash of each field that has a text."""
    return {field: text_hash(text) for field, text in texts.items() if text}


class Translations:
    """All that the translators' pages need of the database. Methods that write say so."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def of(self, locale: str) -> dict[str, Translation]:
        """Every entry that has an Italian text, in one locale."""
        query = select(t.answer).where(t.answer.c.locale.in_((SOURCE, locale))).order_by(t.answer.c.entry)
        with self._store.engine.connect() as connection:
            rows = {(row.entry, row.locale): row for row in connection.execute(query)}
        found = {}
        for entry, tag in rows:
            if tag == SOURCE:
                found[entry] = _translation(rows[entry, SOURCE], rows.get((entry, locale)), locale)
        return found

    def one(self, entry: str, locale: str) -> Translation | None:
        """One entry in one locale; None when it has no Italian text."""
        query = select(t.answer).where(t.answer.c.entry == entry, t.answer.c.locale.in_((SOURCE, locale)))
        with self._store.engine.connect() as connection:
            rows = {row.locale: row for row in connection.execute(query)}
        return _translation(rows[SOURCE], rows.get(locale), locale) if SOURCE in rows else None

    def italian_then(self, translation: Translation) -> dict[str, str]:
        """The Italian texts that the changed fields were made from, as far as the history has them."""
        wanted = {field for field, state in translation.states().items() if state in ("changed", "removed")}
        found: dict[str, str] = {}
        for data in self._versions(translation.entry, SOURCE).values() if wanted else ():
            for field in wanted - found.keys():
                if field in data and text_hash(data[field]) == translation.made_from.get(field):
                    found[field] = data[field]
        return found

    def text(self, entry: str, locale: str, version: int) -> Mapping[str, str] | None:
        """The texts of one version; {} for version 0 and None for one that there never was."""
        return {} if version == 0 else self._versions(entry, locale).get(version)

    def italian_seen(self, entry: str, version: int) -> dict[str, str]:
        """The hashes of the Italian fields that somebody saw in one version, as the minor edits after it have them; empty
        for one that there never was."""
        found: dict[str, str] = {}
        before: dict[str, str] = {}
        for row in reversed(self._store.history(entry, SOURCE)):  # the oldest first
            after = hashes(row.data)
            if row.version == version:
                found = after
            elif found and row.minor:
                found = rebound(found, before, after)
            before = after
        return found

    def _versions(self, entry: str, locale: str) -> dict[int, Mapping[str, str]]:
        return {row.version: row.data for row in self._store.history(entry, locale)}

    def still_right(self, translation: Translation, italian_version: int, author: str, note: str) -> None:
        """Publishes the texts as they are, made from the Italian of `italian_version`: what its reader has seen. Raises
        Conflict when somebody has published this translation meanwhile, SecondPerson for a high risk."""
        answer, seen = self.unchanged(translation, italian_version)
        self.publish([answer], {translation.entry: seen}, author, note)

    def unchanged(self, translation: Translation, italian_version: int) -> tuple[Answer, dict[str, str]]:
        """The texts as they are, and the hashes of the Italian of `italian_version`."""
        seen = self.italian_seen(translation.entry, italian_version)
        sections = {name: text for name, text in translation.texts.items() if name not in ("title", "answer")}
        answer = Answer(translation.entry, translation.locale, translation.texts["title"], translation.texts["answer"], sections,
                        version=translation.version)  # fmt: skip
        return answer, seen

    def publish(
        self,
        answers: Sequence[Answer],
        made_from: Mapping[str, Mapping[str, str]],
        author: str,
        note: str,
        waiting: Sequence[Answer] = (),
    ) -> None:
        """Publishes answers of one locale, all or none. The version of each is the one that it replaces; `made_from` holds
        the hashes of the Italian by entry. Those `waiting` are kept for a second person in the same transaction. Raises
        Conflict when one is no longer current, SecondPerson for a high risk, and Elsewhere when the author is writing
        one of those that wait."""
        with self._store.transaction() as connection:
            revision = next_revision(connection)
            for answer in answers:
                data = connection.execute(select(t.entry.c.data).where(t.entry.c.id == answer.entry)).scalar()
                if data and entry_of(data).risk == "high":
                    raise SecondPerson
                self._store.put_answer(
                    connection, revision, answer, author, answer.version, note, made_from=made_from[answer.entry]
                )
            for answer in waiting:
                put_proposal(connection, answer, author, note, made_from[answer.entry])

    # ---- what people ask ---------------------------------------------------------------------------------------------

    def examples(self, locale: str = "", intent: str = "") -> list[Example]:
        """The utterances of a locale (of all when none is named), or of one of its intents."""
        query = select(t.example).order_by(t.example.c.intent, t.example.c.id)
        if locale:
            query = query.where(t.example.c.locale == locale)
        if intent:
            query = query.where(t.example.c.intent == intent)
        with self._store.engine.connect() as connection:
            return [Example(row.intent, row.locale, row.text, row.style) for row in connection.execute(query)]

    def add_examples(self, examples: Sequence[Example], author: str) -> None:
        """Adds utterances that are not there yet; they can be found at once, and stay when the files are imported again.
        Raises BussolaError for a text without words."""
        if not examples:
            return
        with self._store.transaction() as connection:
            revision = next_revision(connection)  # the write lock: what a colleague adds at the same time is seen
            added = put_examples(connection, examples, author)
            for intent in sorted({item.intent for item in examples}):
                sync_passages(connection, revision, intent)
            write_audit(connection, author, "add utterances", None, examples[0].locale, str(added))

    # ---- files that wait until somebody has seen what they change ----------------------------------------------------------

    def keep_parcel(self, account: str, name: str, data: bytes) -> str:
        """Keeps a file for a day, for one account; returns the token under which it is found again."""
        token = secrets.token_urlsafe(24)
        with self._store.transaction() as connection:
            connection.execute(delete(t.parcel).where(t.parcel.c.at < now() - _KEEP_PARCELS))
            connection.execute(
                insert(t.parcel).values(token=token, account=account, at=now(), name=name[:200], data=data)
            )
        return token

    def parcel(self, account: str, token: str) -> tuple[str, bytes] | None:
        """The name and the bytes of a file that this account keeps here; None when there is none."""
        query = select(t.parcel.c.name, t.parcel.c.data).where(t.parcel.c.token == token, t.parcel.c.account == account)
        with self._store.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.name, bytes(row.data)) if row else None

    def drop_parcel(self, token: str) -> None:
        """Forgets a file."""
        with self._store.transaction() as connection:
            connection.execute(delete(t.parcel).where(t.parcel.c.token == token))


def _translation(italian: Any, row: Any, locale: str) -> Translation:
    if row is None:
        return Translation(italian.entry, locale, 0, {}, italian.data, {})
    return Translation(italian.entry, locale, row.version, row.data, italian.data, row.source_hashes or {})
