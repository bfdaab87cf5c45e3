"""What is the same in every language of an entry: its sources, risk, review, related entries and offices; its owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, Elsewhere, Gone
from bot.locales import SOURCE
from bot.model import RISKS, BussolaError, Entry, Source
from bot.owners import Owners
from bot.store import SqlStore
from connectors.console import words
from connectors.console.answers import Subject, number, subject, writer
from connectors.console.front import HOME, Account, Form, Front, Refused, form
from connectors.console.looking import OWN_PATH, today
from connectors.console.own_data import Clash, OwnData, Standing

PATH = "/entries/{topic}/{name}/details"
_EMPTY_SOURCES = 2  # empty lines for more sources
WEB = re.compile(r"https?://[^\s<>\"]{3,400}")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page of an entry's details."""
    details = _Details(front, store, copies)

    @console.get(PATH)
    def edit(request: Request, topic: str, name: str) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, SOURCE, copies, own=True)
        return details.first(request, account, about)

    @console.post(PATH)
    def keep(request: Request, topic: str, name: str, posted: Annotated[Form, Depends(form)]) -> Response:
        about = subject(front.desk, topic, name, SOURCE, copies, own=True)
        account = writer(front, request, posted, about, "publish" if "url" in posted else "", about.entry.applies_to)
        if "url" in posted:
            return details.checked(about, account, posted)
        if "owner" in posted and not about.shared:
            return details.owned(about, account, posted)
        return details.keep(request, account, about, posted)


class _Details:
    def __init__(self, front: Front, store: SqlStore, copies: Copies) -> None:
        self._front, self._copies = front, copies
        self._own, self._owners = OwnData(front.desk, copies), Owners(store)

    def page(self, request: Request, account: Account, about: Subject, standing: Standing, status: int = 200,
             faults: Mapping[str, str] | None = None, typed: Form | None = None, clash: Clash | None = None) -> Response:  # fmt: skip
        """The form; `typed` is what stands in it instead of the entry's own data."""
        content, reader, entry = about.compose.content, self._front.locale(request), standing.entry
        rows = [{"url": item.url, "title": item.title, "published": item.published or ""} for item in entry.sources]
        rows += [{"url": "", "title": "", "published": ""}] * _EMPTY_SOURCES
        related, services = entry.related, entry.services
        if typed is not None:
            most = max(len(rows), *(int(name[4:]) + 1 for name in typed if re.fullmatch(r"url\.\d\d?", name)), 0)
            rows = [
                {field: typed.get(f"{field}.{at}", "") for field in ("url", "title", "published")} for at in range(most)
            ]
            related, services = _ticked(typed, "related."), _ticked(typed, "service.")
        account = account.on("", about.entry.applies_to)
        return self._front.page(
            request, "details.html", account, status, entry=entry, title=about.title(reader), rows=rows, faults=faults or {},
            base_version=standing.version, number=standing.number, sources=about.entry.sources, published=about.published,
            who=self._copies.checks(about.entry.id), today=today(), risk=(typed or {}).get("risk", entry.risk),
            review_by=(typed or {}).get("review_by", entry.review_by.isoformat()), back=about.address,
            titles={name: about.compose.title(name, reader) for name in content.entries if name != entry.id},
            kinds=sorted({service.type for service in content.services} | set(services)), related=related, services=services,
            clash=clash or (self._own.clash(standing, reader) if typed is None else None),
            owner=self._owners.all().get(entry.id, ""), able=self._owners.able(), shared=about.shared, high=about.is_high,
        )  # fmt: skip

    def first(self, request: Request, account: Account, about: Subject) -> Response:
        return self.page(request, account, about, self._own.standing(about.entry, account.name))

    def checked(self, about: Subject, account: Account, posted: Form) -> Response:
        try:
            self._copies.check_source(about.entry.id, posted["url"], account.name, today())
        except Gone:
            return self._front.go(f"{HOME}/entries/{about.entry.id}/details", done="unchanged")
        return self._front.go(f"{HOME}/entries/{about.entry.id}/details", done="checked")

    def owned(self, about: Subject, account: Account, posted: Form) -> Response:
        """Who looks after the entry: no publication, as people never see it."""
        try:
            self._owners.give(about.entry.id, posted["owner"], account.name)
        except BussolaError:
            raise Refused(404, words.MISSING, words.MISSING_HELP) from None
        return self._front.go(f"{HOME}/entries/{about.entry.id}/details", done="owned")

    def keep(self, request: Request, account: Account, about: Subject, posted: Form) -> Response:
        """Keeps what was typed as a working copy, and shows what it would change for people."""
        standing = self._own.standing(about.entry, account.name)
        number(posted, "base_version")
        entry, faults = _changed(standing.entry, posted)
        say, locale = self._front.desk.compose.phrases.get, self._front.locale(request)
        if faults:
            said = {name: say(locale, sentence) for name, sentence in faults.items()}
            # Each version is still the one that was read: a change of somebody else's in between is told afterwards.
            read = replace(standing, version=int(posted["base_version"]))
            return self.page(request, account, about, read, 422, said, posted)
        clash = self._own.clash(standing, locale, posted, entry)
        if clash:
            return self.page(request, account, about, standing, 409, typed=posted, clash=clash)
        address = f"{HOME}/entries/{entry.id}"
        if about.published and entry == standing.now:
            self._own.leave(entry.id, account.name)
            return self._front.go(f"{address}/details", done="unchanged")
        try:
            self._own.keep(standing, entry, account.name)
        except Elsewhere:
            return self.page(request, account, about, standing, 409, {"": say(locale, words.ELSEWHERE)}, posted)
        return self._front.go(f"{address}/{OWN_PATH}/look" if about.published else f"{address}/{SOURCE}", done="saved")


def _ticked(posted: Form, kind: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(kind) for name in posted if name.startswith(kind))


def _changed(old: Entry, posted: Form) -> tuple[Entry, dict[str, str]]:
    """The entry that a form describes, and what is wrong with it: sentences by field."""
    faults: dict[str, str] = {}
    sources, at = [], 0
    before = {source.url: source for source in old.sources}
    while f"url.{at}" in posted:
        url, title, day = (posted.get(f"{field}.{at}", "").strip() for field in ("url", "title", "published"))
        if url or title:
            if not WEB.fullmatch(url) or not title:
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
        review = date.fromisoformat(posted.get("review_by", old.review_by.isoformat()))
    except ValueError:
        faults["review_by"] = words.DATE_WRONG
    risk = posted.get("risk", "")
    related, services = _ticked(posted, "related."), _ticked(posted, "service.")
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
