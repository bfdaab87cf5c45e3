"""The interface's words: every catalogue complete, nothing fuzzy, the same placeholders; crisis replies in every direction."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.locales import LOCALES, scripts
from bot.model import Content
from bot.phrases import Phrases
from bot.sentences import CRISIS
from bot.values import choose, fill

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "translations"
SPOKEN = tuple(sorted(path.parent.name for path in FOLDER.glob("*/bussola.po")))
_HOLES = re.compile(r"\{\w+\}")


def _messages() -> set[str]:
    found = set()
    for folder in ("bot", "connectors"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, [("**.py", "python")], keywords={"mark": None}):
            assert isinstance(message, str)
            found.add(message)
    return found


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    messages = _messages()
    assert len(messages) > 150 and len(SPOKEN) >= 13
    for tag in SPOKEN:
        with (FOLDER / tag / "bussola.po").open("rb") as file:
            catalogue = read_po(file, locale=tag)
        there = {str(message.id): message for message in catalogue if message.id}
        assert set(there) == messages, tag
        assert [name for name, message in there.items() if not message.string or message.fuzzy] == []
        wrong = [
            name
            for name, message in there.items()
            if sorted(_HOLES.findall(name)) != sorted(_HOLES.findall(str(message.string)))
        ]
        assert wrong == [], tag


def test_translations_are_in_the_right_script(written: Content) -> None:
    phrases = Phrases(FOLDER)
    assert set(phrases.locales) == {"en", *SPOKEN} == set(written.locales())
    for tag in SPOKEN:
        text = " ".join(phrases.get(tag, message) for message, _ in CRISIS.values())
        counts = scripts(_HOLES.sub("", text))
        assert max(counts, key=lambda name: counts[name]) == LOCALES[tag].script


def test_crisis_replies_are_complete_in_every_locale_with_the_same_numbers(written: Content) -> None:
    phrases = Phrases(FOLDER)
    shared = [value for values in written.values.values() for value in values]
    for kind, (message, entry) in CRISIS.items():
        assert entry in written.entries
        values = choose((*shared, *written.entries[entry].values))
        numbers = {}
        for tag in ("en", *SPOKEN):
            text = fill(phrases.get(tag, message), values, tag)
            assert "…" not in text and "{" not in text, (kind, tag)
            numbers[tag] = sorted(re.findall(r"\u2066([\d ]+)\u2069", text))
            assert numbers[tag] == numbers["en"] and numbers[tag], (kind, tag)
    assert all(
        value.amount is not None and not isinstance(value.amount, Decimal) for value in shared if value.kind == "phone"
    )
