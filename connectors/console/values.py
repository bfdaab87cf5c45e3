"""The values of an entry: an amount, a date, a phone number; changed once, right in every language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import OWN, Copies, own_copy
from bot.desk import value_from_form
from bot.locales import SOURCE
from bot.model import BussolaError, Entry, Value
from bot.store import Conflict, SqlStore
from connectors.console.answers import Subject, number, subject
from connectors.console.front import HOME, Account, Form, Front, form

PATH = "/entries/{topic}/{name}/values"


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page of an entry's values."""
    editor = _Values(front, store, copies)

    @console.get(PATH)
    def edit(request: Request, topic: str, name: str) -> Response:
        account = front.reader(request)
        # The version is read first: if somebody publishes in between, the form conflicts instead of undoing their change.
        version = store.entry_version(f"{topic}/{name}")
        about = subject(front.desk, topic, name, SOURCE)
        return editor.page(request, account, about, _fields(about.entry.values), version)

    @console.post(PATH)
    def publish(request: Request, topic: str, name: str, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted)
        about = subject(front.desk, topic, name, SOURCE)
        front.allow(account, "publish", applies_to=_touched(about.entry, _own(account, about.entry)))
        return editor.publish(request, account, about, posted)


def key(value: Value) -> str:
    """What a value's fields are called in the form: its name, and where it holds if not everywhere."""
    return f"{value.name}.{value.applies_to or ''}"


def _fields(values: tuple[Value, ...]) -> dict[str, tuple[str, str]]:
    return {key(value): (str(value.amount), value.review_by.isoformat() if value.review_by else "") for value in values}


def _touched(entry: Entry, values: Iterable[Value]) -> tuple[str, ...]:
    """The regions and places that these values hold in; none when one of them holds everywhere."""
    areas = [(value.applies_to,) if value.applies_to else entry.applies_to for value in values]
    return tuple(sorted({area for some in areas for area in some})) if all(areas) else ()


def _may(account: Account, entry: Entry, value: Value) -> bool:
    return account.may("publish", None, _touched(entry, (value,)))  # a value is in every language at once


def _own(account: Account, entry: Entry) -> tuple[Value, ...]:
    """A value that this account may change; all of them when there is none."""
    return next(((value,) for value in entry.values if _may(account, entry, value)), entry.values)


class _Values:
    def __init__(self, front: Front, store: SqlStore, copies: Copies) -> None:
        self._front, self._store, self._copies = front, store, copies

    def page(self, request: Request, account: Account, about: Subject, fields: Mapping[str, tuple[str, str]], version: int,
             status: int = 200, faults: Mapping[str, str] | None = None, conflict: Entry | None = None, trouble: bool = False,
             note: str = "") -> Response:  # fmt: skip
        """The form with `fields` (amount and date by key) in it, whatever is published."""
        content, desk, reader = about.compose.content, self._front.desk, self._front.locale(request)
        texts = " ".join(
            text
            for (entry, _), answer in content.answers.items()
            if entry == about.entry.id
            for text in answer.fields().values()
        )
        shared = [value for values in content.values.values() for value in values if f"{{{value.name}}}" in texts]
        places = {place.id: place.name for place in content.places}
        scoped = account.on(None, _touched(about.entry, _own(account, about.entry)))
        return self._front.page(
            request, "values.html", scoped, status, mine=lambda value: _may(account, about.entry, value), entry=about.entry,
            title=about.compose.title(about.entry.id, reader), fields=fields,
            values=about.entry.values, key=key, base_version=version, faults=faults or {}, trouble=trouble, note=note, shared=shared,
            theirs={key(value): value for value in conflict.values} if conflict else {}, places=places, conflict=conflict,
            shown=lambda value: desk.shown(value, reader), back=f"{HOME}/entries/{about.entry.id}/{SOURCE}",
        )  # fmt: skip

    def publish(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        base, note = number(posted, "base_version"), posted.get("note", "").strip()[:500]
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        fields = {name: (posted.get(f"amount.{name}", amount), posted.get(f"review_by.{name}", day))
                  for name, (amount, day) in _fields(about.entry.values).items()}  # fmt: skip
        changed, faults = [], {}
        for value in about.entry.values:
            try:
                changed.append(value_from_form(value, *fields[key(value)]))
            except BussolaError as error:
                faults[key(value)] = say(locale, error.what)
        if faults:
            return self.page(request, account, about, fields, base, 422, faults, note=note)
        entry = replace(about.entry, values=tuple(changed))
        for value, old in zip(changed, about.entry.values, strict=True):
            if value != old:
                self._front.allow(account, "publish", applies_to=_touched(about.entry, (value,)))
        address = f"{HOME}/entries/{entry.id}/values"
        if entry == about.entry and base == self._store.entry_version(entry.id):
            return self._front.go(address, done="unchanged")
        if entry.risk == "high":
            own = self._copies.find(entry.id, OWN, account.name)
            self._copies.save(own_copy(entry, account.name, base, note, own.number if own else 0))
            return self._front.go(f"{HOME}/entries/{entry.id}/own/look")
        try:
            self._store.publish_entry(entry, account.name, base, note)
        except Conflict as conflict:
            now = conflict.current if isinstance(conflict.current, Entry) else entry
            return self.page(request, account, about, fields, conflict.version, 409, conflict=now, note=note)
        except BussolaError:
            return self.page(request, account, about, fields, base, 503, trouble=True, note=note)
        return self._front.go(address, done="published")
