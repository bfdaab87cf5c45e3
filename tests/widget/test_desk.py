"""The widget in a real browser against the real application; only encoder and NLU are fakes (tests/small.py)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.widget.house import ASKED, ASKED_AR, STATIC, served, text, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNCONFIRMED = "Not yet confirmed by a mediator."
TOO_LONG = "This text is too long. Please write it shorter."
OFFLINE = "No connection. Your message waits and is sent when you are online again."


def test_the_page_is_quiet_asks_no_other_host_and_sets_no_cookie(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.ask(ASKED)
        assert visit.faults == []
        assert len(visit.urls) >= 8
        assert [url for url in visit.urls if not url.startswith(f"{base}/")] == []
        assert visit.page.context.cookies() == []
        assert visit.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["it", "ltr"]
        assert visit.page.locator("#language option").all_inner_texts() == ["Italiano", "English", "العربية"]


def test_an_italian_question_gets_an_answer_with_its_source_and_says_that_it_is_unconfirmed(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as visit:
        reply = visit.ask(ASKED)
        assert reply.get_attribute("class") == "reply answer"
        assert [reply.get_attribute("lang"), reply.get_attribute("dir")] == ["it", "ltr"]
        assert reply.locator("h2").inner_text() == "Rinnovare il permesso"
        assert UNCONFIRMED in text(reply.locator(".notice"))
        documents = reply.locator("details").first
        assert not documents.locator("li").is_visible()
        documents.locator("summary").click()
        assert documents.locator("ul > li").all_inner_texts() == ["Copia del vecchio permesso"]
        reply.locator("details.sources summary").click()
        source = reply.locator("details.sources li")
        assert source.locator("a").get_attribute("href") == "https://example.org/renew"
        assert text(source) == "Example office\npage of aprile 2019"
        assert visit.page.locator(".said p").all_inner_texts() == [ASKED]
        assert visit.sent == [{"text": ASKED}]


def test_a_page_without_a_date_says_so(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        reply = visit.ask("quanto costa il permesso")
        reply.locator("details.sources summary").click()
        assert text(reply.locator("details.sources li")) == "Example office\ndate of the page unknown"


def test_offices_near_the_place_in_the_address_can_be_called(browser: Browser, base: str) -> None:
    with visiting(browser, base, "?place=Foggia") as visit:
        near, far = visit.ask(ASKED).locator(".offices > ul > li").all()
        assert near.locator("h4").inner_text() == "Desk in Foggia"
        assert near.locator(".call").get_attribute("href") == "tel:0881123456"
        assert text(near.locator(".when")) == "open now lun–ven 09:00–12:00"
        assert near.locator("small").count() == 0  # in the town itself: no distance
        assert text(far.locator("small")) == "about 116 km"
        assert far.locator(".when").count() == 0  # unknown hours are neither open nor closed
        assert "Check before you go" in far.inner_text()
        assert visit.sent[0]["place"] == "Foggia"


def test_arabic_turns_the_page_round_and_is_sent_once_as_the_persons_choice(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.select_option("#language", "ar")
        visit.page.wait_for_selector("html[dir=rtl][lang=ar]")
        assert visit.sent == []
        reply = visit.ask(ASKED_AR)
        visit.ask(ASKED)
        assert [reply.get_attribute("lang"), reply.get_attribute("dir")] == ["ar", "rtl"]
        assert [message.get("locale") for message in visit.sent] == ["ar", None]
        assert visit.page.locator(".reply").last.get_attribute("lang") == "ar"  # the choice holds
        visit.page.reload()
        visit.page.wait_for_selector("html[dir=rtl][lang=ar]")


def test_an_arabic_answer_in_an_italian_page_reads_from_right_to_left(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        assert visit.ask(ASKED_AR).get_attribute("dir") == "rtl"
        assert visit.page.get_attribute("html", "dir") == "ltr"
        assert visit.faults == []


def test_the_language_of_a_conversation_can_be_changed(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.ask(ASKED)
        visit.page.select_option("#language", "ar")
        assert visit.reply(1).locator("h2").inner_text() == "تجديد تصريح الإقامة"
        assert visit.sent[1] == {"payload": "/locale ar", "session": visit.kept()["bussola-session"], "locale": "ar"}


def test_a_browser_in_a_language_that_nobody_answers_in_takes_its_next_one(browser: Browser, base: str) -> None:
    with visiting(browser, base, locale="de-DE") as visit:
        assert visit.page.get_attribute("html", "lang") == "en"


def test_buttons_send_their_payload_as_it_is(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.locator("#topics button").nth(1).click()
        visit.reply(0).locator("button").first.click()
        answer = visit.reply(1)
        answer.locator(".thumbs button").first.click()
        visit.reply(2)
        answer.locator(".human button").click()
        assert visit.reply(3).get_attribute("class") == "reply handoff"
        assert [message["payload"] for message in visit.sent] == [
            "/topic legal",
            "/entry legal/permit-cost",
            "/helpful yes",
            "/human",
        ]
        assert len({message["session"] for message in visit.sent[1:]}) == 1
        assert answer.locator(".thumbs button").first.is_disabled()


def test_a_message_written_offline_waits_and_is_sent_once(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.context.set_offline(True)
        visit.page.fill("#question", ASKED)
        visit.page.press("#question", "Enter")
        waiting = visit.page.locator(".trouble")
        waiting.wait_for()
        assert waiting.inner_text() == OFFLINE
        assert visit.sent == []
        visit.page.context.set_offline(False)
        visit.reply(0)
        visit.page.evaluate("window.dispatchEvent(new Event('online'))")
        visit.ask("buongiorno")  # comes after whatever the event might have sent again
        assert [message["text"] for message in visit.sent] == [ASKED, "buongiorno"]
        assert visit.page.locator(".said").count() == 2
        assert waiting.count() == 0


def test_a_message_that_is_lost_is_retried_once_online_and_then_by_the_person(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.route("**/api/v1/messages", lambda route: route.abort())
        visit.page.fill("#question", ASKED)
        visit.page.press("#question", "Enter")
        again = visit.page.get_by_role("button", name="Try again")
        again.wait_for()
        assert "Not sent." in visit.page.locator(".trouble").inner_text()
        for _ in range(2):  # the second time it is not tried again by itself
            visit.page.evaluate("window.dispatchEvent(new Event('online'))")
            again.wait_for()
        assert len(visit.sent) == 2
        visit.page.unroute("**/api/v1/messages")
        again.click()
        visit.reply(0)
        assert [len(visit.sent), visit.page.locator(".said").count(), visit.page.locator(".reply").count()] == [3, 1, 1]


def test_what_could_not_be_sent_goes_before_what_is_written_next(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.route("**/api/v1/messages", lambda route: route.fulfill(status=500))
        visit.page.fill("#question", ASKED)
        visit.page.press("#question", "Enter")
        visit.page.get_by_role("button", name="Try again").wait_for()
        visit.page.unroute("**/api/v1/messages")
        visit.page.fill("#question", "buongiorno")
        visit.page.press("#question", "Enter")
        visit.reply(1)
        assert [message["text"] for message in visit.sent] == [ASKED, ASKED, "buongiorno"]
        assert visit.page.locator(".trouble").count() == 0


def test_the_same_sentence_is_read_out_twice(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.evaluate("""() => {
          const status = document.querySelector('bussola-desk').shadowRoot.getElementById('status');
          window.told = [];
          new MutationObserver(() => told.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
        }""")
        visit.page.fill("#question", "a" * 4001)
        visit.page.press("#question", "Enter")
        visit.page.press("#question", "Enter")
        told = visit.page.evaluate("told")
        assert len(set(told)) == 2 and {each.strip("\u00a0") for each in told} == {TOO_LONG}


def test_too_many_messages_and_a_text_too_long_get_a_sentence(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, rate_limit=1) as base, visiting(browser, base) as visit:
        visit.ask(ASKED)
        visit.page.fill("#question", ASKED)
        visit.page.click(".send")
        visit.page.get_by_text("Too many messages. Please wait a minute.").wait_for()
        visit.page.fill("#question", "a" * 4001)
        visit.page.press("#question", "Enter")
        assert visit.page.locator("#status").inner_text() == TOO_LONG
        assert len(visit.sent) == 2


def test_in_danger_the_numbers_come_first_and_can_be_called(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        reply = visit.ask("mio marito mi picchia")
        assert reply.get_attribute("class") == "reply emergency"
        assert reply.locator("a").first.get_attribute("class") == "urgent"
        links = [link.get_attribute("href") for link in reply.locator("a").all()]
        assert links == ["tel:112", "tel:112", "tel:1522", "tel:1522"]
        assert reply.locator(".number").first.inner_text() == "112"


def test_what_people_write_is_never_markup(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.ask("<img src=x onerror=alert(1)> <b>permesso</b>")
        assert visit.page.locator(".said p").inner_text() == "<img src=x onerror=alert(1)> <b>permesso</b>"
        assert visit.page.locator(".log img, .log b").count() == 0
    files = [*STATIC.glob("*.js"), *(STATIC.parent / "widget").glob("*.js")]
    scripts = "".join(path.read_text(encoding="utf-8") for path in files)
    assert len(files) >= 12
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|cookie", scripts) == []
    assert "createElement" in scripts


def test_shift_and_enter_begin_a_line_and_enter_within_a_chinese_word_sends_nothing(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as visit:
        visit.page.fill("#question", "uno")
        visit.page.press("#question", "Shift+Enter")
        assert visit.page.input_value("#question") == "uno\n"
        composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, cancelable: true, bubbles: true})"
        visit.page.evaluate(
            f"document.querySelector('bussola-desk').shadowRoot.getElementById('question').dispatchEvent({composing})"
        )
        assert visit.sent == []
        visit.page.press("#question", "Enter")
        visit.reply(0)
        assert [message["text"] for message in visit.sent] == ["uno"]


def test_a_conversation_can_be_deleted_and_begun_again(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.ask(ASKED)
        first = visit.kept()["bussola-session"]
        visit.page.get_by_role("button", name="Delete this conversation").click()
        visit.page.get_by_role("button", name="Keep it").click()
        assert len(visit.sent) == 1
        visit.page.get_by_role("button", name="Delete this conversation").click()
        visit.page.get_by_role("button", name="Delete", exact=True).click()
        visit.page.get_by_text("This conversation is deleted.").wait_for()
        assert visit.sent[1] == {"payload": "/delete", "session": first}
        assert visit.kept() == {}
        assert visit.page.locator("#log > *").count() == 0
        visit.ask(ASKED)
        visit.page.get_by_role("button", name="Start again").click()
        assert visit.page.locator("#home").is_visible()
        assert visit.kept() == {}
        assert "session" not in visit.sent[2]


def test_the_quick_exit_replaces_the_page_and_forgets(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.context.route(
            "https://www.google.com/**", lambda route: route.fulfill(body="meteo", content_type="text/html")
        )
        visit.ask(ASKED)
        token = visit.kept()["bussola-session"]
        steps = visit.page.evaluate("history.length")
        visit.page.click("#exit")
        visit.page.wait_for_url("https://www.google.com/search?q=meteo")
        assert visit.page.evaluate("history.length") == steps
        assert f"{base}/api/v1/sessions/{token}" in visit.urls
        visit.page.goto(f"{base}/")
        assert visit.kept() == {}


def test_the_quick_exit_leaves_no_files_and_no_worker_in_the_browser(browser: Browser, base: str) -> None:
    with visiting(browser, base, service_workers="allow") as visit:
        visit.page.wait_for_function(
            "() => caches.open('bussola-2').then(shelf => shelf.keys()).then(all => all.length > 3)"
        )
        visit.page.context.route(f"{base}/robots.txt", lambda route: route.fulfill(body="meteo"))
        visit.page.context.route("https://www.google.com/**", lambda route: route.fulfill(body="meteo"))
        visit.page.click("#exit")
        visit.page.wait_for_url("https://www.google.com/search?q=meteo")
        visit.page.goto(f"{base}/robots.txt")  # a page of ours that has no worker of its own
        kept = "Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations().then(all => all.length)])"
        assert visit.page.evaluate(kept) == [[], 0]


def test_what_older_versions_kept_is_emptied(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.evaluate("caches.open('bussola-1').then(shelf => shelf.put('/it?q=mio+marito', new Response('x')))")
        assert visit.page.evaluate("caches.keys()") == ["bussola-1"]
        script = (STATIC / "offline.js").read_text(encoding="utf-8")
        activated = "(text) => new Promise(done => new Function('self', text)({ clients: { claim: done }, addEventListener: (name, act) => { if (name === 'activate') act({ waitUntil() {} }); } }))"
        visit.page.context.route(
            "**/blank", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
        )
        visit.page.goto(f"{base}/blank")  # without the desk's policy, so that the test may run the script by hand
        visit.page.evaluate(activated, script)
        assert visit.page.evaluate("caches.keys()") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fingers_find_every_target_and_nothing_sticks_out_at_200_percent(
    browser: Browser, base: str, scheme: str
) -> None:
    with visiting(browser, base, "?place=Foggia", viewport={"width": 360, "height": 740}, color_scheme=scheme) as visit:
        sizes = (
            "nodes => nodes.filter(n => n.offsetParent).map(n => [n.className || n.id, n.offsetWidth, n.offsetHeight])"
        )
        targets = "button, select, summary, .call, .number, .urgent, .ways a"
        seen = visit.page.locator(targets).evaluate_all(sizes)
        visit.ask("mio marito mi picchia")
        visit.ask(ASKED)
        seen += visit.page.locator(targets).evaluate_all(sizes)
        assert len(seen) >= 20
        assert [target for target in seen if min(target[1:]) < 44] == []
        visit.page.set_viewport_size({"width": 180, "height": 370})
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 180


@pytest.mark.parametrize("locale", ["it-IT", "ar-EG"])
def test_at_400_percent_nothing_stays_in_front_of_what_is_read(browser: Browser, base: str, locale: str) -> None:
    """A screen of 1280 x 1024 pixels enlarged four times is 320 x 256: there top and question field scroll away."""
    with visiting(browser, base, locale=locale, viewport={"width": 320, "height": 256}) as visit:
        reply, page = visit.ask(ASKED if locale == "it-IT" else ASKED_AR), visit.page
        reply.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        box = reply.bounding_box()
        assert box is not None and box["height"] > 256
        page.evaluate(f"scrollBy(0, {box['y'] + 20})")
        inside = """() => [10, 64, 128, 192, 246].map(y => {
          const desk = document.querySelector('bussola-desk').shadowRoot;
          return Boolean(desk.elementFromPoint(160, y).closest('.reply'));
        })"""
        assert page.evaluate(inside) == [True] * 5  # from the top of the screen to its end
        page.locator("#question").scroll_into_view_if_needed()
        assert page.locator("#question").is_visible()


@pytest.mark.parametrize(
    ("wish", "scrolls", "swells"), [("reduce", "auto", "1e-05s"), ("no-preference", "smooth", "1.2s")]
)
def test_who_wants_less_motion_gets_none(browser: Browser, base: str, wish: str, scrolls: str, swells: str) -> None:
    with visiting(browser, base, reduced_motion=wish) as visit:
        visit.page.evaluate("""() => {
          window.scrolled = [];
          Element.prototype.scrollIntoView = (options) => scrolled.push(options.behavior);
        }""")
        visit.ask(ASKED)
        assert set(visit.page.evaluate("scrolled")) == {scrolls}
        look = "() => getComputedStyle(document.querySelector('bussola-desk').shadowRoot.querySelector('.dot')).animationDuration"
        assert visit.page.evaluate(look) == swells


def test_the_keyboard_reaches_the_question_first(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        visit.page.keyboard.type("buongiorno")
        assert visit.page.input_value("#question") == "buongiorno"
        unnamed = "nodes => nodes.filter(n => !(n.textContent.trim() || n.getAttribute('aria-label') || n.labels && n.labels.length)).length"
        assert visit.page.locator("button, select, textarea, a, nav, main").evaluate_all(unnamed) == 0
        assert visit.page.locator("#log").get_attribute("aria-live") == "polite"


def test_the_scripts_call_nothing_that_browsers_of_2020_lack() -> None:
    """Functions; the language itself is read by a parser of 2018 (test_weight.py)."""
    newer = r"\.replaceAll\(|\.at\(|\.findLast|replaceChildren|structuredClone|hasOwn\(|adoptedStyleSheets|Promise\.any|toSorted|/[dv]\b;"
    files = [*STATIC.glob("*.js"), *(STATIC.parent / "widget").glob("*.js")]
    assert len(files) >= 12
    assert [path.name for path in files if re.search(newer, path.read_text(encoding="utf-8"))] == []
