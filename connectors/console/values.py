"""The values of an entry, or one that several share: an amount, a date, a phone number; changed once, right in every
language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, Elsewhere
from bot.desk import value_from_form
from bot.locales import SOURCE
from bot.model import BussolaError, Entry, Value
from connectors.console import words
from connectors.console.answers import Subject, number, subject
from connectors.console.front import HOME, Account, Form, Front, form
from connectors.console.limits import areas
from connectors.console.looking import OWN_PATH
from connectors.console.own_data import Clash, OwnData, Standing, key, touched

PATH = "/entries/{topic}/{name}/values"
NEW = "new"  # what the fields of one more place are called; the keys of values have a dot


def add(console: APIRouter, front: Front, copies: Copies) -> None:
    """Adds the page of an entry's values."""
    editor = _Values(front, copies)

    @console.get(PATH)
    def edit(request: Request, topic: str, name: str) -> Response:
        account = front.reader(request)
        return editor.first(request, account, subject(front.desk, topic, name, SOURCE, own=True))

    @console.post(PATH)
    def keep(request: Request, topic: str, name: str, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted)
        about = subject(front.desk, topic, name, SOURCE, own=True)
        front.allow(account, "publish", applies_to=_where(account, about))
        return editor.keep(request, account, about, posted)


def _fields(values: tuple[Value, ...]) -> dict[str, tuple[str, str]]:
    return {key(value): (str(value.amount), value.review_by.isoformat() if value.review_by else "") for value in values}


def _typed(
    about: Subject, values: Sequence[Value], fields: Mapping[str, tuple[str, str]], posted: Form
) -> tuple[tuple[Value, ...], dict[str, str]]:
    """The values that a form describes, and what is wrong with it: sentences by key. A shared value may get one more for
    a place, moves that of a place to another one, and loses it where its amount is empty."""
    found: list[Value] = []
    faults: dict[str, str] = {}
    wanted = [(key(value), _moved(about, value, posted), *fields[key(value)]) for value in values]
    if about.shared and posted.get(f"amount.{NEW}", "").strip():
        area = posted.get(f"place.{NEW}", "")
        wanted.append((NEW, replace(values[0], applies_to=area), posted[f"amount.{NEW}"], posted.get(f"review_by.{NEW}", "")))
    before = {key(value): value.applies_to for value in values}
    filled = [value.applies_to for _, value, amount, _ in wanted if amount.strip()]
    for name, value, amount, day in wanted:
        if about.shared and value.applies_to and not amount.strip():
            continue
        if value.applies_to != before.get(name) and (not value.applies_to or filled.count(value.applies_to) > 1):
            faults[name] = words.PLACE_WRONG
        try:
            found.append(value_from_form(value, amount, day))
        except BussolaError as error:
            faults[name] = error.what
    return tuple(found), faults


def _moved(about: Subject, value: Value, posted: Form) -> Value:
    """A shared value of one place, for the place that the form says."""
    area = posted.get(f"place.{key(value)}", value.applies_to) if about.shared and value.applies_to else value.applies_to
    return replace(value, applies_to=area)


def _may(account: Account, entry: Entry, value: Value) -> bool:
    return account.may("publish", None, touched(entry, (value,)))  # a value is in every language at once


def _mine(account: Account, entry: Entry) -> tuple[Value, ...]:
    """A value that this account may change; all of them when there is none."""
    return next(((value,) for value in entry.values if _may(account, entry, value)), entry.values)


def _where(account: Account, about: Subject) -> tuple[str, ...]:
    """The regions and places in which this account may change something here. A shared value may get one for a place."""
    if about.shared and account.places:
        return account.places
    return touched(about.entry, _mine(account, about.entry))


class _Values:
    def __init__(self, front: Front, copies: Copies) -> None:
        self._front, self._own = front, OwnData(front.desk, copies)

    def page(self, request: Request, account: Account, about: Subject, standing: Standing, status: int = 200,
             fields: Mapping[str, tuple[str, str]] | None = None, faults: Mapping[str, str] | None = None,
             clash: Clash | None = None, note: str = "", trouble: str = "", posted: Form | None = None) -> Response:  # fmt: skip
        """The form; `fields` (amount and date by key) stand in it instead of the entry's values."""
        content, desk, reader = about.compose.content, self._front.desk, self._front.locale(request)
        compose = about.compose
        texts = " ".join(
            text
            for (entry, _), answer in content.answers.items()
            if entry == about.entry.id
            for text in answer.fields().values()
        )
        shared = [value for values in content.values.values() for value in values if f"{{{value.name}}}" in texts]
        places = areas(content)
        open_to = {area: name for area, name in places.items() if about.shared and account.may("publish", None, (area,))}
        scoped = account.on(None, _where(account, about))
        return self._front.page(
            request, "values.html", scoped, status, mine=lambda value: _may(account, about.entry, value), entry=about.entry,
            title=about.title(reader), fields=fields or _fields(standing.entry.values), faults=faults or {},
            values=standing.entry.values, now={key(value): value for value in standing.now.values}, key=key,
            base_version=standing.version, number=standing.number, trouble=trouble, note=note, about=about,
            users={name: compose.title(name, reader) for name in about.users}, areas=open_to,
            shared=shared, places=places, clash=clash or (self._own.clash(standing, reader) if fields is None else None),
            shown=lambda value: desk.shown(value, reader), back=about.address, new=posted or {},
        )  # fmt: skip

    def first(self, request: Request, account: Account, about: Subject) -> Response:
        return self.page(request, account, about, self._own.standing(about.entry, account.name))

    def keep(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        """Keeps what was typed as a working copy, and shows what it would change for people."""
        number(posted, "base_version")
        note = posted.get("note", "").strip()[:500]
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        standing = self._own.standing(about.entry, account.name)
        fields = {name: (posted.get(f"amount.{name}", amount), posted.get(f"review_by.{name}", day))
                  for name, (amount, day) in _fields(standing.entry.values).items()}  # fmt: skip
        values, wrong = _typed(about, standing.entry.values, fields, posted)
        faults = {name: say(locale, sentence) for name, sentence in wrong.items()}
        if faults:
            # The version is still the one that was read: a change of somebody else's in between is told afterwards.
            read = replace(standing, version=int(posted["base_version"]))
            return self.page(request, account, about, read, 422, fields, faults, note=note, posted=posted)
        entry = replace(standing.entry, values=values)
        for value in set(values) ^ set(standing.now.values):
            self._front.allow(account, "publish", applies_to=touched(about.entry, (value,)))
        clash = self._own.clash(standing, locale, posted, entry)
        if clash:
            return self.page(request, account, about, standing, 409, fields, clash=clash, note=note, posted=posted)
        if entry == standing.now:
            self._own.leave(entry.id, account.name)
            return self._front.go(f"{HOME}/entries/{entry.id}/values", done="unchanged")
        try:
            self._own.keep(standing, entry, account.name, note)
        except BussolaError as error:
            said = words.ELSEWHERE if isinstance(error, Elsewhere) else words.TROUBLE_HELP
            return self.page(request, account, about, standing, 409, fields, note=note, trouble=said, posted=posted)
        return self._front.go(f"{HOME}/entries/{entry.id}/{OWN_PATH}/look", done="saved")
