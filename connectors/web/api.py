"""The JSON API of the design: messages, entries, services, search; and Rasa's REST channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator
from starlette.concurrency import run_in_threadpool

from bot.assistant import MOST_CHARACTERS, Assistant
from bot.desk import Desk
from bot.inbox import Inbox
from bot.locales import LOCALES, resolve
from bot.model import Reply, Turn, Utterance
from connectors.web.limits import RateLimit
from connectors.web.repeats import Repeats

Count = Callable[[str, str, str], None]


class MessageIn(BaseModel):
    """A message of a person: `text` that they wrote, or the `payload` of a button that they pressed."""

    session: str | None = Field(None, max_length=200, description="the token from the first reply; leave out to begin")
    text: str | None = Field(None, max_length=MOST_CHARACTERS)
    payload: str | None = Field(None, max_length=200)
    locale: str | None = Field(None, max_length=35, description="BCP 47 tag that the person has chosen")
    place: str | None = Field(None, max_length=80, description="place id or name")
    key: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_-]{22,64}$",
        description="a random name of this message (128 bits): sent again, it is answered once",
    )

    @model_validator(mode="after")
    def _one(self) -> MessageIn:
        if (self.text is None) == (self.payload is None):
            raise ValueError("send either text or payload")
        if self.locale is not None and resolve(self.locale) is None:
            raise ValueError(f"unknown locale {self.locale!r}: use one of {', '.join(LOCALES)}")
        return self


class RestIn(BaseModel):
    """A message as Rasa's REST channel takes it."""

    sender: str = Field("default", max_length=200)
    message: str = Field("", max_length=MOST_CHARACTERS)


def reply_json(reply: Reply) -> dict[str, Any]:
    """A reply in the shape of the design."""
    return {
        "kind": reply.kind,
        "title": reply.title,
        "text": reply.text,
        "locale": reply.locale,
        "dir": reply.dir,
        "entry": reply.entry,
        "confidence": round(reply.confidence, 4) if reply.confidence is not None else None,
        "sections": reply.sections,
        "services": reply.services,
        "sources": reply.sources,
        "state": reply.state,
        "notices": reply.notices,
        "buttons": [{"title": button.title, "payload": button.payload} for button in reply.buttons],
    }


def router(assistant: Assistant, desk: Desk, limit: RateLimit, count: Count, inbox: Inbox | None = None) -> APIRouter:
    """The routes of conversations: messages, deletion, Rasa's REST channel."""
    api, repeats = APIRouter(), Repeats(desk)

    def admit(request: Request, session: str | None) -> None:
        address = request.client.host if request.client else "unknown"
        wait = max(limit.wait(f"address {address}"), limit.wait(f"session {session}") if session else 0.0)
        if wait:
            detail = {"what": "too many messages", "where": "session", "todo": f"wait {wait:.0f} seconds"}
            raise HTTPException(429, detail, {"Retry-After": str(int(wait) + 1)})

    @api.post("/api/v1/messages", tags=["people"])
    async def messages(message: MessageIn, request: Request) -> JSONResponse:
        """Answers a message. The first reply brings the session's token; an unknown one begins a new session. `handoff` is
        the state of the conversation with a mediator: while one has it (waiting, claimed) there are no replies."""
        try:
            admit(request, message.session)
        except HTTPException:
            danger = await run_in_threadpool(desk.danger, message.text or "", resolve(message.locale))
            if danger is None:
                raise
            # Whoever is in danger gets the numbers, however often they ask; nothing else, and nothing is kept.
            return JSONResponse({"session": message.session or "", "replies": [reply_json(danger)], "handoff": "none"})

        def answer() -> dict[str, Any]:
            turn = _answered(assistant, message, request.headers.get("accept-language", ""))
            count("web", turn.decision.kind, turn.locale)
            state = inbox.state("web", turn.session) if inbox else "none"
            replies = [reply_json(reply) for reply in turn.replies]
            return {"session": turn.session, "replies": replies, "handoff": state}

        return JSONResponse(await repeats.once(message.session, message.key, answer))

    @api.delete("/api/v1/sessions/{session}", tags=["people"])
    def delete(session: str) -> dict[str, bool]:
        """Forgets a conversation."""
        return {"deleted": desk.delete("web", session)}

    @api.post("/webhooks/rest/webhook", tags=["people"])
    def rest(message: RestIn, request: Request) -> list[dict[str, Any]]:
        """Rasa's REST channel. Senders choose their own name, so they cannot hand off, read or delete."""
        admit(request, message.sender)
        text, payload = message.message, None
        if text.startswith("/"):
            text, payload = "", "/unknown" if text.startswith(("/human", "/bot", "/delete")) else text
        turn = assistant.reply(Utterance("rest", message.sender, text, payload))
        count("rest", turn.decision.kind, turn.locale)
        return [
            {"recipient_id": message.sender, "text": _whole(reply), "buttons": _buttons(reply)}
            for reply in turn.replies
        ]

    return api


