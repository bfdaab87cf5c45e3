"""Danger by phrase, in every locale, without anything that was learnt."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import load
from bot.model import Content
from bot.safety import DangerPatterns
from bot.sentences import CRISIS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def content() -> Content:
    return load(ROOT).content


def test_phrases_alone_find_much_of_the_danger_in_every_locale(content: Content) -> None:
    patterns = DangerPatterns(content.patterns)
    found = {
        locale: [
            bool(patterns.find(example.text, (locale,)))
            for example in content.examples
            if example.locale == locale and example.intent.startswith("danger.")
        ]
        for locale in content.locales()
    }
    assert len(found) == 24
    assert {locale: sum(hits) / len(hits) for locale, hits in found.items() if sum(hits) / len(hits) < 0.45} == {}


@pytest.mark.parametrize(
    ("locale", "text"),
    [("ur", "میرا شوہر مجھے مارتا ہے"), ("fa", "شوهرم مرا می\u200cزند"), ("fa", "شوهرم مرا میزند"), ("it", "mio marito mi picchia")],
)  # fmt: skip
def test_letters_that_look_alike_are_the_same_letter(content: Content, locale: str, text: str) -> None:
    assert DangerPatterns(content.patterns).find(text, (locale,)) == "partner_violence"


def test_a_calm_question_is_no_danger(content: Content) -> None:
    assert DangerPatterns(content.patterns).find("come rinnovo il permesso di soggiorno?", ("it",)) is None


def test_who_is_beaten_at_home_hears_how_to_hide_the_conversation_behind_every_door() -> None:
    """One text for all doors: what a web page has, Telegram has not."""
    message, _ = CRISIS["partner_violence"]
    assert "On a web page the quick exit closes it fast. On Telegram delete the chat." in message
