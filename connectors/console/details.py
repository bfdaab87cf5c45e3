"""What is the same in every language of an entry: its sources, risk, review, related entries and offices; new entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import OWN, Copies, Gone, WorkingCopy, own_copy
from bot.locales import SOURCE
from bot.model import RISKS, TOPICS, BussolaError, Entry, Source
from bot.store import Conflict, SqlStore
from connectors.console import words
from connectors.console.answers import Subject, number, subject, writer
from connectors.console.front import HOME, Account, Form, Front, form
from connectors.console.looking import OWN_PATH, today

PATH = "/entries/{topic}/{name}/details"
_EMPTY_SOURCES = 2  # empty lines for more sources
_WEB = re.compile(r"https?://[^\s<>\"]{3,400}")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EMPTY = dict.fromkeys(("topic", "name", "title", "answer", "url", "page", "risk"), "")
_REVIEW_AFTER = timedelta(days=180)


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page of an entry's details, and the page that begins an entry."""
    details, beginning = _Details(front, store, copies), _Beginning(front, copies)

    @console.get(PATH)
    def edit(request: Request, topic: str, name: str) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, SOURCE, copies)
        return details.page(request, account, about, details.entry(about, account.name))

    @console.post(PATH)
    def keep(request: Request, topic: str, name: str, posted: Annotated[Form, Depends(form)]) -> Response:
        about = subject(front.desk, topic, name, SOURCE, copies)
        account = writer(front, request, posted, about, "publish" if "url" in posted else "", own=True)
        return (
            details.checked(about, account, posted)
            if "url" in posted
            else details.keep(request, account, about, posted)
        )

    @console.get("/new")
    def begin(request: Request, text: str = "") -> Response:
        return beginning.page(request, front.reader(request), {"title": text[:80]})

    @console.post("/new")
    def begun(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return beginning.begin(request, front.publisher(request, posted, "edit"), posted)


class _Details:
    def __init__(self, front: Front, store: SqlStore, copies: Copies) -> None:
        self._front, self._store, self._copies = front, store, copies

    def entry(self, about: Subject, author: str) -> Entry:
        """What the page begins with: the person's own working copy if it is up to date, else what is published."""
        own = self._copies.find(about.entry.id, OWN, author)
        return (
            own.changed_entry()
            if own and own.base_version == self._store.entry_version(about.entry.id)
            else about.entry
        )

    def page(self, request: Request, account: Account, about: Subject, entry: Entry, status: int = 200,
             faults: Mapping[str, str] | None = None, typed: Form | None = None) -> Response:  # fmt: skip
        """The form; `typed` is what stands in it instead of the entry's own data."""
        content, reader = about.compose.content, self._front.locale(request)
        rows = [{"url": item.url, "title": item.title, "published": item.published or ""} for item in entry.sources]
        rows += [{"url": "", "title": "", "published": ""}] * _EMPTY_SOURCES
        if typed is not None:
            rows = [
                {field: typed.get(f"{field}.{at}", "") for field in ("url", "title", "published")}
                for at in range(len(rows))
            ]
        account = account.on("", about.entry.applies_to)
        return self._front.page(
            request, "details.html", account, status, entry=entry, title=about.title(reader), rows=rows, faults=faults or {},
            base_version=self._store.entry_version(about.entry.id), sources=about.entry.sources, published=about.published,
            who=self._copies.checks(about.entry.id), today=today(), risk=(typed or {}).get("risk", entry.risk),
            review_by=(typed or {}).get("review_by", entry.review_by.isoformat()), back=about.address,
            titles={name: about.compose.title(name, reader) for name in content.entries if name != entry.id},
            kinds=sorted({service.type for service in content.services} | set(entry.services)),
        )  # fmt: skip

    def checked(self, about: Subject, account: Account, posted: Form) -> Response:
        try:
            self._copies.check_source(about.entry.id, posted["url"], account.name, today())
        except Gone:
            return self._front.go(f"{HOME}/entries/{about.entry.id}/details", done="unchanged")
        return self._front.go(f"{HOME}/entries/{about.entry.id}/details", done="checked")

    def keep(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        old = self.entry(about, account.name)
        entry, faults = _changed(old, posted, about.compose.content.entries.keys())
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        if faults:
            said = {name: say(locale, sentence) for name, sentence in faults.items()}
            return self.page(request, account, about, old, 422, said, posted)
        address, base = f"{HOME}/entries/{entry.id}", number(posted, "base_version")
        if about.published and entry == about.entry:
            return self._front.go(f"{address}/details", done="unchanged")
        # What somebody may write but not publish here waits for a colleague, as a high risk does.
        if "high" in (entry.risk, about.entry.risk) or not about.published or not account.may_publish:
            own = self._copies.find(entry.id, OWN, account.name)
            self._copies.save(own_copy(entry, account.name, base, number=own.number if own else 0))
            go = f"{address}/{OWN_PATH}/look" if about.published else f"{address}/{SOURCE}"
            return self._front.go(go, done="saved")
        try:
            self._store.publish_entry(entry, account.name, base)
        except Conflict:
            return self.page(request, account, about, entry, 409, {"": say(locale, words.CHANGED_SINCE)}, posted)
        return self._front.go(f"{address}/details", done="published")


def _changed(old: Entry, posted: Form, known: object) -> tuple[Entry, dict[str, str]]:
    """The entry that a form describes, and what is wrong with it: sentences by field."""
    faults: dict[str, str] = {}
    sources, at = [], 0
    before = {source.url: source for source in old.sources}
    while f"url.{at}" in posted:
        url, title, day = (posted.get(f"{field}.{at}", "").strip() for field in ("url", "title", "published"))
        if url or title:
            if not _WEB.fullmatch(url) or not title:
                faults[f"url.{at}"] = words.SOURCE_WRONG
            if day and not _DATE.fullmatch(day):
                faults[f"published.{at}"] = words.DATE_WRONG
            # A source that is the same page keeps the day on which it was checked.
            checked = before[url].checked if url in before else None
            sources.append(Source(url, title[:300], day or None, checked))
        at += 1
    if not sources:
        faults.setdefault("url.0", words.SOURCE_MISSING)
    review = old.review_by
    try:
        review = date.fromisoformat(posted.get("review_by", ""))
    except ValueError:
        faults["review_by"] = words.DATE_WRONG
    risk = posted.get("risk", "")
    related = tuple(name.removeprefix("related.") for name in posted if name.startswith("related."))
    services = tuple(name.removeprefix("service.") for name in posted if name.startswith("service."))
    kept = tuple(name for name in old.related if name in related)
    entry = replace(
        old,
        risk=risk if risk in RISKS else old.risk,
        review_by=review,
        related=(*kept, *(name for name in related if name not in kept)),
        services=(
            *(name for name in old.services if name in services),
            *(name for name in services if name not in old.services),
        ),
        sources=tuple(sources),
    )
    return entry, faults


class _Beginning:
    def __init__(self, front: Front, copies: Copies) -> None:
        self._front, self._copies = front, copies

    def page(self, request: Request, account: Account, typed: Form, status: int = 200,
             faults: Mapping[str, str] | None = None) -> Response:  # fmt: skip
        """The form of a new entry with what was typed so far."""
        return self._front.page(request, "new.html", account, status, typed={**_EMPTY, **typed}, faults=faults or {})

    def begin(self, request: Request, account: Account, posted: Form) -> Response:
        desk, locale = self._front.desk, self._front.locale(request)
        topic, name = posted.get("topic", ""), posted.get("name", "").strip()
        title, answer = posted.get("title", "").strip(), posted.get("answer", "").strip()
        url, page = posted.get("url", "").strip(), posted.get("page", "").strip()
        faults: dict[str, str] = {}
        if topic not in TOPICS or not _NAME.fullmatch(name) or len(name) > 60:
            faults["name"] = words.NEW_ID_WRONG
        elif f"{topic}/{name}" in desk.compose.content.entries or self._copies.begun(f"{topic}/{name}"):
            faults["name"] = words.NEW_ID_TAKEN
        if not _WEB.fullmatch(url) or not page:
            faults["url"] = words.SOURCE_WRONG
        if faults:
            said = {field: desk.compose.phrases.get(locale, sentence) for field, sentence in faults.items()}
            return self.page(request, account, posted, 422, said)
        risk = posted.get("risk", "")
        entry = Entry(
            f"{topic}/{name}",
            risk if risk in RISKS else "medium",
            today() + _REVIEW_AFTER,
            sources=(Source(url, page[:300]),),
        )
        try:
            self._copies.save(own_copy(entry, account.name, 0))
            self._copies.save(WorkingCopy(entry.id, SOURCE, account.name, {"title": title, "answer": answer}, 0))
        except BussolaError:
            return self.page(
                request, account, posted, 409, {"name": desk.compose.phrases.get(locale, words.NEW_ID_TAKEN)}
            )
        return self._front.go(f"{HOME}/entries/{entry.id}/{SOURCE}", done="saved")
