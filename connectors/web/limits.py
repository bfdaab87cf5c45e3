"""What a request may cost: its size on the way in and out, and how many a minute."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REMEMBERED = 20_000
_PIECES = (b"text/css", b"text/javascript")


class RateLimit:
    """A sliding minute for each name (session or address). 0 allows everything."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Seconds to wait before `name` may go on; 0.0 (and one more counted) when it may go on now."""
        if not self._most:
            return 0.0
        now = time.monotonic()
        times = self._times.setdefault(name, deque())
        self._times.move_to_end(name)
        while times and now - times[0] >= 60:
            times.popleft()
        if len(times) >= self._most:
            return 60 - (now - times[0])
        times.append(now)
        while len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
        return 0.0


class Headers:
    """Adds headers to every response that does not have them, and tells how long each path took. Scripts and style sheets
    get those alone that mean something for them: to a slow phone the others weigh as much as a script. A worker's script is
    a page of its own in this."""

    def __init__(self, app: ASGIApp, headers: dict[str, str], took: Callable[[str, float], None]) -> None:
        self._app, self._took = app, took
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._few = [item for item in self._headers if item[0] == b"x-content-type-options"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                kind = dict(message["headers"]).get(b"content-type", b"")
                piece = kind.startswith(_PIECES) and scope["path"] != "/offline.js"
                more = self._few if piece else self._headers
                if scope["path"].startswith("/api/"):
                    more = [*more, (b"cache-control", b"no-store")]  # what somebody asked stays in nobody's cache
                message["headers"] = [*message["headers"], *(item for item in more if item[0] not in there)]
            await send(message)

        await self._app(scope, receive, sent)
        self._took(scope["path"], time.perf_counter() - started)


class OtherSites(CORSMiddleware):
    """Lets pages of other sites ask. Every answer says that it depends on who asks, also where nobody was named: or a cache
    would give a municipality's page what was kept for our own, without leave to read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers whether a site may make it."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "origin" not in headers.get("vary", "").lower():
                    headers.add_vary_header("Origin")
            await send(message)

        await super().__call__(scope, receive, sent)


class Compressed:
    """Makes responses smaller for slow phones. Not the console: its pages hold secrets beside what somebody typed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._smaller = app, GZipMiddleware(app, minimum_size=500, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        plain = scope["type"] != "http" or scope["path"].startswith("/console")
        await (self._app if plain else self._smaller)(scope, receive, send)


class BodyLimit:
    """Refuses bodies larger than `most` bytes before they are read into memory; `larger` holds the paths that take files."""

    def __init__(self, app: ASGIApp, most: int, larger: Mapping[str, int] | None = None) -> None:
        self._app, self._most, self._larger = app, most, larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers 413."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._most)
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            size += len(message.get("body", b""))
            if size > most:
                body = {
                    "error": {
                        "what": f"the body is larger than {most // 1024} kB",
                        "where": "body",
                        "todo": "send a shorter text",
                    }
                }
                await JSONResponse(body, 413)(scope, receive, send)
                return
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": b"".join(chunks), "more_body": False}

        await self._app(scope, replay, send)
