"""What every page of the console shares: its frame, its locale, who is signed in, and the checks before anything is written."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from bot.inbox import Inbox
from bot.locales import LOCALES, SOURCE, chain, resolve
from bot.model import BussolaError
from bot.roles import concerns, may
from bot.sentences import SECTION_TITLES, TOPIC_TITLES
from bot.settings import Settings
from connectors.console import account_words, words, words_translation

log = logging.getLogger("bussola")
COOKIE, FORM_COOKIE, HOME = "bussola_console", "bussola_console_form", "/console"
_HEADERS = {
    # Stricter than the rest of the site: nobody may put the console into a frame.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # Not no-store: with it, browsers forget what was typed when a person goes back to a form.
    "Cache-Control": "private, no-cache",
}
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in. `csrf` stands in each of their forms; `about` is the locale and the regions and places that the
    page is about (none: all of them)."""

    name: str
    role: str
    csrf: str
    locales: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    language: str | None = None
    factor: bool = False
    elsewhere: bool = False
    regions: Mapping[str, str] = field(default_factory=dict, repr=False)
    about: tuple[str | None, tuple[str, ...]] = (None, ())

    def may(self, verb: str, locale: str | None = None, applies_to: Sequence[str] = ()) -> bool:
        """Whether this person may do it (see bot.roles)."""
        return may(self, verb, locale, applies_to, self.regions)

    def concerned(self, locale: str, place: str | None) -> bool:
        """Whether what somebody said in this locale, in this place, lies within this person's limits."""
        return concerns(self, locale, place, self.regions)

    def within(self, locale: str | None, applies_to: Sequence[str] = ()) -> bool:
        """Whether a change of it (None: in all locales; no place: everywhere) lies within this person's limits, whatever
        their role."""
        return may(replace(self, role="admin"), "publish", locale, applies_to, self.regions)

    def answers(self, locale: str, place: str | None) -> bool:
        """Whether this person may answer somebody who speaks this language, in this place."""
        return self.may("answer_people", locale, (place,) if place else ())

    def on(self, locale: str | None, applies_to: Sequence[str] = ()) -> Account:
        """The same person, on a page about this locale and what applies to these regions and places."""
        return replace(self, about=(locale, tuple(applies_to)))

    @property
    def may_publish(self) -> bool:
        """Whether this person may change what people read about what the page is about."""
        return self.may("publish", *self.about)

    @property
    def may_write(self) -> bool:
        """Whether this person may write down something new for it, for somebody to publish."""
        return self.may("translate" if self.about[0] not in (None, "", SOURCE) else "edit", *self.about)


class Refused(Exception):
    """Ends a request with a page that says why and what to do; `title` and `what` are sentences of words."""

    def __init__(self, status: int, title: str, what: str) -> None:
        super().__init__(title)
        self.status, self.title, self.what = status, title, what


class SignedOut(Exception):
    """Ends the request of somebody who is not signed in at the sign-in page."""


