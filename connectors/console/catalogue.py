"""The list of entries: search, filters, and the state of each answer in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request, Response

from bot.compose import ROME, Composer
from bot.locales import LOCALES, SOURCE
from bot.model import RISKS, TOPICS, Content, Entry
from bot.owners import Owners
from bot.store import SqlStore
from bot.text import normal
from connectors.console import words, words_translation
from connectors.console.front import Front

NOBODY = "?"  # no account can have this name


@dataclass(frozen=True, slots=True)
class Filters:
    """What a mediator is looking for, in the list and in the grid; empty means everything. `owner` is an account, or NOBODY."""

    q: str = ""
    topic: str = ""
    locale: str = ""
    state: str = ""
    risk: str = ""
    age: str = ""
    owner: str = ""
    sort: str = "topic"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the list. `states` maps a state to the locales that are in it."""

    entry: Entry
    title: str
    states: Mapping[str, Sequence[str]]
    overdue: bool
    owner: str = ""


def state(content: Content, entry: str, locale: str) -> str:
    """unconfirmed, confirmed, stale, or missing when nothing is written in this locale."""
    answer = content.answers.get((entry, locale))
    return answer.state if answer else "missing"


def rows(
    compose: Composer, reader: str, filters: Filters, today: date, owners: Mapping[str, str]
) -> dict[str, list[Row]]:
    """The entries that fit, by topic; `owners` has who looks after each. With a locale only that one counts;
    otherwise those in which something is written."""
    content = compose.content
    locales = (filters.locale,) if filters.locale else tuple(tag for tag in LOCALES if tag in compose.locales)
    found: dict[str, list[Row]] = {}
    for topic in TOPICS:
        for entry in content.entries.values():
            if entry.topic != topic or filters.topic not in ("", topic) or filters.risk not in ("", entry.risk):
                continue
            owner = owners.get(entry.id, "")
            if filters.owner not in ("", owner or NOBODY):
                continue
            if not _fits(content, entry.id, filters) or not _old_enough(content, entry, filters, today):
                continue
            states: dict[str, list[str]] = {}
            for locale in locales:
                states.setdefault(state(content, entry.id, locale), []).append(locale)
            if filters.state in ("", *states):
                shown = {name: states[name] for name in words.STATES if name in states}
                title = compose.title(entry.id, filters.locale or reader)
                found.setdefault(topic, []).append(Row(entry, title, shown, entry.review_by < today, owner))
    return found


def _fits(content: Content, entry: str, filters: Filters) -> bool:
    """Whether all words stand in the id, the titles or the answers (of one locale when it is chosen)."""
    wanted = normal(filters.q).split()
    if not wanted:
        return True
    texts = [f"{answer.title} {answer.answer}" for (name, locale), answer in content.answers.items()
             if name == entry and filters.locale in ("", locale)]  # fmt: skip
    text = normal(" ".join([entry, *texts]))
    return all(word in text for word in wanted)


def _old_enough(content: Content, entry: Entry, filters: Filters, today: date) -> bool:
    """Whether the review is due, or the answer (the Italian one, unless a locale is chosen) was not confirmed for so long."""
    if filters.age in ("", "overdue"):
        return not filters.age or entry.review_by < today
    answer = content.answers.get((entry.id, filters.locale or SOURCE))
    confirmed = answer.confirmed_on if answer else None
    return confirmed is None or confirmed < today - timedelta(days=int(filters.age))


def add(console: APIRouter, front: Front, store: SqlStore) -> None:
    """Adds /console/entries: the list."""
    looked_after = Owners(store)

    @console.get("/entries")
    def entries(
        request: Request,
        q: str = "",
        topic: str = "",
        locale: str = "",
        state: str = "",
        risk: str = "",
        age: str = "",
        owner: str = "",
    ) -> Response:
        account = front.reader(request)
        filters = Filters(q[:200], topic if topic in TOPICS else "", locale if locale in LOCALES else "",
                          state if state in words.STATES else "", risk if risk in RISKS else "",
                          age if age in words_translation.AGES else "", owner[:80])  # fmt: skip
        owners = looked_after.all()
        found = rows(front.desk.compose, front.locale(request), filters, datetime.now(ROME).date(), owners)
        others = sorted({*owners.values(), filters.owner} - {account.name, NOBODY, ""})
        return front.page(request, "entries.html", account, topics=found, filters=filters, filtered=filters != Filters(),
                          count=sum(map(len, found.values())), others=others, nobody=NOBODY)  # fmt: skip
