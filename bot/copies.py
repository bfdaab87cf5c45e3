"""Working copies: what somebody is writing, until a second look and one transaction make it what people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import tables as t
from bot.locales import SOURCE
from bot.model import Answer, BussolaError, Entry, Example, Source
from bot.rows import entry_data, entry_of, field_hashes, is_high, now, put_examples, text_hash, write_audit

OWN = ""  # the "locale" of an entry's own data: values, sources, risk and the like
DRAFT, WAITING, BACK = "draft", "waiting", "back"
_MOST_SAVINGS = 10**9


class Database(Protocol):
    """What working copies need of the store."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end, or not at all."""

    def next_revision(self, connection: Connection) -> int:
        """The revision that the transaction makes."""

    def put_answer(
        self, connection: Connection, revision: int, answer: Answer, author: str, base_version: int,
        note: str = "", minor: bool = False, made_from: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Publishes an answer inside the transaction."""

    def put_entry(self, connection: Connection, entry: Entry, author: str, base_version: int, note: str = "") -> None:
        """Publishes an entry's own data inside the transaction."""


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """What one person is writing: texts by field, or (locale OWN) an entry's own data. `base_version` is the published
    version that it began from, `number` how often it was saved, `state` draft, waiting (for review) or back (with a
    remark). `made_from` has the hashes of the Italian that a translation was made from, if not of the present one;
    `questions` those asked in vain (id, and a hash of the text) that become the utterances of a new entry."""

    entry: str
    locale: str
    author: str
    data: Mapping[str, Any]
    base_version: int
    number: int = 0
    state: str = DRAFT
    note: str = ""
    minor: bool = False
    remark: str = ""
    remark_by: str | None = None
    at: datetime = datetime.min
    made_from: Mapping[str, str] | None = None
    questions: Mapping[str, str] | None = None

    def changed_entry(self) -> Entry:
        """The entry that a copy of an entry's own data would publish."""
        return entry_of(self.data)


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of an entry's own data as it was published."""

    version: int
    entry: Entry
    author: str
    at: datetime
    note: str | None


class Elsewhere(BussolaError):
    """The copy was saved by another tab or device of the same account since; `current` is what is kept now."""

    def __init__(self, current: WorkingCopy) -> None:
        super().__init__("this text was changed elsewhere meanwhile", todo="compare both and save again")
        self.current = current


class SecondPerson(BussolaError):
    """A high-risk entry is published by somebody who has not written the change."""

    def __init__(self) -> None:
        super().__init__("a second person must look at this entry", todo="ask a colleague to review it")


class Gone(BussolaError):
    """The copy does not exist any more: it was published or thrown away."""

    def __init__(self) -> None:
        super().__init__("this working copy is no longer there", todo="look at what is published")


class Copies:
    """The working copies of everybody. Every method is one transaction; publishing is one as well."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def find(self, entry: str, locale: str, author: str) -> WorkingCopy | None:
        """One person's copy of an answer (or, with locale OWN, of an entry's data); None when there is none."""
        with self._store.transaction() as connection:
            return _found(connection, entry, locale, author)

    def all(self) -> list[WorkingCopy]:
        """Everybody's copies, the newest first."""
        with self._store.transaction() as connection:
            rows = connection.execute(select(t.working_copy).order_by(t.working_copy.c.at.desc())).all()
        return [WorkingCopy(**row._mapping) for row in rows]

    def begun(self, entry: str) -> Entry | None:
        """An entry that somebody has begun and nobody has published; None when there is none."""
        return next((copy.changed_entry() for copy in self.all() if (copy.entry, copy.locale) == (entry, OWN)), None)

    def save(self, copy: WorkingCopy) -> WorkingCopy:
        """Keeps what somebody typed as a draft and returns it with its new number. Raises Elsewhere when something
        else was kept since `copy.number`."""
        with self._store.transaction() as connection:
            current = _found(connection, copy.entry, copy.locale, copy.author, lock=True)
            if current and (current.data, current.base_version, current.note, current.minor, current.made_from) == (
                copy.data, copy.base_version, copy.note, copy.minor, copy.made_from
            ):  # fmt: skip
                return current  # also when the page had saved it a moment before its button was pressed
            if current and current.number != copy.number:
                raise Elsewhere(current)
            # Text that was sent back keeps its remark until it is sent again; text that waited is a draft once more.
            state = BACK if current and current.state == BACK else DRAFT
            copy = replace(copy, questions=copy.questions or (current.questions if current else None))
            saved = replace(copy, number=copy.number % _MOST_SAVINGS + 1, state=state, at=now(),
                            remark=current.remark if current else "", remark_by=current.remark_by if current else None)  # fmt: skip
            _keep(connection, saved, current)
        return saved

    def begin(self, own: WorkingCopy, italian: WorkingCopy, questions: Mapping[int, str]) -> None:
        """Keeps the first data and the first text of a new entry. When it is published, the `questions` asked in vain
        (texts by number) become its utterances. Raises Elsewhere when this person has begun it already."""
        hashes = {str(number): text_hash(text) for number, text in questions.items()}
        with self._store.transaction() as connection:
            for copy in (replace(own, questions=hashes or None), italian):
                _keep(connection, replace(copy, number=1, at=now()), None)

    def discard(self, entry: str, locale: str, author: str) -> None:
        """Throws a copy away; for one that is not there nothing is done."""
        with self._store.transaction() as connection:
            _remove(connection, entry, locale, author)

    def send(self, entry: str, locale: str, author: str) -> None:
        """Asks for a review. Raises Gone when there is no copy."""
        with self._store.transaction() as connection:
            copy = _there(connection, entry, locale, author)
            _keep(connection, replace(copy, state=WAITING, remark="", remark_by=None), copy)
            write_audit(connection, author, "send for review", entry, locale or None, copy.note)

    def propose(self, answer: Answer, author: str, note: str, made_from: Mapping[str, str]) -> None:
        """Keeps a translation for a second person, with the hashes of the Italian that it was made from, and asks for a
        review. `answer.version` is the one that it replaces. Raises Elsewhere when its author is writing there."""
        with self._store.transaction() as connection:
            put_proposal(connection, answer, author, note, made_from)

    def send_back(self, entry: str, locale: str, author: str, reviewer: str, remark: str) -> None:
        """Gives a copy back to its author with a remark. Raises Gone when there is no copy."""
        with self._store.transaction() as connection:
            copy = _there(connection, entry, locale, author)
            _keep(connection, replace(copy, state=BACK, remark=remark, remark_by=reviewer), copy)
            write_audit(connection, reviewer, "send back", entry, locale or None, remark)

    # ---- publishing --------------------------------------------------------------------------------------------------

    def publish(self, copy: WorkingCopy, approver: str, answer: Answer | None, confirmed_on: date | None = None,
                own_number: int = 0) -> int:  # fmt: skip
        """Publishes a copy as it was seen (`copy`; its answer, unless it is an entry's own data) and removes it, in one
        transaction; returns the new revision. With `confirmed_on` the approver also vouches for the answer and its
        sources. A new entry is published with the Italian text of whoever began it (`own_number`: its own data as it
        was seen): nothing else of it before. Raises Elsewhere when what was seen has changed since, Gone, SecondPerson,
        or the store's Conflict."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            current = _there(connection, copy.entry, copy.locale, copy.author)
            if current.number != copy.number:
                raise Elsewhere(current)
            entry, version = _entry(connection, copy.entry)
            own = _found(connection, copy.entry, OWN, copy.author)
            changed = own.changed_entry() if own and (entry is None or copy.locale == OWN) else None
            if entry is None and (changed is None or answer is None or copy.locale != SOURCE):
                raise Gone
            if entry is None and own and own.number != own_number:
                raise Elsewhere(own)
            if approver == copy.author and is_high(connection, entry, changed):
                raise SecondPerson
            if own and changed:
                self._store.put_entry(connection, changed, copy.author, own.base_version, own.note)
                if entry is None and own.questions:
                    _settle(connection, copy.entry, own.questions, copy.author)
                _remove(connection, copy.entry, OWN, copy.author)
                entry, version = changed, version + 1
            if answer is not None and copy.locale != OWN:
                if confirmed_on:
                    answer = _confirmed(answer, approver, confirmed_on)
                self._store.put_answer(
                    connection, revision, answer, copy.author, copy.base_version, copy.note,
                    copy.minor and copy.locale == SOURCE, current.made_from,
                )  # fmt: skip
                _remove(connection, copy.entry, copy.locale, copy.author)
            if approver != copy.author:
                write_audit(connection, approver, "approve", copy.entry, copy.locale or None, copy.author)
            if confirmed_on and entry:
                self._vouch(connection, entry, version, answer, approver, confirmed_on)
        return revision

    def restore(self, answer: Answer, author: str, base_version: int, note: str) -> int:
        """Publishes an older text again in one transaction; returns the new revision. Raises SecondPerson for a high-risk
        entry, or the store's Conflict."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            entry, _ = _entry(connection, answer.entry)
            if entry and entry.risk == "high":
                raise SecondPerson
            self._store.put_answer(connection, revision, answer, author, base_version, note)
        return revision

    def restore_entry(self, entry: Entry, author: str, base_version: int, note: str) -> int:
        """Publishes older data of an entry again in one transaction; returns the new revision. Raises SecondPerson when
        the risk is or was high, Gone, or the store's Conflict."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            current, _ = _entry(connection, entry.id)
            if current is None:
                raise Gone
            if is_high(connection, current, entry):
                raise SecondPerson
            self._store.put_entry(connection, entry, author, base_version, note)
        return revision

    def editions(self, entry: str) -> list[Edition]:
        """Every version of an entry's own data, the newest first; none for an entry that is not published."""
        query = select(t.version).where(t.version.c.entry == entry, t.version.c.locale == OWN)
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(t.version.c.version.desc())).all()
        return [Edition(row.version, entry_of(row.data), row.author, row.at, row.note) for row in rows]

    def confirm(self, answer: Answer, account: str, on: date) -> int:
        """Confirms a published answer and its entry's sources, as one act with a date and a name; returns the new
        revision. A translation that is out of date stays so. Raises the store's Conflict when the answer has changed
        since it was read."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            entry, version = _entry(connection, answer.entry)
            this = (t.answer.c.entry == answer.entry) & (t.answer.c.locale == answer.locale)
            made_from = connection.execute(select(t.answer.c.source_hashes).where(this)).scalar()
            self._store.put_answer(
                connection, revision, _confirmed(answer, account, on), account, answer.version, "Confirmed",
                made_from=made_from,
            )  # fmt: skip
            if entry:
                self._vouch(connection, entry, version, answer, account, on)
        return revision

    def check_source(self, entry: str, url: str, account: str, on: date) -> int:
        """Notes that somebody has checked a source of an entry today; returns the new revision. Raises Gone when the
        entry has no such source."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            found, version = _entry(connection, entry)
            if found is None or url not in {source.url for source in found.sources}:
                raise Gone
            self._put_checked(connection, found, version, account, on, {url})
        return revision

    def checks(self, entry: str) -> dict[str, str]:
        """Who has checked each source of an entry last, by its address."""
        query = select(t.audit.c.account, t.audit.c.detail).where(
            t.audit.c.entry == entry, t.audit.c.action == "check source"
        )
        with self._store.transaction() as connection:
            return {row.detail: row.account for row in connection.execute(query.order_by(t.audit.c.id))}

    def stale_after(self, answer: Answer, minor: bool) -> list[str]:
        """The locales whose translation becomes out of date when this Italian text is published: none for a minor edit
        or when letters and digits stay the same."""
        hashes = field_hashes(answer)
        same = t.answer.c.entry == answer.entry
        with self._store.transaction() as connection:
            rows = connection.execute(select(t.answer).where(same).order_by(t.answer.c.locale)).all()
        old = next((row.field_hashes for row in rows if row.locale == SOURCE), None)
        if minor or old is None:
            return []
        return [row.locale for row in rows if row.source_hashes == old != hashes]

    def _vouch(
        self, connection: Connection, entry: Entry, version: int, answer: Answer | None, account: str, on: date
    ) -> None:
        urls = {source.url for source in entry.sources}
        if any(source.checked != on for source in entry.sources):
            self._put_checked(connection, entry, version, account, on, urls)
        if answer is not None:
            write_audit(connection, account, "confirm", answer.entry, answer.locale, on.isoformat())

    def _put_checked(
        self, connection: Connection, entry: Entry, version: int, account: str, on: date, urls: set[str]
    ) -> None:
        sources = tuple(replace(source, checked=on) if source.url in urls else source for source in entry.sources)
        self._store.put_entry(connection, replace(entry, sources=sources), account, version, "Sources checked")
        for url in sorted(urls):
            write_audit(connection, account, "check source", entry.id, None, url)


