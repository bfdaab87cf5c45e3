"""Replies as Telegram messages: size, escaping, rows and payloads, without any network."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from bot.compose import Composer
from bot.model import Button, Entry, Reply
from connectors.telegram_render import is_menu, messages, packed, rows, unpacked
from tests.telegram.desks import ODD, PERMIT, Desks


def _say(message: str, **values: str) -> str:
    return message.format(**values)


def _plain(html: str) -> str:
    return unescape(re.sub(r"</?(?:b|i|a)(?: [^>]*)?>", "", html))


@pytest.fixture
def desks() -> Desks:
    return Desks()


@pytest.mark.parametrize("text", ["&" * 5000, "字" * 9000, "😀" * 3000, "a b\n" * 3000, "<" * 4001])
def test_every_text_fits_whatever_it_is_made_of(text: str) -> None:
    sent = messages(Reply("answer", text, "en", "ltr", title="T" * 5000), _say)
    assert all(0 < len(message.text.encode("utf-16-le")) // 2 < 4096 for message in sent)
    assert re.sub(r"\s", "", "".join(_plain(message.text) for message in sent)).endswith(re.sub(r"\s", "", text))


def test_signs_of_html_are_escaped_everywhere(desks: Desks) -> None:
    reply = replace(
        desks.desk.compose.answer(ODD, "en"),
        notices=("<i>&",),
        sources=({"url": "javascript:alert(1)", "title": "<x>"},),
    )
    text = messages(reply, _say)[0].text
    assert text.startswith(
        "<b>Signs &lt; &amp; &gt;</b>\nIf 1 &lt; 2 &amp; 3 &gt; 2, write &quot;yes&quot; &lt;b&gt;now&lt;/b&gt;."
    )
    assert "<i>&lt;i&gt;&amp;</i>" in text
    assert "&lt;x&gt; (date of the page unknown)" in text and "javascript" not in text


def test_short_titles_share_a_row_and_long_ones_do_not() -> None:
    buttons = [
        Button(title, title)
        for title in ("Italiano", "English", "Français", "Español", "A title that is rather long", "Yes", "No")
    ]
    assert [[button.title for button in row] for row in rows(buttons)] == [
        ["Italiano", "English", "Français"], ["Español"], ["A title that is rather long"], ["Yes", "No"]]  # fmt: skip


def test_payloads_that_telegram_cannot_carry_are_found_again(desks: Desks) -> None:
    content = desks.store.content()
    long = f"legal/{'x' * 70}"
    content = replace(content, entries={**content.entries, long: Entry(long, "low", date(2027, 1, 1))})
    for payload in (f"/entry {long}", f"/section {long} good_to_know", "/locale fr", f"/entry {PERMIT}"):
        assert len(packed(payload).encode()) <= 64
        assert unpacked(packed(payload), content) == payload
    assert packed("/locale fr") == "/locale fr"
    assert unpacked("#unknown", content) == "#unknown"


def test_only_menus_may_be_replaced(desks: Desks) -> None:
    compose: Composer = desks.desk.compose
    bari = compose.gazetteer.by_id["bari"]
    menus = [
        compose.small_talk("greet", "en"),
        compose.topic("legal", "en"),
        compose.small_talk("change_language", "en"),
    ]
    kept = [
        compose.answer(PERMIT, "en"),
        compose.emergency("fire", "en"),
        compose.handoff("en", bari, True),
        compose.place_set(bari, "en"),
    ]

    def menu(reply: Reply) -> bool:
        return is_menu(button.payload for row in messages(reply, _say)[-1].rows for button in row)

    assert [menu(reply) for reply in (*menus, *kept)] == [True] * 3 + [False] * 4
