"""The inbox: who waits for a mediator, their conversations, and the entries to send them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from babel.dates import format_datetime, format_time, format_timedelta
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from bot.compose import ROME
from bot.inbox import APPOINTMENT, CLAIMED, CLOSED, REFUSED, Conversation, Inbox, Message, NotYours
from bot.locales import SOURCE
from bot.people import People
from bot.roles import may
from bot.sentences import APPOINTMENT_WHEN
from connectors.console import inbox_words, words
from connectors.console.front import HOME, Account, Form, Front, Refused, SignedOut, form

PATH = f"{HOME}/inbox"
MOST = 3500  # characters of an answer: it fits into one message on Telegram
_STATIC = Path(__file__).parent / "static"
_MINUTE = _LATE = timedelta(minutes=1)  # after which a message that is not delivered yet is spoken of
# This page looks for new messages by itself, with a script of ours that asks this server only.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def add(console: APIRouter, front: Front, inbox: Inbox, keep_days: int) -> None:
    """Adds the inbox and the page of a conversation."""
    pages = _Inbox(front, inbox, keep_days)
    _files(console)

    @console.get("/inbox")
    def listed(request: Request, closed: bool = False) -> Response:
        return pages.listed(request, pages.mediator(request), closed)

    @console.get("/inbox/list")
    def fresh(request: Request, closed: bool = False, seen: str = "") -> Response:
        return pages.fresh(request, closed, seen)

    @console.get("/inbox/{number:int}")
    def one(request: Request, number: int, q: str = "") -> Response:
        account = pages.mediator(request)
        about = pages.readable(account, number)
        if about.state != CLAIMED or about.claimed_by != account.name:  # whose it is, the log knows already
            front.log(account, "read conversation", f"conversation {number}")
        return pages.one(request, account, about, q[:200])

    @console.get("/inbox/{number:int}/new")
    def new(request: Request, number: int, after: int = 0, seen: str = "") -> Response:
        return pages.new(request, number, after, seen)

    @console.get("/inbox/{number:int}/found")
    def found(request: Request, number: int, q: str = "") -> Response:
        return pages.found(request, number, q[:200])

    _verbs(console, pages, inbox)


def _verbs(console: APIRouter, pages: _Inbox, inbox: Inbox) -> None:
    @console.post("/inbox/{number:int}/claim")
    def claim(request: Request, number: int, posted: Annotated[Form, Depends(form)]) -> Response:
        return pages.do(request, number, posted, lambda account: inbox.claim(number, account.name))

    @console.post("/inbox/{number:int}/close")
    def close(request: Request, number: int, posted: Annotated[Form, Depends(form)]) -> Response:
        return pages.do(request, number, posted, lambda account: inbox.close(number, account.name))

    @console.post("/inbox/{number:int}/transfer")
    def transfer(request: Request, number: int, posted: Annotated[Form, Depends(form)]) -> Response:
        to = posted.get("to", "")
        return pages.do(request, number, posted, lambda account: pages.transfer(number, account, to))

    @console.post("/inbox/{number:int}/send")
    def send(request: Request, number: int, posted: Annotated[Form, Depends(form)]) -> Response:
        entry = pages.entry(posted.get("entry", ""))
        return pages.do(
            request, number, posted, lambda account: inbox.conversations.reply(number, account.name, "", entry)
        )

    @console.post("/inbox/{number:int}/reply")
    def reply(request: Request, number: int, posted: Annotated[Form, Depends(form)]) -> Response:
        return pages.reply(request, number, posted)


def _files(console: APIRouter) -> None:
    @console.get("/static/inbox.css")
    def style() -> FileResponse:
        return FileResponse(_STATIC / "inbox.css", headers={"Cache-Control": "max-age=300"})

    @console.get("/static/htmx.min.js")
    def script() -> FileResponse:
        return FileResponse(_STATIC / "htmx.min.js", headers={"Cache-Control": "max-age=86400"})


class _Inbox:
    def __init__(self, front: Front, inbox: Inbox, keep_days: int) -> None:
        self._front, self._inbox, self._keep_days = front, inbox, keep_days
        self._people = People(front.accounts)

    # ---- who and what ------------------------------------------------------------------------------------------------

    def mediator(self, request: Request) -> Account:
        """Whoever is signed in and may answer people. Raises SignedOut or Refused for anybody else."""
        account = self._front.reader(request)
        if not account.may("answer_people"):
            raise Refused(403, words.REFUSED, inbox_words.NOT_FOR_READERS)
        return account

    def conversation(self, number: int) -> Conversation:
        """A conversation by its number. Raises Refused (404) when it is deleted."""
        found = self._inbox.shown(number)
        if found is None:
            raise Refused(404, inbox_words.GONE, inbox_words.GONE_HELP)
        return found

    def readable(self, account: Account, number: int) -> Conversation:
        """A conversation of somebody whom this account may answer. Raises Refused (403) for another, or (404)."""
        about = self.conversation(number)
        if not account.may("answer_people", about.locale, _place(about)):
            raise Refused(403, words.REFUSED, words.NOT_HERE)
        return about

    def entry(self, entry: str) -> str:
        """The id of an entry that is there. Raises Refused (404) for another."""
        if entry not in self._front.desk.compose.content.entries:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        return entry

    # ---- pages -------------------------------------------------------------------------------------------------------

    def listed(self, request: Request, account: Account, closed: bool) -> Response:
        """The list of open or of ended conversations."""
        return self._page(request, "inbox.html", account, closed=closed, **self._rows(request, account, closed))

    def fresh(self, request: Request, closed: bool, seen: str) -> Response:
        """The list again when it looks different from what was `seen`; nothing otherwise."""
        account = self._poll(request)
        if account is None:
            return Response(status_code=204)
        return self._part(
            request, account, "inbox_list.html", seen, closed=closed, **self._rows(request, account, closed)
        )

    def _rows(self, request: Request, account: Account, closed: bool) -> dict[str, Any]:
        self._inbox.counts()  # marks those who have waited too long
        found = self._inbox.conversations.listed(closed)
        mine = [about for about in found if account.may("answer_people", about.locale, _place(about))]
        return {"conversations": mine, **self._shared(request)}

    def one(self, request: Request, account: Account, about: Conversation, q: str = "", status: int = 200, problem: str = "",
            typed: str = "") -> Response:  # fmt: skip
        """A conversation with everything that can be done in it; `typed` is an answer that was not sent."""
        messages = self._inbox.conversations.messages(about.id)
        others = [name for name in self._colleagues(account, about) if name != about.claimed_by]
        return self._page(
            request, "conversation.html", account, status, about=about, q=q, problem=problem, typed=typed, most=MOST,
            mine=about.state == CLAIMED and about.claimed_by == account.name, others=others, days=str(self._keep_days),
            when_titles=APPOINTMENT_WHEN, results=self._inbox.entries(q, about.locale), **self._last(about),
            **self._written(request, about, messages),
        )  # fmt: skip

    def new(self, request: Request, number: int, after: int, seen: str) -> Response:
        """Messages above a number, and the state when it is another than `seen`."""
        account, about = self._poll(request, number), self._inbox.shown(number)
        if account is None or about is None:
            return Response(status_code=204)
        messages = self._inbox.conversations.messages(number)
        later = [message for message in messages if message.id > after]
        stamp = _stamp(about, messages)
        if not later and stamp == seen:
            return Response(status_code=204)
        shared = {**self._written(request, about, messages), "messages": later}
        return self._front.page(
            request, "conversation_new.html", account, about=about, i=inbox_words, changed=stamp != seen, **shared
        )

    def found(self, request: Request, number: int, q: str) -> Response:
        """The entries that fit `q`, to be sent."""
        account, about = self._poll(request, number), self._inbox.shown(number)
        if account is None or about is None:
            return Response(status_code=204)
        return self._front.page(request, "conversation_found.html", account, about=about, i=inbox_words, q=q,
                                results=self._inbox.entries(q, about.locale))  # fmt: skip

    def _last(self, about: Conversation) -> dict[str, Any]:
        """The entry that the person read last, as a mediator reads it."""
        compose = self._front.desk.compose
        if about.entry is None or about.entry not in compose.content.entries:
            return {"shown": None}
        reply = compose.answer(about.entry, SOURCE, place=compose.gazetteer.get(about.place))
        return {"shown": reply}

    def _written(self, request: Request, about: Conversation, messages: list[Message]) -> dict[str, Any]:
        reader, compose, now = self._front.locale(request), self._front.desk.compose, self._inbox.conversations.now()
        sent = {message.entry for message in messages if message.entry} & compose.content.entries.keys()
        return {
            "messages": messages,
            "last": messages[-1].id if messages else 0,
            "stamp": _stamp(about, messages),
            "text": lambda message: self._inbox.text(message, reader),
            "titles": {entry: compose.title(entry, SOURCE) for entry in sent},
            "late": lambda message: message.delivery == "unsent" and now - message.at > _LATE,
            "refused": any(message.delivery == REFUSED for message in messages),
            **self._shared(request),
        }

    def _shared(self, request: Request) -> dict[str, Any]:
        """What the list and a conversation say about one."""
        reader, compose, now = self._front.locale(request), self._front.desk.compose, self._inbox.conversations.now()
        places = compose.gazetteer.by_id
        return {
            "waited": partial(_waited, reader, now),
            "clock": partial(_clock, reader, now),
            "place_name": lambda place: places[place].name if place in places else "",
            "appointment": APPOINTMENT,
        }

    def _page(self, request: Request, template: str, account: Account, status: int = 200, **context: Any) -> Response:
        response = self._front.page(request, template, account, status, i=inbox_words, **context)
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    def _poll(self, request: Request, number: int | None = None) -> Account | None:
        """Whoever asks from an open page; None when they are signed out meanwhile, or may not read this conversation: the
        page stays as it is."""
        try:
            account = self.mediator(request)
            if number is not None:
                self.readable(account, number)
            return account
        except (SignedOut, Refused):
            return None

    def _part(self, request: Request, account: Account, template: str, seen: str, **context: Any) -> Response:
        """A part of a page; nothing (204) when it is what was `seen`."""
        response = self._front.page(request, template, account, i=inbox_words, seen="", **context)
        mark = hashlib.sha256(bytes(response.body)).hexdigest()[:16]
        if mark == seen:
            return Response(status_code=204)
        return self._front.page(request, template, account, i=inbox_words, seen=mark, **context)

    # ---- verbs -------------------------------------------------------------------------------------------------------

    def do(
        self, request: Request, number: int, posted: Form, verb: Callable[[Account], None], typed: str = ""
    ) -> Response:
        """Does it and shows the conversation; when somebody was faster, says so and keeps what was typed."""
        about = self.conversation(number)
        account = self._sender(request, posted, about)
        try:
            verb(account)
        except NotYours:
            now = self._inbox.shown(number) or about
            return self.one(request, account, now, status=409, problem=inbox_words.NOT_YOURS, typed=typed)
        return self._front.go(PATH if (self._inbox.shown(number) or about).state == CLOSED else f"{PATH}/{number}")

    def _sender(self, request: Request, posted: Form, about: Conversation) -> Account:
        """Whoever sent the form and may answer people who speak this language, in this place. Raises Refused."""
        return self._front.publisher(request, posted, "answer_people", about.locale, _place(about))

    def _colleagues(self, account: Account, about: Conversation) -> list[str]:
        """The accounts that may answer who speaks this language, in this place."""
        return [
            person.name
            for person in self._people.all()
            if not person.disabled and may(person, "answer_people", about.locale, _place(about), account.regions)
        ]

    def transfer(self, number: int, account: Account, to: str) -> None:
        """Gives a conversation to a colleague who may answer in it. Raises NotYours."""
        about = self.conversation(number)
        if to not in self._colleagues(account, about):
            raise NotYours
        self._inbox.conversations.transfer(number, account.name, to)

    def reply(self, request: Request, number: int, posted: Form) -> Response:
        """Sends an answer."""
        text = posted.get("text", "").strip()
        problem = inbox_words.EMPTY if not text else inbox_words.TOO_LONG if len(text) > MOST else ""
        if problem:
            about = self.conversation(number)
            account = self._sender(request, posted, about)
            return self.one(request, account, about, status=422, problem=problem, typed=text)
        return self.do(
            request, number, posted, lambda account: self._inbox.conversations.reply(number, account.name, text), text
        )


def _place(about: Conversation) -> tuple[str, ...]:
    return (about.place,) if about.place else ()


def _waited(locale: str, now: datetime, since: datetime | None) -> str:
    """How long somebody has waited; nothing for less than a minute."""
    return format_timedelta(now - since, locale=locale) if since and now - since >= _MINUTE else ""


def _clock(locale: str, now: datetime, at: datetime) -> str:
    """The time of day in Rome, and the day when it is another than today."""
    then, today = (moment.replace(tzinfo=UTC).astimezone(ROME) for moment in (at, now))
    if then.date() == today.date():
        return format_time(then.timetz(), "short", locale=locale)
    return format_datetime(then, "short", tzinfo=ROME, locale=locale)


def _stamp(about: Conversation, messages: list[Message]) -> str:
    """What a page about a conversation shows beside its messages, in short."""
    refused = sum(message.delivery == REFUSED for message in messages)
    shown = f"{about.state} {about.claimed_by} {about.escalated is not None} {refused}"
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