def own_copy(entry: Entry, author: str, base_version: int, note: str = "", number: int = 0) -> WorkingCopy:
    """An entry's own data as somebody's working copy."""
    return WorkingCopy(entry.id, OWN, author, entry_data(entry), base_version, number, note=note)


def put_proposal(
    connection: Connection, answer: Answer, author: str, note: str, made_from: Mapping[str, str]
) -> None:
    """Copies.propose inside a transaction."""
    copy = WorkingCopy(answer.entry, answer.locale, author, answer.fields(), answer.version, 1, WAITING, note[:500],
                       at=now(), made_from=made_from)  # fmt: skip
    _keep(connection, copy, None)
    write_audit(connection, author, "send for review", answer.entry, answer.locale, copy.note)


def with_newest_checks(sources: Sequence[Source], others: Sequence[Source]) -> tuple[Source, ...]:
    """Sources, each with the last day on which anybody checked it, here or among `others`."""
    known = {source.url: source.checked for source in others}
    days = [[day for day in (source.checked, known.get(source.url)) if day] for source in sources]
    return tuple(replace(source, checked=max(found, default=None)) for source, found in zip(sources, days, strict=True))


def _settle(connection: Connection, entry: str, questions: Mapping[str, str], author: str) -> None:
    """Questions asked in vain become the first utterances of a new entry, unless a colleague has settled them since."""
    rows = connection.execute(
        select(t.unanswered).where(t.unanswered.c.id.in_([int(number) for number in questions]))
    ).all()
    there = [row for row in rows if text_hash(row.text) == questions[str(row.id)]]
    put_examples(connection, [Example(entry, row.locale, row.text) for row in there], author)
    connection.execute(delete(t.unanswered).where(t.unanswered.c.id.in_([row.id for row in there])))


