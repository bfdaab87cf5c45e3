"""The console for mediators: puts its pages together."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from bot.accounts import Accounts
from bot.desk import Desk
from bot.settings import Settings
from bot.store import SqlStore
from connectors.console import answers, catalogue, colleagues, doors, inbox, me, record, sign_on, values
from connectors.console.front import HOME, Front

_STATIC = Path(__file__).parent / "static"


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
    values.add(console, front, store)
    answers.add(console, front, store)
    if front.inbox:
        inbox.add(console, front, front.inbox, settings.keep_conversations_days)

    @console.get("/static/console.css")
    def style() -> FileResponse:
        return FileResponse(_STATIC / "console.css", headers={"Cache-Control": "max-age=300"})

    return console
