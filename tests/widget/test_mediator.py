"""A conversation with a mediator, seen from the person. The other side is a fake of the API's contract: messages that
somebody wrote, over server-sent events or by asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse

from tests.small import COST
from tests.widget.house import Visit, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

ENDED = "The mediator has closed this conversation."
SAID = "Buongiorno, La aiuto io.\n- Porti il passaporto\n- Venga alle 10"


class Office:
    """The mediator's side: what they wrote, and where the conversation stands. `streams` is whether events come through."""

    def __init__(self, streams: bool) -> None:
        self.state, self.messages, self.streams, self.asked = "none", list[dict[str, Any]](), streams, list[int]()
        self.door = APIRouter()
        self.door.add_api_route("/api/v1/sessions/{session}/messages", self._messages)
        self.door.add_api_route("/api/v1/sessions/{session}/events", self._events)

    def write(self, text: str, **more: Any) -> None:
        """Adds a message of the mediator."""
        number = len(self.messages) + 1
        said = {
            "id": number,
            "from": "mediator",
            "text": text,
            "locale": "it",
            "dir": "ltr",
            "at": "2026-11-23T10:00:00",
        }
        self.messages.append({**said, **more})

    def _messages(self, session: str, after: int = 0) -> dict[str, Any]:
        self.asked.append(after)
        return {"state": self.state, "messages": [each for each in self.messages if each["id"] > after]}

    def _events(self, session: str, after: int = 0) -> StreamingResponse:
        if not self.streams:
            raise HTTPException(404)
        return StreamingResponse(self._stream(after), media_type="text/event-stream")

    async def _stream(self, last: int) -> AsyncIterator[str]:
        told = ""
        while told != "closed":
            for each in [each for each in self.messages if each["id"] > last]:
                last = each["id"]
                yield f"id: {last}\nevent: message\ndata: {json.dumps(each)}\n\n"
            if told != self.state:
                told = self.state
                yield f"event: state\ndata: {json.dumps({'state': told})}\n\n"
            await asyncio.sleep(0.02)


@pytest.fixture(params=[True, False], ids=["events", "asking"])
def office(request: pytest.FixtureRequest) -> Office:
    return Office(request.param)


@contextmanager
def _waiting(browser: Browser, folder: Path, office: Office) -> Iterator[Visit]:
    """Somebody who has asked for a person. The server's reply says that a mediator will come."""
    with served(folder, fake=office.door) as base, visiting(browser, base) as visit:

        def handed_over(route: Any) -> None:
            answer = route.fetch()
            said = answer.json()
            if office.state != "none" and "text" in json.loads(route.request.post_data):
                said["replies"] = []
            route.fulfill(response=answer, json={**said, "handoff": office.state})

        visit.page.route("**/api/v1/messages", handed_over)
        visit.page.clock.install()
        visit.ask("buongiorno")
        office.state = "waiting"
        visit.page.fill("#question", "voglio parlare con una persona")
        visit.page.press("#question", "Enter")
        visit.page.wait_for_function("() => sessionStorage['bussola-human']")
        yield visit
        office.state = "closed"  # or a stream would stay open
        _seen(visit, visit.page.get_by_text(ENDED))


def _seen(visit: Visit, node: Locator) -> None:
    """Waits until something is there. The widget's next question for news is not waited for: its time goes by at once."""
    from playwright.sync_api import TimeoutError, expect

    expect(visit.page.locator("#writing")).to_be_hidden()  # nothing is on its way that would be given up
    for _ in range(100):
        visit.page.clock.fast_forward(6000)
        with suppress(TimeoutError):
            return node.wait_for(timeout=100)
    raise AssertionError(f"waited in vain for {node}")


def test_the_mediators_messages_arrive_in_their_order_and_are_announced(
    browser: Browser, tmp_path: Path, office: Office
) -> None:
    with _waiting(browser, tmp_path, office) as visit:
        office.messages.append(
            {"id": 1, "from": "person", "text": "voglio parlare", "locale": "it", "dir": "ltr", "at": ""}
        )
        office.write(SAID)
        office.state = "claimed"
        first = visit.page.locator(".mediator")
        _seen(visit, first)
        _seen(visit, visit.page.get_by_text("A cultural mediator is answering you now."))
        assert first.locator(".who").inner_text() == "Cultural mediator"
        assert first.locator("li").all_inner_texts() == ["Porti il passaporto", "Venga alle 10"]
        assert [first.get_attribute("lang"), first.get_attribute("dir")] == ["it", "ltr"]
        assert visit.page.locator(".log[role=log] .mediator").count() == 1  # a live region: it is read out
        visit.page.fill("#question", "va bene, grazie")
        visit.page.press("#question", "Enter")
        visit.page.locator(".said", has_text="va bene").wait_for()
        office.write("مرحبا", locale="ar", dir="rtl")
        _seen(visit, visit.page.locator(".mediator[dir=rtl]"))
        assert visit.page.locator(".mediator").count() == 2
        assert visit.page.locator(".said").count() == 3  # what the person wrote is not shown twice


def test_an_answer_that_the_mediator_sends_is_drawn_as_an_answer(browser: Browser, tmp_path: Path) -> None:
    office = Office(streams=True)
    with _waiting(browser, tmp_path, office) as visit:
        entry = visit.page.request.get(f"{visit.base}/api/v1/entries/{COST}").json()
        office.write("", replies=[entry])
        answer = visit.page.locator(".reply.answer", has_text="Quanto costa il permesso")
        answer.wait_for()
        assert answer.locator(".beside").count() == 1
        assert visit.page.locator(".mediator").count() == 0


def test_on_another_page_of_the_tab_the_conversation_goes_on(browser: Browser, tmp_path: Path) -> None:
    office = Office(streams=True)
    with _waiting(browser, tmp_path, office) as visit:
        office.write(SAID)
        visit.page.locator(".mediator").wait_for()
        visit.page.reload()
        visit.page.locator(".mediator").wait_for()
        assert visit.page.locator(".mediator").count() == 1
        assert sorted(visit.kept()) == ["bussola-human", "bussola-seen", "bussola-session"]


def test_when_it_is_over_nothing_listens_any_more(browser: Browser, tmp_path: Path) -> None:
    office = Office(streams=False)
    with _waiting(browser, tmp_path, office) as visit:
        office.write(SAID)
        _seen(visit, visit.page.locator(".mediator"))
        assert sorted(visit.kept()) == ["bussola-human", "bussola-seen", "bussola-session"]
        office.state = "closed"
        _seen(visit, ended := visit.page.get_by_text(ENDED))
        visit.page.wait_for_function("() => !sessionStorage['bussola-human']")
        asked = len(office.asked)
        office.write("Ancora una cosa")
        office.state = "none"
        visit.page.clock.fast_forward(60_000)  # ten times the pause between two questions
        answer = visit.ask("quanto costa il permesso")  # the bot answers again
        assert answer.locator("h2").inner_text() == "Quanto costa il permesso"
        assert [visit.page.locator(".mediator").count(), ended.count()] == [1, 1]
        assert (office.asked[0], len(office.asked)) == (0, asked)
        assert sorted(visit.kept()) == ["bussola-seen", "bussola-session"]
        assert visit.faults == ["Failed to load resource: the server responded with a status of 404 (Not Found)"]