class Elsewhere(Exception):
    """Ends a request at another page, where something must be done first."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


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
        self.inbox = Inbox(desk, desk.handoff) if desk.handoff else None
        self.settings = settings
        self._secure = settings.environment == "production"
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(("html",), default=True),
                                      undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip

    # ---- pages -------------------------------------------------------------------------------------------------------

    def locale(self, request: Request) -> str:
        """The console's locale: what the account has chosen, or the first of the browser's languages that phrases have,
        or Italian."""
        available = self.desk.compose.phrases.locales
        chosen = getattr(request.state, "language", None)
        if chosen in available:
            return str(chosen)
        for tag in _accepted(request.headers.get("accept-language", "")):
            if (found := resolve(tag)) in available and found is not None:
                return found
        return chain(SOURCE, available)[0]

    def page(
        self, request: Request, template: str, account: Account | None, status: int = 200, **context: Any
    ) -> Response:
        """A page from a template. `say` translates, `day` and `moment` write dates; `done` is what has just happened,
        `mail` how many people wait for a mediator and how many for too long."""
        locale = self.locale(request)
        text = self._templates.get_template(template).render(
            say=partial(self.desk.compose.phrases.get, locale), w=words, o=words_translation, here=request.url.path,
            locale=LOCALES[locale], locales=LOCALES, account=account,
            topic_titles=TOPIC_TITLES, section_titles=SECTION_TITLES, source=SOURCE,
            done=(words.DONE | account_words.DONE | words_translation.DONE).get(request.query_params.get("done", "")),
            mail=self.inbox.counts(account.answers) if self.inbox and account and account.may("answer_people") else None,
            day=partial(_day, locale), moment=partial(moment, locale), **context)  # fmt: skip
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
                    except Elsewhere as other:
                        return front.go(other.path)
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

    def reader(self, request: Request, ready: bool = True) -> Account:
        """Whoever is signed in. Raises SignedOut for anybody else, and Elsewhere for somebody who has no role yet or must
        set up a second factor first (not on the pages about their own account, which say `ready=False`)."""
        account = self._signed_in(request)
        if account is None:
            raise SignedOut
        if ready and not self._is_ready(account):
            raise Elsewhere(f"{HOME}/me" if not account.role else f"{HOME}/me/second-factor")
        return account

    def sender(self, request: Request, posted: Form, ready: bool = True) -> Account:
        """Whoever is signed in and sent one of their own forms. Raises Refused for anybody else."""
        account = self._signed_in(request)
        if account is None:
            raise Refused(401, words.ENDED, words.ENDED_HELP)
        if not _same(posted.get("csrf", ""), account.csrf):
            raise Refused(403, words.REFUSED, words.CSRF)
        if ready and not self._is_ready(account):
            raise Refused(403, words.REFUSED, words.NOT_READY)
        return account

    def publisher(
        self,
        request: Request,
        posted: Form,
        verb: str = "publish",
        locale: str = "",
        applies_to: Sequence[str] = (),
    ) -> Account:
        """A sender who may do `verb` in this locale (empty: in all at once) to what applies to these regions and places
        (none: everywhere). Raises Refused for anybody else."""
        account = self.sender(request, posted)
        self.allow(account, verb, locale, applies_to)
        return account.on(locale, applies_to)

    def allow(self, account: Account, verb: str, locale: str = "", applies_to: Sequence[str] = ()) -> None:
        """Nothing for an account that may do it. Raises Refused for one that may not, or not here."""
        if not account.may(verb, locale, applies_to):
            unlimited = replace(account, locales=(), places=())
            raise Refused(403, words.REFUSED, words.NOT_HERE if unlimited.may(verb) else words.NOT_ALLOWED)

    def admin(self, request: Request, posted: Form | None = None) -> Account:
        """A reader (or, with a form, a sender) who may administer. Raises Refused for anybody else."""
        account = self.reader(request) if posted is None else self.sender(request, posted)
        self.allow(account, "administer")
        return account

    def needs_factor(self, account: Account) -> bool:
        """Whether the settings demand a second factor that this account has not set up. The sign-on of a municipality
        asks for its own."""
        demanded = {"none": (), "editors": ("admin", "editor"), "all": (account.role,)}[self.settings.second_factor]
        return account.role in demanded and not account.factor and not account.elsewhere

    def _is_ready(self, account: Account) -> bool:
        return account.role != "" and not self.needs_factor(account)

    def _signed_in(self, request: Request) -> Account | None:
        found = self.accounts.account(request.cookies.get(COOKIE, ""))
        if found is None:
            return None
        request.state.language = found.language
        regions = {place.id: place.region for place in self.desk.compose.content.places}
        return Account(found.name, found.role, found.csrf, found.locales, found.places, found.language, found.factor,
                       found.elsewhere, regions)  # fmt: skip

    def log(self, account: Account, action: str, detail: str) -> None:
        """Writes into the audit log what somebody has read or taken away: that they did, never what it said."""
        with self.accounts.store.transaction() as connection:
            self.accounts.audit(connection, account.name, action, detail)

    def check_form(self, request: Request, posted: Form) -> None:
        """The check for the form of people who are not signed in yet: the token must equal its cookie."""
        expected = request.cookies.get(FORM_COOKIE, "")
        if not expected or not _same(posted.get("csrf", ""), expected):
            raise Refused(403, words.REFUSED, words.CSRF)

    def set_cookie(self, response: Response, name: str, value: str, lax: bool = False) -> None:
        """A cookie that scripts cannot read and other sites cannot send; with `lax` it comes along when another site sends
        a person back here."""
        response.set_cookie(name, value, max_age=int(SIGNED_IN_FOR.total_seconds()), path=HOME, httponly=True,
                            samesite="lax" if lax else "strict", secure=self._secure)  # fmt: skip

    def address(self, request: Request, path: str) -> str:
        """Where the world finds a path of the console."""
        return (self.settings.public_url or str(request.base_url).rstrip("/")) + HOME + path


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


def moment(locale: str, at: datetime) -> str:
    """A moment in UTC as people in Italy write it."""
    return format_datetime(at.replace(tzinfo=UTC), "medium", tzinfo=ROME, locale=locale)
