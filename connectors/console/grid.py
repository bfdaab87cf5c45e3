"""Entries and languages at a glance: what is missing, out of date, not confirmed, confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot.compose import Composer
from bot.locales import LOCALES, SOURCE
from bot.model import TOPICS
from connectors.console import words, words_translation
from connectors.console.catalogue import Filters, state
from connectors.console.front import HOME, Front

TO_DO = ("missing", "stale")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with its state in each locale."""

    entry: str
    title: str
    states: Mapping[str, str]

    @property
    def topic(self) -> str:
        """The entry's topic."""
        return self.entry.split("/")[0]

    @property
    def work(self) -> int:
        """In how many locales there is something to do."""
        return sum(state in TO_DO for state in self.states.values())


def lines(compose: Composer, reader: str, wanted: Filters) -> list[Line]:
    """The lines that fit. A state counts in the chosen locale (the one that a small screen has room for), or in any when
    none is chosen."""
    content = compose.content
    found = []
    for entry in sorted(content.entries.values(), key=lambda entry: TOPICS.index(entry.topic)):
        if wanted.topic in ("", entry.topic):
            states = {tag: state(content, entry.id, tag) for tag in LOCALES}
            if wanted.state in ("", states[wanted.locale]) if wanted.locale else wanted.state in ("", *states.values()):
                found.append(Line(entry.id, compose.title(entry.id, reader), states))
    return sorted(found, key=lambda line: -line.work) if wanted.sort == "work" else found


def add(console: APIRouter, front: Front) -> None:
    """Adds /console/translations."""

    @console.get("/translations")
    def grid(request: Request, topic: str = "", locale: str = "", state: str = "", sort: str = "") -> Response:
        account = front.reader(request)
        wanted = Filters("", topic if topic in TOPICS else "", locale if locale in LOCALES else "",
                         state if state in words.STATES else "", sort=sort if sort in words_translation.SORTS else "topic")  # fmt: skip
        found = lines(front.desk.compose, front.locale(request), wanted)
        todo = {tag: sum(line.states[tag] in TO_DO for line in found) for tag in LOCALES}
        tags = sorted(LOCALES, key=lambda tag: -todo[tag]) if wanted.sort == "work" else list(LOCALES)
        own = front.locale(request)
        return front.page(
            request, "grid.html", account, lines=found, wanted=wanted, tags=tags, todo=todo, home=HOME,
            shown=wanted.locale or (own if own != SOURCE else next(tag for tag in tags if tag != SOURCE)),
            counts={tag: Counter(line.states[tag] for line in found) for tag in tags},
        )  # fmt: skip
