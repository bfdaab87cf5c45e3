"""The guide for mediators: docs/guide.<locale>.md as a page."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from markupsafe import Markup

from connectors.console import words, words_translation
from connectors.console.front import Front, Refused

_LOCALES = ("it", "en")


def add(console: APIRouter, front: Front, root: Path) -> None:
    """Adds the guide and its pictures."""
    folder = root / "docs"

    @console.get("/guide")
    def guide(request: Request) -> Response:
        account = front.reader(request)
        locale = "it" if front.locale(request) == "it" else "en"
        path = folder / f"guide.{locale}.md"
        if not path.exists():
            raise Refused(404, words_translation.GUIDE, words_translation.NO_GUIDE)
        return front.page(
            request, "guide.html", account, text_locale=locale, guide=_page(path, path.stat().st_mtime_ns)
        )

    @console.get("/guide/{name}.png")
    def picture(request: Request, name: str) -> Response:
        front.reader(request)
        # Only what the folder itself lists: a name cannot lead out of it.
        found = next((path for path in (folder / "guide").glob("*.png") if path.stem == name), None)
        if found is None:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        return FileResponse(found, headers={"Cache-Control": "max-age=300"})


@lru_cache(maxsize=len(_LOCALES))
def _page(path: Path, _: int) -> Markup:
    """The file as HTML. Its own HTML is not passed on, and its pictures stand below /console."""
    from markdown_it import MarkdownIt

    text = path.read_text(encoding="utf-8").partition("\n")[2]  # the page has a heading of its own
    # Safe: made by the library from a file of the program, with HTML switched off.
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text).replace('src="guide/', 'src="/console/guide/'))
