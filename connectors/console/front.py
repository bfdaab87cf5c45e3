"""What every page of the console shares: its frame, its locale, who is signed in, and the checks before anything is written."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.accounts import SIGNED_IN_FOR, Accounts
from bot.compose import ROME
from bot.desk import Desk
from bot.locales import LOCALES, SOURCE, chain, resolve
from bot.model import BussolaError
from bot.sentences import SECTION_TITLES, TOPIC_TITLES
from bot.settings import Settings
from connectors.console import words, words_translation

log = logging.getLogger("bussola")
COOKIE, FORM_COOKIE, HOME = "bussola_console", "bussola_console_form", "/console"
_HEADERS = {
    # Stricter than the rest of the site: no script at all, and nobody may put the console into a frame.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    # Not no-store: with it, browsers forget what was typed when a person goes back to a form.
    "Cache-Control": "private, no-cache",
}
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in. `csrf` stands in each of their forms."""

    name: str
    role: str
    csrf: str

    @property
    def may_publish(self) -> bool:
        """Whether this person may change what people read."""
        return self.role in ("admin", "mediator")


class Refused(Exception):
    """Ends a request with a page that says why and what to do; `title` and `what` are sentences of words."""

    def __init__(self, status: int, title: str, what: str) -> None:
        super().__init__(title)
        self.status, self.title, self.what = status, title, what


class SignedOut(Exception):
    """Ends the request of somebody who is not signed in at the sign-in page."""


async def form(request: Request) -> Form:
    """The text fields of a posted form, with plain line ends and without NUL (PostgreSQL refuses it)."""
    fields = await request.form()
    return {
        name: text.replace("\r\n", "\n").replace("\x00", "") for name, text in fields.items() if isinstance(text, str)
    }


class Front:
    """Draws pages and lets people in. One for the whole console."""

    def __init__(self, accounts: Accounts, desk: Desk, settings: Settings) -> None:
        self.accounts, self.desk = accounts, desk
        self._secure, self.public_url = settings.environment == "production", settings.public_url
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(("html",), default=True),
                                      undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip

    # ---- pages -------------------------------------------------------------------------------------------------------

    def locale(self, request: Request) -> str:
        """The console's locale for a browser: the first of its languages that phrases have, Italian otherwise."""
        available = self.desk.compose.phrases.locales
        for tag in _accepted(request.headers.get("accept-language", "")):
            if (found := resolve(tag)) in available and found is not None:
                return found
        return chain(SOURCE, available)[0]

    def page(
        self, request: Request, template: str, account: Account | None, status: int = 200, **context: Any
    ) -> Response:
        """A page from a template. `say` translates, `day` and `moment` write dates; `done` is what has just happened."""
        locale = self.locale(request)
        text = self._templates.get_template(template).render(
            say=partial(self.desk.compose.phrases.get, locale), w=words, o=words_translation, here=request.url.path,
            locale=LOCALES[locale], locales=LOCALES, account=account,
            topic_titles=TOPIC_TITLES, section_titles=SECTION_TITLES, source=SOURCE,
            done=(words.DONE | words_translation.DONE).get(request.query_params.get("done", "")),
            day=partial(_day, locale), moment=partial(_moment, locale), **context)  # fmt: skip
        return HTMLResponse(text, status, headers=_HEADERS)

    def go(self, path: str, **query: str) -> RedirectResponse:
        """POST/redirect/GET: where to look at what has just been done."""
        return RedirectResponse(path + (f"?{urlencode(query)}" if query else ""), 303)

    def route(self) -> type[APIRoute]:
        """A route class under which every refusal and every fault is a page, never JSON or a stack trace."""
        front = self

        class Route(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                handle = super().get_route_handler()

                async def handled(request: Request) -> Response:
                    try:
                        return await handle(request)
                    except SignedOut:
                        return front.go(f"{HOME}/sign-in")
                    except Refused as fault:
                        return front.page(
                            request, "message.html", None, fault.status, title=fault.title, what=fault.what
                        )
                    except BussolaError as error:
                        log.error("%s", error)
                        return front.page(
                            request, "message.html", None, 503, title=words.TROUBLE, what=words.TROUBLE_HELP
                        )

                return handled

        return Route

    # ---- who ---------------------------------------------------------------------------------------------------------

    def reader(self, request: Request) -> Account:
        """Whoever is signed in. Raises SignedOut for anybody else."""
        found = self.accounts.account(request.cookies.get(COOKIE, ""))
        if found is None:
            raise SignedOut
        return Account(*found)

    def sender(self, request: Request, posted: Form) -> Account:
        """Whoever is signed in and sent one of their own forms. Raises Refused for anybody else."""
        found = self.accounts.account(request.cookies.get(COOKIE, ""))
        if found is None:
            raise Refused(401, words.ENDED, words.ENDED_HELP)
        if not _same(posted.get("csrf", ""), found[2]):
            raise Refused(403, words.REFUSED, words.CSRF)
        return Account(*found)

    def publisher(self, request: Request, posted: Form) -> Account:
        """A sender who may publish. Raises Refused for anybody else."""
        account = self.sender(request, posted)
        if not account.may_publish:
            raise Refused(403, words.REFUSED, words.NOT_ALLOWED)
        return account

    def check_form(self, request: Request, posted: Form) -> None:
        """The check for the form of people who are not signed in yet: the token must equal its cookie."""
        expected = request.cookies.get(FORM_COOKIE, "")
        if not expected or not _same(posted.get("csrf", ""), expected):
            raise Refused(403, words.REFUSED, words.CSRF)

    def set_cookie(self, response: Response, name: str, value: str) -> None:
        """A cookie that scripts cannot read and other sites cannot send."""
        response.set_cookie(name, value, max_age=int(SIGNED_IN_FOR.total_seconds()), path=HOME, httponly=True, samesite="strict",
                            secure=self._secure)  # fmt: skip


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, the most wanted first."""
    wanted = []
    for part in header.split(",")[:20]:
        tag, _, quality = part.partition(";")
        try:
            wanted.append((-float(quality.strip().removeprefix("q=") or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(wanted, key=lambda item: item[0])]


def _day(locale: str, day: date | None) -> str:
    return format_date(day, "long", locale=locale) if day else ""


def _moment(locale: str, at: datetime) -> str:
    return format_datetime(at.replace(tzinfo=UTC), "medium", tzinfo=ROME, locale=locale)
