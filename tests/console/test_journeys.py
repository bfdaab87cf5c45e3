"""What mediators do from end to end, in a real browser: with the keyboard alone, in Bengali, out of date, and on Telegram."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from bot.accounts import Accounts
from bot.model import Answer, Example
from bot.received import ReceivedUpdates
from bot.settings import Settings
from connectors.telegram import TelegramDoor
from tests import small
from tests.console.house import PASSWORD
from tests.console.served import enter
from tests.handoff.people import People
from tests.small import COST, RENEW
from tests.telegram.desks import running
from tests.telegram.fake_bot_api import TOKEN, FakeBotApi

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TITLE, TEXT = "পারমিটের খরচ কত", "ডাকঘরে বিল পরিশোধ করুন।"
QUESTION, ASKED = "অনুমতিপত্রের জন্য কত টাকা লাগে", "কত টাকা লাগে অনুমতিপত্রের জন্য"
HERE = "document.activeElement"
# Where the focus is can be seen: a frame around it, and the thing itself on the screen.
SEEN = f"""() => {{ const box = {HERE}.getBoundingClientRect(), style = getComputedStyle({HERE})
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.height > 0 && box.top < innerHeight && box.bottom > 0 }}"""


@pytest.fixture(scope="module")
def with_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with content and accounts, made once: each test gets a copy of its own."""
    said = small.content()
    spoken = (Example(RENEW, "bn", "পারমিট কীভাবে নবায়ন করব"), Example("greet", "bn", "নমস্কার"))
    said = replace(said, examples=(*said.examples, *spoken))  # Bengali is known, and has no answer yet
    opened = small.store(folder := tmp_path_factory.mktemp("journeys"), said)
    accounts = Accounts(opened)
    for name, role in (("amina", "mediator"), ("bruno", "mediator")):
        accounts.create(name, PASSWORD, role)
    opened.engine.dispose()
    return folder / "bussola.sqlite3"


@pytest.fixture
def people(with_accounts: Path, tmp_path: Path) -> Iterator[People]:
    made = People(with_accounts, tmp_path)
    yield made
    made.store.engine.dispose()


@pytest.fixture
def base(people: People) -> Iterator[str]:
    with people.served() as address:
        yield address


def _page(browser: Browser, base: str, name: str = "amina") -> Page:
    page = browser.new_context(locale="en").new_page()
    page.set_default_timeout(20_000)
    enter(page, base, name)
    return page


