"""What is typed into details, values and a new entry stays in the browser until it was saved, for its account alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.copies import OWN, Copies, WorkingCopy
from tests.console.house import COST, HEALTH, House
from tests.console.served import enter, signed_in, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEPT = "Object.keys(localStorage).filter(name => name.startsWith('bussola.kept'))"


def _again(page: Page) -> bool:
    return page.locator("[data-again]").is_visible()


def test_details_are_here_again_after_loading_and_go_when_thrown_away_or_saved(
    house: House, base: str, browser: Browser
) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{HEALTH}/details")
    assert not _again(page)
    page.fill("#review_by", "2028-08-08")
    page.locator("summary", has_text="Related entries").click()
    page.check("[name='related.legal/permit-cost']")
    page.goto(f"{base}{HEALTH}/details")
    assert _again(page) and page.input_value("#review_by") == "2028-08-08"
    assert page.is_checked("[name='related.legal/permit-cost']") and page.is_visible(
        "[name='related.legal/permit-cost']"
    )
    page.click("[data-throw]")
    assert not _again(page) and page.input_value("#review_by") == "2027-05-01"
    page.reload()
    assert not _again(page) and page.evaluate(KEPT) == []
    page.fill("#review_by", "2028-08-09")
    page.click(".details-form button:has-text('Look over')")
    page.wait_for_url("**/own/look?done=saved")
    assert page.evaluate(KEPT) == []
    copy = Copies(house.store).find("health/card", OWN, "amina")
    assert copy is not None and copy.changed_entry().review_by.isoformat() == "2028-08-09"
    page.context.close()


def test_without_a_connection_or_a_sign_in_values_are_here_again(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{COST}/values")
    page.fill("[name='amount.fee.']", "50")
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.click(".values-form button:has-text('Look over')", no_wait_after=True)
    page.context.set_offline(False)
    page.goto(f"{base}{COST}/values")
    assert _again(page) and page.input_value("[name='amount.fee.']") == "50"
    page.context.clear_cookies()
    page.click(".values-form button:has-text('Look over')")
    page.locator("h1", has_text="You are no longer signed in").wait_for()
    enter(page, base, "bruno")
    page.goto(f"{base}{COST}/values")
    assert not _again(page) and page.input_value("[name='amount.fee.']") == "30.46"  # it is not theirs
    page.context.clear_cookies()
    enter(page, base, "amina")
    page.goto(f"{base}{COST}/values")
    assert _again(page) and page.input_value("[name='amount.fee.']") == "50"
    page.click(".values-form button:has-text('Look over')")
    page.wait_for_url("**/own/look?done=saved")
    assert page.evaluate(KEPT) == []
    page.context.close()


def test_what_is_refused_stays_and_signing_out_leaves_nothing_of_ones_own(
    house: House, base: str, browser: Browser
) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}/console/new")
    page.fill("#title", "Abbonamento <b>")
    page.fill("#name", "bus")
    page.reload()
    assert _again(page) and page.input_value("#title") == "Abbonamento <b>"
    page.fill("#url", "x")
    page.fill("#page", "Bus")
    page.click("main form button:has-text('Begin')")
    page.locator(".wrong").first.wait_for()
    page.goto(f"{base}/console/new")
    assert _again(page) and page.input_value("#url") == "x"
    page.evaluate("localStorage.setItem('bussola.kept \"bruno\" new ', '{}')")
    page.click(".who button")
    page.wait_for_url("**/sign-in?signed-out=1")
    assert page.evaluate(KEPT) == ['bussola.kept "bruno" new ']
    page.context.close()


def test_another_form_neither_settles_what_was_typed_nor_makes_a_conflict_of_it(
    house: House, base: str, browser: Browser
) -> None:
    page = signed_in(browser, base, "amina")
    page.goto(f"{base}{HEALTH}/details")
    page.fill("#review_by", "2028-08-08")
    # As after going back to a page that was only put aside: it has not been loaded again, and the text is sent in vain.
    page.evaluate("""sessionStorage.setItem('bussola.sent', 'bussola.kept "amina" details health/card')""")
    page.click("form:has(input[name=url]) button:has-text('I checked it today')")
    page.wait_for_url("**/details?done=checked")
    assert _again(page) and page.input_value("#review_by") == "2028-08-08"
    page.click(".details-form button:has-text('Look over')")
    page.wait_for_url("**/own/look?done=saved")
    assert "2028" in (page.text_content("main") or "")
    page.context.close()


def test_nothing_is_kept_for_ever(house: House, base: str, browser: Browser) -> None:
    page = signed_in(browser, base, "amina")
    for account, name, days in (
        ("amina", "new 1", 6),
        ("amina", "new 2", 8),
        ("bruno", "new 1", 0),
        ("bruno", "new 2", 2),
    ):
        page.evaluate(
            """([account, name, days]) => localStorage.setItem(`bussola.kept "${account}" ${name}`,
                JSON.stringify({at: Date.now() - days * 86400000, fields: {}, base: {}}))""",
            [account, name, days],
        )
    page.reload()
    assert sorted(page.evaluate(KEPT)) == ['bussola.kept "amina" new 1', 'bussola.kept "bruno" new 1']
    page.context.close()


def _left(page: Page, text: str) -> Page:
    """Types an answer after the sign-in has ended, closes the tab, signs in again and opens the same page. (A tab that
    is closed without a connection may still save: Chromium lets its last request through.)"""
    page.goto(page.url.partition("/console")[0] + f"{HEALTH}/it")
    page.context.clear_cookies()
    write(page, text)
    page.locator("[data-said]", has_text="You are no longer signed in.").wait_for()
    page.close()
    return page.context.new_page()


def test_an_answer_that_was_not_saved_is_here_again_in_another_tab_and_goes_once_it_is_saved(
    house: House, base: str, browser: Browser
) -> None:
    page = _left(signed_in(browser, base, "amina"), "Scritto dopo la scadenza.")
    enter(page, base, "amina")
    page.goto(f"{base}{HEALTH}/it")
    assert _again(page) and page.input_value("#answer") == "Scritto dopo la scadenza."
    page.locator("[data-said]", has_text="Saved as your working copy").wait_for()
    assert page.evaluate(KEPT) == []
    page.click("[data-throw]")
    assert not _again(page) and page.input_value("#answer") == "Vada alla ASL."
    page.locator("[data-shown] .bubble", has_text="Vada alla ASL.").wait_for()
    page.context.set_offline(True)
    write(page, "Scritto senza rete.")
    page.locator("[data-said]", has_text="No connection.").wait_for()
    assert len(page.evaluate(KEPT)) == 1
    page.context.set_offline(False)
    page.click("text=Look over and publish")
    page.wait_for_url("**/it/look")
    assert page.evaluate(KEPT) == []
    copy = Copies(house.store).find("health/card", "it", "amina")
    assert copy is not None and copy.data["answer"] == "Scritto senza rete."
    page.context.close()


def test_an_older_answer_of_this_browser_replaces_no_newer_one_unasked(house: House, base: str, browser: Browser) -> None:
    page, copies = _left(signed_in(browser, base, "amina"), "Il vecchio."), Copies(house.store)
    newer = {"title": "Tessera sanitaria", "answer": "Il nuovo."}
    saved = copies.save(WorkingCopy("health/card", "it", "amina", newer, 1))
    enter(page, base, "amina")
    page.goto(f"{base}{HEALTH}/it")
    asks = page.locator("[data-asks]")
    assert (asks.is_visible(), _again(page), page.input_value("#answer")) == (True, False, "Il nuovo.")
    assert copies.find("health/card", "it", "amina") == saved
    page.click("[data-bring]")
    assert (asks.is_visible(), _again(page), page.input_value("#answer")) == (False, True, "Il vecchio.")
    page.locator("[data-said]", has_text="Saved as your working copy").wait_for()
    page.click("[data-throw]")
    assert page.input_value("#answer") == "Il nuovo."
    write(page, "Il più nuovo.")
    page.locator("[data-shown] .bubble", has_text="Il più nuovo.").wait_for()
    page.reload()
    assert (asks.is_visible(), page.input_value("#answer"), page.evaluate(KEPT)) == (False, "Il più nuovo.", [])
    page.context.close()
