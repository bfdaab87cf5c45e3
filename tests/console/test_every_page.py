"""Every page of the console in a real browser, Italian and Arabic, wide and narrow: accessible, and nothing sticks out; so
are the pages that refuse something, and those of people who may do less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute, APIRouter

from tests import axe
from tests.console.filled import filled
from tests.console.house import House
from tests.console.served import enter, served
from tests.small import RENEW

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# What is no page: files, pieces of pages, and the sign-on of a municipality, which leads away from here.
NO_PAGES = {
    "/console/static/{name}", "/console/static/inbox.css", "/console/static/htmx.min.js", "/console/guide/{name}.png",
    "/console/files/export", "/console/utterances/export", "/console/record.csv",
    "/console/inbox/list", "/console/inbox/{number:int}/new", "/console/inbox/{number:int}/found",
    "/console/entries/{topic}/{name}/{locale}/copy", "/console/sign-on", "/console/sign-on/back", "/console/sign-on/out",
}  # fmt: skip
# Before somebody is inside; the second step of signing in is in test_accounts_in_a_browser.
STRANGERS = ("/console/sign-in", "/console/forgotten", "/console/link/{token}", "/office/{token}")
ELSEWHERE = {"/console/sign-in/code"}
WIDTHS: Mapping[int, Any] = {1280: "light", 390: "dark"}
# axe-core takes its time: it looks at each page once in each direction, at the last of these widths.
LOOKED: Mapping[str, tuple[int, ...]] = {"it": (390, 1280), "ar": (1280, 390)}
ENTRY, SHARED = f"/console/entries/{RENEW}", "/console/entries/values/phone_1522"
# What is wrong in a form: where, which form, what is typed, the status, and what says so.
BAD: tuple[tuple[str, str, Mapping[str, str], int, str], ...] = (
    (f"{ENTRY}/details", ".details-form", {"url.0": "x", "review_by": ""}, 422, ".wrong"),
    (f"{ENTRY}/values", ".values-form", {"amount.renewal_before.": "tanti"}, 422, ".wrong"),
    (f"{ENTRY}/values", ".values-form", {"base_version": "1", "amount.renewal_before.": "61"}, 409, "del"),
    (f"{SHARED}/values", ".values-form", {"amount.new": "1523"}, 422, ".wrong"),
    (f"{ENTRY}/bn", "#editor", {"answer": "500 [x](https://x.example)"}, 422, "[aria-invalid]"),
    ("/console/new", "main form.card", {"name": "x y", "url": "x"}, 422, ".wrong"),
    (f"{ENTRY}/it/look?author=elena", "form.send", {"csrf": "x"}, 403, "main"),
)
OTHERS = {
    "vito": ("/console", "/console/entries", f"{ENTRY}/it", f"{ENTRY}/details", f"{ENTRY}/values", f"{SHARED}/values",
             f"{ENTRY}/it/look?author=elena", "/console/offices", "/console/questions", "/console/reviews"),
    "tina": ("/console", f"{ENTRY}/ar", f"{ENTRY}/it", "/console/translations", "/console/files", "/console/me"),
}  # fmt: skip
SEND = """([selector, fields]) => {
  const form = document.querySelector(selector);
  for (const [name, text] of Object.entries(fields)) form.elements[name].value = text;
  HTMLFormElement.prototype.submit.call(form);
}"""
CONTROLS = (
    "button, .button, select, summary, .menu a, .actions a, .admin a, .who a, .tabs a, .mail, .brand, .people h2 a, textarea, "
    "input:not([type=hidden], [type=checkbox], [type=radio])"
)
SMALL = """controls => [...document.querySelectorAll(controls)]
  .filter(item => item.checkVisibility({visibilityProperty: true}) && getComputedStyle(item).clipPath === 'none'
    && item.getBoundingClientRect().height < 43.9)
  .map(item => `too small (${item.getBoundingClientRect().height}): ${item.outerHTML.slice(0, 120)}`)"""
OUTSIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : ['wider than the screen: ' +
  [...document.querySelectorAll('main *, header *')].filter(item => { const box = item.getBoundingClientRect();
    return (box.right > innerWidth + 1 || box.left < -1) && item.checkVisibility() && !item.closest('.wide') && !item.closest('.unseen') })
  .map(item => item.outerHTML.slice(0, 80)).slice(-3).join(' | ')]"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Mapping[str, tuple[str, ...]], str]]:
    """The house, the addresses below routes with holes, and where it is served."""
    sign_on = {"oidc_issuer": "https://login.example.org", "oidc_client_id": "b", "oidc_client_secret": "c"}
    house, found = filled(tmp_path_factory.mktemp("filled"), **sign_on)
    with served(house) as base:
        yield house, found, base
    house.store.engine.dispose()


def pages(house: House, found: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every route of the console that shows a page, with the addresses to open."""
    routes = [path for path in _paths(house.app.router) if path.startswith(("/console", "/office/"))]
    assert set(routes) > NO_PAGES
    return {path: found.get(path, (path,)) for path in dict.fromkeys(routes) if path not in NO_PAGES | ELSEWHERE}


