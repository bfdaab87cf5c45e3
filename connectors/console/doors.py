"""In and out of the console: signing in, with a second factor, a forgotten password, one-time links, signing out."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask

from bot.accounts import SignInRefused
from bot.invitations import USED, Invitations
from bot.model import BussolaError
from connectors.console import account_words as said
from connectors.console.front import COOKIE, FORM_COOKIE, HOME, Form, Front, Refused, form
from connectors.console.letters import Letters


def add(console: APIRouter, front: Front) -> None:
    """Adds every page for people who are not signed in, and the way out."""
    doors = _Doors(front)

    @console.get("/sign-in")
    def ask(request: Request) -> Response:
        return doors.sign_in_page(request)

    @console.post("/sign-in")
    def sign_in(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return doors.sign_in(request, posted)

    @console.get("/sign-in/code")
    def ask_code(request: Request) -> Response:
        if not front.accounts.waits(request.cookies.get(COOKIE, "")):
            return front.go(f"{HOME}/sign-in")
        return doors.stranger(request, "code.html", wrong=False)

    @console.post("/sign-in/code")
    def code(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return doors.code(request, posted)

    @console.post("/sign-out")
    def sign_out(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        front.accounts.sign_out(request.cookies[COOKIE])
        response = front.go(f"{HOME}/sign-in", **{"signed-out": "elsewhere" if account.elsewhere else "1"})
        response.delete_cookie(COOKIE, path=HOME)
        return response

    @console.get("/forgotten")
    def ask_forgotten(request: Request) -> Response:
        return doors.stranger(request, "forgotten.html", by_email=doors.letters.can_send, sent=False)

    @console.post("/forgotten")
    def forgotten(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return doors.forgotten(request, posted)

    @console.get("/link/{token}")
    def ask_link(request: Request, token: str) -> Response:
        return doors.link_page(request, token)

    @console.post("/link/{token}")
    def link(request: Request, token: str, posted: Annotated[Form, Depends(form)]) -> Response:
        return doors.link(request, token, posted)


class _Doors:
    def __init__(self, front: Front) -> None:
        self._front = front
        self._invitations = Invitations(front.accounts)
        self.letters = Letters(front.settings)

    def stranger(self, request: Request, template: str, status: int = 200, **context: object) -> Response:
        """A page with a form for somebody who is not signed in: its token must come back in a cookie of its own."""
        token = request.cookies.get(FORM_COOKIE) or secrets.token_hex(32)
        response = self._front.page(request, template, None, status, csrf=token, a=said, **context)
        self._front.set_cookie(response, FORM_COOKIE, token)
        return response

    def sign_in_page(self, request: Request, status: int = 200, name: str = "", refused: bool = False) -> Response:
        return self.stranger(request, "sign_in.html", status, name=name, refused=refused,
                             signed_out=request.query_params.get("signed-out", ""),
                             sign_on=bool(self._front.settings.oidc_issuer))  # fmt: skip

    def sign_in(self, request: Request, posted: Form) -> Response:
        front = self._front
        front.check_form(request, posted)
        name = posted.get("name", "")
        try:
            token = front.accounts.sign_in(name, posted.get("password", ""))
        except SignInRefused:
            return self.sign_in_page(request, 401, name, refused=True)
        if front.accounts.waits(token):
            response = front.go(f"{HOME}/sign-in/code")
            front.set_cookie(response, COOKIE, token)
            return response
        return self._inside(token)

    def code(self, request: Request, posted: Form) -> Response:
        self._front.check_form(request, posted)
        token = request.cookies.get(COOKIE, "")
        try:
            return self._inside(self._front.accounts.complete(token, posted.get("code", "")[:64]))
        except SignInRefused:
            if not self._front.accounts.waits(token):
                return self._front.go(f"{HOME}/sign-in")
            return self.stranger(request, "code.html", 401, wrong=True)

    def _inside(self, token: str) -> Response:
        response = self._front.go(HOME)
        self._front.set_cookie(response, COOKIE, token)
        response.delete_cookie(FORM_COOKIE, path=HOME)
        return response

    def forgotten(self, request: Request, posted: Form) -> Response:
        self._front.check_form(request, posted)
        if not self.letters.can_send:
            return self._front.go(f"{HOME}/forgotten")
        locale = self._front.locale(request)
        # The work begins when the answer is out: neither what it says nor how long it takes tells who has an account.
        response = self.stranger(request, "forgotten.html", by_email=True, sent=True)
        response.background = BackgroundTask(self._send_links, posted.get("name", ""), locale)
        return response

    def _send_links(self, name: str, locale: str) -> None:
        say = self._front.desk.compose.phrases.get
        for address, token in self._invitations.forgotten(name):
            link = f"{self._front.settings.public_url}{HOME}/link/{token}"
            self.letters.send(address, say(locale, said.LETTER_SUBJECT), say(locale, said.LETTER, link=link))

    def link_page(self, request: Request, token: str, status: int = 200, name: str = "", fault: str = "") -> Response:
        invitation = self._invitations.find(token)
        if invitation is None:
            raise Refused(404, said.LINK_OLD, USED)
        return self.stranger(request, "link.html", status, invitation=invitation, token=token, name=name, fault=fault)

    def link(self, request: Request, token: str, posted: Form) -> Response:
        self._front.check_form(request, posted)
        name, password = posted.get("name", ""), posted.get("password", "")
        if password != posted.get("again", ""):
            return self.link_page(request, token, 422, name, said.NOT_THE_SAME)
        try:
            self._invitations.use(token, name, password)
        except BussolaError as error:
            if error.where != "account":
                raise
            return self.link_page(request, token, 422, name, error.what)
        return self._front.go(f"{HOME}/sign-in", done="ready")