def _asked(base: str, **message: str) -> dict[str, Any]:
    request = Request(f"{base}/api/v1/messages", json.dumps(message).encode(), {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        reply: dict[str, Any] = json.load(answer)["replies"][0]
        return reply


def _publish(page: Page) -> None:
    """From the editor over the look before publishing."""
    page.click("text=Look over and publish")
    page.click("button[value=publish]")
    page.locator(".note.good").wait_for()


def _tab(page: Page, to: str) -> list[str]:
    """Goes on with the key until the focus is on `to`; the tags that it came by. Each of them could be seen."""
    passed = []
    for _ in range(120):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate(f"{HERE}.outerHTML")
        passed.append(str(page.evaluate(f"{HERE}.tagName")))
        if page.evaluate(f"selector => {HERE}.matches(selector)", to):
            return passed
    raise AssertionError(f"the key does not lead to {to}: {passed}")


def test_an_entry_is_found_written_and_published_with_the_keyboard_alone(
    people: People, base: str, browser: Browser
) -> None:
    page = browser.new_context(locale="en", reduced_motion="reduce").new_page()
    page.goto(f"{base}/console/sign-in")
    for field, text in (("#name", "amina"), ("#password", PASSWORD)):
        if not page.evaluate(f"selector => {HERE}.matches(selector)", field):
            _tab(page, field)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/console")
    assert _tab(page, ".skip") == ["A"]  # the first thing of the page
    page.keyboard.press("Enter")
    assert page.evaluate(f"{HERE}.id") == "content"
    assert _tab(page, "main a") == ["A"]  # past the whole head
    page.goto(f"{base}/console/entries")
    _tab(page, "#q")
    page.keyboard.type("quanto costa")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=quanto**")
    _tab(page, f"a[href='/console/entries/{COST}/it']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{COST}/it")
    _tab(page, "#answer")
    page.keyboard.press("Control+A")
    page.keyboard.type("Paghi in banca.")
    order = page.evaluate(
        "[...document.querySelectorAll('form.editor textarea')].map(item => Math.round(item.getBoundingClientRect().top))"
    )
    assert order == sorted(order)  # the key goes down the page
    _tab(page, "form.editor .send button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{COST}/it/look")
    _tab(page, "button[value=publish]")
    page.keyboard.press("Enter")
    page.locator(".note.good").wait_for()
    assert people.store.content().answers[COST, "it"].answer == "Paghi in banca."
    page.context.close()


def test_an_entry_is_translated_into_bengali_and_asked_for_in_it(people: People, base: str, browser: Browser) -> None:
    assert _asked(base, text=ASKED, locale="bn")["kind"] == "handoff"
    page = _page(browser, base)
    page.goto(f"{base}/console/entries/{COST}/bn")
    left, right = (page.locator(f"[aria-label=Answer] {side}").bounding_box() for side in (".beside", ".own"))
    assert left is not None and right is not None
    assert (left["x"] < right["x"], abs(left["y"] - right["y"]) < 60) == (True, True)  # side by side
    assert "Paghi il bollettino alla posta." in page.inner_text("[aria-label=Answer] .beside")
    page.fill("#title", TITLE)
    page.fill("#answer", TEXT)
    _publish(page)
    page.get_by_role("link", name="Try it").click()
    page.locator("summary", has_text="How people may ask, ").click()
    page.fill("#utterances", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.click("text=Add these questions to the entry")
    page.locator(".note.good").wait_for()
    reply = _asked(base, text=ASKED, locale="bn")
    assert (reply["kind"], reply["entry"], reply["locale"]) == ("answer", COST, "bn")
    assert (reply["title"], reply["text"]) == (TITLE, TEXT)
    page.context.close()


def test_a_working_copy_is_tried_as_somebody_who_speaks_bengali_in_foggia(
    people: People, base: str, browser: Browser
) -> None:
    page = _page(browser, base)
    page.goto(f"{base}/console/entries/{RENEW}/bn")
    page.fill("#title", "পারমিট নবায়ন")
    page.fill("#answer", "কমপক্ষে {renewal_before} আগে আবেদন করুন। {permit_fee}")
    page.locator("[data-said]", has_text="Saved as your working copy").wait_for()
    page.get_by_role("link", name="Try it").click()
    page.fill("#q", "পারমিট নবায়ন")
    page.select_option("#as", "bn")
    texts = {}
    for place in ("foggia", "napoli"):
        page.select_option("#place", place)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_url(f"**place={place}**")
        texts[place] = page.inner_text(".preview .bubble[lang=bn]")
    assert all("কমপক্ষে \u206860 দিন\u2069 আগে আবেদন করুন।" in text for text in texts.values())
    assert ("30.46" in texts["foggia"], "\u206840€" in texts["napoli"]) == (True, True)  # the value of the place
    why = page.inner_text(".why")
    assert "Renew your permit" in why and "বাংলা" in why and "87 of 100" in why
    assert _asked(base, payload=f"/entry {RENEW}", locale="bn")["locale"] != "bn"  # people see nothing of it yet
    page.context.close()


def test_a_translation_that_is_behind_is_seen_and_put_right(people: People, base: str, browser: Browser) -> None:
    italian = people.store.content().answers[COST, "it"]
    people.store.publish_answer(Answer(COST, "en", "What the permit costs", "Pay at the post office."), "bruno", 0)
    people.store.publish_answer(replace(italian, answer="Paghi il bollettino in banca."), "bruno", 1)
    page = _page(browser, base)
    page.click(".work a:has-text('Out of date')")
    page.click(f"a[href='/console/entries/{COST}/en']")
    assert page.inner_text("main .status .state") == "out of date"
    beside = page.locator("[aria-label=Answer] .beside")
    assert (beside.locator("del").inner_text().strip(), beside.locator("ins").inner_text().strip()) == ("alla posta", "in banca")
    page.fill("#answer", "Pay at the bank.")
    _publish(page)
    page.goto(f"{base}/console/entries/{COST}/en")
    assert page.locator("main .status .state.stale").count() == 0 and page.locator("main ins").count() == 0
    reply = _asked(base, payload=f"/entry {COST}", locale="en")
    assert (reply["text"], reply["state"]) == ("Pay at the bank.", "unconfirmed")
    page.context.close()


def test_from_telegram_to_a_mediators_browser_and_back(people: People, base: str, browser: Browser) -> None:
    with FakeBotApi() as api:
        settings = Settings(telegram_token=TOKEN, telegram_api=api.url)
        door = TelegramDoor(people.assistant, people.desk, settings, ReceivedUpdates(people.store), lambda *_: None)
        with running(door):
            page = _page(browser, base)
            page.goto(f"{base}/console/inbox")
            page.get_by_text("Nobody is waiting.").wait_for()
            api.write("/human")
            api.wait("sendMessage")
            api.deliver(api.press("/human yes", api.last_message()))
            _sent(api, "You are writing to a mediator now.")
            api.write("I lost the receipt & my passport")
            page.locator(".inbox a").click()  # the list has found it by itself
            page.get_by_role("button", name="Take this conversation").click()
            page.get_by_text("I lost the receipt & my passport").wait_for()
            _sent(api, "A mediator reads your messages now.")
            page.fill("#text", "Come to the desk <tomorrow>.")
            page.get_by_role("button", name="Send", exact=True).click()
            _sent(api, "<b>A mediator writes</b>\nCome to the desk &lt;tomorrow&gt;.")
            page.fill("#q", "rinnovare")
            page.get_by_role("button", name="Find").click()
            page.locator("#found button").first.click()
            _sent(api, "Renew your permit")
            api.write("Thank you!")
            page.get_by_text("Thank you!").wait_for()  # without loading the page again
            page.get_by_role("button", name="End this conversation").click()
            page.wait_for_url(f"{base}/console/inbox")
            _sent(api, "The mediator has ended this conversation.")
            page.context.close()
    assert len(api.made("sendMessage")) == 6  # nothing came twice, and meanwhile the bot was silent


def _sent(api: FakeBotApi, text: str) -> None:
    api.until(lambda: any(text in call.text for call in api.made("sendMessage")), text)
