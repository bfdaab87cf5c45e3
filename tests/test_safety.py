"""Danger by phrase, in every locale, without anything that was learnt."""

from __future__ import annotations

import pytest

from bot.model import Content
from bot.safety import DangerPatterns
from bot.sentences import CRISIS


def test_phrases_alone_find_much_of_the_danger_in_every_locale(written: Content) -> None:
    patterns = DangerPatterns(written.patterns)
    found = {
        locale: [
            bool(patterns.find(example.text, (locale,)))
            for example in written.examples
            if example.locale == locale and example.intent.startswith("danger.")
        ]
        for locale in written.locales()
    }
    assert len(found) == 24
    assert {locale: sum(hits) / len(hits) for locale, hits in found.items() if sum(hits) / len(hits) < 0.45} == {}


@pytest.mark.parametrize(
    ("locale", "text"),
    [("ur", "میرا شوہر مجھے مارتا ہے"), ("fa", "شوهرم مرا می\u200cزند"), ("fa", "شوهرم مرا میزند"), ("it", "mio marito mi picchia")],
)  # fmt: skip
def test_letters_that_look_alike_are_the_same_letter(written: Content, locale: str, text: str) -> None:
    assert DangerPatterns(written.patterns).find(text, (locale,)) == "partner_violence"


def test_a_hamza_or_none_is_the_same_letter(written: Content) -> None:
    """`normal` texts have none, phrases may: "the bleeding does not stop"."""
    found = DangerPatterns(written.patterns).find("گھر چ گولی کھا لئی، خون نئیں رک رہیا", ("ur",))
    assert found == "medical_emergency"


def test_a_calm_question_is_no_danger(written: Content) -> None:
    assert DangerPatterns(written.patterns).find("come rinnovo il permesso di soggiorno?", ("it",)) is None


def test_who_is_beaten_at_home_hears_how_to_hide_the_conversation_behind_every_door() -> None:
    """One text for all doors: what a web page has, Telegram has not."""
    message, _ = CRISIS["partner_violence"]
    assert "On a web page the quick exit closes it fast. On Telegram delete the chat." in message
