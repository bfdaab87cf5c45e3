"""Rows of the tables as nouns, and nouns written as rows. Every function works inside a transaction of bot.store."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Text, bindparam, cast, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import tables as t
from bot.locales import SOURCE
from bot.model import Answer, BussolaError, Content, Course, Entry, Example, Place, Service, Term, Value
from bot.shared import holders, is_shared, name_of, tells_in_danger
from bot.text import normal

DIRECTORY: dict[str, Any] = {
    "term": TypeAdapter(Term),
    "place": TypeAdapter(Place),
    "service": TypeAdapter(Service),
    "course": TypeAdapter(Course),
    "pattern": TypeAdapter(tuple[str, ...]),
}
_ENTRY = TypeAdapter(Entry)
_BRACKETS = re.compile(r"[\[\](){}]")
_NO_LETTERS = re.compile(r"[^\w{}]+")


def now() -> datetime:
    """The time in UTC, without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def only(items: list[tuple[str, Any]]) -> tuple[Any, ...]:
    """The items of (id, item) pairs."""
    return tuple(item for _, item in items)


def typed(value: Value) -> Value:
    """JSON holds every amount as text: here it gets its type back."""
    text = str(value.amount)
    if value.kind == "phone":
        return value
    return replace(value, amount=date.fromisoformat(text) if value.kind == "date" else Decimal(text))


def entry_of(data: Any) -> Entry:
    """An entry from its row's data."""
    entry = _ENTRY.validate_python(data)
    return replace(entry, values=tuple(typed(value) for value in entry.values))


def entry_data(entry: Entry) -> dict[str, Any]:
    """An entry as its row's data."""
    data: dict[str, Any] = _ENTRY.dump_python(entry, mode="json")
    return data


def is_high(connection: Connection, *versions: Entry | None) -> bool:
    """Whether a mistake in an entry's own data, before or after a change, does great harm: in a shared value, whether it
    does in an entry that uses it."""
    return any(
        entry.risk == "high" or (is_shared(entry.id) and _harms(connection, name_of(entry.id)))
        for entry in filter(None, versions)
    )


def _harms(connection: Connection, name: str) -> bool:
    uses = cast(t.answer.c.data, Text).contains(f"{{{name}}}", autoescape=True)
    query = select(t.entry.c.data).where(t.entry.c.id.in_(select(t.answer.c.entry).where(uses)))
    return tells_in_danger(name) or any(data["risk"] == "high" for data in connection.execute(query).scalars())


def answer_of(row: Any) -> Answer:
    """An answer from its row, as stored."""
    return Answer(
        row.entry,
        row.locale,
        row.data["title"],
        row.data["answer"],
        {name: text for name, text in row.data.items() if name not in ("title", "answer")},
        row.state,
        row.confirmed_by,
        row.confirmed_on,
        row.version,
    )


def answers_of(rows: Sequence[Any]) -> dict[tuple[str, str], Answer]:
    """Rows as answers; a translation of Italian fields that have changed since is stale."""
    source = {row.entry: row.field_hashes for row in rows if row.locale == SOURCE}
    found = {}
    for row in rows:
        answer = answer_of(row)
        if row.source_hashes and row.source_hashes != source.get(row.entry):
            answer = replace(answer, state="stale")
        found[row.entry, row.locale] = answer
    return found


def text_hash(text: str) -> str:
    """A hash of a normalised text: case, punctuation, quotation marks and spacing do not count."""
    letters = _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def with_checks(services: Sequence[Service], checks: Sequence[Any]) -> tuple[Service, ...]:
    """Services as their offices confirmed or corrected them: rows of tables.service_check, the oldest first. An address
    that has changed has no coordinates until somebody looks them up."""
    found = {service.id: service for service in services}
    for row in checks:
        service = found.get(row.service)
        if service is not None:
            moved: dict[str, Any] = {"lat": None, "lon": None} if "address" in row.changes else {}
            day = (row.decided_at or row.at).date()
            found[row.service] = replace(service, confidence="high", checked=day, **moved, **row.changes)
    return tuple(found.values())


