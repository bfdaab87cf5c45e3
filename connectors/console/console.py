"""The console for mediators: puts its pages together."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from bot.accounts import Accounts
from bot.copies import Copies
from bot.desk import Desk
from bot.settings import Settings
from bot.store import SqlStore
from connectors.console import (
    answers,
    asked,
    catalogue,
    colleagues,
    details,
    doors,
    inbox,
    looking,
    me,
    record,
    sign_on,
    trying,
    values,
    words,
)
from connectors.console.front import HOME, Front, Refused

_STATIC = Path(__file__).parent / "static"
_FILES = ("console.css", "editing.css", "editor.js")


def router(store: SqlStore, desk: Desk, settings: Settings) -> APIRouter:
    """Every route below /console. The order matters: `values` must not be read as a locale."""
    front = Front(Accounts(store, secret=settings.key()), desk, settings)
    console = APIRouter(prefix=HOME, route_class=front.route(), include_in_schema=False)
    doors.add(console, front)
    sign_on.add(console, front)
    me.add(console, front)
    colleagues.add(console, front)
    record.add(console, front)
    catalogue.add(console, front)
    copies = Copies(store)
    asked.add(console, front, store, copies)
    values.add(console, front, store, copies)
    details.add(console, front, store, copies)
    looking.add(console, front, store, copies)
    trying.add(console, front, store, copies)
    answers.add(console, front, store, copies)
    if front.inbox:
        inbox.add(console, front, front.inbox, settings.keep_conversations_days)

    @console.get("/static/{name}")
    def static(name: str) -> FileResponse:
        if name not in _FILES:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        return FileResponse(_STATIC / name, headers={"Cache-Control": "max-age=300"})

    return console
