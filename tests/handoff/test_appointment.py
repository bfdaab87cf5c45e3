"""A request for an appointment: the form without JavaScript, and what mediators make of it."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.settings import Settings
from connectors.web.app import create_app
from tests.handoff.people import People
from tests.handoff.test_inbox import Colleague

REACH = "333 7654321"


@pytest.fixture
def client(people: People) -> Iterator[TestClient]:
    with TestClient(people.app, follow_redirects=False) as made:
        yield made


def _ask(client: TestClient, **fields: str) -> str:
    """Sends the form and reads the page that it leads to."""
    form = {"language": "ar", "place": "Foggia", "reason": "legal", "when": "morning", **fields}
    response = client.post("/en/appointment", data=form)
    assert response.status_code == 303
    return html.unescape(client.get(response.headers["location"]).text)


def test_a_request_arrives_in_the_inbox_and_ends_there(people: People, client: TestClient) -> None:
    page = client.get("/en/appointment")
    assert page.status_code == 200 and "script" not in page.text and page.headers["Cache-Control"] == "no-store"
    told = _ask(client, reach=REACH)
    assert "Your number is 1." in told and "A mediator gets in touch with you." in told and REACH not in told
    amina = Colleague(people, "amina")
    assert "Appointment 1" in amina.get()
    shown = amina.get("/1")
    for known in ("العربية", "Foggia", "Residence permit and rights", "In the morning", REACH):
        assert known in shown
    assert '<textarea id="text"' not in shown
    amina.do(1, "claim")
    assert people.conversations.counts() == (0, 0)
    amina.do(1, "close")
    people.clock.later(days=7)
    assert people.conversations.forget(7) == 1


def test_who_leaves_nothing_comes_with_a_number(client: TestClient, people: People) -> None:
    assert "Go to the desk and say this number." in _ask(client)
    assert "The person comes to the desk and says the number 1." in Colleague(people, "amina").get("/1")


def test_how_to_reach_somebody_is_not_readable_in_the_database(client: TestClient, people: People) -> None:
    _ask(client, reach=REACH)
    kept = b"".join(path.read_bytes() for path in people.folder.glob("bussola.sqlite3*"))
    assert b"appointment:" in kept and REACH.encode() not in kept and b"morning" not in kept


def test_a_reason_is_needed_and_what_was_typed_stays(client: TestClient, people: People) -> None:
    response = client.post(
        "/en/appointment", data={"language": "ar", "place": "Bari", "reach": REACH, "when": "evening"}
    )
    page = html.unescape(response.text)
    assert response.status_code == 422 and "Please choose what it is about." in page
    assert f'value="{REACH}"' in page and 'value="Bari"' in page and 'value="evening" checked' in page
    assert people.conversations.listed() == []


def test_unknown_places_times_and_languages_do_no_harm(client: TestClient, people: People) -> None:
    _ask(client, place="Atlantis <b>", when="never", language="klingon")
    kept = people.conversations.listed()[0]
    assert (kept.place, kept.locale, kept.contact["when"]) == (None, "en", "any")


def test_a_locale_without_answers_has_no_form(client: TestClient) -> None:
    assert client.get("/de/appointment").status_code == 404
    assert client.post("/xx/appointment", data={"reason": "legal"}).status_code == 404


def test_too_many_requests_are_refused(people: People) -> None:
    client = TestClient(create_app(people.assistant, people.desk, Settings(rate_limit=30)), follow_redirects=False)
    codes = [client.post("/en/appointment", data={"reason": "legal"}).status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]
