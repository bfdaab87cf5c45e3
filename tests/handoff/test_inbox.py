"""The mediators' inbox: with plain requests, and in a real browser with somebody at the web API on the other side."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from bot import tables
from bot.accounts import Accounts
from bot.people import People as Persons
from tests.handoff.people import PASSWORD, SECRET_TEXT, People
from tests.handoff.test_api import Listener
from tests.small import COST, RENEW

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Colleague:
    """Somebody at the console, without JavaScript."""

    def __init__(self, people: People, name: str) -> None:
        self.client = TestClient(people.app, follow_redirects=False, headers={"Accept-Language": "en"})
        page = self.client.get("/console/sign-in").text
        fields = {"csrf": _hidden(page, "csrf"), "name": name, "password": PASSWORD}
        assert self.client.post("/console/sign-in", data=fields).status_code == 303

    def get(self, path: str = "", status: int = 200) -> str:
        response = self.client.get(f"/console/inbox{path}")
        assert response.status_code == status
        return html.unescape(response.text)

    def do(self, number: int, verb: str, status: int = 303, **fields: str) -> str:
        """Posts a form of the conversation's page."""
        csrf = _hidden(self.client.get("/console").text, "csrf")
        response = self.client.post(f"/console/inbox/{number}/{verb}", data={"csrf": csrf, **fields})
        assert response.status_code == status, response.text
        return html.unescape(response.text) if status != 303 else response.headers["location"]


def _hidden(text: str, name: str) -> str:
    return str(re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)[-1])


@pytest.fixture
def amina(people: People) -> Colleague:
    return Colleague(people, "amina")


def test_a_conversation_without_javascript(people: People, amina: Colleague) -> None:
    assert "Nobody is waiting." in amina.get()
    people.say("come rinnovo il permesso di soggiorno")
    number = people.waiting()
    assert "1 waiting" in amina.get()
    assert SECRET_TEXT not in amina.get()
    page = amina.get(f"/{number}")
    for shown in (SECRET_TEXT, "Rinnovare il permesso", "Chieda il rinnovo almeno", "on Telegram", "Italiano"):
        assert shown in page
    assert '<textarea id="text"' not in page  # who has not taken it cannot answer
    assert amina.do(number, "claim") == f"/console/inbox/{number}"
    assert "Write an answer first." in amina.do(number, "reply", 422, text="  ")
    long = amina.do(number, "reply", 422, text="a" * 3501)
    assert "at most 3500 characters" in long and "a" * 3501 in long
    amina.do(number, "reply", text="Buongiorno")
    found = amina.get(f"/{number}?q=quanto costa")
    assert f'name="entry" value="{COST}"' in found
    amina.do(number, "send", entry=COST)
    amina.do(number, "send", 404, entry="legal/gone")
    assert "Sent the entry: Quanto costa il permesso" in amina.get(f"/{number}")
    assert amina.do(number, "close") == "/console/inbox"
    assert f"/console/inbox/{number}" in amina.get("?closed=1")
    assert '<textarea id="text"' not in amina.get(f"/{number}")
    written = [(message.author, message.text, message.entry) for message in people.conversations.messages(number)]
    assert written == [
        ("person", SECRET_TEXT, None),
        ("desk", "A mediator reads your messages now.", None),
        ("mediator", "Buongiorno", None),
        ("mediator", "", COST),
        (
            "desk",
            "The mediator has ended this conversation. I answer again. You can write to a mediator again at any time.",
            None,
        ),
    ]


def test_whoever_is_slower_loses_nothing(people: People, amina: Colleague) -> None:
    number, bruno = people.waiting(), Colleague(people, "bruno")
    amina.do(number, "claim")
    assert "A colleague has this conversation now" in bruno.do(number, "claim", 409)
    assert "with amina" in bruno.get(f"/{number}")
    amina.do(number, "transfer", to="bruno")
    kept = amina.do(number, "reply", 409, text="Ho scritto molto")
    assert "A colleague has this conversation now" in kept and "Ho scritto molto</textarea>" in kept
    amina.do(number, "transfer", to="amina")  # takes it over again
    amina.do(number, "reply", text="Eccomi")
    people.press("/delete")
    assert "This conversation is deleted" in amina.do(number, "reply", 404, text="Pronto?")
    assert "This conversation is deleted" in amina.get(f"/{number}", 404)


def test_readers_and_strangers_see_nothing(people: People) -> None:
    number, vito = people.waiting(), Colleague(people, "vito")
    for path in ("", f"/{number}"):
        assert SECRET_TEXT not in vito.get(path, 403)
    assert 'href="/console/inbox"' not in html.unescape(vito.client.get("/console").text)
    vito.do(number, "claim", 403)
    stranger = TestClient(people.app, follow_redirects=False)
    for path in ("", f"/{number}"):
        assert stranger.get(f"/console/inbox{path}").headers["location"] == "/console/sign-in"
    for path in ("/list", f"/{number}/new", f"/{number}/found?q=permesso"):
        assert (
            stranger.get(f"/console/inbox{path}").status_code,
            vito.client.get(f"/console/inbox{path}").status_code,
        ) == (204, 204)
    assert stranger.post(f"/console/inbox/{number}/claim", data={"csrf": "x"}).status_code == 401


def test_who_is_limited_reads_and_is_given_only_what_they_may_answer(people: People, amina: Colleague) -> None:
    number, accounts = people.waiting(), Accounts(people.store)
    accounts.create("bao", PASSWORD, "mediator")
    Persons(accounts).change("bao", "mediator", ("zh",), (), "bruno")
    bao = Colleague(people, "bao")
    assert f"/console/inbox/{number}" not in bao.get() + bao.get("/list")
    assert SECRET_TEXT not in bao.get(f"/{number}", 403)
    for path in (f"/{number}/new", f"/{number}/found?q=permesso"):
        assert bao.get(path, 204) == ""
    amina.do(number, "claim")
    page = amina.get(f"/{number}")
    assert "<option>bruno</option>" in page and "<option>bao</option>" not in page
    amina.do(number, "transfer", 409, to="bao")
    amina.do(number, "transfer", to="bruno")


