"""The history of what is the same in every language of an entry: who changed it, what, and bringing an older version back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, Edition, Elsewhere, Gone, SecondPerson, own_copy, with_newest_checks
from bot.locales import SOURCE
from bot.model import Entry
from bot.store import Conflict
from connectors.console import words
from connectors.console.answers import Subject, number, subject
from connectors.console.front import HOME, Account, Form, Front, Refused, form
from connectors.console.looking import OWN_PATH
from connectors.console.own_data import changes, reach

PATH = "/entries/{topic}/{name}/details/history"


def add(console: APIRouter, front: Front, copies: Copies) -> None:
    """Adds the page."""
    history = _History(front, copies)

    @console.get(PATH)
    def show(request: Request, topic: str, name: str, compare: int = 0) -> Response:
        return history.page(request, front.reader(request), subject(front.desk, topic, name, SOURCE, own=True), compare)

    @console.post(PATH)
    def restore(request: Request, topic: str, name: str, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted)
        return history.restore(request, account, subject(front.desk, topic, name, SOURCE, own=True), posted)


class _History:
    def __init__(self, front: Front, copies: Copies) -> None:
        self._front, self._copies = front, copies

    def page(
        self, request: Request, account: Account, about: Subject, compare: int, status: int = 200, reason: str = ""
    ) -> Response:
        """The versions, and one of them (0 for none) beside the current data."""
        editions, reader, desk = self._copies.editions(about.entry.id), self._front.locale(request), self._front.desk
        chosen = next((edition for edition in editions if edition.version == compare), None)
        then = self._again(chosen, editions[0].entry) if chosen else about.entry
        # Each version says what it changed: one reads the list, and opens one to compare it with what stands now.
        made = {new.version: changes(desk, old.entry, new.entry, reader) for new, old in pairwise(editions)}
        return self._front.page(
            request, "own_history.html", account.on("", reach(about.entry, then)), status, entry=about.entry, versions=editions,
            chosen=chosen, made=made, changes=changes(desk, then, editions[0].entry, reader) if chosen else {}, reason=reason,
            title=about.title(reader), address=about.address, back=f"{HOME}/entries/{about.entry.id}/details",
            high=about.is_high or "high" in {edition.entry.risk for edition in (editions[0], chosen) if edition},
        )  # fmt: skip

    def _again(self, edition: Edition, now: Entry) -> Entry:
        """An older version as it would be published today: what was checked since stays checked."""
        return replace(edition.entry, sources=with_newest_checks(edition.entry.sources, now.sources))

    def restore(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        base, wanted = number(posted, "base_version"), number(posted, "version")
        editions = self._copies.editions(about.entry.id)
        chosen = next((edition for edition in editions if edition.version == wanted), None)
        if chosen is None:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        entry = self._again(chosen, editions[0].entry)
        self._front.allow(account, "publish", "", reach(editions[0].entry, entry))
        say, reader = self._front.desk.compose.phrases.get, self._front.locale(request)
        lacking = self._lacking(about, editions[0].entry, entry)
        if lacking:
            reason = say(reader, words.VALUES_LACK, names=", ".join(f"{{{name}}}" for name in lacking))
            return self.page(request, account, about, wanted, 422, say(reader, words.NOT_RESTORED, reason=reason))
        # The note is read by colleagues of every language: it is kept in English like the rest of the record.
        note = words.RESTORE_NOTE.replace("{number}", str(wanted))
        address = f"{HOME}/entries/{entry.id}"
        try:
            self._copies.restore_entry(entry, account.name, base, note)
        except SecondPerson:
            try:
                self._copies.save(own_copy(entry, account.name, base, note))
            except Elsewhere:
                return self.page(request, account, about, wanted, 409, say(reader, words.OWN_COPY_FIRST))
            return self._front.go(f"{address}/{OWN_PATH}/look", done="saved")
        except (Conflict, Gone):
            return self.page(request, account, about, wanted, 409, say(reader, words.RESTORE_CONFLICT))
        return self._front.go(f"{address}/details", done="restored")

    def _lacking(self, about: Subject, now: Entry, then: Entry) -> list[str]:
        """The values that the texts of today use and the older version does not have."""
        content = about.compose.content
        gone = {value.name for value in now.values} - {value.name for value in then.values} - content.values.keys()
        texts = [
            text
            for (entry, _), answer in content.answers.items()
            if entry == now.id
            for text in answer.fields().values()
        ]
        return sorted(name for name in gone if any(f"{{{name}}}" in text for text in texts))
