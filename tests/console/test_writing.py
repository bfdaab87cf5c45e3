"""Writing in a real browser: nothing typed is lost, two people, one fee in three languages, a question asked in vain."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from bot.copies import Copies
from bot.model import Answer, Session
from tests.console.house import COST, HEALTH, House
from tests.console.served import enter, signed_in, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ENTRY = "legal/permit-cost"


def _said(page: Page, text: str) -> None:
    page.locator("[data-said]", has_text=text).wait_for()


def _asked(base: str, **message: str) -> str:
    request = Request(f"{base}/api/v1/messages", json.dumps(message).encode(), {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return str(json.load(answer)["replies"][0]["text"])


def test_what_is_typed_is_saved_shown_and_still_there_after_loading_again(
    house: House, base: str, browser: Browser
) -> None:
    page = signed_in(browser, base, "amina")
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.goto(f"{base}{COST}/it")
    page.fill("#answer", "Paghi ")
    page.locator("[data-insert='{fee}']").click()
    assert page.input_value("#answer") == "Paghi {fee}"
    page.keyboard.type(" alla posta <b>.")
    _said(page, "Saved as your working copy")
    page.locator("[data-shown] .bubble", has_text="alla posta <b>.").wait_for()  # of what was typed last
    assert "30,46" in (page.locator("[data-shown] .bubble").text_content() or "")
    copy = Copies(house.store).find(ENTRY, "it", "amina")
    assert copy is not None and copy.data["answer"] == "Paghi {fee} alla posta <b>."
    assert house.store.revision() == 1 and _asked(base, payload=f"/entry {ENTRY}", locale="it").startswith(
        "Paghi \u2068"
    )
    page.reload()
    assert page.input_value("#answer") == "Paghi {fee} alla posta <b>."
    assert page.locator("text=This is your working copy").count() == 1
    assert faults == []
    page.context.close()


def test_a_fresh_preview_leaves_the_keyboard_where_it_is(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{HEALTH}/it")
    part = page.locator("[data-shown] summary")
    part.click()
    write(page, "Vada allo sportello.")
    part.focus()
    page.locator("[data-shown] .bubble", has_text="Vada allo sportello.").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-shown] summary')")
    telegram = page.locator("[data-shown] .telegram")
    assert (telegram.count(), "Vada allo sportello." in telegram.inner_text()) == (1, True)
    page.context.close()


def test_nothing_typed_is_lost_without_a_connection_or_a_sign_in(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{COST}/it")
    page.context.set_offline(True)
    write(page, "Scritto senza rete: {fee}.")
    _said(page, "No connection.")
    page.context.set_offline(False)
    _said(page, "Saved as your working copy")
    other = page.context.new_page()
    other.goto(f"{base}/console")
    other.click(".who button")
    other.wait_for_url("**/sign-in?signed-out=1")
    write(page, "Scritto dopo l'uscita: {fee}.")
    _said(page, "You are no longer signed in.")
    assert page.input_value("#answer") == "Scritto dopo l'uscita: {fee}."
    enter(other, base, "amina")
    write(page, "Scritto dopo l'uscita: {fee}.")
    _said(page, "Saved as your working copy")
    copy = Copies(house.store).find(ENTRY, "it", "amina")
    assert copy is not None and copy.data["answer"] == "Scritto dopo l'uscita: {fee}."
    other.click(".who button")
    enter(other, base, "bruno")
    write(page, "Di chi è questo testo? {fee}.")
    _said(page, "Somebody else is signed in here now.")
    assert [item.author for item in Copies(house.store).all()] == ["amina"]
    assert page.input_value("#answer") == "Di chi è questo testo? {fee}."
    page.context.close()


def test_the_button_does_not_leave_a_text_that_is_not_saved(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{HEALTH}/it")
    page.context.set_offline(True)
    write(page, "Scritto senza rete.")
    page.click("text=Look over and publish", no_wait_after=True)
    _said(page, "No connection.")
    assert (page.url, page.input_value("#answer")) == (f"{base}{HEALTH}/it", "Scritto senza rete.")
    page.context.set_offline(False)
    _said(page, "Saved as your working copy")
    assert page.url == f"{base}{HEALTH}/it"  # nobody is taken away by a button of minutes ago
    write(page, "Scritto e subito guardato.")
    page.click("text=Look over and publish")
    page.wait_for_url("**/health/card/it/look")
    copy = Copies(house.store).find("health/card", "it", "amina")
    assert copy is not None and copy.data["answer"] == "Scritto e subito guardato."
    page.context.close()


def test_the_later_of_two_tabs_is_told_and_may_keep_its_text(house: House, base: str, browser: Browser) -> None:
    first = signed_in(browser, base, "amina")
    second = first.context.new_page()
    second.set_default_timeout(20_000)
    for page in (first, second):
        page.goto(f"{base}{HEALTH}/it")
    write(first, "Dal primo.")
    _said(first, "Saved as your working copy")
    write(second, "Dal secondo.")
    _said(second, "changed in another tab")
    found = Copies(house.store).find("health/card", "it", "amina")
    assert (
        found is not None and found.data["answer"] == "Dal primo." and second.input_value("#answer") == "Dal secondo."
    )
    second.click("[data-mine]")
    _said(second, "Saved as your working copy")
    found = Copies(house.store).find("health/card", "it", "amina")
    assert found is not None and found.data["answer"] == "Dal secondo."
    first.context.close()


def test_a_fee_is_changed_once_and_the_next_answer_has_it_in_three_languages(
    house: House, base: str, browser: Browser
) -> None:
    italian = house.store.content().answers[ENTRY, "it"]
    house.store.publish_answer(
        replace(italian, locale="ar", title="تكلفة التصريح", answer="ادفع {fee}.", sections={}, version=0), "amina", 0
    )
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{COST}/values")
    page.fill("[name='amount.fee.']", "41.50")
    page.click("main form.values-form button:has-text('Look over')")
    page.locator("summary", has_text="Languages in which people then read another \u2066{fee}\u2069: 3").click()
    page.locator("dd[lang=en] ins", has_text="41.50").wait_for()
    assert "30" in _asked(base, payload=f"/entry {ENTRY}", locale="en")  # nothing yet
    page.click("button[value=publish]")
    page.wait_for_url("**/details?done=published")
    texts = [_asked(base, payload=f"/entry {ENTRY}", locale=locale) for locale in ("it", "en", "ar")]
    assert ["41,50" in texts[0], "41.50" in texts[1], "41" in texts[2] and "50" in texts[2]] == [True, True, True]
    page.context.close()


def test_two_people_edit_the_same_entry_and_see_both_texts(house: House, base: str, browser: Browser) -> None:
    amina, bruno = signed_in(browser, base, "amina"), signed_in(browser, base, "bruno")
    for page, text in ((amina, "Paghi {fee} alla posta."), (bruno, "Paghi {fee} in banca.")):
        page.goto(f"{base}{COST}/it")
        write(page, text)
        _said(page, "Saved as your working copy")
    bruno.click("text=Look over and publish")
    bruno.click("button[value=publish]")
    bruno.locator(".note.good").wait_for()
    amina.click("text=Look over and publish")
    amina.locator("del", has_text="banca").wait_for()
    assert amina.input_value("#answer") == "Paghi {fee} alla posta."
    amina.click("text=Look over and publish")
    amina.locator("del", has_text="banca").wait_for()
    amina.click("button[value=publish]")
    amina.locator(".note.good").wait_for()
    assert [row.author for row in house.store.history(ENTRY, "it")] == ["amina", "bruno", "import"]
    assert Copies(house.store).all() == []
    for page in (amina, bruno):
        page.context.close()


def test_high_risk_goes_through_a_colleague_who_confirms_it(house: House, base: str, browser: Browser) -> None:
    entry = house.store.content().entries[ENTRY]
    house.store.publish_entry(replace(entry, risk="high"), "bruno", 1)
    amina, bruno = signed_in(browser, base, "amina"), signed_in(browser, base, "bruno")
    amina.goto(f"{base}{COST}/it")
    write(amina, "Paghi {fee} in posta.")
    amina.click("text=Look over and publish")
    amina.locator("ins", has_text="posta").wait_for()
    assert "English" in (amina.locator("text=Translations that will be out of date: 1").text_content() or "")
    assert amina.locator("button[value=publish]").count() == 0
    amina.locator("[data-progress]", has_text="questions are tried.").wait_for()
    amina.click("text=Ask a colleague")
    amina.locator(".note.good").wait_for()
    bruno.goto(f"{base}/console/reviews")
    bruno.click("main .entry a")
    bruno.fill("#remark", "Quale posta?")
    bruno.click("text=Give it back")
    amina.goto(f"{base}{COST}/it")
    assert amina.locator("text=bruno gave your text back: Quale posta?").count() == 1
    amina.click("text=Look over and publish")
    amina.click("text=Ask a colleague")
    bruno.goto(f"{base}{COST}/it/look?author=amina")
    bruno.check("#sure")
    bruno.click("button[value=publish]")
    bruno.locator(".note.good").wait_for()
    answer = house.store.content().answers[ENTRY, "it"]
    assert (answer.answer, answer.state, answer.confirmed_by) == ("Paghi {fee} in posta.", "confirmed", "bruno")
    for page in (amina, bruno):
        page.context.close()


def test_a_question_asked_in_vain_becomes_an_utterance_and_is_answered(
    house: House, base: str, browser: Browser
) -> None:
    asked = "dove prendo il tesserino del dottore"
    before = house.store.revision()
    house.store.keep_unanswered(Session("s", "web", "it", last_text=asked), "unanswered")
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}/console/questions")
    page.locator("summary", has_text="Another entry").click()
    page.select_option("[name=other]", "health/card")
    page.click("text=Add to this entry")
    page.locator("text=Nobody has asked in vain.").wait_for()
    assert house.store.revision() == before + 1
    hits = house.assistant.understood(asked)[2]
    assert (hits[0].intent, hits[0].text) == ("health/card", asked)
    assert house.assistant.candidates(asked, "it")[1][0].intent == "health/card"
    page.context.close()


def test_an_entry_is_begun_looked_over_and_published(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}/console/new")
    fields = {
        "name": "bus-pass",
        "title": "Abbonamento del bus",
        "answer": "Vada in biglietteria.",
        "url": "https://bus.example",
        "page": "Bus",
    }
    for name, text in fields.items():
        page.fill(f"#{name}", text)
    page.select_option("#topic", "daily")
    page.click("main form.card button:has-text('Begin')")
    page.wait_for_url("**/daily/bus-pass/it?done=saved")
    assert "daily/bus-pass" not in house.desk.compose.content.entries
    page.click("text=Look over and publish")
    page.click("button[value=publish]")
    page.locator(".note.good").wait_for()
    answer = house.store.content().answers["daily/bus-pass", "it"]
    assert answer == Answer("daily/bus-pass", "it", "Abbonamento del bus", "Vada in biglietteria.")
    assert _asked(base, payload="/entry daily/bus-pass", locale="it") == "Vada in biglietteria."
    page.context.close()
