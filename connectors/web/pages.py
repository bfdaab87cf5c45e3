"""The pages: the full-page widget and its files, and pages without JavaScript for every entry and locale."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.convertors import StringConvertor, register_url_convertor

from bot.desk import Desk
from bot.locales import LOCALES
from connectors.web import statement
from connectors.web.bundle import bundle, squeezed
from connectors.web.front import Front
from connectors.web.municipalities import Municipality

_A_WHILE = {"Cache-Control": "max-age=300"}


class _Tag(StringConvertor):
    """In a path, one of our locales and nothing else: what other doors do not know stays unknown."""

    regex = "|".join(LOCALES)


class _Static(StaticFiles):
    """Files that browsers may keep for some minutes: no longer, so that all of them are of one version."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """A file."""
        response = super().file_response(*args, **more)
        response.headers.setdefault("Cache-Control", _A_WHILE["Cache-Control"])
        return response


def router(desk: Desk, static: Path, front: Front, towns: Mapping[str, Municipality]) -> APIRouter:
    """`/` is the widget as a page, `/{municipality}` and `/{place}` the same for one, `/widget.js` the tag for pages of
    others; `/static/` holds its files; `/widget.json` what it needs in a locale, `/titles.json` what it suggests; below
    `/{locale}` are the pages without JavaScript."""
    pages = APIRouter()

    @pages.get("/", include_in_schema=False)
    def home() -> FileResponse:
        return FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    @pages.get("/widget.json", include_in_schema=False)
    def widget(locale: str = "en", municipality: str = "") -> JSONResponse:
        content = desk.widget(locale if locale in LOCALES else "en")
        town = towns.get(municipality)
        return JSONResponse({**content, "municipality": _shown(desk, town) if town else None}, headers=_A_WHILE)

    @pages.get("/titles.json", include_in_schema=False)
    def titles(locale: str = "en") -> JSONResponse:
        found = desk.entries(locale if locale in LOCALES else "en")
        return JSONResponse({str(each["entry"]): each["title"] for each in found}, headers=_A_WHILE)

    texts = {"/desk.js": bundle(static.parent / "widget")}
    for name in ("widget.js", "offline.js"):  # at the top: the one for its address, the other for what it may see
        texts[f"/{name}"] = squeezed(static / name)
    for name in ("widget.css", "tokens.css", "home.css"):
        texts[f"/static/{name}"] = squeezed(static / name)
    for path, text in texts.items():
        pages.add_api_route(path, _file(path, text), include_in_schema=False)
    pages.mount("/static", _Static(directory=static), name="static")
    _of_municipalities(pages, static, towns)
    _for_machines(pages, front)
    _for_people(pages, desk, front, towns)
    _of_places(pages, desk, (static / "index.html").read_text(encoding="utf-8"))
    return pages


def _file(path: str, text: str) -> Any:
    kind = "text/css" if path.endswith(".css") else "text/javascript"
    headers = {**_A_WHILE, "ETag": f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'}

    def file(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(text, media_type=kind, headers=headers)

    return file


def _shown(desk: Desk, town: Municipality) -> Mapping[str, object]:
    return {
        "name": town.name,
        "place": town.place,
        "colour": town.colour or None,
        "logo": f"/{town.slug}/logo" if town.logo else None,
        "hours": town.hours or None,
        "open_now": desk.open_now(town.hours or None),
        "exit": town.exit or None,
    }


def _of_municipalities(pages: APIRouter, static: Path, towns: Mapping[str, Municipality]) -> None:
    whole = (static / "index.html").read_text(encoding="utf-8")

    def page(town: Municipality) -> Any:
        text = whole.replace(" data-page>", f' data-page data-municipality="{town.slug}">')
        return lambda: HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    def logo(town: Municipality) -> Any:
        def found() -> FileResponse:
            if town.logo is None:
                raise HTTPException(404, {"what": f"{town.name} has no logo", "where": town.slug, "todo": "go without"})
            # A drawing that is opened by itself may run nothing.
            strict = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", **_A_WHILE}
            return FileResponse(town.logo, media_type=town.logo_type, headers=strict)

        return found

    for slug, town in towns.items():
        pages.add_api_route(f"/{slug}", page(town), include_in_schema=False)
        pages.add_api_route(f"/{slug}/logo", logo(town), include_in_schema=False)


def _of_places(pages: APIRouter, desk: Desk, whole: str) -> None:
    @pages.get("/{place}", include_in_schema=False)
    def of_place(place: str) -> HTMLResponse:
        known = desk.place(place)
        if known is None:
            raise HTTPException(404, {"what": "there is no such page", "where": f"/{place}", "todo": "begin at /"})
        text = whole.replace(" data-page>", f' data-page data-place="{known}">')
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


def _for_machines(pages: APIRouter, front: Front) -> None:
    @pages.get("/sitemap.xml", include_in_schema=False)
    def sitemap(request: Request) -> StreamingResponse:
        return StreamingResponse(front.sitemap(request), media_type="application/xml")

    @pages.get("/robots.txt", include_in_schema=False)
    def robots(request: Request) -> PlainTextResponse:
        return PlainTextResponse(front.robots(request))


def _for_people(pages: APIRouter, desk: Desk, front: Front, towns: Mapping[str, Municipality]) -> None:
    register_url_convertor("tag", _Tag())

    @pages.get("/{locale:tag}", include_in_schema=False)
    def start(request: Request, locale: str, q: str = "") -> Response:
        return front.start(request, locale, q) if locale in desk.locales() else front.missing(request, locale)

    statement.add(pages, desk, front, towns)

    @pages.get("/{locale:tag}/{topic}/{name}", include_in_schema=False)
    def entry(request: Request, locale: str, topic: str, name: str, place: str = "") -> Response:
        if locale not in desk.locales():
            return front.missing(request, locale)
        return front.entry(request, locale, f"{topic}/{name}", place)

    @pages.get("/{locale:tag}/{rest:path}", include_in_schema=False)
    def missing(request: Request, locale: str) -> Response:
        return front.missing(request, locale)
