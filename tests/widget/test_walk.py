"""One person's way through the desk, on a phone and on a screen, in languages of four scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bot.locales import LOCALES
from bot.phrases import Phrases
from bot.sentences import SECTION_TITLES, SMALL_TALK
from tests.conftest import ROOT
from tests.small import COST, RENEW
from tests.widget.house import ASKED, served, text, visiting
from tests.widget.test_axe import in_every_locale

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_PHRASES = Phrases(ROOT / "translations")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("walk"), in_every_locale(), ROOT / "translations") as address:
        yield address


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("locale", ["it", "ar", "bn", "zh"])
def test_from_the_choice_of_a_language_to_starting_again(browser: Browser, base: str, locale: str, width: int) -> None:
    with visiting(browser, base, "?place=Foggia", "en-GB", viewport={"width": width, "height": 760}) as visit:
        page = visit.page

        def fits() -> bool:
            return bool(page.evaluate("document.documentElement.scrollWidth") == width)

        page.select_option("#language", label=LOCALES[locale].name)
        page.wait_for_selector(f"html[lang={locale}][dir={LOCALES[locale].dir}]")
        assert fits()

        page.locator("#topics button").nth(1).click()
        page.wait_for_selector(".reply .entries button")
        visit.reply(0).locator(".entries button").nth(1).click()
        opened = visit.reply(1)
        assert [opened.get_attribute("lang"), opened.get_attribute("dir")] == [locale, LOCALES[locale].dir]

        answer = visit.ask(ASKED)
        assert answer.get_attribute("class") == "reply answer" and answer.get_attribute("lang") == locale
        assert answer.locator("h2").inner_text() == "Rinnovare il permesso"
        section = answer.locator("details").first
        assert text(section.locator("summary")) == _PHRASES.get(locale, SECTION_TITLES["documents"])
        assert not section.locator("li").is_visible()
        section.locator("summary").click()
        assert section.locator("li").inner_text() == "Copia del vecchio permesso"
        assert answer.locator(".offices h4").first.inner_text() == "Desk in Foggia"
        assert answer.locator(".offices .call").first.get_attribute("href") == "tel:0881123456"
        assert fits()

        if locale != "it":
            answer.locator(".beside [aria-expanded=false]").click()
            italian = answer.locator(".italian")
            italian.wait_for()
            assert [italian.get_attribute("lang"), italian.get_attribute("dir")] == ["it", "ltr"]
        assert answer.locator(".beside [aria-expanded]").count() == (locale != "it")

        answer.locator(".thumbs button").first.click()
        assert text(visit.reply(3).locator(".text")) == _PHRASES.get(locale, SMALL_TALK["feedback_positive"])
        assert fits()
        sent = [message.get("payload") or message["text"] for message in visit.sent]
        assert sent == ["/topic legal", f"/entry {sent[1].split()[1]}", ASKED, "/helpful yes"]
        assert sent[1] in (f"/entry {COST}", f"/entry {RENEW}")

        page.click("#again")
        assert page.locator("#home").is_visible() and page.locator("#log > *").count() == 0
        assert "bussola-session" not in visit.kept() and visit.faults == []
