"""A form to ask for an appointment with a mediator. It needs no JavaScript and no name."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.desk import Desk
from bot.inbox import Inbox
from bot.locales import resolve
from bot.sentences import APPOINTMENT_WHEN, TOPIC_TITLES, mark
from connectors.web.front import WORDS as FRONT
from connectors.web.front import Front
from connectors.web.limits import RateLimit

WORDS = {
    "appointment": FRONT["appointment"],
    "appointment_about": mark("A cultural mediator takes time for you. You do not have to say your name."),
    "speak": mark("Which language do you speak?"),
    "where": mark("In which town are you?"),
    "reason": mark("What is it about?"),
    "choose": mark("Choose"),
    "when": mark("When can you come?"),
    "reach": mark("How can a mediator reach you?"),
    "reach_hint": mark(
        "Your phone number or email address, if you want. Only mediators see it. It is deleted {days} days after the "
        "appointment."
    ),
    "ask": mark("Ask for the appointment"),
    "asked": mark("Your request has arrived."),
    "number": mark("Your number is {number}. Write it down."),
    "asked_reach": mark("A mediator gets in touch with you."),
    "asked_come": mark("Go to the desk and say this number. Then nobody has to know your name."),
    "missing": mark("Please choose what it is about."),
    "too_many": mark("Too many messages. Please wait a minute."),
}
_MOST = 5  # requests a minute from one address


def router(front: Front, desk: Desk, inbox: Inbox, keep_days: int, limited: bool) -> APIRouter:
    """The page `/{locale}/appointment` and where its form goes."""
    pages, limit = APIRouter(), RateLimit(_MOST if limited else 0)

    @pages.get("/{locale}/appointment", include_in_schema=False)
    def ask(request: Request, locale: str, number: int = 0, reach: bool = False) -> Response:
        return _page(front, desk, request, locale, keep_days, number=number, reachable=reach)

    @pages.post("/{locale}/appointment", include_in_schema=False)
    def asked(
        request: Request,
        locale: str,
        language: Annotated[str, Form(max_length=35)] = "",
        place: Annotated[str, Form(max_length=80)] = "",
        reason: Annotated[str, Form(max_length=40)] = "",
        when: Annotated[str, Form(max_length=40)] = "any",
        reach: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        if locale not in desk.locales():
            return front.missing(request, resolve(locale))
        if wait := limit.wait(f"address {request.client.host if request.client else 'unknown'}"):
            detail = {"what": "too many requests", "where": "appointment", "todo": f"wait {wait:.0f} seconds"}
            raise HTTPException(429, detail, {"Retry-After": str(int(wait) + 1)})
        typed = {"language": language, "place": place, "reason": reason, "when": when, "reach": reach}
        if reason not in TOPIC_TITLES:
            return _page(front, desk, request, locale, keep_days, 422, typed=typed)
        town = desk.compose.gazetteer.get(place.strip())
        number = inbox.request(resolve(language) or locale, town.id if town else None, reason, when, reach)
        query = {"number": number, **({"reach": 1} if reach.strip() else {})}
        return RedirectResponse(f"/{locale}/appointment?{urlencode(query)}", 303)

    return pages


def _page(front: Front, desk: Desk, request: Request, locale: str, keep_days: int, status: int = 200, number: int = 0,
          reachable: bool = False, typed: dict[str, str] | None = None) -> Response:  # fmt: skip
    if locale not in desk.locales():
        return front.missing(request, resolve(locale))
    say = partial(desk.compose.phrases.get, locale)
    return front.typed_page(
        request, "appointment.html", locale, status,
        said={name: say(text, days=str(keep_days), number=str(number)) for name, text in WORDS.items()},
        number=number, reachable=reachable, typed=typed or {}, wrong=status != 200,
        reasons={topic: say(title) for topic, title in TOPIC_TITLES.items() if topic != "emergency"},
        times={name: say(title) for name, title in APPOINTMENT_WHEN.items()},
    )  # fmt: skip
