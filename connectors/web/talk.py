"""What a mediator writes to somebody at the widget: to be asked for, or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from bot.inbox import Inbox, Told
from connectors.web.api import reply_json

_LASTS = 240.0  # seconds; then the browser asks again, and a proxy has no reason to cut it
_GLANCE, _LOOK, _BEAT = 0.25, 5.0, 15.0  # seconds between looks at a counter, at the database, and signs of life
_MOST = 500  # streams at once; whoever comes later asks with /messages instead


def told_json(told: Told) -> dict[str, Any]:
    """A message in the shape of the API."""
    replies = {"replies": [reply_json(reply) for reply in told.replies]} if told.replies else {}
    return {
        "id": told.id,
        "from": told.author,
        "text": told.text,
        "locale": told.locale,
        "dir": told.dir,
        "at": f"{told.at.isoformat(timespec='seconds')}Z",
        **replies,
    }


def router(inbox: Inbox, lasts: float = _LASTS) -> APIRouter:
    """The routes of a conversation with a mediator. A stream ends after `lasts` seconds."""
    api = APIRouter()
    streams = _Streams(inbox, lasts)

    @api.get("/api/v1/sessions/{session}/messages", tags=["people"])
    def messages(session: str, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
        """The state of the conversation with a mediator (none, waiting, claimed, closed) and its messages above a number."""
        state, told = _known(inbox.told("web", session, after))
        return {"state": state, "messages": [told_json(message) for message in told]}

    @api.get("/api/v1/sessions/{session}/events", tags=["people"], response_class=StreamingResponse)
    async def events(
        session: str,
        after: Annotated[int, Query(ge=0)] = 0,
        last_event_id: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        """The same as server-sent events: `state`, and `message` with the message's number as its id."""
        began = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else 0
        _known(await run_in_threadpool(inbox.told, "web", session, after))
        if streams.open >= _MOST:
            detail = {"what": "too many streams", "where": "events", "todo": "ask with /messages every few seconds"}
            raise HTTPException(503, detail, {"Retry-After": "60"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            streams.stream(session, max(after, began)), media_type="text/event-stream", headers=headers
        )

    return api


def _known(found: tuple[str, list[Told]] | None) -> tuple[str, list[Told]]:
    if found is None:
        detail = {"what": "unknown session", "where": "session", "todo": "POST /api/v1/messages begins one"}
        raise HTTPException(404, detail)
    return found


class _Streams:
    """Streams that hold no thread: between looks they sleep in the event loop."""

    def __init__(self, inbox: Inbox, lasts: float) -> None:
        self._inbox, self._lasts = inbox, lasts
        self.open = 0

    async def stream(self, session: str, after: int) -> AsyncIterator[str]:
        """The events of one session until the stream has lasted long enough or the session is deleted."""
        self.open += 1
        try:
            async for event in self._events(session, after):
                yield event
        finally:
            self.open -= 1

    async def _events(self, session: str, after: int) -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        began = said = time.monotonic()
        state, seen, looked = "", -1, 0.0
        while time.monotonic() - began < self._lasts:
            changes = self._inbox.changes()
            # Another process may have written too: the database is asked now and then, whatever the counter says.
            if changes != seen or time.monotonic() - looked > _LOOK:
                found = await run_in_threadpool(self._inbox.told, "web", session, after)
                if found is None:
                    return
                seen, looked = changes, time.monotonic()
                for message in found[1]:
                    after, said = message.id, looked
                    yield f"id: {after}\nevent: message\ndata: {json.dumps(told_json(message), ensure_ascii=False)}\n\n"
                if found[0] != state:
                    state, said = found[0], looked
                    yield f"event: state\ndata: {json.dumps({'state': state})}\n\n"
            elif time.monotonic() - said > _BEAT:
                said = time.monotonic()
                yield ": here\n\n"
            await asyncio.sleep(_GLANCE)
