"""The page that an office opens with its link: what we say about it, "still true" or a change. No account, no cookie."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.compose import ROME
from bot.model import Service
from bot.service_checks import FIELDS, Invitation, ServiceChecks
from bot.store import SqlStore
from connectors.console import words_translation
from connectors.console.front import Form, Front, form
from connectors.console.offices import SEAL, changed, wrong


def router(front: Front, store: SqlStore) -> APIRouter:
    """`/office/{token}`. Looking changes nothing: mail programs open links before people do."""
    door = APIRouter(prefix="/office", route_class=front.route(), include_in_schema=False)
    page = _Page(front, store)

    @door.get("/{token}")
    def look(request: Request, token: str) -> Response:
        return page.look(request, token)

    @door.post("/{token}")
    def say(request: Request, token: str, posted: Annotated[Form, Depends(form)]) -> Response:
        return page.say(request, token, posted)

    return door


class _Page:
    def __init__(self, front: Front, store: SqlStore) -> None:
        self._front, self._checks = front, ServiceChecks(store)

    def look(self, request: Request, token: str) -> Response:
        found = self._found(token)
        return self._page(request, found[1]) if found else self._over(request)

    def say(self, request: Request, token: str, posted: Form) -> Response:
        found = self._found(token)
        if found is None:
            return self._over(request)
        invitation, service = found
        if posted.get("said") == "yes":
            done = self._checks.answer(invitation, {}, "")
            return self._page(request, service, thanks=words_translation.OFFICE_THANKS) if done else self._over(request)
        changes, note = changed(service, posted), posted.get("note", "").strip()[:1000]
        if name := wrong(changes, strict=False):
            return self._page(request, service, 422, fault=name, typed=posted)
        if not changes and not note:
            return self._page(request, service, 422, same=True)
        done = self._checks.answer(invitation, changes, note)
        return (
            self._page(request, service, thanks=words_translation.OFFICE_THANKS_CHANGE) if done else self._over(request)
        )

    def _found(self, token: str) -> tuple[Invitation, Service] | None:
        desk = self._front.desk
        invitation = self._checks.open(token[:400], datetime.now(ROME).date(), partial(desk.seal, SEAL))
        services = (item for item in desk.compose.content.services if invitation and item.id == invitation.service)
        service = next(services, None)
        return (invitation, service) if invitation and service else None

    def _page(self, request: Request, service: Service, status: int = 200, thanks: str = "", fault: str = "", same: bool = False,
              typed: Form | None = None) -> Response:  # fmt: skip
        return self._front.page(request, "office.html", None, status, service=service, thanks=thanks, fault=fault, same=same,
                                typed=typed or {}, fields=FIELDS, over=False)  # fmt: skip

    def _over(self, request: Request) -> Response:
        return self._front.page(request, "office.html", None, 410, service=None, over=True, thanks="", fault="", same=False,
                                typed={}, fields=FIELDS)  # fmt: skip
