"""How people ask, as a spreadsheet: out as CSV, and back in, with what is new shown first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.exchange import sheet
from bot.exchange.parcel import BrokenFile
from bot.exchange.sheet import Sheet
from bot.locales import LOCALES
from bot.model import ACTS, DANGERS, FOLLOW_UPS, OUT_OF_SCOPE
from bot.store import SqlStore
from bot.translating import Translations
from connectors.console import words, words_translation
from connectors.console.files import Posted, with_file
from connectors.console.front import HOME, Account, Form, Front, Refused, form

PATH = f"{HOME}/utterances"
_SHOWN = 300


def add(console: APIRouter, front: Front, store: SqlStore) -> None:
    """Adds the pages."""
    desk = _Utterances(front, store)

    @console.get("/utterances")
    def start(request: Request) -> Response:
        return desk.page(request, front.reader(request))

    @console.get("/utterances/export")
    def export(request: Request, locale: str = "", entry: str = "") -> Response:
        return desk.export(front.reader(request), locale, entry)

    @console.post("/utterances")
    def receive(request: Request, posted: Annotated[Posted, Depends(with_file)]) -> Response:
        return desk.receive(request, front.publisher(request, posted.fields, "edit"), posted)

    @console.get("/utterances/{token}")
    def show(request: Request, token: str) -> Response:
        account = front.reader(request)
        return desk.show(request, account, token)

    @console.post("/utterances/{token}")
    def publish(request: Request, token: str, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.publisher(request, posted, "edit")
        return desk.publish(account, token)


class _Utterances:
    def __init__(self, front: Front, store: SqlStore) -> None:
        self._front, self._translations = front, Translations(store)

    def page(self, request: Request, account: Account, status: int = 200, fault: BrokenFile | None = None,
             missing: bool = False) -> Response:  # fmt: skip
        """The forms for both ways."""
        compose, reader = self._front.desk.compose, self._front.locale(request)
        entries = {entry: compose.title(entry, reader) for entry in compose.content.entries}
        return self._front.page(
            request, "utterances.html", account, status, entries=entries, fault=fault, missing=missing
        )

    def export(self, account: Account, locale: str, entry: str) -> Response:
        """The file to download."""
        if locale not in LOCALES:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        data, name = sheet.write(self._translations.examples(locale, entry)), f"bussola-utterances-{locale}.csv"
        self._front.log(account, "export", f"{name} {entry}".rstrip())
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="text/csv; charset=utf-8", headers=headers)

    def receive(self, request: Request, account: Account, posted: Posted) -> Response:
        """Keeps a file that can be read, and shows what is new in it."""
        if not posted.data:
            return self.page(request, account, 422, missing=True)
        try:
            self._sheet(account, posted.name, posted.data)
        except BrokenFile as fault:
            return self.page(request, account, 422, fault=fault)
        return self._front.go(f"{PATH}/{self._translations.keep_parcel(account.name, posted.name, posted.data)}")

    def show(self, request: Request, account: Account, token: str) -> Response:
        """What a kept file would add."""
        name, read = self._kept(account, token)
        return self._front.page(
            request, "import_utterances.html", account, sheet=read, name=name, token=token, most=_SHOWN
        )

    def publish(self, account: Account, token: str) -> Response:
        """Adds what is new."""
        name, read = self._kept(account, token)
        entries = self._front.desk.compose.content.entries
        for item in read.new:
            known = item.intent in entries
            where = entries[item.intent].applies_to if known else ()
            self._front.allow(account, "edit" if known else "teach", item.locale, where)
        self._translations.add_examples(read.new, account.name)
        self._translations.drop_parcel(token)
        self._front.log(account, "import file", name)
        return self._front.go(PATH, done="added")

    def _kept(self, account: Account, token: str) -> tuple[str, Sheet]:
        kept = self._translations.parcel(account.name, token)
        if kept is None:
            raise Refused(404, words.MISSING, words_translation.GONE)
        try:
            return kept[0], self._sheet(account, *kept)
        except BrokenFile as fault:
            raise Refused(404, words.MISSING, words_translation.GONE) from fault

    def _sheet(self, account: Account, name: str, data: bytes) -> Sheet:
        """A file as it was read. Who may not teach what is danger or an act can add to entries alone; the other lines are
        refused like those of an unknown intent, and shown."""
        dangers = (f"danger.{kind}" for kind in DANGERS)
        entries = self._front.desk.compose.content.entries
        intents = {*entries, *ACTS, *FOLLOW_UPS, *dangers, OUT_OF_SCOPE} if account.may("teach") else set(entries)
        return sheet.read(data, name, self._translations.examples(""), intents, LOCALES)
