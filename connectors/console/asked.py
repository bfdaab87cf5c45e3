"""Questions that were asked in vain: by meaning, across languages; one click makes them utterances of an entry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies
from bot.locales import LOCALES
from bot.model import Example
from bot.store import SqlStore
from bot.unanswered import Asked, Group, Unanswered, groups
from connectors.console import words
from connectors.console.front import HOME, Account, Form, Front, Refused, form

PATH = "/questions"
_GROUPS, _SUGGESTED = 30, 3


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page of questions asked in vain."""
    page = _Questions(front, Unanswered(store))

    @console.get(PATH)
    def questions(request: Request) -> Response:
        return page.page(request, front.reader(request))

    @console.post(PATH)
    def act(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return page.act(request, front.publisher(request, posted, "edit"), posted)


class _Questions:
    def __init__(self, front: Front, unanswered: Unanswered) -> None:
        self._front, self._unanswered = front, unanswered

    def page(self, request: Request, account: Account, status: int = 200, trouble: str = "") -> Response:
        """The groups, the largest first, with the entries that they may belong to."""
        asked, count = self._unanswered.newest(account.concerned)
        found = groups(asked, self._front.desk.vectors)
        compose, reader = self._front.desk.compose, self._front.locale(request)
        return self._front.page(
            request, "questions.html", account, status, groups=found[:_GROUPS], count=count, shown=len(asked), all_groups=len(found),
            suggested=lambda group: self._suggested(group, reader), trouble=trouble,
            titles={name: compose.title(name, reader) for name in compose.content.entries},
            place_name=lambda place: compose.gazetteer.by_id[place].name if place in compose.gazetteer.by_id else place,
        )  # fmt: skip

    def _suggested(self, group: Group, reader: str) -> list[tuple[str, str]]:
        """The entries that a group may belong to, the likeliest first, with their titles."""
        first, compose = group.questions[0], self._front.desk.compose
        _, candidates = self._front.desk.search(first.text, first.locale, _SUGGESTED)
        return [(str(item["entry"]), compose.title(str(item["entry"]), reader)) for item in candidates]

    def act(self, request: Request, account: Account, posted: Form) -> Response:
        ids = [
            int(part)
            for part in posted.get("ids", "").split(",")
            if part.isascii() and part.isdigit() and len(part) < 18
        ]
        asked, _ = self._unanswered.newest()
        found: list[Asked] = [item for item in asked if item.id in ids]
        if not found:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        # Of a group in many languages, whoever looks after some of them settles those.
        chosen = [
            item for item in found if account.may("edit", item.locale) and account.concerned(item.locale, item.place)
        ]
        if not chosen:
            raise Refused(403, words.REFUSED, words.NOT_HERE)
        ids = [item.id for item in chosen]
        if "forget" in posted:
            self._unanswered.forget(ids, account.name)
            return self._front.go(HOME + PATH, done="forgotten")
        entry = posted.get("entry", "") or posted.get("other", "")
        if entry not in self._front.desk.compose.content.entries:
            return self.page(request, account, 422, words.CHOOSE_ENTRY)
        for item in chosen:
            self._front.allow(account, "edit", item.locale, self._front.desk.compose.content.entries[entry].applies_to)
        examples = [
            Example(entry, item.locale, item.text)
            for item in chosen
            if item.locale in LOCALES and any(letter.isalpha() for letter in item.text)
        ]
        self._unanswered.add(examples, account.name, ids)
        return self._front.go(HOME + PATH, done="added")