def test_a_form_of_another_site_is_refused(people: People, amina: Colleague) -> None:
    number = people.waiting()
    assert amina.client.post(f"/console/inbox/{number}/claim", data={"csrf": "x"}).status_code == 403
    assert people.conversations.counts() == (1, 0)


def test_who_waits_too_long_stands_first_and_is_counted_on_every_page(people: People, amina: Colleague) -> None:
    people.press("/human yes", "8")
    people.clock.later(minutes=40)
    people.press("/human yes", "9")
    page = amina.get()
    assert re.findall(r'<li class="(\w*)">\s*<h2>', page) == ["urgent", ""]
    assert "without an answer for 40 minutes" in page
    assert "1 waiting too long" in html.unescape(amina.client.get("/console").text)


def test_polling_brings_only_what_is_new(people: People, amina: Colleague) -> None:
    number = people.waiting()
    page = amina.get(f"/{number}")
    after = re.findall(r'hx-get="(/console/inbox[^"]*/new[^"]*)"', page)[0]
    assert amina.client.get(after).status_code == 204
    people.say("Mi sente?")
    fresh = html.unescape(amina.client.get(after).text)
    assert "Mi sente?" in fresh and SECRET_TEXT not in fresh and "hx-swap-oob" not in fresh
    later = re.findall(r'hx-get="(/console/inbox[^"]*/new[^"]*)"', fresh)[0]
    people.press("/bot")
    assert 'hx-swap-oob="true"' in amina.client.get(later).text
    seen = re.findall(r'hx-get="([^"]*list[^"]*)"', amina.get("/list?closed=0"))[0]
    assert amina.client.get(seen).status_code == 204


def test_reading_and_answering_leave_no_text_in_the_audit(people: People, amina: Colleague) -> None:
    number = people.waiting()
    amina.do(number, "claim")
    amina.do(number, "reply", text="Risposta riservata")
    with people.store.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(select(tables.audit))]
    assert [row[3] for row in rows][-2:] == ["claim", "reply"]
    assert "riservata" not in str(rows) and SECRET_TEXT not in str(rows)


# ---- in a real browser -----------------------------------------------------------------------------------------------


def _signed_in(browser: Browser, base: str, name: str, faults: list[str], **options: bool) -> Page:
    page = browser.new_context(locale="en", **options).new_page()  # type: ignore[arg-type]
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{base}/console/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{base}/console")
    return page


def test_from_the_widgets_side_to_a_mediator_and_back(people: People, browser: Browser) -> None:
    faults: list[str] = []
    with people.served() as base, httpx.Client(base_url=base, timeout=20) as client:
        page = _signed_in(browser, base, "amina", faults)
        page.goto(f"{base}/console/inbox")
        page.get_by_text("Nobody is waiting.").wait_for()

        def post(**message: str) -> dict[str, object]:
            return dict(client.post("/api/v1/messages", json=message).json())

        token = str(post(text="come rinnovo il permesso di soggiorno")["session"])
        post(session=token, payload="/human yes")
        post(session=token, text=SECRET_TEXT)
        page.locator(".inbox a").click()  # the list has found it by itself
        page.get_by_role("button", name="Take this conversation").click()
        page.locator("#text").wait_for()
        with Listener(base, token) as heard:
            heard.wait(3)
            page.fill("#text", "Buongiorno, ")
            post(session=token, text="E anche mia figlia")
            page.get_by_text("E anche mia figlia").wait_for()  # without loading the page again
            assert page.input_value("#text") == "Buongiorno, "
            page.get_by_label("Your answer").press_sequentially("venga domani.")
            page.get_by_role("button", name="Send", exact=True).click()
            page.locator(".message.mediator").wait_for()
            page.fill("#q", "costa")
            page.get_by_role("button", name="Find").click()
            page.locator("#found button").first.click()
            page.get_by_text("Sent the entry: Quanto costa il permesso").wait_for()
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            page.get_by_role("button", name="End this conversation").click()
            page.wait_for_url(f"{base}/console/inbox")
            events = heard.wait(8)
            client.delete(f"/api/v1/sessions/{token}")
        told = [(data["from"], data["text"]) for _, event, data in events if event == "message"]
        assert told[3] == ("mediator", "Buongiorno, venga domani.")
        assert next(data for _, event, data in events if "replies" in data)["replies"][0]["entry"] == COST
        assert events[-1][2] == {"state": "closed"}
        assert faults == []
        page.context.close()


def test_the_pages_work_without_javascript(people: People, browser: Browser) -> None:
    people.say("come rinnovo il permesso di soggiorno")
    number = people.waiting()
    with people.served() as base:
        page = _signed_in(browser, base, "amina", [], java_script_enabled=False)
        page.goto(f"{base}/console/inbox/{number}")
        page.get_by_role("button", name="Take this conversation").click()
        people.say("Mi sente?")
        page.get_by_role("button", name="Look for new messages").click()
        page.get_by_text("Mi sente?").wait_for()
        page.fill("#q", "permesso")
        page.get_by_role("button", name="Find").click()
        assert page.locator("#found form").count() == 2
        page.context.close()


def test_the_entry_last_shown_is_the_one_of_the_session(people: People, amina: Colleague) -> None:
    people.say("come rinnovo il permesso di soggiorno")
    number = people.waiting()
    assert f'href="/console/entries/{RENEW}/it"' in amina.get(f"/{number}")
