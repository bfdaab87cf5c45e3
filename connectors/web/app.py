"""The web application: routes put together, one JSON error body everywhere, headers, limits, metrics."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.exceptions import HTTPException

from bot.assistant import Assistant
from bot.desk import Desk
from bot.inbox import Inbox
from bot.model import BussolaError
from bot.settings import Settings
from connectors.web import api, appointment, municipalities, pages, talk
from connectors.web.front import Front
from connectors.web.limits import BodyLimit, Compressed, Headers, OtherSites, RateLimit

log = logging.getLogger("bussola")
_FOR_PROGRAMS = ("/api/", "/static/", "/webhooks/")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), microphone=(), camera=()",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}",
}


def create_app(
    assistant: Assistant,
    desk: Desk,
    settings: Settings,
    doors: tuple[APIRouter, ...] = (),
    metrics: Metrics | None = None,
) -> FastAPI:
    """The ASGI application. `doors` are routers of other connectors (console, Telegram's webhook), which may count their
    turns in `metrics` too."""
    app = FastAPI(
        title="Bussola",
        version="1",
        summary="A multilingual information desk for migrants",
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    metrics = metrics or Metrics()
    inbox = Inbox(desk, desk.handoff) if desk.handoff else None
    app.include_router(api.router(assistant, desk, RateLimit(settings.rate_limit), metrics.turn, inbox))
    app.include_router(api.catalogue(desk))
    if inbox:
        app.include_router(talk.router(inbox))
    for door in doors:
        app.include_router(door)
    front = Front(desk, settings.public_url)
    towns = municipalities.read(settings.municipalities, desk.place)
    origins = [*settings.allowed_origins.split(), *(origin for town in towns.values() for origin in town.origins)]
    _errors(app, front, settings.environment == "development")
    _headers(app, list(dict.fromkeys(origins)), metrics)
    _operations(app, desk, metrics)
    if inbox:
        app.include_router(
            appointment.router(front, desk, inbox, settings.keep_conversations_days, settings.rate_limit > 0)
        )
    app.include_router(pages.router(desk, Path(__file__).parent / "static", front, towns))
    app.add_middleware(BodyLimit, most=64 * 1024, larger={"/console/files": 4 << 20, "/console/utterances": 4 << 20})
    app.add_middleware(Compressed)
    return app


def error(status: int, what: str, where: str = "", todo: str = "") -> JSONResponse:
    """The one error body: what is wrong, where, what to do next."""
    return JSONResponse({"error": {"what": what, "where": where, "todo": todo}}, status)


def _errors(app: FastAPI, front: Front, details: bool) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return error(
            422, str(first["msg"]).removeprefix("Value error, "), where or "body", "see /api/docs for the shape"
        )

    @app.exception_handler(HTTPException)
    async def refused(request: Request, fault: HTTPException) -> Response:
        detail: Any = fault.detail
        if fault.status_code == 404 and _wants_page(request):
            return await run_in_threadpool(front.missing, request)
        if isinstance(detail, dict):
            return JSONResponse(
                {"error": {"what": "", "where": "", "todo": "", **detail}}, fault.status_code, headers=fault.headers
            )
        return error(fault.status_code, str(detail), request.url.path, "see /api/docs for what there is")

    @app.exception_handler(BussolaError)
    async def fault(_: Request, fault: BussolaError) -> JSONResponse:
        log.error("%s", fault)
        return error(
            503,
            fault.what if details else "the service cannot answer now",
            fault.where if details else "",
            "try again in a minute",
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, fault: Exception) -> JSONResponse:
        return error(
            500, "an unexpected fault; it has been logged", request.url.path, "try again; tell the operator if it stays"
        )


def _wants_page(request: Request) -> bool:
    """Whether a person's browser asks, and not for something that programs read."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_FOR_PROGRAMS)


def _headers(app: FastAPI, origins: list[str], metrics: Metrics) -> None:
    ancestors = " ".join(["'self'", *origins])
    headers = {name: value.format(ancestors=ancestors) for name, value in _HEADERS.items()}
    app.add_middleware(Headers, headers=headers, took=metrics.request)
    if origins:
        app.add_middleware(
            OtherSites,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Content-Type"],
        )


class Metrics:
    """Counts without people: turns by channel, kind and locale; seconds of answers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "bussola_turns", "answered messages", ("channel", "kind", "locale"), registry=self.registry
        )
        self._seconds = Histogram(
            "bussola_message_seconds",
            "seconds to answer a message",
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
        )

    def turn(self, channel: str, kind: str, locale: str) -> None:
        """Counts an answered message."""
        self._turns.labels(channel, kind, locale).inc()

    def request(self, path: str, seconds: float) -> None:
        """Counts how long a message took."""
        if path == "/api/v1/messages":
            self._seconds.observe(seconds)


def _operations(app: FastAPI, desk: Desk, metrics: Metrics) -> None:
    @app.get("/health", tags=["operations"])
    def health() -> dict[str, object]:
        """Whether the service can answer, and the revision of what it says."""
        return {"status": "ok", "revision": desk.revision(), "locales": desk.locales()}

    @app.get("/metrics", tags=["operations"])
    def prometheus() -> Response:
        """Counters in Prometheus' text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
