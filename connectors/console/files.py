"""Files for outside translators: out as XLIFF or PO, and back in, with everything they would change shown first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.compose import ROME
from bot.copies import Elsewhere, SecondPerson
from bot.exchange import parcel, po, xliff
from bot.exchange.parcel import BrokenFile, Plan, Unit
from bot.locales import LOCALES, SOURCE
from bot.model import Answer, BussolaError
from bot.store import Conflict, SqlStore
from bot.translating import Translation, Translations
from connectors.console import words, words_translation
from connectors.console.difference import difference
from connectors.console.front import HOME, Account, Form, Front, Refused, form

PATH = f"{HOME}/files"
_TYPES = {"xliff": "application/xliff+xml", "po": "text/x-gettext-translation"}
_ENDS = {"xliff": "xlf", "po": "po"}
_SHOWN = 200  # changes on one page


@dataclass(frozen=True, slots=True)
class Posted:
    """A form with a file in it; `data` is empty when none was chosen."""

    fields: Form
    name: str = ""
    data: bytes = b""


async def with_file(request: Request) -> Posted:
    """The form of a request with its file. What it may hold, the limit on bodies says."""
    async with request.form() as fields:
        texts = {name: text.replace("\x00", "") for name, text in fields.items() if isinstance(text, str)}
        file = fields.get("file")
        if file is None or isinstance(file, str):
            return Posted(texts)
        return Posted(texts, (file.filename or "").replace("\x00", "")[:200], await file.read())


def add(console: APIRouter, front: Front, store: SqlStore) -> None:
    """Adds the pages."""
    desk = _Files(front, store)

    @console.get("/files")
    def files(request: Request) -> Response:
        return desk.page(request, front.reader(request))

    @console.get("/files/export")
    def export(
        request: Request,
        locale: str = "",
        format: str = "xliff",
        todo: str = "",
        topic: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
        entry: Annotated[list[str], Query()] = [],  # noqa: B006
    ) -> Response:
        return desk.export(request, front.reader(request), locale, format, bool(todo), topic, entry)

    @console.post("/files")
    def receive(request: Request, posted: Annotated[Posted, Depends(with_file)]) -> Response:
        return desk.receive(request, front.publisher(request, posted.fields, "translate"), posted)

    @console.get("/files/{token}")
    def show(request: Request, token: str) -> Response:
        return desk.show(request, front.reader(request), token)

    @console.post("/files/{token}")
    def publish(request: Request, token: str, posted: Annotated[Form, Depends(form)]) -> Response:
        return desk.publish(request, front.publisher(request, posted, "translate"), token, posted)


class _Files:
    def __init__(self, front: Front, store: SqlStore) -> None:
        self._front, self._store, self._translations = front, store, Translations(store)

    def page(self, request: Request, account: Account, status: int = 200, fault: BussolaError | None = None,
             empty: bool = False, missing: bool = False, locale: str = "") -> Response:  # fmt: skip
        """The forms for both ways."""
        compose = self._front.desk.compose
        reader = self._front.locale(request)
        topics: dict[str, list[tuple[str, str]]] = {}
        for entry in compose.content.entries.values():
            topics.setdefault(entry.topic, []).append((entry.id, compose.title(entry.id, reader)))
        return self._front.page(request, "files.html", account, status, topics=topics, fault=fault, empty=empty, missing=missing,
                                chosen_locale=locale)  # fmt: skip

    def export(
        self,
        request: Request,
        account: Account,
        locale: str,
        kind: str,
        todo: bool,
        topics: list[str],
        entries: list[str],
    ) -> Response:
        """The file to download."""
        if locale not in LOCALES or locale == SOURCE or kind not in _TYPES:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        wanted = parcel.chosen(self._translations.of(locale), entries, topics)
        packed = parcel.pack(wanted, locale, self._translations.italian_then, todo)
        today = datetime.now(ROME)
        try:
            data = xliff.write(packed, self._shown(locale)) if kind == "xliff" else po.write(packed, today)
        except BrokenFile:
            return self.page(request, account, 422, empty=True, locale=locale)
        name = f"bussola-{locale}-{today:%Y-%m-%d}.{_ENDS[kind]}"
        self._front.log(account, "export", f"{name}: {len(packed.units)} texts")
        return Response(
            data, media_type=_TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def _shown(self, locale: str) -> Mapping[tuple[str, str], str]:
        desk = self._front.desk
        content = desk.compose.content
        shared = {name: desk.shown(values[0], locale) for name, values in content.values.items() if values}
        found = {(entry, name): text for entry in content.entries for name, text in shared.items()}
        for entry in content.entries.values():
            found |= {(entry.id, value.name): desk.shown(value, locale) for value in entry.values}
        return found

    def receive(self, request: Request, account: Account, posted: Posted) -> Response:
        """Keeps a file that can be read, and shows what it would change."""
        if not posted.data:
            return self.page(request, account, 422, missing=True)
        try:
            _read(posted.name, posted.data)
        except BrokenFile as fault:
            return self.page(request, account, 422, fault=fault)
        token = self._translations.keep_parcel(account.name, posted.name, posted.data)
        return self._front.go(f"{PATH}/{token}")

    def show(self, request: Request, account: Account, token: str, status: int = 200, moved: bool = False) -> Response:
        """What a kept file would change."""
        # The revision is read first: whatever is published from here on, the agreement below is not for it.
        revision = self._store.revision()
        name, locale, translations, plan = self._plan(account, token)
        say, reader = self._front.desk.compose.phrases.get, self._front.locale(request)
        wrong = {
            entry: [say(reader, sentence, **holes) for _, sentence, holes in self._front.desk.faults(answer)]
            for entry, (answer, _) in _answers(plan, translations).items()
        }
        return self._front.page(
            request, "import.html", account, status, plan=plan, name=name, token=token, moved=moved, revision=revision,
            text_locale=LOCALES[locale], wrong={entry: found for entry, found in wrong.items() if found}, most=_SHOWN,
            pieces=lambda change: difference(change.old, change.unit.target), difference=difference,
            entry_title=lambda entry: self._front.desk.compose.title(entry, reader),
        )  # fmt: skip

    def publish(self, request: Request, account: Account, token: str, posted: Form) -> Response:
        """Publishes all that was shown, or nothing; what is of high risk waits for a second person."""
        if posted.get("revision") != str(self._store.revision()):
            return self.show(request, account, token, 409, moved=True)
        name, locale, translations, plan = self._plan(account, token)
        answers = _answers(plan, translations)
        for entry in answers:
            self._front.allow(account, "publish", locale, self._front.desk.compose.content.entries[entry].applies_to)
        if plan.broken or any(self._front.desk.faults(answer) for answer, _ in answers.values()):
            return self.show(request, account, token, 422)
        note = words_translation.IMPORT_NOTE.replace("{name}", name)
        entries = self._front.desk.compose.content.entries
        high = [answer for entry, (answer, _) in answers.items() if entries[entry].risk == "high"]
        made_from = {entry: hashes for entry, (_, hashes) in answers.items()}
        try:
            self._translations.publish(
                [answer for answer, _ in answers.values() if answer not in high],
                made_from,
                account.name,
                note,
                high,
            )
        except Elsewhere:  # what this person is typing there stays
            raise Refused(409, words.TROUBLE, words.ELSEWHERE) from None
        except (Conflict, SecondPerson):
            return self.show(request, account, token, 409, moved=True)
        self._translations.drop_parcel(token)
        self._front.log(account, "import file", name)
        return self._front.go(f"{HOME}/reviews", done="sent") if high else self._front.go(PATH, done="imported")

    def _plan(self, account: Account, token: str) -> tuple[str, str, dict[str, Translation], Plan]:
        kept = self._translations.parcel(account.name, token)
        if kept is None:
            raise Refused(404, words.MISSING, words_translation.GONE)
        try:
            read = _read(*kept)
        except BrokenFile as fault:
            raise Refused(404, words.MISSING, words_translation.GONE) from fault
        translations = self._translations.of(read.locale)
        texts: dict[tuple[str, int], Mapping[str, str] | None] = {}

        def exported(unit: Unit) -> Mapping[str, str] | None:
            key = (unit.entry, unit.version)
            if key not in texts:
                now = translations[unit.entry]
                current = unit.version == now.version
                texts[key] = now.texts if current else self._translations.text(unit.entry, read.locale, unit.version)
            return texts[key]

        return kept[0], read.locale, translations, parcel.plan(read, translations, exported)


def _read(name: str, data: bytes) -> parcel.Parcel:
    """A file by what it is, whatever its name says."""
    return xliff.read(data, name) if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else po.read(data, name)


def _answers(plan: Plan, translations: Mapping[str, Translation]) -> dict[str, tuple[Answer, dict[str, str]]]:
    return {entry: parcel.merged(translations[entry], changes) for entry, changes in plan.by_entry().items()}
