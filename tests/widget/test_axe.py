"""axe-core finds nothing against WCAG 2.2 A and AA, in any language, light or dark, on any page of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.locales import LOCALES
from bot.model import Answer, Content
from tests.conftest import ROOT
from tests.small import COST, RENEW, content
from tests.widget.house import ASKED, Visit, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SLUG = "comune"


def in_every_locale() -> Content:
    """The small desk, with an answer in every locale: its Italian text, but the words around it are the locale's."""
    said = content()
    answers = {
        (entry, tag): Answer(entry, tag, was.title, was.answer, was.sections)
        for tag in LOCALES
        for entry, was in ((RENEW, said.answers[RENEW, "it"]), (COST, said.answers[COST, "it"]))
    }
    return replace(said, answers={**said.answers, **answers})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("axe")
    towns = folder / "towns.yml"
    towns.write_text(
        f'{_SLUG}:\n  name: Comune di Foggia\n  place: Foggia\n  colour: "#7a2e3a"\n  hours: Mo-Fr 09:00-12:00\n'
    )
    with served(folder, in_every_locale(), ROOT / "translations", municipalities=towns) as address:
        yield address


def _violations(visit: Visit) -> tuple[list[str], int]:
    """What axe finds wrong, and how many rules were satisfied: none would mean that it saw nothing."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(visit.page, options={"runOnly": {"type": "tag", "values": _TAGS}}).response
    wrong = [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    return wrong, len(found["passes"])


@pytest.mark.parametrize("locale", LOCALES)
def test_start_and_conversation_in_every_language(browser: Browser, base: str, locale: str) -> None:
    with visiting(browser, base, "?place=Foggia", viewport={"width": 360, "height": 740}) as visit:
        visit.page.select_option("#language", locale)
        visit.page.wait_for_selector(f"html[lang={locale}]")
        start, seen = _violations(visit)
        visit.page.fill("#question", "permesso")
        visit.page.locator("#suggestions button").first.wait_for()
        visit.ask(ASKED).locator("summary").first.click()
        if locale != "it":
            visit.page.click(".beside [aria-expanded=false]")
            visit.page.wait_for_selector(".italian")
        # As tall as everything that was said: what lies under the question field here can be scrolled out from there.
        visit.page.set_viewport_size({"width": 360, "height": 4000})
        talk, more = _violations(visit)
        assert (start, talk) == ([], [])
        assert seen >= 15 and more >= 20


@pytest.mark.parametrize(
    "path", [_SLUG, "it", "ar", f"it/{RENEW}?place=foggia", f"ar/{RENEW}", "it/accessibility", "ar/accessibility"]
)
def test_other_pages_in_the_dark(browser: Browser, base: str, path: str) -> None:
    with visiting(browser, base, _SLUG, color_scheme="dark") as visit:
        if path == _SLUG:
            visit.ask("mio marito mi picchia")
            visit.ask(ASKED)
        else:
            visit.page.goto(f"{base}/{path}")
        wrong, seen = _violations(visit)
        assert wrong == []
        assert seen >= 15


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("locale", ["it", "ar", "bn", "zh"])
def test_on_a_phone_and_on_a_screen_nothing_sticks_out(browser: Browser, base: str, locale: str, width: int) -> None:
    with visiting(browser, base, f"{_SLUG}?locale={locale}", viewport={"width": width, "height": 800}) as visit:
        page = visit.page
        assert page.get_attribute("html", "lang") == locale
        assert page.locator("#read").is_visible() and page.get_attribute("#read", "href") == f"{base}/{locale}"
        visit.ask(ASKED)
        boxes = "all => all.map(each => each.getBoundingClientRect()).filter(box => box.width).map(box => [box.left, box.right])"
        found = page.locator(".bar > *, .said, .reply, .beside li, .choices li, .field").evaluate_all(boxes)
        assert len(found) >= 12
        assert [box for box in found if box[0] < 0 or box[1] > width] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