def catalogue(desk: Desk) -> APIRouter:
    """The routes of what can be looked up: entries, offices, search."""
    api = APIRouter()

    @api.get("/api/v1/entries", tags=["catalogue"])
    def entries(locale: str = "it") -> dict[str, Any]:
        """All entries with their titles."""
        return {"locale": _spoken(locale), "entries": desk.entries(_spoken(locale))}

    @api.get("/api/v1/entries/{topic}/{name}", tags=["catalogue"])
    def one_entry(topic: str, name: str, locale: str = "it", place: str | None = None) -> dict[str, Any]:
        """One entry, as a reply."""
        found = desk.entry(f"{topic}/{name}", _spoken(locale), place)
        if found is None:
            detail = {"what": f"no entry {topic}/{name}", "where": "entry", "todo": "GET /api/v1/entries lists them"}
            raise HTTPException(404, detail)
        return reply_json(found)

    @api.get("/api/v1/services", tags=["catalogue"])
    def services(
        locale: str = "it",
        type: str | None = None,
        place: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 20,
    ) -> dict[str, Any]:
        """Offices, nearest to `place` first when it is given."""
        return {"services": desk.services(_spoken(locale), type, place, limit)}

    @api.get("/api/v1/search", tags=["catalogue"])
    def search(
        q: Annotated[str, Query(max_length=MOST_CHARACTERS)],
        locale: str | None = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 5,
    ) -> dict[str, Any]:
        """Entries for a text, ranked as the policy sees them; the locale is identified when it is not given."""
        spoken, candidates = desk.search(q, _spoken(locale) if locale else None, limit)
        return {"locale": spoken, "candidates": candidates}

    return api


def _answered(assistant: Assistant, message: MessageIn, accepted: str) -> Turn:
    """The turn for a message. What the browser accepts is a hint only: the text's own language goes first."""
    session, hint = message.session, accepted.split(",")[0].split(";")[0]
    if message.locale:
        session = assistant.choose_locale("web", session, str(resolve(message.locale)))
    return assistant.reply(
        Utterance("web", session, message.text or "", message.payload, message.locale or hint, message.place)
    )


def _buttons(reply: Reply) -> list[dict[str, str]]:
    return [
        {"title": button.title, "payload": button.payload}
        for button in reply.buttons
        if not button.payload.startswith(("/human", "/delete"))
    ]


def _whole(reply: Reply) -> str:
    """A reply as one text, for doors that show nothing else."""
    parts = [reply.title, reply.text, *(f"{section['title']}\n{section['text']}" for section in reply.sections)]
    parts += [
        " · ".join(str(service[key]) for key in ("name", "address", "city", "phone", "note") if service[key])
        for service in reply.services
    ]
    parts += [*reply.notices, *(f"{source['title']}: {source['url']}" for source in reply.sources)]
    return "\n\n".join(part for part in parts if part)


def _spoken(tag: str) -> str:
    found = resolve(tag)
    if found is None:
        detail = {"what": f"unknown locale {tag!r}", "where": "locale", "todo": f"use one of {', '.join(LOCALES)}"}
        raise HTTPException(422, detail)
    return found
