"""The pages: the full-page widget and its files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.desk import Desk
from bot.locales import LOCALES


def router(desk: Desk, static: Path) -> APIRouter:
    """`/` is the widget as a page; `/static/` holds its files; `/widget.json` what it needs in a locale."""
    pages = APIRouter()

    @pages.get("/", include_in_schema=False)
    def home() -> FileResponse:
        return FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    @pages.get("/widget.json", include_in_schema=False)
    def widget(locale: str = "en") -> JSONResponse:
        spoken = locale if locale in LOCALES else "en"
        return JSONResponse(desk.widget(spoken), headers={"Cache-Control": "max-age=300"})

    pages.mount("/static", StaticFiles(directory=static), name="static")
    return pages
