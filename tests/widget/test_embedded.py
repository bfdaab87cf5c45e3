"""The one tag in pages of others: strict ones, ones that overrule every style, old ones that read from right to left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from tests.widget.house import ASKED, Visit, listening, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTS = Path(__file__).parent / "hosts"
STRICT = (
    "default-src 'none'; img-src 'self'; script-src {base}; style-src {base}; connect-src {base}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; frame-src {base}"
)


@contextmanager
def _sites(folder: Path) -> Iterator[tuple[str, str]]:
    """A municipality's own site, whose pages hold the tag, and the desk, which knows this site."""
    site = FastAPI()
    where: dict[str, str] = {}

    @site.get("/{name}.html")
    def page(name: str) -> HTMLResponse:
        text = (HOSTS / f"{name}.html").read_text(encoding="utf-8").replace("{base}", where["base"])
        return HTMLResponse(
            text, headers={"Content-Security-Policy": STRICT.format(base=where["base"])} if name == "strict" else None
        )

    site.get("/favicon.ico")(lambda: Response(status_code=204))
    site.mount("/files", StaticFiles(directory=HOSTS))
    with listening(site) as host:
        towns = folder / "towns.yml"
        towns.write_text(
            f'comune:\n  name: Comune di Foggia\n  place: Foggia\n  colour: "#7a2e3a"\n  origins: [{host}]\n'
        )
        with served(folder, municipalities=towns) as base:
            where["base"] = base
            yield host, base


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with _sites(tmp_path_factory.mktemp("embedded")) as made:
        yield made


def _sizes(visit: Visit, *selectors: str) -> list[dict[str, Any]]:
    """What somebody really gets to see of elements: box and computed style."""
    look = """node => { const style = getComputedStyle(node), box = node.getBoundingClientRect();
        return {width: Math.round(box.width), height: Math.round(box.height), size: style.fontSize,
                ink: style.color, family: style.fontFamily.slice(0, 9), seen: style.visibility + style.opacity}; }"""
    return [visit.page.locator(selector).first.evaluate(look) for selector in selectors]


PIECES = ("#launcher", "#panel", "#question", ".reply h2", ".reply .text p", ".thumbs button")


def _used(browser: Browser, host: str, name: str) -> tuple[list[dict[str, Any]], Visit]:
    """Opens the desk in a page, asks something, closes it; what it looked like."""
    with visiting(browser, host, f"{name}.html", viewport={"width": 1280, "height": 900}) as visit:
        before = visit.page.evaluate("document.body.innerText")
        launcher = _sizes(visit, PIECES[0])
        visit.page.click("#launcher")
        reply = visit.ask(ASKED)
        assert reply.locator("h2").inner_text() == "Rinnovare il permesso"
        assert reply.locator(".offices h4").first.inner_text() == "Desk in Foggia"  # the municipality's town
        reply.locator("summary").first.click()
        assert reply.locator("details li").first.inner_text() == "Copia del vecchio permesso"
        assert visit.page.locator(".reply svg path").first.bounding_box() is not None  # pictograms are there
        seen = launcher + _sizes(visit, *PIECES[1:])
        visit.page.keyboard.press("Escape")
        assert not visit.page.locator("#panel").is_visible()
        assert visit.page.evaluate("document.querySelector('bussola-desk').shadowRoot.activeElement.id") == "launcher"
        assert visit.page.evaluate("document.body.innerText") == before  # the page is as it was
        assert visit.page.context.cookies() == []
        return seen, visit


@pytest.fixture(scope="module")
def plain(browser: Browser, sites: tuple[str, str]) -> list[dict[str, Any]]:
    """What the desk looks like in a page that does nothing to it."""
    seen, visit = _used(browser, sites[0], "plain")
    assert visit.faults == []
    assert [url for url in visit.urls if not url.startswith((sites[0], sites[1]))] == []
    assert seen[1]["width"] == 432 and seen[0]["height"] >= 56
    return seen


@pytest.mark.parametrize("name", ["strict", "overruled", "old"])
def test_in_a_hostile_page_the_desk_looks_as_in_a_plain_one(
    browser: Browser, sites: tuple[str, str], plain: list[dict[str, Any]], name: str
) -> None:
    seen, visit = _used(browser, sites[0], name)
    assert visit.faults == []
    assert seen == plain


def test_the_old_pages_own_scripts_go_on(browser: Browser, sites: tuple[str, str]) -> None:
    with visiting(browser, sites[0], "old.html") as visit:
        visit.page.click("#launcher")
        visit.ask(ASKED)
        assert visit.page.evaluate("[window.heard, typeof $, document.documentElement.dir, $('.said').length]") == [
            0,
            "function",
            "rtl",
            0,
        ]
        visit.page.keyboard.press("Escape")
        visit.page.click("#own")
        assert visit.page.evaluate("window.heard") == 1


def test_in_an_iframe_it_is_the_whole_page(browser: Browser, sites: tuple[str, str]) -> None:
    with visiting(browser, sites[0], "plain.html") as visit:
        visit.page.evaluate(
            "base => document.body.append(Object.assign(document.createElement('iframe'), {src: `${base}/comune`, width: 400, height: 700}))",
            sites[1],
        )
        frame = visit.page.frame_locator("iframe")
        frame.locator("#question").fill(ASKED)
        frame.locator("#question").press("Enter")
        frame.locator(".reply h2").wait_for()
        assert frame.locator("#brand").inner_text() == "Comune di Foggia"


def test_a_site_that_is_not_named_gets_the_numbers_and_an_address_instead(browser: Browser, tmp_path: Path) -> None:
    site = FastAPI()
    with served(tmp_path) as base:
        text = f'<!doctype html><html lang="it"><title>x</title><body><script src="{base}/widget.js" async></script></body></html>'
        site.get("/")(lambda: HTMLResponse(text))
        with listening(site) as host:
            page = browser.new_page()
            try:
                page.goto(host)
                lost = page.locator(".lost")
                lost.wait_for()
                assert lost.locator("a").evaluate_all("all => all.map(each => each.href)") == [
                    "tel:112",
                    "tel:112",
                    f"{base}/",
                ]
            finally:
                page.close()
