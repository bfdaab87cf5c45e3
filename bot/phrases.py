"""The interface's own words: gettext catalogues, read from the .po files as they are."""

from __future__ import annotations

import io
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.locales import LOCALES, chain


class Phrases:
    """Sentences of the interface in a locale. English is the source; a missing sentence comes from the nearest locale."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.locales = tuple(tag for tag in LOCALES if tag == "en" or (folder / tag / "bussola.po").exists())
        self._catalogues: dict[str, NullTranslations] = {}
        self._said: dict[tuple[str, str], str] = {}

    def get(self, locale: str, message: str, **values: str) -> str:
        """`message` (English, with {named} holes) in `locale`, the holes filled with `values`."""
        text = self._said.get((locale, message))
        if text is None:
            text = self._said[locale, message] = self._translated(locale, message)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _translated(self, locale: str, message: str) -> str:
        for tag in chain(locale, self.locales):
            text = self._catalogue(tag).gettext(message)
            if text != message or tag == "en":
                return text
        return message

    def _catalogue(self, tag: str) -> NullTranslations:
        if tag not in self._catalogues:
            self._catalogues[tag] = _load(self._folder / tag / "bussola.po")
        return self._catalogues[tag]


def counts(folder: Path) -> dict[str, tuple[int, int]]:
    """By locale: how many sentences of the interface are translated (fuzzy ones are not), of how many there are;
    nothing without a template."""
    if not (folder / "bussola.pot").exists():
        return {}
    with (folder / "bussola.pot").open("rb") as file:
        messages = {message.id for message in read_po(file) if message.id}
    found = {"en": (len(messages), len(messages))}
    for path in folder.glob("*/bussola.po"):
        with path.open("rb") as file:
            done = {message.id for message in read_po(file) if message.id and message.string and not message.fuzzy}
        found[path.parent.name] = (len(done & messages), len(messages))
    return found


def _load(path: Path) -> NullTranslations:
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
