"""Offices that keep their own record true: whom to ask, the link for each, and the changes that wait for a mediator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from bot.compose import ROME
from bot.desk import Desk
from bot.locales import SOURCE
from bot.model import Content, Service
from bot.service_checks import FIELDS, ServiceChecks
from bot.store import SqlStore
from bot.text import normal
from connectors.console import words, words_translation
from connectors.console.front import HOME, Account, Form, Front, Refused, form

PATH = f"{HOME}/offices"
SEAL = "office"
_SHOWN = 40
_FORMS = {
    "phone": re.compile(r"\+?[0-9][0-9 /.-]{1,29}"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.A),
    "website": re.compile(r"https?://[^\s\"<>]{3,300}"),
    "address": re.compile(r"[^\n<>]{3,200}"),
    "hours": re.compile(r"[^\n<>]{1,200}"),
}


def changed(service: Service, posted: Form) -> dict[str, str | None]:
    """The fields of a form that differ from the record; an emptied one is None."""
    typed = {name: " ".join(posted.get(name, "").split())[:300] for name in FIELDS if name in posted}
    return {name: text or None for name, text in typed.items() if text != (getattr(service, name) or "")}


def wrong(changes: Mapping[str, str | None], strict: bool) -> str:
    """The first field that cannot be right; empty when all can. Hours as people write them are for a mediator to put
    into OpenStreetMap's form: only then (`strict`) must a program be able to read them."""
    for name, text in changes.items():
        if text is not None and not _FORMS[name].fullmatch(text):
            return name
    hours = changes.get("hours")
    return "hours" if strict and hours and not _readable(hours) else ""


def _readable(hours: str) -> bool:
    from opening_hours import OpeningHours

    try:
        OpeningHours(hours)
    except Exception:  # the library's own error, whatever its version calls it
        return False
    return True


def add(console: APIRouter, front: Front, store: SqlStore) -> None:
    """Adds the page."""
    desk = _Offices(front, store)

    @console.get("/offices")
    def offices(request: Request, q: str = "") -> Response:
        return desk.page(request, front.reader(request), q[:100])

    @console.post("/offices")
    def decide(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return desk.decide(request, front.publisher(request, posted, "edit"), posted)


class _Offices:
    def __init__(self, front: Front, store: SqlStore) -> None:
        self._front, self._checks = front, ServiceChecks(store)

    def page(self, request: Request, account: Account, q: str = "", status: int = 200, fault: tuple[int, str] | None = None,
             typed: Form | None = None) -> Response:  # fmt: skip
        """What waits, and the offices to ask; those with an e-mail address first."""
        desk: Desk = self._front.desk
        today = datetime.now(ROME).date()
        known = desk.compose.content
        services = {service.id: service for service in known.services}
        due = [service for service in to_ask(self._checks, known, today, account) if _fits(service, q)]
        due.sort(key=lambda service: (not service.email, service.city, service.name))
        shown = due[:_SHOWN]
        tokens = self._checks.tokens(shown, today, partial(desk.seal, SEAL))
        base = self._front.settings.public_url or str(request.base_url).rstrip("/")
        links = {service: f"{base}/office/{token}" for service, token in tokens.items()}
        return self._front.page(
            request, "offices.html", account, status, q=q, due=shown, count=len(due), more=len(due) - len(shown), links=links,
            mails={service.id: self._mail(service, links[service.id]) for service in shown if service.email},
            waiting=[(row, services[row.service]) for row in self._checks.waiting() if row.service in services],
            fields=FIELDS, fault=fault, typed=typed or {}, mine=lambda service: account.may("publish", None, area(known, service)),
        )  # fmt: skip

    def _mail(self, service: Service, link: str) -> str:
        """A mailto: address with the whole letter in it, in Italian."""
        say = partial(self._front.desk.compose.phrases.get, SOURCE)
        subject = say(words_translation.MAIL_SUBJECT)
        text = say(words_translation.MAIL_TEXT, name=service.name, link=link)
        return f"mailto:{quote(service.email or '', safe='@')}?subject={quote(subject)}&body={quote(text)}"

    def decide(self, request: Request, account: Account, posted: Form) -> Response:
        """Accepts a change, as the form has it, or refuses it."""
        number = posted.get("id", "")
        row = next((row for row in self._checks.waiting() if str(row.id) == number), None)
        service = next(
            (item for item in self._front.desk.compose.content.services if row and item.id == row.service), None
        )
        if row is None or service is None:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        self._front.allow(account, "publish", applies_to=area(self._front.desk.compose.content, service))  # people read it at once
        if posted.get("decision") != "accept":
            self._checks.decide(row.id, account.name, None)
            return self._front.go(PATH, done="refused")
        changes = changed(service, posted)
        if name := wrong(changes, strict=True):
            return self.page(request, account, status=422, fault=(row.id, name), typed=posted)
        self._checks.decide(row.id, account.name, changes)
        return self._front.go(PATH, done="accepted")


def area(content: Content, service: Service) -> tuple[str, ...]:
    """The place that an office is in: its town, or the capital of its province where nobody knows the town; the region
    where not even the province is known."""
    known = content.places
    towns = [place.id for place in known if (place.name, place.region) == (service.city, service.region)]
    capitals = [
        place.id for place in known if place.kind == "provincial-capital" and place.province == service.province
    ]
    return tuple((towns or capitals)[:1]) or ((service.region,) if service.region else ())


def to_ask(checks: ServiceChecks, content: Content, today: date, account: Account | None) -> list[Service]:
    """The offices to ask that lie within somebody's limits of place; no language limits who may ask."""
    everybody = replace(account, locales=()) if account else None
    return [service for service in checks.due(content.services, today)
            if everybody is None or everybody.within(None, area(content, service))]  # fmt: skip


def _fits(service: Service, q: str) -> bool:
    text = normal(f"{service.name} {service.city} {service.province} {service.type}")
    return all(word in text for word in normal(q).split())
