"""The keyboard's place is never lost: what has the focus and disappears hands it on. And what the browser may keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.widget.house import ASKED, Gate, Visit, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_FOCUSED = "document.querySelector('bussola-desk').shadowRoot.activeElement?.id"


def _focused(visit: Visit) -> str | None:
    found: str | None = visit.page.evaluate(_FOCUSED)
    return found


def test_a_chosen_suggestion_hands_the_focus_to_the_conversation(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.focus("#question")
        visit.page.keyboard.type("quanto costa")
        visit.page.locator("#suggestions button").first.wait_for()
        visit.page.keyboard.press("ArrowUp")
        visit.page.keyboard.press("Enter")
        visit.reply(0)
        assert _focused(visit) == "log"


def test_a_thumb_keeps_the_focus_and_counts_once(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        thumb = visit.ask(ASKED).locator(".thumbs button").first
        thumb.focus()
        visit.page.keyboard.press("Enter")
        visit.reply(1)
        visit.page.keyboard.press("Enter")
        visit.ask("buongiorno")
        assert [message.get("payload") for message in visit.sent] == [None, "/helpful yes", None]
        assert thumb.get_attribute("aria-disabled") == "true"


def test_trying_again_hands_the_focus_to_the_conversation(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.route("**/api/v1/messages", lambda route: route.fulfill(status=500))
        visit.page.fill("#question", ASKED)
        visit.page.press("#question", "Enter")
        again = visit.page.get_by_role("button", name="Try again")
        again.wait_for()
        visit.page.unroute("**/api/v1/messages")
        again.focus()
        visit.page.keyboard.press("Enter")
        visit.reply(0)
        assert _focused(visit) == "log"


def test_starting_again_and_deleting_lead_to_the_title_of_the_start(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.ask(ASKED)
        visit.page.focus("#again")
        visit.page.keyboard.press("Enter")
        assert _focused(visit) == "title"
        visit.ask(ASKED)
        visit.page.focus("#delete")
        visit.page.keyboard.press("Enter")
        visit.page.focus("#forget")
        visit.page.keyboard.press("Enter")
        visit.page.get_by_text("This conversation is deleted.").wait_for()
        assert _focused(visit) == "title"


def test_the_browser_keeps_no_question_and_nothing_of_the_console(browser: Browser, base: str) -> None:
    with visiting(browser, base, service_workers="allow") as visit:
        visit.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for path in ("it?q=mio+marito", "console", "health", "metrics", "it"):
            visit.page.goto(f"{base}/{path}")
        keys = "caches.open('bussola-2').then(shelf => shelf.keys()).then(all => all.map(each => new URL(each.url)).map(each => each.pathname + each.search))"
        own = re.compile(r"/(static/.*|(desk|widget)\.js|(widget|titles)\.json.*)?")
        assert [key for key in visit.page.evaluate(keys) if not own.fullmatch(key)] == ["/it"]


_ARRIVED = "names => names.every(name => performance.getEntriesByType('resource').some(each => each.name.includes(name) && each.responseEnd))"
_SHELVED = "Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations().then(all => all.length)])"


def test_who_leaves_while_answers_are_on_their_way_leaves_nothing(browser: Browser, tmp_path: Path) -> None:
    gate = Gate(re.compile(r"/api/v1/messages|widget\.json\?locale=ar"))
    with served(tmp_path, gate=gate) as base, visiting(browser, base, service_workers="allow") as visit:
        try:
            page = visit.page
            nowhere = {"status": 204}  # no way out yet: the page stays, and must show nothing
            page.context.route("https://www.google.com/**", lambda route: route.fulfill(**nowhere))
            page.context.route(f"{base}/robots.txt", lambda route: route.fulfill(body="meteo"))
            page.wait_for_function("() => navigator.serviceWorker.controller")
            page.select_option("#language", "ar")
            page.fill("#question", ASKED)
            page.press("#question", "Enter")
            page.locator("#writing").wait_for()
            with page.expect_response("https://www.google.com/**"):
                page.click("#exit", no_wait_after=True)
            gate.let_go()
            page.wait_for_function(_ARRIVED, arg=["/api/v1/messages", "locale=ar"])
            page.evaluate("new Promise(done => setTimeout(done, 100))")  # time in which something could go wrong
            assert sorted(set(gate.came)) == ["/api/v1/messages", "/widget.json"]
            assert page.evaluate("[document.documentElement.hidden, document.title]") == [True, ""]
            assert page.locator(".reply").count() == 0
            assert visit.kept() == {}
            page.goto(f"{base}/robots.txt")  # a page of ours that has no worker of its own
            assert [visit.kept(), *page.evaluate(_SHELVED)] == [{}, [], 0]
            assert visit.faults == []
        finally:
            gate.let_go()
