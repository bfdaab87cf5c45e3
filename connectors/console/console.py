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
    beginning,
    beside,
    catalogue,
    colleagues,
    details,
    doors,
    files,
    grid,
    guide,
    inbox,
    looking,
    me,
    office,
    offices,
    own_history,
    record,
    sign_on,
    trying,
    utterances,
    values,
    words,
    work,
)
from connectors.console.front import HOME, Front, Refused

_STATIC = Path(__file__).parent / "static"
_FILES = ("console.css", "editing.css", "editor.js", "kept.js")


def router(store: SqlStore, desk: Desk, settings: Settings) -> APIRouter:
    """Every route below /console. The order matters: `values` must not be read as a locale."""
    front = Front(Accounts(store, installation=settings.keys()), desk, settings)
    console = APIRouter(prefix=HOME, route_class=front.route(), include_in_schema=False)
    for part in (doors, sign_on, me, colleagues, record, grid):
        part.add(console, front)
    guide.add(console, front, settings.content)
    copies = Copies(store)
    work.add(console, front, store, copies)
    for page in (catalogue, files, utterances, offices, beside):
        page.add(console, front, store)
    for own in (values, own_history):
        own.add(console, front, copies)
    for page in (asked, details, beginning, looking, trying, answers):
        page.add(console, front, store, copies)
    if front.inbox:
        inbox.add(console, front, front.inbox, settings.keep_conversations_days)

    @console.get("/static/{name}")
    def static(name: str) -> FileResponse:
        if name not in _FILES:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        return FileResponse(_STATIC / name, headers={"Cache-Control": "max-age=300"})

    both = APIRouter()
    both.include_router(console)
    both.include_router(office.router(front, store))
    return both
