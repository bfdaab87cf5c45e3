"""Printed pages: every entry fits on one sheet of A4, its longest in Italian and Arabic too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.model import Answer, Content
from tests.conftest import ROOT
from tests.widget.house import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_MOST, _TAGS = 8, ("it", "ar")
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def _length(answer: Answer) -> int:
    return len(answer.answer) + sum(map(len, answer.sections.values()))


def _longest(said: Content) -> dict[str, list[str]]:
    """The entries with most to print, by locale."""
    return {
        tag: sorted((entry for entry, locale in said.answers if locale == tag), key=lambda entry: -_length(said.answers[entry, tag]))[:_MOST]
        for tag in _TAGS
    }  # fmt: skip


@pytest.fixture(scope="module")
def real(written: Content) -> Content:
    """The desk's own content in two locales, without the utterances, which no page shows."""
    answers = {key: each for key, each in written.answers.items() if key[1] in _TAGS}
    return replace(written, answers=answers, examples=())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, real: Content) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("paper"), real, ROOT / "translations") as address:
        yield address


@pytest.mark.parametrize("tag", _TAGS)
def test_the_longest_entries_print_on_one_sheet_with_offices_and_sources(
    browser: Browser, base: str, real: Content, tag: str
) -> None:
    page = browser.new_page()
    try:
        sheets = {}
        for entry in _longest(real)[tag]:
            page.goto(f"{base}/{tag}/{entry}?place=foggia")
            assert page.locator(".qr").count() == 1
            sheets[entry] = len(_PAGE.findall(page.pdf(format="A4", prefer_css_page_size=True)))
        assert len(sheets) == _MOST and set(sheets.values()) == {1}, sheets
        page.locator("main").evaluate("node => { for (let at = 0; at < 3; at++) node.append(node.cloneNode(true)); }")
        assert len(_PAGE.findall(page.pdf(format="A4"))) > 1  # a second sheet would be counted
    finally:
        page.close()
