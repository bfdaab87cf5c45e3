"""What helps beside an answer: hear it, show it in Italian, copy, share, print; suggestions; why it did not help; offline."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot import tables as t
from bot.store import open_store
from tests.small import COST, RENEW
from tests.widget.house import ASKED, ASKED_AR, served, text, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A device's speech: one voice of its own, one that would send the text away.
SPEECH = """
class Speech extends EventTarget {
  constructor() { super(); this.said = []; this.stopped = 0; }
  getVoices() { return [{ lang: "it-IT", localService: true, name: "own" }, { lang: "ar-EG", localService: false, name: "away" }]; }
  speak(utterance) { this.said.push([utterance.voice.name, utterance.lang, utterance.text]); this.last = utterance; }
  cancel() { this.stopped += 1; }
}
Object.defineProperty(window, "speechSynthesis", { value: new Speech() });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


def test_an_answer_is_read_aloud_by_the_devices_own_voice_only(browser: Browser, base: str) -> None:
    context = browser.new_context(locale="it-IT", service_workers="block")
    context.add_init_script(SPEECH)
    page = context.new_page()
    try:
        page.goto(base)
        for asked in (ASKED, ASKED_AR):
            page.fill("#question", asked)
            page.press("#question", "Enter")
            page.locator(".reply", has_text="60").last.wait_for()
        page.locator(".reply[lang=ar]").wait_for()
        speaks = page.get_by_role("button", name="Read aloud")
        assert speaks.count() == 1  # the Arabic voice is somebody's server: no button
        speaks.click()
        (said,) = page.evaluate("speechSynthesis.said")
        assert said[:2] == ["own", "it"]
        assert said[2].startswith("Rinnovare il permesso\n\nChieda il rinnovo almeno 60 giorni prima.")
        page.get_by_role("button", name="Stop").click()
        assert page.evaluate("speechSynthesis.stopped") == 2
        assert speaks.get_attribute("aria-pressed") == "false"
    finally:
        context.close()


def test_an_answer_is_shown_in_italian_at_a_counter_and_hidden_again(browser: Browser, base: str) -> None:
    with visiting(browser, base, "?place=Napoli") as visit:
        reply = visit.ask(ASKED_AR)
        reply.get_by_role("button", name="Show in Italian").click()
        italian = reply.locator(".italian")
        italian.wait_for()
        assert [italian.get_attribute("lang"), italian.get_attribute("dir")] == ["it", "ltr"]
        assert italian.locator("h3").inner_text() == "Rinnovare il permesso"
        assert "40" in italian.locator(".text").inner_text()  # what it costs in Campania, where the person is
        reply.get_by_role("button", name="Hide the Italian text").click()
        assert italian.count() == 0
        assert visit.faults == []