def _paths(router: APIRouter) -> Iterator[str]:
    """The paths that can be looked at, also those of routers inside (FastAPI keeps them apart)."""
    for route in router.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield route.path
        elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
            yield from _paths(inner)


def faults(page: Page, locale: str) -> list[str]:
    """What is wrong on a page, wide and narrow."""
    turned, found = page.get_attribute("html", "dir"), []
    if turned != ("rtl" if locale == "ar" else "ltr"):
        found.append(f"turned {turned}")
    for width in LOOKED[locale]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=WIDTHS[width])
        found += [f"({width}) {fault}" for fault in (*page.evaluate(OUTSIDE), *page.evaluate(SMALL, CONTROLS))]
    return found + axe.violations(page)


def test_no_page_is_forgotten(stage: Any) -> None:
    house, found, _ = stage
    known = pages(house, found)
    assert [path for path in found if path not in known] == []
    assert [path for path, addresses in known.items() if any("{" in address for address in addresses)] == []
    assert len(known) >= 32


def test_addresses_show_what_they_ask_for(stage: Any) -> None:
    house, found, _ = stage
    browser = house.new_browser()
    assert house.sign_in("ada", browser=browser) == 303
    asked = {"compare=": 'id="difference"', "questions=": 'name="question.1"'}
    for part, shown in asked.items():
        addresses = [address for known in found.values() for address in known if part in address]
        assert addresses != [] and [item for item in addresses if shown not in browser.get(item).text] == []


@pytest.mark.parametrize("locale", ["it", "ar"])
def test_every_page_is_accessible_and_fits(stage: Any, browser: Browser, locale: str) -> None:
    house, found, base = stage
    known = pages(house, found)
    page, wrong, loud = browser.new_context(locale=locale, reduced_motion="reduce").new_page(), [], []
    page.on("console", lambda line: loud.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: loud.append(str(fault)))
    inside = [path for path in known if path not in STRANGERS]
    looked = 0
    for number, path in enumerate((*STRANGERS, *inside)):
        if number == len(STRANGERS):
            enter(page, base, "ada")
        for address in known[path]:
            answer = page.goto(base + address)
            assert answer is not None and (answer.status, address) in ((200, address), (410, "/office/over"))
            wrong += [f"{address} {fault}" for fault in faults(page, locale)]
            looked += 1
    page.context.close()
    assert wrong == [], "\n".join(wrong)
    assert [line for line in loud if "410" not in line] == []  # an office's link that is over says so
    assert looked >= 45


def test_what_is_refused_says_so_accessibly(stage: Any, browser: Browser) -> None:
    _, _, base = stage
    page = browser.new_context(locale="ar", reduced_motion="reduce").new_page()
    wrong: list[str] = []

    def look(status: int, said: str, answer: Any) -> None:
        assert (answer.status, page.locator(said).first.is_visible()) == (status, True), (page.url, said)
        wrong.extend(f"{page.url} {fault}" for fault in faults(page, "ar"))

    def send(form: str, fields: Mapping[str, str]) -> Any:
        with page.expect_navigation() as answer:
            page.evaluate(SEND, [form, fields])
        return answer.value

    page.goto(f"{base}/console/sign-in")
    look(401, ".bad", send("main form", {"name": "ada", "password": "wrong"}))
    enter(page, base, "ada")
    for address in ("/console/entries/legal/nothing/it", f"{SHARED}/it"):
        look(404, "main", page.goto(base + address))
    for address, form, fields, status, said in BAD:
        page.goto(base + address)
        look(status, said, send(form, fields))
    page.goto(f"{base}{ENTRY}/values")
    page.context.clear_cookies()
    look(401, "main", send(".values-form", {}))
    enter(page, base, "vito")
    look(403, "main", page.goto(f"{base}/console/accounts"))
    page.context.close()
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("name", "locale"), [("vito", "it"), ("tina", "ar")])
def test_what_a_reader_and_a_translator_see_is_accessible_and_fits(
    stage: Any, browser: Browser, name: str, locale: str
) -> None:
    _, _, base = stage
    page, wrong = browser.new_context(locale=locale, reduced_motion="reduce").new_page(), []
    enter(page, base, name)
    for address in OTHERS[name]:
        answer = page.goto(base + address)
        assert answer is not None and (answer.status, address) == (200, address)
        wrong += [f"{address} {fault}" for fault in faults(page, locale)]
    page.context.close()
    assert wrong == [], "\n".join(wrong)