def field_hashes(answer: Answer) -> dict[str, str]:
    """The hash of each field's normalised text."""
    return {name: text_hash(text) for name, text in answer.fields().items()}


def _hash(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _own_hash(data: Any) -> str:
    """The hash of an entry's own data: 20.50, as somebody typed it, is the 20.5 of the files."""
    texts = [str(value["amount"]) for value in data["values"]]
    plain = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
    return _hash({**data, "values": [value | {"amount": text} for value, text in zip(data["values"], plain, strict=True)]})


def next_revision(connection: Connection) -> int:
    """Counts a change of what people can read. Called first in a transaction, it takes the write lock."""
    first = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(first(t.state).values(id=1, revision=0).on_conflict_do_nothing())
    connection.execute(update(t.state).values(revision=t.state.c.revision + 1))
    return int(connection.execute(select(t.state.c.revision)).scalar_one())


def write_audit(
    connection: Connection, account: str, action: str, entry: str | None, locale: str | None, detail: str
) -> None:
    """Writes a line of the audit log."""
    connection.execute(
        insert(t.audit).values(at=now(), account=account, action=action, entry=entry, locale=locale, detail=detail)
    )


def write_entry(
    connection: Connection, entry: Entry, number: int, author: str, note: str, file_hash: str | None = None
) -> None:
    """Writes an entry's data as its version `number`, and the version into the history."""
    data = _ENTRY.dump_python(entry, mode="json")
    values: dict[str, Any] = {"version": number, "data": data}
    if file_hash:
        values["file_hash"] = file_hash
    done = connection.execute(update(t.entry).where(t.entry.c.id == entry.id).values(values))
    if not done.rowcount:
        connection.execute(insert(t.entry).values(id=entry.id, **values))
    connection.execute(
        insert(t.version).values(
            entry=entry.id, locale="", version=number, data=data, author=author, at=now(), note=note
        )
    )


def write_answer(
    connection: Connection,
    answer: Answer,
    author: str,
    note: str,
    minor: bool,
    made_from: Mapping[str, str] | None = None,
) -> None:
    """Writes an answer and its version. A translation is bound to the Italian fields it was made from: hashes by field,
    those of the present Italian when not given. A minor edit of the Italian rebinds the fields that were up to date."""
    source_key = (t.answer.c.entry == answer.entry) & (t.answer.c.locale == SOURCE)
    source = connection.execute(select(t.answer.c.field_hashes).where(source_key)).scalar()
    row = _answer_row(answer, source if made_from is None else made_from)
    if answer.locale == SOURCE and minor and source:
        _rebind(connection, answer.entry, source, row["field_hashes"])
    key = (t.answer.c.entry == answer.entry) & (t.answer.c.locale == answer.locale)
    if not connection.execute(update(t.answer).where(key).values(row)).rowcount:
        connection.execute(insert(t.answer).values(row))
    connection.execute(insert(t.version).values(_version_row(answer, author, note, minor)))


def _answer_row(answer: Answer, source_hashes: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "entry": answer.entry,
        "locale": answer.locale,
        "version": answer.version,
        "data": answer.fields(),
        "state": answer.state,
        "confirmed_by": answer.confirmed_by,
        "confirmed_on": answer.confirmed_on,
        "field_hashes": field_hashes(answer),
        "source_hashes": None if answer.locale == SOURCE or source_hashes is None else dict(source_hashes),
    }


def _version_row(answer: Answer, author: str, note: str, minor: bool = False) -> dict[str, Any]:
    return {
        "entry": answer.entry,
        "locale": answer.locale,
        "version": answer.version,
        "data": answer.fields(),
        "author": author,
        "at": now(),
        "note": note,
        "minor": minor,
    }


def rebound(bound: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What a translation is bound to after a minor edit: each field that was up to date with `before` is so with `after`;
    a field that was not stays so."""
    fresh = {name for name in {*before, *after} if bound.get(name) == before.get(name)}
    kept = {name: digest for name, digest in bound.items() if name not in fresh}
    return kept | {name: after[name] for name in fresh if name in after}


def _rebind(connection: Connection, entry: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Binds every translation of an entry, published or being written, to the Italian of a minor edit."""
    published, written = t.answer.c, t.working_copy.c
    query = select(published.locale, published.source_hashes).where(
        published.entry == entry, published.locale != SOURCE
    )
    for row in connection.execute(query).all():
        if row.source_hashes:
            this = (published.entry == entry) & (published.locale == row.locale)
            bound = rebound(row.source_hashes, before, after)
            connection.execute(update(t.answer).where(this).values(source_hashes=bound))
    copies = select(written.locale, written.author, written.made_from).where(
        written.entry == entry, written.locale.not_in((SOURCE, ""))
    )
    for copy in connection.execute(copies).all():
        if copy.made_from:
            this = (written.entry == entry) & (written.locale == copy.locale) & (written.author == copy.author)
            bound = rebound(copy.made_from, before, after)
            connection.execute(update(t.working_copy).where(this).values(made_from=bound))


def _decide_import(row: Any, now: str, then: str | None, new: str, force: bool) -> str:
    """keep, write or conflict: `now` is the hash of what the database holds, `then` of the file at the last import,
    `new` of the file as it is."""
    if row is None or (force and now != new):
        return "write"
    if new in (now, then):
        return "keep"
    return "write" if now == then else "conflict"


def import_entries(connection: Connection, content: Content, force: bool) -> list[str]:
    """Writes the entries and shared values that the files changed; returns the ids of those that both sides changed."""
    rows = {row.id: row for row in connection.execute(select(t.entry))}
    conflicts = []
    for entry in (*content.entries.values(), *holders(content).values()):
        new, row = _own_hash(_ENTRY.dump_python(entry, mode="json")), rows.get(entry.id)
        verdict = _decide_import(row, _own_hash(row.data) if row else "", row.file_hash if row else None, new, force)
        if verdict == "write":
            write_entry(connection, entry, (row.version if row else 0) + 1, "import", "", new)
        elif verdict == "conflict":
            conflicts.append(entry.id)
    return conflicts


def import_answers(connection: Connection, content: Content, force: bool, conflicts: list[str]) -> list[str]:
    """Writes the answers that the files changed; adds those that both sides changed to `conflicts`. Thousands at the
    first import, so every kind of row is written at once."""
    rows = {(row.entry, row.locale): row for row in connection.execute(select(t.answer))}
    sources = {entry: row.field_hashes for (entry, locale), row in rows.items() if locale == SOURCE}
    changed: list[str] = []
    fresh: list[dict[str, Any]] = []
    written: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    # Italian first: a translation is bound to the Italian text that stands when it is written.
    for key, answer in sorted(content.answers.items(), key=lambda item: (item[0][1] != SOURCE, item[0])):
        new, row = _hash(answer.fields()), rows.get(key)
        verdict = _decide_import(row, _hash(row.data) if row else "", row.file_hash if row else None, new, force)
        if verdict == "write":
            answer = replace(answer, version=(row.version if row else 0) + 1)
            values = {**_answer_row(answer, sources.get(answer.entry)), "file_hash": new}
            if answer.locale == SOURCE:
                sources[answer.entry] = values["field_hashes"]
            (written if row else fresh).append(values)
            versions.append(_version_row(answer, "import", ""))
            changed.append("/".join(key))
        elif verdict == "conflict":
            conflicts.append("/".join(key))
    this = (t.answer.c.entry == bindparam("of_entry")) & (t.answer.c.locale == bindparam("in_locale"))
    again = [{"of_entry": row["entry"], "in_locale": row["locale"], **row} for row in written]
    for statement, many in (
        (insert(t.answer), fresh),
        (update(t.answer).where(this), again),
        (insert(t.version), versions),
    ):
        if many:
            connection.execute(statement, many)
    return changed


def replace_directory(connection: Connection, content: Content) -> None:
    """Makes terms, places, services, courses and patterns those of the files."""
    rows: list[dict[str, Any]] = []

    def add(kind: str, items: Sequence[tuple[str, Any]]) -> None:
        dump: Callable[..., Any] = DIRECTORY[kind].dump_python
        rows.extend(
            {"kind": kind, "id": key, "position": position, "data": dump(item, mode="json")}
            for position, (key, item) in enumerate(items)
        )

    add("term", [(term.word, term) for term in content.terms])
    add("place", [(place.id, place) for place in content.places])
    add("service", [(service.id, service) for service in content.services])
    add("course", [(course.id, course) for course in content.courses])
    add(
        "pattern",
        [(f"{locale}/{kind}", items) for locale, kinds in content.patterns.items() for kind, items in kinds.items()],
    )
    connection.execute(delete(t.directory))
    if rows:
        connection.execute(insert(t.directory), rows)


def import_examples(connection: Connection, content: Content) -> None:
    """The files' utterances replace the files' utterances; those that mediators added stay."""
    connection.execute(delete(t.example).where(t.example.c.origin == "file"))
    rows = [
        {"locale": item.locale, "intent": item.intent, "style": item.style, "text": item.text, "origin": "file"}
        for item in content.examples
    ]
    if rows:
        connection.execute(insert(t.example), rows)


def put_examples(connection: Connection, examples: Sequence[Example], account: str) -> int:
    """Adds utterances as a person's, without the brackets that Rasa reads as entities; ones that are there stay. Returns
    how many were added; their passages are the caller's. Raises BussolaError for a text without words."""
    intents = {item.intent for item in examples}
    rows = connection.execute(select(t.example).where(t.example.c.intent.in_(intents)))
    there = {(row.intent, row.locale, normal(row.text)) for row in rows}
    added = 0
    for item in examples:
        text = " ".join(_BRACKETS.sub(" ", item.text).split())
        key = (item.intent, item.locale, normal(text))
        if not key[2]:
            raise BussolaError("a question without words", "utterance", "write what people ask")
        if key in there:
            continue
        there.add(key)
        added += 1
        values = {"locale": item.locale, "intent": item.intent, "style": item.style, "text": text, "origin": "console"}
        connection.execute(insert(t.example).values(values))
        write_audit(connection, account, "add utterance", item.intent, item.locale, text)
    return added


def sync_passages(connection: Connection, revision: int, entry: str | None = None) -> None:
    """Makes the passages those of what is published now: withdraws what is gone, adds what is new, touches nothing else."""
    answers, examples, passages = select(t.answer), select(t.example), select(t.passage).where(t.passage.c.live)
    if entry is not None:
        answers, examples = answers.where(t.answer.c.entry == entry), examples.where(t.example.c.intent == entry)
        passages = passages.where(t.passage.c.intent == entry)
    wanted = {
        (row.entry, row.locale, kind, row.data[kind])
        for row in connection.execute(answers)
        for kind in ("title", "answer")
    }
    wanted |= {(row.intent, row.locale, "question", row.text) for row in connection.execute(examples)}
    there = {(row.intent, row.locale, row.kind, row.text): row.id for row in connection.execute(passages)}
    gone = [{"gone": there[key]} for key in there.keys() - wanted]
    if gone:
        query = update(t.passage).where(t.passage.c.id == bindparam("gone")).values(live=False, revision=revision)
        connection.execute(query, gone)
    rows = [dict(zip(("intent", "locale", "kind", "text"), key, strict=True)) for key in sorted(wanted - there.keys())]
    if rows:
        connection.execute(insert(t.passage), [{**row, "revision": revision, "live": True} for row in rows])