def test_an_italian_answer_needs_no_italian_button_and_without_voices_nothing_is_read(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as visit:
        buttons = visit.ask(ASKED).locator(".beside > li:visible")
        assert buttons.all_inner_texts() == ["Copy", "Share", "Print"]


def test_copy_takes_the_text_and_share_the_link_to_the_entrys_page(browser: Browser, base: str) -> None:
    with visiting(browser, base, "?place=Foggia", permissions=["clipboard-read", "clipboard-write"]) as visit:
        reply = visit.ask(ASKED)
        reply.get_by_role("button", name="Copy").click()
        visit.page.get_by_text("The text is copied.").wait_for()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("Rinnovare il permesso\n\nChieda il rinnovo almeno 60 giorni prima. Costo: 30,46")
        assert "What to bring\n- Copia del vecchio permesso" in copied
        visit.page.evaluate("Object.defineProperty(navigator, 'share', { value: undefined, configurable: true })")
        reply.get_by_role("button", name="Share").click()
        visit.page.get_by_text("The link is copied.").wait_for()
        assert visit.page.evaluate("navigator.clipboard.readText()") == f"{base}/it/{RENEW}?place=Foggia"
        given = "each => { window.given = each; return Promise.resolve(); }"
        visit.page.evaluate(f"Object.defineProperty(navigator, 'share', {{ value: {given}, configurable: true }})")
        reply.get_by_role("button", name="Share").click()
        assert visit.page.evaluate("window.given") == {
            "title": "Rinnovare il permesso",
            "url": f"{base}/it/{RENEW}?place=Foggia",
        }


def test_print_opens_the_entrys_page_which_prints_itself(browser: Browser, base: str) -> None:
    from playwright.sync_api import expect

    with visiting(browser, base, "?place=Foggia") as visit:
        with visit.page.context.expect_page() as opened:
            visit.ask(ASKED).locator(".beside a").click()
        opened.value.wait_for_load_state()
        address = opened.value.url
        assert address == f"{base}/it/{RENEW}?place=Foggia&print=1"
        visit.page.add_init_script("window.print = () => { document.title = `printed ${document.title}`; }")
        visit.page.goto(address)
        expect(visit.page).to_have_title("printed Rinnovare il permesso · Bussola")


def test_suggestions_come_from_titles_and_what_is_written_goes_nowhere(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.page.focus("#question")
        suggestions = visit.page.locator("#suggestions button")
        visit.page.keyboard.type("rinnovo permesso")  # as people say it; the title has the verb as dictionaries do
        suggestions.first.wait_for()
        assert suggestions.all_inner_texts() == ["Rinnovare il permesso"]
        visit.page.fill("#question", "")
        suggestions.first.wait_for(state="detached")
        visit.page.keyboard.type("PERMÈSSO cost")
        suggestions.first.wait_for()
        assert suggestions.all_inner_texts() == ["Quanto costa il permesso"]
        visit.page.keyboard.press("ArrowUp")
        visit.page.keyboard.press("Escape")
        assert not visit.page.locator("#suggestions").is_visible()
        assert visit.sent == [] and not [url for url in visit.urls if "cost" in url.lower()]
        visit.page.keyboard.type("a")
        suggestions.first.wait_for()
        visit.page.keyboard.press("ArrowUp")
        visit.page.keyboard.press("Enter")
        assert visit.reply(0).locator("h2").inner_text() == "Quanto costa il permesso"
        assert visit.sent == [{"payload": f"/entry {COST}"}]
        assert visit.kept().keys() == {"bussola-session"}


def test_a_thumb_down_asks_why_and_keeps_one_question_with_its_reason(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as base, visiting(browser, base) as visit:
        visit.ask(ASKED).locator(".thumbs button").nth(1).click()
        reasons = visit.reply(1).locator(".thumbs button")
        assert reasons.all_inner_texts() == ["It is wrong", "I do not understand it", "Something is missing"]
        reasons.nth(1).click()
        assert visit.reply(2).locator(".text").inner_text() == "Thank you for telling me."
        assert [message.get("payload") for message in visit.sent[1:]] == ["/helpful no", "/helpful no unclear"]
        opened = open_store(f"sqlite:///{tmp_path / 'bussola.sqlite3'}")
        with opened.engine.connect() as connection:
            kept = connection.execute(select(t.unanswered.c.text, t.unanswered.c.reason)).all()
        opened.engine.dispose()
        assert [tuple(row) for row in kept] == [(ASKED, "unclear")]


def test_an_answer_that_got_lost_on_the_way_back_is_asked_for_again_and_counted_once(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as visit:
        lost: list[str] = []

        def back(route: object) -> None:  # the server gets and answers the message; its answer never arrives
            if not lost:
                lost.append(route.fetch().text())  # type: ignore[attr-defined]
                route.abort()  # type: ignore[attr-defined]
            else:
                route.continue_()  # type: ignore[attr-defined]

        visit.page.route("**/api/v1/messages", back)
        counted = _turns(visit.page.request.get(f"{base}/metrics").text())
        assert text(visit.ask(ASKED).locator("h2")) == "Rinnovare il permesso"
        assert len(lost) == 1 and len(visit.sent) == 2 and visit.keys[0] == visit.keys[1]
        assert _turns(visit.page.request.get(f"{base}/metrics").text()) == counted + 1
        assert visit.page.locator(".reply").count() == visit.page.locator(".said").count() == 1
        assert visit.kept()["bussola-session"] in lost[0]


def _turns(metrics: str) -> float:
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("bussola_turns_total"))


_SHELVED = """() => caches.open('bussola-2').then(shelf => shelf.keys()).then(all => {
  const kept = all.map(each => new URL(each.url).pathname);
  return ['/', '/widget.js', '/desk.js', '/widget.json', '/static/widget.css', '/static/tokens.css', '/static/home.css',
    '/static/icons.svg', '/titles.json'].every(path => kept.includes(path)) && navigator.serviceWorker.controller !== null;
})"""


def test_after_the_first_visit_the_desk_opens_without_a_connection(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as server:
        base = server.enter_context(served(tmp_path))
        with visiting(browser, base, service_workers="allow") as visit:
            visit.page.wait_for_function(_SHELVED)  # by itself: nobody has touched the question field
            # Chromium's own switch for "offline" reaches a page and its worker one after the other; a server that is gone
            # is gone for both.
            server.close()
            visit.page.reload()
            visit.page.wait_for_selector("bussola-desk[data-ready]")
            visit.page.focus("#question")
            visit.page.keyboard.type("quanto")
            visit.page.locator("#suggestions button").first.wait_for()
            assert visit.page.locator("#suggestions button").all_inner_texts() == ["Quanto costa il permesso"]
            keys = "caches.open('bussola-2').then(shelf => shelf.keys()).then(all => all.map(each => new URL(each.url).pathname))"
            assert [
                path for path in visit.page.evaluate(keys) if "messages" in path or path.startswith("/api/v1/entries/")
            ] == []
