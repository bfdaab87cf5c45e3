"""The editor of an answer in one locale, its conflicts with other people's edits, and its history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.compose import Composer
from bot.copies import OWN, Copies, Elsewhere, SecondPerson, WorkingCopy
from bot.desk import Desk
from bot.locales import LOCALES, SOURCE
from bot.model import SECTIONS, Answer, BussolaError, Entry
from bot.shared import TOPIC, holders, is_shared, name_of, tells_in_danger, users
from bot.store import Conflict, SqlStore
from bot.translating import Translations, hashes
from connectors.console import words
from connectors.console.beside import beside
from connectors.console.catalogue import state
from connectors.console.difference import FIELDS, differences
from connectors.console.front import HOME, Account, Form, Front, Refused, form
from connectors.console.preview import previews

PATH = "/entries/{topic}/{name}/{locale}"
_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a page is about: an entry in a locale (or what holds a shared value), in one snapshot of what is published."""

    compose: Composer
    entry: Entry
    locale: str

    def title(self, reader: str) -> str:
        """What the entry is called; its id while nothing of it is published. A shared value is called as in the texts."""
        if self.shared:
            return f"\u2066{{{self.shared}}}\u2069"
        return self.compose.title(self.entry.id, reader) if self.published else self.entry.id

    @property
    def shared(self) -> str:
        """The name of the shared value that it is about; empty for an entry."""
        return name_of(self.entry.id) if is_shared(self.entry.id) else ""

    @property
    def users(self) -> list[str]:
        """The entries whose texts a change of the own data changes."""
        return users(self.compose.content, self.shared) if self.shared else [self.entry.id]

    @property
    def is_high(self) -> bool:
        """Whether a mistake in the own data does great harm: it needs a second person."""
        entries = self.compose.content.entries
        risks = {entries[name].risk for name in self.users if name in entries} if self.shared else {self.entry.risk}
        return "high" in risks or self.is_in_danger

    @property
    def is_in_danger(self) -> bool:
        """Whether it is a shared value that people in danger read before anything else."""
        return tells_in_danger(self.shared)

    @property
    def published(self) -> bool:
        """Whether people can read the entry in any locale."""
        return bool(self.shared) or self.entry.id in self.compose.content.entries

    @property
    def answer(self) -> Answer | None:
        """What is published; None when nothing is written in this locale yet."""
        return self.compose.content.answers.get((self.entry.id, self.locale))

    @property
    def version(self) -> int:
        """The version of what is published; 0 for nothing."""
        return self.answer.version if self.answer else 0

    @property
    def address(self) -> str:
        """Where this subject is edited."""
        if self.shared:
            return f"{HOME}/entries/{self.entry.id}/values"
        return f"{HOME}/entries/{self.entry.id}/{self.locale}"

    def texts(self, locale: str) -> Mapping[str, str]:
        """The published texts by field; empty when there is no answer in `locale`."""
        answer = self.compose.content.answers.get((self.entry.id, locale))
        return answer.fields() if answer else {}

    def changed(self, texts: Mapping[str, str]) -> Answer:
        """These texts as an answer that nobody has confirmed."""
        sections = {name: texts[name] for name in SECTIONS if texts.get(name)}
        return Answer(self.entry.id, self.locale, texts.get("title", ""), texts.get("answer", ""), sections)


def subject(
    desk: Desk, topic: str, name: str, locale: str, copies: Copies | None = None, own: bool = False
) -> Subject:
    """The subject of an address, also of an entry that is only begun when `copies` are given; with `own` (a page about
    what is the same in every language) also a shared value. Raises Refused (404) when there is no such entry or locale."""
    compose = desk.compose
    entry = compose.content.entries.get(f"{topic}/{name}")
    if topic == TOPIC:
        entry = holders(compose.content).get(f"{topic}/{name}") if own else None
    elif entry is None and copies is not None:
        entry = copies.begun(f"{topic}/{name}")
    if entry is None or locale not in LOCALES:
        raise Refused(404, words.MISSING, words.MISSING_HELP)
    return Subject(compose, entry, locale)


def writer(
    front: Front, request: Request, posted: Form, about: Subject, verb: str = "", own: Sequence[str] | None = None
) -> Account:
    """Whoever sent a form about a subject and may do `verb` there; by default, write it down for others to publish. An
    entry's own data hold in all languages, in the regions and places of `own`. Raises Refused for anybody else."""
    if own is not None:
        return front.publisher(request, posted, verb or "edit", "", own)
    verb = verb or ("translate" if about.locale != SOURCE else "edit")
    return front.publisher(request, posted, verb, about.locale, about.entry.applies_to)