def _confirmed(answer: Answer, account: str, on: date) -> Answer:
    return replace(answer, state="confirmed", confirmed_by=account, confirmed_on=on)


def _key(entry: str, locale: str, author: str) -> Any:
    copy = t.working_copy.c
    return (copy.entry == entry) & (copy.locale == locale) & (copy.author == author)


def _found(connection: Connection, entry: str, locale: str, author: str, lock: bool = False) -> WorkingCopy | None:
    query = select(t.working_copy).where(_key(entry, locale, author))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return WorkingCopy(**row._mapping) if row else None


def _there(connection: Connection, entry: str, locale: str, author: str) -> WorkingCopy:
    found = _found(connection, entry, locale, author, lock=True)
    if found is None:
        raise Gone
    return found


def _entry(connection: Connection, entry: str) -> tuple[Entry | None, int]:
    row = connection.execute(select(t.entry.c.data, t.entry.c.version).where(t.entry.c.id == entry)).one_or_none()
    return (entry_of(row.data), row.version) if row else (None, 0)


def _keep(connection: Connection, copy: WorkingCopy, current: WorkingCopy | None) -> None:
    """Writes a copy over `current`. Raises Elsewhere when another request was faster since `current` was read."""
    values = {column.name: getattr(copy, column.name) for column in t.working_copy.c}
    key = _key(copy.entry, copy.locale, copy.author)
    if current:
        unchanged = t.working_copy.c.number == current.number
        done = connection.execute(update(t.working_copy).where(key, unchanged).values(values)).rowcount
    else:
        try:
            with connection.begin_nested():
                done = connection.execute(insert(t.working_copy).values(values)).rowcount
        except IntegrityError:
            done = 0
    if not done:
        raise Elsewhere(_found(connection, copy.entry, copy.locale, copy.author) or copy)


def _remove(connection: Connection, entry: str, locale: str, author: str) -> None:
    connection.execute(delete(t.working_copy).where(_key(entry, locale, author)))
