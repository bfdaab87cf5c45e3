"""What a translator must know of each field: whether the Italian has changed since, how, and one click to say "still right"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, Elsewhere, SecondPerson
from bot.locales import SOURCE
from bot.store import Conflict, SqlStore
from bot.translating import Translations
from connectors.console import words, words_translation
from connectors.console.difference import Piece, difference
from connectors.console.front import HOME, Form, Front, Refused, form


@dataclass(frozen=True, slots=True)
class Beside:
    """A field beside its Italian: its state, and for a changed one the Italian then and now (None: then is not known)."""

    state: str
    changes: tuple[Piece, ...] | None = None


def beside(translations: Translations, entry: str, locale: str) -> Mapping[str, Beside]:
    """Every field of a translation; nothing for Italian itself."""
    translation = translations.one(entry, locale) if locale != SOURCE else None
    if translation is None:
        return {}
    then = translations.italian_then(translation)
    return {
        field: Beside(state, difference(then[field], translation.italian.get(field, "")) if field in then else None)
        for field, state in translation.states().items()
    }


def add(console: APIRouter, front: Front, store: SqlStore) -> None:
    """Adds the one click; of a high-risk text a second person must say so as well."""
    translations, copies = Translations(store), Copies(store)

    @console.post("/entries/{topic}/{name}/{locale}/still-right")
    def still_right(
        request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]
    ) -> Response:
        entry = front.desk.compose.content.entries.get(f"{topic}/{name}")
        account = front.publisher(request, posted, locale=locale, applies_to=entry.applies_to if entry else ())
        translation = translations.one(f"{topic}/{name}", locale) if locale != SOURCE else None
        if translation is None or not translation.texts:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        versions = [posted.get(field, "") for field in ("base_version", "italian_version")]
        if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in versions):
            raise Refused(403, words.REFUSED, words.CSRF)
        if translation.version != int(versions[0]):
            raise Refused(409, words.TROUBLE, words_translation.MOVED)
        try:
            translations.still_right(translation, int(versions[1]), account.name, words_translation.STILL_RIGHT_NOTE)
        except SecondPerson:
            answer, seen = translations.unchanged(translation, int(versions[1]))
            try:
                copies.propose(answer, account.name, words_translation.STILL_RIGHT_NOTE, seen)
            except Elsewhere:
                raise Refused(409, words.TROUBLE, words.OWN_COPY_FIRST) from None
            return front.go(f"{HOME}/reviews", done="sent")
        except Conflict as conflict:
            raise Refused(409, words.TROUBLE, words_translation.MOVED) from conflict
        return front.go(f"{HOME}/entries/{topic}/{name}/{locale}", done="still_right")
