"""The pages: the full-page widget and its files, and pages without JavaScript for every entry and locale."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.convertors import StringConvertor, register_url_convertor

from bot.desk import Desk
from bot.locales import LOCALES
from connectors.web.front import Front


class _Tag(StringConvertor):
    """In a path, one of our locales and nothing else: what other doors do not know stays unknown."""

    regex = "|".join(LOCALES)


def router(desk: Desk, static: Path, front: Front) -> APIRouter:
    """`/` is the widget as a page; `/static/` holds its files; `/widget.json` what it needs in a locale; below
    `/{locale}` are the pages without JavaScript."""
    pages = APIRouter()

    @pages.get("/", include_in_schema=False)
    def home() -> FileResponse:
        return FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    @pages.get("/widget.json", include_in_schema=False)
    def widget(locale: str = "en") -> JSONResponse:
        spoken = locale if locale in LOCALES else "en"
        return JSONResponse(desk.widget(spoken), headers={"Cache-Control": "max-age=300"})

    pages.mount("/static", StaticFiles(directory=static), name="static")
    _for_machines(pages, front)
    _for_people(pages, desk, front)
    return pages


def _for_machines(pages: APIRouter, front: Front) -> None:
    @pages.get("/sitemap.xml", include_in_schema=False)
    def sitemap(request: Request) -> StreamingResponse:
        return StreamingResponse(front.sitemap(request), media_type="application/xml")

    @pages.get("/robots.txt", include_in_schema=False)
    def robots(request: Request) -> PlainTextResponse:
        return PlainTextResponse(front.robots(request))


def _for_people(pages: APIRouter, desk: Desk, front: Front) -> None:
    register_url_convertor("tag", _Tag())

    @pages.get("/{locale:tag}", include_in_schema=False)
    def start(request: Request, locale: str, q: str = "") -> Response:
        return front.start(request, locale, q) if locale in desk.locales() else front.missing(request, locale)

    @pages.get("/{locale:tag}/{topic}/{name}", include_in_schema=False)
    def entry(request: Request, locale: str, topic: str, name: str, place: str = "") -> Response:
        if locale not in desk.locales():
            return front.missing(request, locale)
        return front.entry(request, locale, f"{topic}/{name}", place)

    @pages.get("/{locale:tag}/{rest:path}", include_in_schema=False)
    def missing(request: Request, locale: str) -> Response:
        return front.missing(request, locale)
