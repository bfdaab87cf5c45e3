"""The real widget against the real server: somebody writes to a mediator, who answers through the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.handoff.conftest import people, prepared
from tests.handoff.people import People
from tests.handoff.test_inbox import Colleague
from tests.small import COST
from tests.widget.house import Visit, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["people", "prepared"]
OPENED = "You are writing to a mediator now."
TAKEN, ENDED = "A mediator reads your messages now.", "The mediator has ended this conversation."


@pytest.fixture
def visit(browser: Browser, people: People) -> Iterator[Visit]:
    with people.served() as base, visiting(browser, base) as visit:
        yield visit
        visit.page.evaluate(
            "() => { const id = sessionStorage['bussola-session']; return id && fetch(`/api/v1/sessions/${id}`, { method: 'DELETE' }); }"
        )  # or a stream would stay open


def _begun(visit: Visit, people: People) -> int:
    """Presses its way to a mediator; the number of the conversation."""
    visit.ask("voglio parlare con una persona").get_by_role("button", name="Yes, write to a mediator").click()
    visit.page.get_by_text(OPENED).wait_for()
    return people.conversations.listed()[0].id


def _write(visit: Visit, text: str) -> None:
    from playwright.sync_api import expect

    visit.page.fill("#question", text)
    visit.page.press("#question", "Enter")
    expect(visit.page.locator(".said").last).to_contain_text(text)


def _heard(visit: Visit) -> list[str]:
    """What stands in the live region that is not the person's own."""
    return visit.page.locator("#log > :not(.said)").all_inner_texts()


