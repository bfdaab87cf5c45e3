"""The console for mediators: puts its pages together, and lets people in and out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from bot.accounts import Accounts, SignInRefused
from bot.desk import Desk
from bot.settings import Settings
from bot.store import SqlStore
from connectors.console import answers, beside, catalogue, files, grid, guide, office, offices, utterances, values, work
from connectors.console.front import COOKIE, FORM_COOKIE, HOME, Form, Front, form

_STATIC = Path(__file__).parent / "static"


def router(store: SqlStore, desk: Desk, settings: Settings) -> APIRouter:
    """Every route below /console. The order matters: `values` must not be read as a locale."""
    front = Front(Accounts(store), desk, settings)
    console = APIRouter(prefix=HOME, route_class=front.route(), include_in_schema=False)
    _doors(console, front)
    work.add(console, front, store)
    catalogue.add(console, front)
    grid.add(console, front)
    files.add(console, front, store)
    utterances.add(console, front, store)
    offices.add(console, front, store)
    guide.add(console, front, settings.content)
    beside.add(console, front, store)
    values.add(console, front, store)
    answers.add(console, front, store)

    @console.get("/static/console.css")
    def style() -> FileResponse:
        return FileResponse(_STATIC / "console.css", headers={"Cache-Control": "max-age=300"})

    doors = APIRouter()
    doors.include_router(console)
    doors.include_router(office.router(front, store))
    return doors


def _doors(console: APIRouter, front: Front) -> None:
    def sign_in_page(request: Request, status: int = 200, name: str = "", refused: bool = False) -> Response:
        # This form has no account to belong to yet: its token must come back in a cookie of its own.
        token = request.cookies.get(FORM_COOKIE) or secrets.token_hex(32)
        response = front.page(request, "sign_in.html", None, status, csrf=token, name=name, refused=refused,
                              signed_out="signed-out" in request.query_params)  # fmt: skip
        front.set_cookie(response, FORM_COOKIE, token)
        return response

    @console.get("/sign-in")
    def ask(request: Request) -> Response:
        return sign_in_page(request)

    @console.post("/sign-in")
    def sign_in(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        front.check_form(request, posted)
        name = posted.get("name", "")
        try:
            token = front.accounts.sign_in(name, posted.get("password", ""))
        except SignInRefused:
            return sign_in_page(request, 401, name, refused=True)
        response = front.go(HOME)
        front.set_cookie(response, COOKIE, token)
        response.delete_cookie(FORM_COOKIE, path=HOME)
        return response

    @console.post("/sign-out")
    def sign_out(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        front.sender(request, posted)
        front.accounts.sign_out(request.cookies[COOKIE])
        response = front.go(f"{HOME}/sign-in", **{"signed-out": "1"})
        response.delete_cookie(COOKIE, path=HOME)
        return response
