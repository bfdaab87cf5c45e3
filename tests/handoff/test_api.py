"""A conversation with a mediator through the web API: asked for, and as server-sent events over real HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from connectors.web.talk import router
from tests.handoff.people import People
from tests.small import RENEW


@pytest.fixture
def client(people: People) -> Iterator[TestClient]:
    with TestClient(people.app) as made:
        yield made


def _post(client: TestClient | httpx.Client, **message: str) -> dict[str, Any]:
    response = client.post("/api/v1/messages", json=message)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def _opened(client: TestClient | httpx.Client) -> str:
    """A session in which somebody has asked, said yes and written."""
    token = str(_post(client, text="come rinnovo il permesso di soggiorno")["session"])
    assert _post(client, session=token, payload="/human yes")["handoff"] == "waiting"
    _post(client, session=token, text="Ho perso la ricevuta")
    return token


def test_a_message_says_who_has_the_conversation_and_gets_no_reply_from_the_bot(
    client: TestClient, people: People
) -> None:
    first = _post(client, text="come rinnovo il permesso di soggiorno")
    assert first["handoff"] == "none"
    _post(client, session=first["session"], payload="/human yes")
    silent = _post(client, session=first["session"], text="Ho perso la ricevuta")
    assert silent == {"session": first["session"], "replies": [], "handoff": "waiting"}
    number = people.conversations.listed()[0].id
    people.inbox.claim(number, "amina")
    assert _post(client, session=first["session"], text="Mi sente?")["handoff"] == "claimed"
    people.inbox.close(number, "amina")
    back = _post(client, session=first["session"], text="quanto costa")
    assert (back["handoff"], back["replies"][0]["entry"]) == ("closed", RENEW)


def test_messages_after_a_number_in_the_promised_shape(client: TestClient, people: People) -> None:
    token = _opened(client)
    number = people.conversations.listed()[0].id
    people.inbox.claim(number, "amina")
    people.conversations.reply(number, "amina", "مرحبا")
    people.conversations.reply(number, "amina", "", RENEW)
    found = client.get(f"/api/v1/sessions/{token}/messages").json()
    shown = [(message["from"], message["text"], message["dir"]) for message in found["messages"]]
    assert (found["state"], shown) == (
        "claimed",
        [
            ("person", "Ho perso la ricevuta", "ltr"),
            ("desk", "A mediator reads your messages now.", "ltr"),
            ("mediator", "مرحبا", "rtl"),
            ("mediator", "", "ltr"),
        ],
    )
    assert list(found["messages"][0]) == ["id", "from", "text", "locale", "dir", "at"]
    assert found["messages"][0]["at"] == "2026-11-23T09:00:00Z"
    assert found["messages"][3]["replies"][0]["entry"] == RENEW
    assert "/human" not in [button["payload"] for button in found["messages"][3]["replies"][0]["buttons"]]
    last = found["messages"][2]["id"]
    after = client.get(f"/api/v1/sessions/{token}/messages", params={"after": last}).json()
    assert [message["id"] for message in after["messages"]] == [found["messages"][3]["id"]]


def test_unknown_sessions_get_the_one_error_body(client: TestClient) -> None:
    for path in ("messages", "events"):
        response = client.get(f"/api/v1/sessions/nobody/{path}")
        assert (response.status_code, response.json()["error"]["what"]) == (404, "unknown session")
    token = _post(client, text="come rinnovo il permesso di soggiorno")["session"]
    assert client.get(f"/api/v1/sessions/{token}/messages").json() == {"state": "none", "messages": []}
    assert client.get(f"/api/v1/sessions/{token}/messages", params={"after": "x"}).status_code == 422
    client.delete(f"/api/v1/sessions/{token}")
    assert client.get(f"/api/v1/sessions/{token}/messages").status_code == 404


def test_rasas_channel_cannot_begin_a_conversation(client: TestClient, people: People) -> None:
    for message in ("/human yes", "/bot"):
        answer = client.post("/webhooks/rest/webhook", json={"sender": "ali", "message": message}).json()
        assert answer[0]["text"].startswith("This button no longer works")
    assert people.conversations.listed() == []


# ---- server-sent events ----------------------------------------------------------------------------------------------


class Listener:
    """Reads a stream to its end, in a thread of its own; `events` are (id, event, data)."""

    def __init__(self, base: str, token: str, after: int = 0, headers: dict[str, str] | None = None) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self._changed = threading.Condition()
        self._url = f"{base}/api/v1/sessions/{token}/events?after={after}"
        self._headers = headers or {}
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(15)
        assert not self._thread.is_alive()

    def _read(self) -> None:
        with httpx.stream("GET", self._url, headers=self._headers, timeout=20) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            fields: dict[str, str] = {}
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    fields[name] = value
                elif not line and "data" in fields:
                    with self._changed:
                        self.events.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
                        self._changed.notify_all()
                    fields = {}

    def wait(self, count: int) -> list[tuple[str, str, dict[str, Any]]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.events) >= count, 15), self.events
        return self.events


def test_a_mediators_words_arrive_as_events(people: People) -> None:
    with people.served() as base, httpx.Client(base_url=base, timeout=20) as client:
        token = _opened(client)
        number = people.conversations.listed()[0].id
        with Listener(base, token) as heard:
            heard.wait(2)
            people.inbox.claim(number, "amina")
            heard.wait(4)
            people.conversations.reply(number, "amina", "Buongiorno")
            people.inbox.close(number, "amina")
            events = heard.wait(7)
            with Listener(base, token, headers={"Last-Event-ID": events[4][0]}) as again:
                assert [event for _, event, _ in again.wait(2)] == ["message", "state"]
                client.delete(f"/api/v1/sessions/{token}")  # ends both streams
        kinds = [(event, data.get("text") or data.get("state")) for _, event, data in events]
        assert kinds == [
            ("message", "Ho perso la ricevuta"),
            ("state", "waiting"),
            ("message", "A mediator reads your messages now."),
            ("state", "claimed"),
            ("message", "Buongiorno"),
            (
                "message",
                "The mediator has ended this conversation. I answer again. You can write to a mediator again at any time.",
            ),
            ("state", "closed"),
        ]
        assert [number for number, event, _ in events if event == "message"] == [
            str(data["id"]) for _, event, data in events if event == "message"
        ]


def test_many_streams_hold_no_thread(people: People) -> None:
    with people.served() as base, httpx.Client(base_url=base, timeout=20) as client:
        token = _opened(client)
        listeners = [Listener(base, token) for _ in range(6)]  # more than serve has threads for answers
        for listener in listeners:
            listener.__enter__()
        for listener in listeners:
            listener.wait(2)
        assert _post(client, text="quanto costa il permesso")["replies"][0]["kind"] == "answer"
        client.delete(f"/api/v1/sessions/{token}")  # ends every stream
        for listener in listeners:
            listener.__exit__()


def test_a_stream_ends_by_itself(people: People) -> None:
    token = _opened(TestClient(people.app))
    route = next(route for route in router(people.inbox, lasts=0.0).routes if route.path.endswith("/events"))  # type: ignore[attr-defined]

    async def read() -> list[str]:
        response = await route.endpoint(session=token, after=0, last_event_id="")  # type: ignore[attr-defined]
        return [piece async for piece in response.body_iterator]

    assert asyncio.run(read()) == ["retry: 2000\n\n"]