def test_from_the_button_to_the_mediators_goodbye(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    number, amina = _begun(visit, people), Colleague(people, "amina")
    _write(visit, "Mia figlia non ha la tessera")
    expect(visit.page.locator("#writing")).to_be_hidden()
    amina.do(number, "claim")
    visit.page.get_by_text(TAKEN).wait_for()
    assert "Mia figlia non ha la tessera" in amina.get(f"/{number}")
    amina.do(number, "reply", text="Buongiorno.\n- Porti il passaporto")
    said = visit.page.locator(".mediator")
    expect(said.locator("li")).to_have_text("Porti il passaporto")
    assert said.locator(".who").inner_text() == "Cultural mediator"
    amina.do(number, "send", entry=COST)
    visit.page.locator(".reply.answer", has_text="Quanto costa il permesso").wait_for()
    _write(visit, "Grazie")
    expect(visit.page.locator("#writing")).to_be_hidden()
    amina.do(number, "close")
    visit.page.get_by_text(ENDED).wait_for()
    heard = "\n".join(_heard(visit))
    assert [heard.count(each) for each in (TAKEN, ENDED, "Porti il passaporto")] == [1, 1, 1]
    assert (
        visit.page.locator(".stands").count() == 2
    )  # somebody has it, it is over: each once; that it waits the reply has said
    assert visit.page.locator(".mediator").count() == 1  # what the desk says is no mediator's message
    assert "bussola-human" not in visit.kept()
    assert visit.ask("quanto costa il permesso").locator("h2").inner_text() == "Quanto costa il permesso"
    assert visit.faults == []


def test_who_goes_back_to_the_bot_is_not_told_that_a_mediator_left(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    _begun(visit, people)
    visit.page.get_by_role("button", name="Back to the bot").click()
    visit.page.get_by_text("You no longer write to a mediator.").wait_for()
    expect(visit.page.locator(".stands")).to_have_count(0)
    assert "bussola-human" not in visit.kept()
    assert "closed this conversation" not in "\n".join(_heard(visit))
    visit.page.locator(".reply").last.get_by_role("button", name="Write to a mediator").click()
    visit.page.get_by_role("button", name="Yes, write to a mediator").last.click()
    expect(visit.page.get_by_text(OPENED)).to_have_count(2)
    number, amina = people.conversations.listed()[0].id, Colleague(people, "amina")
    amina.do(number, "claim")
    amina.do(number, "reply", text="Eccomi di nuovo")
    visit.page.locator(".mediator", has_text="Eccomi di nuovo").wait_for()


def test_who_starts_again_leaves_no_mediator_writing_to_nobody(visit: Visit, people: People) -> None:
    number = _begun(visit, people)
    with visit.page.expect_response("**/api/v1/messages"):
        visit.page.get_by_role("button", name="Start again").click()
    found = people.conversations.get(number)
    assert found is not None and found.state == "closed"
    assert visit.page.locator("#home").is_visible() and visit.kept() == {}


_FOCUSED = "document.querySelector('bussola-desk').shadowRoot.activeElement.id"


def _corner(visit: Visit) -> None:
    """The desk as a button in the corner of somebody's page."""
    visit.page.route("**/its-page", lambda route: route.fulfill(body=_SITE, content_type="text/html"))
    visit.page.goto(f"{visit.base}/its-page")
    visit.page.wait_for_selector("bussola-desk[data-ready]", state="attached")


_SITE = (
    '<!doctype html><html lang="it"><title>Comune</title><body><p>Benvenuti</p><script src="/widget.js" async></script>'
)


def test_what_comes_while_the_corner_panel_is_closed_is_counted_and_said(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    _corner(visit)
    visit.page.click("#launcher")
    number, amina = _begun(visit, people), Colleague(people, "amina")
    amina.do(number, "claim")
    visit.page.get_by_text(TAKEN).wait_for()
    visit.page.keyboard.press("Escape")
    badge, heard = visit.page.locator("#badge"), visit.page.locator("#heard[role=status]")
    expect(badge).to_be_hidden()
    amina.do(number, "reply", text="Buongiorno")
    expect(heard).to_have_text("New message (1)")
    amina.do(number, "reply", text="Porti il passaporto")
    expect(heard).to_have_text("New message (2)")
    assert badge.inner_text().split() == ["New", "message", "2"]
    assert "2" in visit.page.locator("#launcher").inner_text()
    visit.page.reload()  # elsewhere on the same site: still two, not everything that was ever said
    expect(visit.page.locator("#heard")).to_have_text("New message (2)")
    visit.page.click("#launcher")
    expect(visit.page.locator(".mediator", has_text="Buongiorno")).to_be_in_viewport()
    visit.page.keyboard.press("Escape")
    expect(badge).to_be_hidden()
    expect(heard).to_have_text("")
    assert visit.faults == []


def test_a_goodbye_that_nobody_saw_is_there_on_the_next_page(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    _corner(visit)
    visit.page.click("#launcher")
    number, amina = _begun(visit, people), Colleague(people, "amina")
    visit.page.keyboard.press("Escape")
    amina.do(number, "claim")
    amina.do(number, "reply", text="Porti il passaporto")
    amina.do(number, "close")
    heard = visit.page.locator("#heard")
    expect(heard).to_have_text("New message (3)")  # that she has it, what she writes, that it is over
    visit.page.reload()
    expect(heard).to_have_text("New message (3)")
    visit.page.click("#launcher")
    expect(visit.page.locator(".mediator", has_text="Porti il passaporto")).to_be_in_viewport()
    visit.page.wait_for_function("() => !sessionStorage['bussola-human']")
    visit.page.reload()  # what was seen is not told again
    visit.page.click("#launcher")
    assert visit.page.locator("#home").is_visible()
    assert visit.page.locator("#log > *").count() == 0
    assert visit.faults == []


def test_a_message_below_the_fold_comes_into_view_or_waits_behind_a_button(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    visit.page.set_viewport_size({"width": 360, "height": 560})
    number, amina = _begun(visit, people), Colleague(people, "amina")
    amina.do(number, "claim")
    visit.page.get_by_text(TAKEN).wait_for()
    fresh, said = visit.page.get_by_role("button", name="New message"), visit.page.locator(".mediator")
    amina.do(number, "reply", text="\n".join(f"{line}. Venga domani mattina" for line in range(1, 30)))
    expect(said).to_be_in_viewport()
    expect(fresh).to_be_hidden()
    visit.page.evaluate("scrollTo(0, 0)")
    amina.do(number, "reply", text="Porti anche una foto")
    fresh.wait_for()
    assert visit.page.evaluate("scrollY") == 0  # who reads is not pulled away
    fresh.click()
    expect(said.last).to_be_in_viewport()
    expect(fresh).to_be_hidden()
    assert visit.page.evaluate(_FOCUSED) == "log"


def test_news_below_take_no_focus_and_lose_none(visit: Visit, people: People) -> None:
    from playwright.sync_api import expect

    _corner(visit)
    visit.page.click("#launcher")
    number, amina = _begun(visit, people), Colleague(people, "amina")
    amina.do(number, "claim")
    amina.do(number, "reply", text="\n".join(f"{line}. Venga domani mattina" for line in range(1, 40)))
    fresh, middle = visit.page.get_by_role("button", name="New message"), visit.page.locator("#middle")
    expect(visit.page.locator(".mediator")).to_be_in_viewport()
    middle.evaluate("node => node.scrollTo(0, 0)")
    visit.page.focus("#question")
    amina.do(number, "reply", text="Porti anche una foto")
    fresh.wait_for()
    assert visit.page.evaluate(_FOCUSED) == "question"
    said = visit.page.locator("#log[role=log][aria-live=polite][aria-busy=false] > .mediator", has_text="una foto")
    assert said.count() == 1  # in the live region, which is read out when something comes
    visit.page.keyboard.press("Escape")
    visit.page.evaluate("document.body.style.height = '4000px'; scrollTo(0, 500)")
    visit.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    visit.page.click("#launcher")
    expect(fresh).to_be_visible()  # who scrolls the page behind has not read what is new in the panel
    fresh.focus()
    middle.evaluate("node => node.scrollTo(0, node.scrollHeight)")
    expect(fresh).to_be_hidden()
    assert visit.page.evaluate(_FOCUSED) == "log"


def test_after_a_reload_the_persons_own_words_stand_there_again(visit: Visit, people: People) -> None:
    number, amina = _begun(visit, people), Colleague(people, "amina")
    _write(visit, "Mia figlia non ha la tessera")
    amina.do(number, "claim")
    amina.do(number, "reply", text="Quanti anni ha?")
    visit.page.locator(".mediator").wait_for()
    visit.page.reload()
    visit.page.locator(".mediator").wait_for()
    words = visit.page.locator("#log > *").all_inner_texts()
    assert [sum("Mia figlia" in each for each in words), sum("Quanti anni" in each for each in words)] == [1, 1]
    mine = visit.page.locator(".said p").all_inner_texts()
    _write(visit, "Tre anni")
    amina.do(number, "reply", text="Grazie")
    visit.page.locator(".mediator", has_text="Grazie").wait_for()
    assert visit.page.locator(".said p").all_inner_texts() == [*mine, "Tre anni"]


def test_that_a_mediator_is_awaited_is_said_once(visit: Visit, people: People) -> None:
    _begun(visit, people)
    awaited = visit.page.locator("#log", has_text="A cultural mediator will answer here.")
    assert awaited.count() == 0  # the reply has said it
    visit.page.reload()
    awaited.wait_for()  # now the reply is gone