def typed(posted: Form) -> dict[str, str]:
    """The texts of a form without spaces at the ends of lines; a title is one line."""
    texts = {name: "\n".join(line.rstrip() for line in posted.get(name, "").split("\n")).strip() for name in FIELDS}
    return {**texts, "title": " ".join(texts["title"].split())}


def rows(text: str, width: int, least: int) -> int:
    """The height of a field that shows all of its text, for browsers that cannot fit it themselves."""
    return max(least, sum(1 + len(line) // width for line in text.split("\n")))


def number(posted: Form, name: str) -> int:
    """A version from a form. Raises Refused (403) for a form that is not ours."""
    text = posted.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(403, words.REFUSED, words.CSRF)
    return int(text)


def written(about: Subject, author: str, posted: Form, translations: Translations) -> WorkingCopy:
    """A posted editor as the working copy that its author has seen, made from the Italian that stood beside it."""
    texts = {name: text for name, text in typed(posted).items() if text}
    return WorkingCopy(
        about.entry.id,
        about.locale,
        author,
        {"title": "", "answer": "", **texts},
        number(posted, "base_version"),
        number(posted, "number") if posted.get("number") else 0,
        note=posted.get("note", "").strip()[:500],
        minor="minor" in posted,
        made_from=_made_from(about, posted, translations),
    )


def _begun_italian(copies: Copies, entry: str) -> Mapping[str, str]:
    """The Italian text of an entry that is only begun, as whoever began it has it now; empty when there is none."""
    there = {(copy.author, copy.locale): copy for copy in copies.all() if copy.entry == entry}
    return next((copy.data for (author, tag), copy in there.items() if tag == SOURCE and (author, OWN) in there), {})


def _made_from(about: Subject, posted: Form, translations: Translations) -> dict[str, str] | None:
    if about.locale != SOURCE:
        # Nobody can look up later what a text said that was not published: the form brings its hashes along.
        seen = {name: posted.get(f"italian.{name}", "") for name in FIELDS}
        if begun := {name: digest for name, digest in seen.items() if _HASH.fullmatch(digest)}:
            return begun
    version = number(posted, "italian_version") if about.locale != SOURCE and posted.get("italian_version") else 0
    return translations.italian_seen(about.entry.id, version) or None


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the editor and the history."""
    editor = _Editor(front, store, copies)

    @console.get(PATH)
    def edit(request: Request, topic: str, name: str, locale: str) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, locale, copies)
        account = account.on(locale, about.entry.applies_to)
        own = copies.find(about.entry.id, locale, account.name)
        if own is None:
            return editor.page(request, account, about, about.texts(locale), about.version)
        # Somebody has published since: both texts are shown, and what is saved from here on is on top of theirs.
        newer = about.answer if own.base_version != about.version else None
        return editor.page(
            request, account, about, own.data, about.version, copy=own, note=own.note, minor=own.minor, conflict=newer
        )

    @console.post(PATH)
    def keep(request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]) -> Response:
        front.sender(request, posted)
        about = subject(front.desk, topic, name, locale, copies)
        return editor.keep(request, writer(front, request, posted, about), about, posted)

    @console.get(f"{PATH}/history")
    def history(request: Request, topic: str, name: str, locale: str, compare: int = 0) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, locale)
        return editor.history(request, account.on(locale, about.entry.applies_to), about, compare)

    @console.post(f"{PATH}/history")
    def restore(
        request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]
    ) -> Response:
        front.sender(request, posted)
        about = subject(front.desk, topic, name, locale)
        account = front.publisher(request, posted, locale=locale, applies_to=about.entry.applies_to)
        return editor.restore(request, account, about, posted)


class _Editor:
    def __init__(self, front: Front, store: SqlStore, copies: Copies) -> None:
        self._front, self._store, self._copies = front, store, copies

    def page(self, request: Request, account: Account, about: Subject, texts: Mapping[str, str], version: int, status: int = 200,
             faults: Mapping[str, list[str]] | None = None, conflict: Answer | None = None, trouble: str = "",
             note: str = "", minor: bool = False, copy: WorkingCopy | None = None) -> Response:  # fmt: skip
        """The editor with `texts` in its fields, whatever is published."""
        content = about.compose.content
        entry, locale = about.entry, about.locale
        italian = about.texts(SOURCE) if about.published else _begun_italian(self._copies, entry.id)
        italian = italian if locale != SOURCE else {}
        used = " ".join((*texts.values(), *about.texts(SOURCE).values()))
        shared = [value for values in content.values.values() for value in values]
        front, reader = self._front, self._front.locale(request)
        shown = previews(front, about.compose, about, about.changed(texts), reader)
        return front.page(
            request, "answer.html", account, status, entry=entry, text_locale=LOCALES[locale], texts=texts, base_version=version,
            fields=FIELDS, rows=rows, italian=italian, italian_seen={} if about.published else hashes(italian),
            state=state(content, entry.id, locale), answer=about.answer, faults=faults or {},
            conflict=conflict, changes=differences(conflict.fields(), texts) if conflict else {}, trouble=trouble, note=note, minor=minor,
            title=about.title(locale), states={tag: state(content, entry.id, tag) for tag in LOCALES},
            beside=beside(Translations(self._store), entry.id, locale),
            italian_version=content.answers[entry.id, SOURCE].version if (entry.id, SOURCE) in content.answers else 0,
            written=about.compose.locales, shown=lambda value: front.desk.shown(value, locale), values=entry.values,
            shared_used=[value for value in shared if f"{{{value.name}}}" in used],
            shared_more=[value for value in shared if f"{{{value.name}}}" not in used],
            copy=copy, number=copy.number if copy else 0, preview=shown, published=about.published,
            colleagues=[other.author for other in self._copies.all()
                        if (other.entry, other.locale) == (entry.id, locale) and other.author != account.name],
        )  # fmt: skip

    def keep(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        """Keeps what was typed as a working copy, and shows what it would change for people, if it can be published."""
        own = self._copies.find(about.entry.id, about.locale, account.name)
        copy = written(about, account.name, posted, Translations(self._store))
        if not posted.get("number"):
            copy = replace(copy, number=own.number if own else 0)
        answer = about.changed(copy.data)
        kept: dict[str, Any] = {"note": copy.note, "minor": copy.minor}
        try:
            saved = self._copies.save(copy)
        except Elsewhere as other:
            return self.page(request, account, about, answer.fields(), copy.base_version, 409, trouble=words.ELSEWHERE,
                             copy=other.current, **kept)  # fmt: skip
        except BussolaError:
            return self.page(request, account, about, answer.fields(), copy.base_version, 503,
                             trouble=words.TROUBLE_HELP, copy=own, **kept)  # fmt: skip
        faults = self._sentences(request, answer)
        newer = about.answer if copy.base_version != about.version else None
        if faults or newer:
            return self.page(request, account, about, answer.fields(), about.version, 422 if faults else 409, faults=faults,
                             conflict=newer, copy=saved, **kept)  # fmt: skip
        if about.answer and about.answer.fields() == answer.fields() and about.answer.state != "stale":
            self._copies.discard(about.entry.id, about.locale, account.name)
            return self._front.go(about.address, done="unchanged")
        return self._front.go(f"{about.address}/look")

    def _sentences(self, request: Request, answer: Answer) -> dict[str, list[str]]:
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        found: dict[str, list[str]] = {}
        for field, sentence, holes in self._front.desk.faults(answer):
            found.setdefault(field, []).append(say(locale, sentence, **holes))
        return found

    def history(
        self, request: Request, account: Account, about: Subject, compare: int, status: int = 200, reason: str = ""
    ) -> Response:
        """The versions, and one of them (0 for none) beside the current text."""
        versions = self._store.history(about.entry.id, about.locale)
        chosen = next((row for row in versions if row.version == compare), None)
        changes = differences(chosen.data, versions[0].data) if chosen is not None else {}
        return self._front.page(request, "history.html", account, status, entry=about.entry, text_locale=LOCALES[about.locale],
                                versions=versions, chosen=chosen, changes=changes, reason=reason, address=about.address,
                                title=about.title(about.locale))  # fmt: skip

    def restore(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        base, wanted = number(posted, "base_version"), number(posted, "version")
        row = next((row for row in self._store.history(about.entry.id, about.locale) if row.version == wanted), None)
        if row is None:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        answer = about.changed(row.data)
        faults = [sentence for sentences in self._sentences(request, answer).values() for sentence in sentences]
        if faults:
            return self.history(
                request, account, about, wanted, 422, say(locale, words.NOT_RESTORED, reason=" ".join(faults))
            )
        note = words.RESTORE_NOTE.replace("{number}", str(wanted))
        try:
            # The note is read by colleagues of every language: it is kept in English like the rest of the record.
            self._copies.restore(answer, account.name, base, note)
        except SecondPerson:
            return self._second(request, account, about, WorkingCopy(
                about.entry.id, about.locale, account.name, row.data, base, note=note))  # fmt: skip
        except Conflict:
            return self.history(request, account, about, wanted, 409, say(locale, words.RESTORE_CONFLICT))
        return self._front.go(about.address, done="restored")

    def _second(self, request: Request, account: Account, about: Subject, copy: WorkingCopy) -> Response:
        """An older text that a second person must look at; what its finder is writing there is not overwritten."""
        try:
            self._copies.save(copy)
        except Elsewhere:
            said = self._front.desk.compose.phrases.get(self._front.locale(request), words.OWN_COPY_FIRST)
            return self.history(request, account, about, 0, 409, said)
        return self._front.go(f"{about.address}/look")
