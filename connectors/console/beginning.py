"""A new entry: its name, its first text and source, and the questions asked in vain that it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, WorkingCopy, own_copy
from bot.locales import LOCALES, SOURCE
from bot.model import RISKS, TOPICS, BussolaError, Entry, Source
from bot.store import SqlStore
from bot.unanswered import Asked, Unanswered
from connectors.console import words
from connectors.console.details import WEB
from connectors.console.front import HOME, Account, Form, Front, form
from connectors.console.looking import today

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EMPTY = dict.fromkeys(("topic", "name", "title", "answer", "url", "page", "risk", "questions"), "")
_REVIEW_AFTER = timedelta(days=180)


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page that begins an entry."""
    beginning = _Beginning(front, copies, Unanswered(store))

    @console.get("/new")
    def begin(request: Request, questions: str = "") -> Response:
        return beginning.first(request, front.reader(request), questions)

    @console.post("/new")
    def begun(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return beginning.begin(request, front.publisher(request, posted, "edit"), posted)


class _Beginning:
    def __init__(self, front: Front, copies: Copies, unanswered: Unanswered) -> None:
        self._front, self._copies, self._unanswered = front, copies, unanswered

    def first(self, request: Request, account: Account, questions: str) -> Response:
        asked = self._asked(account, questions)
        title = next((item.text for item in asked if item.locale == SOURCE), "")
        ticked = {f"question.{item.id}": "1" for item in asked}
        return self.page(request, account, {"title": title[:80], "questions": questions[:6000], **ticked}, asked)

    def _asked(self, account: Account, questions: str) -> list[Asked]:
        """The questions of a list of numbers that are still there, have words, and are in this person's languages."""
        numbers = {int(part) for part in questions.split(",") if part.isascii() and part.isdigit() and len(part) < 18}
        newest = self._unanswered.newest(account.concerned)[0] if numbers else []
        return [
            item
            for item in newest
            if item.id in numbers
            and item.locale in LOCALES
            and account.may("edit", item.locale)
            and any(letter.isalpha() for letter in item.text)
        ]

    def page(self, request: Request, account: Account, typed: Form, asked: Sequence[Asked], status: int = 200,
             faults: Mapping[str, str] | None = None) -> Response:  # fmt: skip
        """The form of a new entry with what was typed so far."""
        return self._front.page(
            request, "new.html", account, status, typed={**_EMPTY, **typed}, asked=asked, faults=faults or {}
        )

    def begin(self, request: Request, account: Account, posted: Form) -> Response:
        desk, locale = self._front.desk, self._front.locale(request)
        asked = self._asked(account, posted.get("questions", ""))
        entry, faults = self._entry(posted)
        if faults:
            said = {field: desk.compose.phrases.get(locale, sentence) for field, sentence in faults.items()}
            return self.page(request, account, posted, asked, 422, said)
        texts = {"title": posted.get("title", "").strip(), "answer": posted.get("answer", "").strip()}
        chosen = [item for item in asked if f"question.{item.id}" in posted]
        try:
            self._copies.begin(
                own_copy(entry, account.name, 0),
                WorkingCopy(entry.id, SOURCE, account.name, texts, 0),
                {item.id: item.text for item in chosen},
            )
        except BussolaError:
            said = {"name": desk.compose.phrases.get(locale, words.NEW_ID_TAKEN)}
            return self.page(request, account, posted, asked, 409, said)
        return self._front.go(f"{HOME}/entries/{entry.id}/{SOURCE}", done="saved")

    def _entry(self, posted: Form) -> tuple[Entry, dict[str, str]]:
        """The entry that a form describes, and what is wrong with it: sentences by field."""
        topic, name = posted.get("topic", ""), posted.get("name", "").strip()
        url, page = posted.get("url", "").strip(), posted.get("page", "").strip()
        faults: dict[str, str] = {}
        if topic not in TOPICS or not _NAME.fullmatch(name) or len(name) > 60:
            faults["name"] = words.NEW_ID_WRONG
        elif f"{topic}/{name}" in self._front.desk.compose.content.entries or self._copies.begun(f"{topic}/{name}"):
            faults["name"] = words.NEW_ID_TAKEN
        if not WEB.fullmatch(url) or not page:
            faults["url"] = words.SOURCE_WRONG
        risk = posted.get("risk", "")
        return Entry(
            f"{topic}/{name}",
            risk if risk in RISKS else "medium",
            today() + _REVIEW_AFTER,
            sources=(Source(url, page[:300]),),
        ), faults
