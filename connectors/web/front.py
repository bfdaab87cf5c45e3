"""Draws the pages that need no JavaScript: the start in each locale, one page for each entry, and what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.assistant import MOST_CHARACTERS
from bot.desk import WIDGET, Desk
from bot.locales import LOCALES, SOURCE, chain, resolve
from bot.model import Reply
from bot.sentences import SMALL_TALK, TOPIC_TITLES, mark
from connectors.web import written

WORDS = {
    **WIDGET,
    "search": mark("Search"),
    "show": mark("Show"),
    "skip": mark("Skip to the content"),
    "none_found": mark("No entry fits. Try fewer words, or show all entries."),
    "all_entries": mark("Show all entries"),
    "missing": mark("This page does not exist"),
    "appointment": mark("Ask for an appointment"),
    "greet": SMALL_TALK["greet"],
    "ask_place": SMALL_TALK["ask_place"],
    "unknown_place": mark(
        "I know the offices of Puglia and Campania. Tell me a town there, and I show you the offices near it."
    ),
}
_HOST = re.compile(r"[\w.-]{1,253}(:\d{1,5})?|\[[\da-f:]{2,39}\](:\d{1,5})?", re.A | re.I)
EXIT = "https://www.google.com/search?q=meteo"  # the weather: what somebody may see over a shoulder
_FOUND = 8  # entries that a search shows
_LEAST = 0.02  # a candidate below this is nobody's guess
_LONG = 1500  # letters; with more an answer gets smaller type on paper, so that it stays on one sheet
_HEADERS = {"Cache-Control": "max-age=300"}
_MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'


class Front:
    """Draws pages, all of them from what is published now. `public_url` is where people find this server."""

    def __init__(self, desk: Desk, public_url: str) -> None:
        self._desk, self._public = desk, public_url
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(("html",), default=True),
                                      undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
        self._templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    # ---- pages -------------------------------------------------------------------------------------------------------

    def start(self, request: Request, tag: str, asked: str) -> HTMLResponse:
        """All topics and entries of a locale, or those found for what was asked; in danger the numbers come first."""
        asked, say = asked[:MOST_CHARACTERS].strip(), partial(self._desk.compose.phrases.get, tag)
        titles = {str(item["entry"]): str(item["title"]) for item in self._desk.entries(tag)}
        found = self._desk.search(asked, None, _FOUND, tag)[1] if asked else []
        likely = [str(item["entry"]) for item in found if float(str(item["confidence"])) >= _LEAST]
        topics = {topic: [entry for entry in titles if entry.split("/")[0] == topic] for topic in TOPIC_TITLES}
        return self._page(
            request,
            "start.html",
            tag,
            self._desk.locales(),
            asked=asked,
            urgent=self._desk.danger(asked, tag) if asked else None,
            found=likely,
            titles=titles,
            topics={topic: entries for topic, entries in topics.items() if entries},
            topic_titles={topic: say(title) for topic, title in TOPIC_TITLES.items()},
        )

    def entry(self, request: Request, tag: str, entry: str, place: str) -> HTMLResponse:
        """One entry; without the answer in this locale, the nearest one, which says so."""
        compose = self._desk.compose
        town = compose.gazetteer.get(place.strip()) if place.strip() else None
        reply = self._desk.entry(entry, tag, town.id if town else None)
        if reply is None:
            return self.missing(request, tag)
        item, say = compose.content.entries[entry], partial(compose.phrases.get, tag)
        tags = self._tags(entry)
        own = f"{self._base(request)}/{reply.locale}/{entry}"
        query = f"?{urlencode({'place': town.id})}" if town else ""
        regions = item.applies_to or tuple(sorted({service.region for service in compose.content.services}))
        return self._page(
            request,
            "entry.html",
            tag,
            tags,
            f"/{entry}",
            reply=reply,
            text=LOCALES[reply.locale],
            address=own,
            paper=own + query,
            query=query,
            topic=(item.topic, say(TOPIC_TITLES[item.topic])),
            notices=[notice for notice in reply.notices if notice != say(WORDS["ask_place"])],
            helped=bool(compose.services(item, tag, town)),
            place=(town.name if town else place[:80]),
            unknown_place=bool(place.strip()) and town is None,
            related=[(other, compose.title(other, tag)) for other in item.related if other in compose.content.entries],
            data=list(written.linked_data(reply, item, own, tuple(region.title() for region in regions))),
            dense=_letters(reply) > _LONG,
            asked=request.query_params,
        )

    def typed_page(self, request: Request, template: str, tag: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page of another module, in all locales that have answers; never kept by browsers: it may show what was typed."""
        path = f"/{template.removesuffix('.html')}"
        response = self._page(request, template, tag, self._desk.locales(), path, status, **context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def page(
        self, request: Request, template: str, tag: str, path: str, words: Mapping[str, str], **context: Any
    ) -> HTMLResponse:
        """A page of another module that every locale has: `words` are its own sentences, `more` in the template."""
        more = {name: self._desk.compose.phrases.get(tag, message) for name, message in words.items()}
        return self._page(request, template, tag, self._desk.locales(), path, more=more, **context)

    def missing(self, request: Request, tag: str | None = None) -> HTMLResponse:
        """The page for an address that is not there, in the reader's language."""
        offered = self._desk.locales()
        wanted = [tag, *_accepted(request.headers.get("accept-language", "")), SOURCE]
        near = next(tag for tag in wanted if tag is not None)
        return self._page(request, "missing.html", (*chain(near, offered), SOURCE)[0], offered, status=404)

    def _page(
        self,
        request: Request,
        template: str,
        tag: str,
        tags: tuple[str, ...],
        path: str = "",
        status: int = 200,
        **context: Any,
    ) -> HTMLResponse:
        """A page from a template. `tags` are the locales in which the same page is there."""
        phrases = self._desk.compose.phrases
        text = self._templates.get_template(template).render(
            words={name: phrases.get(tag, message) for name, message in WORDS.items()}, locale=LOCALES[tag], locales=LOCALES, exit=EXIT,
            tags=tags, path=path, base=self._base(request), written=written, appointments=self._desk.handoff is not None,
            **context)  # fmt: skip
        return HTMLResponse(text, status, headers=_HEADERS if status == 200 else None)

    # ---- for machines ------------------------------------------------------------------------------------------------

    def sitemap(self, request: Request) -> Iterator[str]:
        """Every page with its other locales, in pieces: all of it is several megabytes."""
        base = escape(self._base(request), {'"': "&quot;"})
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_MAP}>\n'
        yield _mapped(base, "", self._desk.locales())
        for entry in self._desk.compose.content.entries:
            yield _mapped(base, f"/{entry}", self._tags(entry))
        yield "</urlset>\n"

    def robots(self, request: Request) -> str:
        """What crawlers may read, and where the sitemap is."""
        kept = "".join(f"Disallow: {path}\n" for path in ("/api/", "/console", "/metrics", "/webhooks/", "/*?q="))
        return f"User-agent: *\n{kept}\nSitemap: {self._base(request)}/sitemap.xml\n"

    def _tags(self, entry: str) -> tuple[str, ...]:
        answers = self._desk.compose.content.answers
        return tuple(tag for tag in LOCALES if (entry, tag) in answers)

    def _base(self, request: Request) -> str:
        """Where people find this server. Without the setting a browser says it: then only a plain host is believed."""
        if self._public:
            return self._public
        if not _HOST.fullmatch(request.url.netloc):
            detail = {"what": "this is no host", "where": "Host", "todo": "ask under the server's own name"}
            raise HTTPException(400, detail)
        return f"{request.url.scheme}://{request.url.netloc}"


def _mapped(base: str, path: str, tags: tuple[str, ...]) -> str:
    others = "".join(f'<xhtml:link rel="alternate" hreflang="{tag}" href="{base}/{tag}{path}"/>' for tag in tags)
    return "".join(f"<url><loc>{base}/{tag}{path}</loc>{others}</url>\n" for tag in tags)


def _letters(reply: Reply) -> int:
    """How much there is to print. Sections are what makes a sheet long."""
    sections: tuple[Mapping[str, object], ...] = reply.sections
    return len(reply.text) + sum(len(str(section["text"])) for section in sections)


def _accepted(header: str) -> list[str]:
    """Our locales in an Accept-Language header, in its order."""
    found = (resolve(part.split(";")[0].strip()) for part in header.split(",")[:20])
    return [tag for tag in found if tag]
