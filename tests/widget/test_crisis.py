"""Crisis replies as people see them in languages that are written right to left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.widget.house import served, visiting
from tests.widget.test_axe import in_every_locale

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("crisis"), in_every_locale(), ROOT / "translations") as address:
        yield address


@pytest.mark.parametrize("locale", ["ar", "fa", "ps", "ur"])
def test_the_numbers_stand_whole_in_a_crisis_reply_from_right_to_left(browser: Browser, base: str, locale: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.select_option("#language", locale)
        visit.page.wait_for_selector(f"html[lang={locale}]")
        reply = visit.ask("mio marito mi picchia")
        assert reply.get_attribute("class") == "reply emergency"
        assert [reply.get_attribute("lang"), reply.get_attribute("dir")] == [locale, "rtl"]
        text = reply.inner_text()
        assert {"112", "1522"} <= set(text.split("\n")) and "{" not in text  # each number is an element of its own
