"""The web door's promised shapes, and what bad input gets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi.testclient import TestClient
from sqlalchemy import select

from bot import tables as t
from bot.answered import AnsweredMessages
from bot.settings import Settings
from bot.store import SqlStore, open_store
from connectors.web.app import create_app
from connectors.web.repeats import Repeats
from tests.small import COST, RENEW, desk, store

REPLY = [
    "kind",
    "title",
    "text",
    "locale",
    "dir",
    "entry",
    "confidence",
    "sections",
    "services",
    "sources",
    "state",
    "notices",
    "buttons",
]


def _client(opened: Path | SqlStore, **settings: Any) -> TestClient:
    assistant, counter = desk(store(opened) if isinstance(opened, Path) else opened)
    return TestClient(
        create_app(assistant, counter, Settings(**{"rate_limit": 0, **settings})), raise_server_exceptions=False
    )


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with _client(tmp_path) as made:
        yield made


def _ask(client: TestClient, **message: str) -> dict[str, Any]:
    response = client.post("/api/v1/messages", json=message)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_message_is_answered_in_the_promised_shape(client: TestClient) -> None:
    answer = _ask(client, text="come rinnovo il permesso di soggiorno", place="foggia")
    assert list(answer) == ["session", "replies", "handoff"]
    reply = answer["replies"][0]
    assert list(reply) == REPLY
    assert (reply["kind"], reply["entry"], reply["locale"], reply["dir"], reply["state"]) == (
        "answer",
        RENEW,
        "it",
        "ltr",
        "unconfirmed",
    )
    assert set(reply["buttons"][0]) == {"title", "payload"}
    assert set(reply["services"][0]) >= {"id", "name", "address", "phone", "open_now", "about_km", "confidence", "note"}
    assert set(reply["sources"][0]) == {"url", "title", "published", "checked"}


def test_the_session_remembers_and_belongs_to_who_holds_its_token(client: TestClient) -> None:
    token = _ask(client, text="come rinnovo il permesso di soggiorno")["session"]
    follow = _ask(client, session=token, text="quanto costa")
    assert (follow["session"], follow["replies"][0]["entry"]) == (token, RENEW)
    other = _ask(client, session="guessed", text="quanto costa")
    assert other["session"] not in ("guessed", token)
    assert other["replies"][0]["entry"] != RENEW


def test_a_locale_that_the_person_chose_wins_over_the_texts(client: TestClient) -> None:
    answer = _ask(client, text="come rinnovo il permesso di soggiorno", locale="ar")
    assert (answer["replies"][0]["locale"], answer["replies"][0]["dir"]) == ("ar", "rtl")
    again = _ask(client, session=answer["session"], text="come rinnovo il permesso di soggiorno")
    assert again["replies"][0]["locale"] == "ar"


def test_a_conversation_can_be_deleted(client: TestClient) -> None:
    token = _ask(client, text="come rinnovo il permesso di soggiorno")["session"]
    assert client.delete(f"/api/v1/sessions/{token}").json() == {"deleted": True}
    assert client.delete(f"/api/v1/sessions/{token}").json() == {"deleted": False}
    assert _ask(client, session=token, text="quanto costa")["session"] != token


@pytest.mark.parametrize(
    ("body", "status", "where", "what"),
    [
        (b"{not json", 422, "1", "JSON decode error"),
        (b'{"text": 5}', 422, "text", "Input should be a valid string"),
        (b"{}", 422, "body", "send either text or payload"),
        (b'{"text": "a", "payload": "/human"}', 422, "body", "send either text or payload"),
        (b'{"text": "a", "locale": "tlh"}', 422, "body", "unknown locale 'tlh'"),
        (b'{"text": "' + b"a" * 4001 + b'"}', 422, "text", "String should have at most 4000 characters"),
        (b'{"text": "' + b"a" * 100_000 + b'"}', 413, "body", "the body is larger than 64 kB"),
        (b"\xff\xfe\x00", 400, "/api/v1/messages", ""),
    ],
)
def test_bad_requests_get_one_error_body(client: TestClient, body: bytes, status: int, where: str, what: str) -> None:
    response = client.post("/api/v1/messages", content=body, headers={"Content-Type": "application/json"})
    fault = response.json()["error"]
    assert (response.status_code, fault["where"]) == (status, where)
    assert set(fault) == {"what", "where", "todo"} and what in fault["what"] and fault["todo"]


def test_text_that_is_none_is_answered_kindly(client: TestClient) -> None:
    for text in ("", "\x00\x01", "😀", "﷽" * 900):
        assert _ask(client, text=text)["replies"][0]["kind"] in ("small_talk", "handoff")


def test_too_many_messages_get_a_number_of_seconds(tmp_path: Path) -> None:
    with _client(tmp_path, rate_limit=2) as client:
        codes = [client.post("/api/v1/messages", json={"text": "buongiorno"}) for _ in range(3)]
        assert [response.status_code for response in codes] == [200, 200, 429]
        assert 1 <= int(codes[2].headers["Retry-After"]) <= 61
        assert codes[2].json()["error"]["todo"].startswith("wait ")


def test_danger_is_answered_after_too_many_messages_too(tmp_path: Path) -> None:
    with _client(tmp_path, rate_limit=1) as client:
        first = _ask(client, text="buongiorno")
        found = _ask(client, text="mio marito mi picchia", session=first["session"])
        assert [reply["kind"] for reply in found["replies"]] == ["emergency"] and found["session"] == first["session"]
        again = client.post("/api/v1/messages", json={"text": "buongiorno", "session": first["session"]})
        assert again.status_code == 429


def test_the_catalogue(client: TestClient) -> None:
    entries = client.get("/api/v1/entries", params={"locale": "en"}).json()
    assert {"entry": RENEW, "topic": "legal", "title": "Renew your permit", "risk": "high"} in entries["entries"]
    assert client.get(f"/api/v1/entries/{RENEW}", params={"locale": "ar"}).json()["dir"] == "rtl"
    assert client.get("/api/v1/entries/legal/gone").status_code == 404
    assert (
        client.get("/api/v1/services", params={"place": "Foggia", "limit": 1}).json()["services"][0]["name"]
        == "Desk in Foggia"
    )
    assert client.get("/api/v1/services", params={"locale": "xx"}).json()["error"]["where"] == "locale"


def test_search_ranks_entries_and_identifies_the_locale(client: TestClient) -> None:
    found = client.get("/api/v1/search", params={"q": "quanto costa il permesso", "limit": 2}).json()
    assert found["locale"] == "it"
    assert [list(candidate) for candidate in found["candidates"]] == [["entry", "title", "confidence"]] * 2
    assert found["candidates"][0]["entry"] == COST
    assert client.get("/api/v1/search", params={"q": "x", "limit": 0}).status_code == 422


def test_rasas_rest_channel_answers_but_cannot_hand_off_or_delete(client: TestClient) -> None:
    answer = client.post(
        "/webhooks/rest/webhook", json={"sender": "ali", "message": "come rinnovo il permesso di soggiorno"}
    ).json()
    assert set(answer[0]) == {"recipient_id", "text", "buttons"}
    assert answer[0]["recipient_id"] == "ali" and "Not yet confirmed" in answer[0]["text"]
    assert not any(button["payload"].startswith(("/human", "/delete")) for button in answer[0]["buttons"])
    deleted = client.post("/webhooks/rest/webhook", json={"sender": "ali", "message": "/delete"}).json()
    assert deleted[0]["text"].startswith("This button no longer works")


def test_operations_and_headers(client: TestClient) -> None:
    health = client.get("/health").json()
    assert health["status"] == "ok" and health["locales"] == ["it", "en", "ar"]
    _ask(client, text="buongiorno")
    assert 'bussola_turns_total{channel="web",kind="small_talk",locale="it"} 1.0' in client.get("/metrics").text
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Bussola"
    headers = client.get("/health").headers
    assert headers["X-Content-Type-Options"] == "nosniff" and "default-src 'none'" in headers["Content-Security-Policy"]
    assert [name for name in ("/desk.js", "/static/widget.css", "/offline.js", "/static/icons.svg", "/widget.json") if "content-security-policy" in client.get(name).headers] == ["/offline.js", "/static/icons.svg", "/widget.json"]  # fmt: skip
    assert client.get("/desk.js").headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/nowhere").json()["error"]["where"] == "/nowhere"
    assert "set-cookie" not in client.post("/api/v1/messages", json={"text": "buongiorno"}).headers


def test_a_message_that_comes_twice_with_its_key_is_answered_once(client: TestClient) -> None:
    sent = {"text": "come rinnovo il permesso di soggiorno", "key": "k" * 22}
    first = _ask(client, **sent)
    assert _ask(client, **sent) == first  # the same session, although the first answer may have been lost
    assert 'kind="answer",locale="it"} 1.0' in client.get("/metrics").text
    other = _ask(client, **{**sent, "key": "l" * 22})
    assert other["session"] != first["session"]
    again = {"text": "quanto costa", "session": first["session"], "key": "k" * 22}
    assert _ask(client, **again)["replies"] != first["replies"]  # a key counts within its session
    assert _ask(client, **again) == _ask(client, **again)
    for key in ("short", "k" * 65, f"{'k' * 22} "):
        assert client.post("/api/v1/messages", json={"text": "ciao", "key": key}).status_code == 422


def test_a_key_holds_in_another_process_and_after_a_restart(tmp_path: Path) -> None:
    sent, opened = {"text": "come rinnovo il permesso di soggiorno", "key": "k" * 22}, store(tmp_path)
    first = _ask(_client(opened), **sent)
    again = open_store(f"sqlite:///{tmp_path / 'bussola.sqlite3'}")
    other = _client(again)
    assert _ask(other, **sent) == first
    assert "bussola_turns_total{" not in other.get("/metrics").text  # nothing was answered there
    with again.engine.connect() as connection:
        (kept,) = connection.execute(select(t.answered_message)).all()
    assert sent["key"] not in str(kept) and first["session"] not in str(kept) and "Rinnovare" not in str(kept)
    opened.engine.dispose()
    again.engine.dispose()


def test_a_key_is_forgotten_with_its_conversation(tmp_path: Path) -> None:
    opened = store(tmp_path)
    client, sent = _client(opened), {"text": "come rinnovo il permesso di soggiorno", "key": "k" * 22}
    first = _ask(client, **sent)
    _ask(client, payload="/delete", session=first["session"], key="d" * 22)
    assert _ask(client, **sent)["session"] != first["session"]
    opened.engine.dispose()


def test_a_key_is_forgotten_after_some_minutes_and_a_message_that_nobody_finished_is_new(tmp_path: Path) -> None:
    opened, at, patience = store(tmp_path), [datetime(2020, 11, 23, 9)], timedelta(seconds=10)
    answered = AnsweredMessages(opened, lambda: at[0])

    def later(**span: float) -> tuple[str, str]:
        at[0] += timedelta(**span)
        return answered.take("name", "key", patience)

    assert later() == ("new", "")
    assert later(seconds=9) == ("busy", "")
    assert later(seconds=1) == ("new", "")  # who began has died
    answered.leave("name")
    assert later() == ("new", "")
    answered.done("name", "key", "session", "said")
    answered.leave("name")
    assert later(minutes=9) == ("done", "said")
    assert later(minutes=1) == ("new", "")
    answered.done("name", "key", "session", "said")
    AnsweredMessages(opened).take("of now", "key", patience)
    opened.forget_old()
    with opened.engine.connect() as connection:
        assert connection.execute(select(t.answered_message.c.name)).scalars().all() == ["of now"]
    opened.engine.dispose()


def _once(repeats: Repeats, key: str, make: Callable[[], Any]) -> Any:
    return asyncio.run(repeats.once(None, key, make))


def test_messages_that_wait_for_their_first_answer_hold_up_nobody_else(tmp_path: Path) -> None:
    opened = store(tmp_path)
    _, counter = desk(opened)
    repeats, answered = Repeats(counter), counter.answered
    assert answered is not None
    names = [counter.session_key("message", f" {key}") for key in ("one", "two")]
    for name, key in zip(names, ("one", "two"), strict=True):
        answered.take(name, key, timedelta(minutes=1))

    async def three() -> list[Any]:
        current_default_thread_limiter().total_tokens = 2
        waiting = [asyncio.create_task(repeats.once(None, key, lambda: {"session": "late"})) for key in ("one", "two")]
        third = await repeats.once(None, "three", lambda: {"session": "third"})
        held = [task.done() for task in waiting]
        for name in names:
            answered.leave(name)
        return [third, held, await asyncio.gather(*waiting)]

    late = {"session": "late"}
    assert asyncio.run(three()) == [{"session": "third"}, [False, False], [late, late]]
    opened.engine.dispose()


def test_a_message_that_comes_again_counts_for_the_limit_too(tmp_path: Path) -> None:
    with _client(tmp_path, rate_limit=2) as client:
        sent = {"text": "come rinnovo il permesso di soggiorno", "key": "k" * 22}
        codes = [client.post("/api/v1/messages", json=sent).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_a_reply_that_cannot_be_kept_is_given_all_the_same(tmp_path: Path) -> None:
    opened = store(tmp_path)
    repeats = Repeats(desk(opened)[1])

    def make() -> dict[str, str]:
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE answered_message RENAME TO gone")
        return {"session": "s"}

    assert _once(repeats, "key", make) == {"session": "s"}
    opened.engine.dispose()


def test_what_the_api_says_stays_in_no_cache(client: TestClient) -> None:
    session = _ask(client, text="come rinnovo il permesso di soggiorno")["session"]
    for path in (f"sessions/{session}/messages", f"entries/{RENEW}"):
        assert client.get(f"/api/v1/{path}").headers["cache-control"] == "no-store"


def test_the_same_message_twice_at_once_is_answered_once(tmp_path: Path) -> None:
    opened = store(tmp_path)
    repeats, made, begun, go = Repeats(desk(opened)[1]), list[int](), threading.Event(), threading.Event()

    def make() -> dict[str, str]:
        made.append(1)
        begun.set()
        assert go.wait(10)
        return {"session": "s"}

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(_once, repeats, "key", make)
        assert begun.wait(10)
        second = threads.submit(_once, repeats, "key", make)
        go.set()
        assert [first.result(), second.result(), len(made)] == [{"session": "s"}, {"session": "s"}, 1]
    opened.engine.dispose()


def test_a_message_that_could_not_be_answered_may_come_again_with_its_key(tmp_path: Path) -> None:
    opened = store(tmp_path)
    repeats = Repeats(desk(opened)[1])
    with pytest.raises(ZeroDivisionError):
        _once(repeats, "key", lambda: {"session": str(1 // 0)})
    assert _once(repeats, "key", lambda: {"session": "s"}) == {"session": "s"}
    opened.engine.dispose()


def test_what_is_large_is_sent_small_but_not_the_console(client: TestClient) -> None:
    assert client.get("/desk.js").headers["content-encoding"] == "gzip"
    assert client.get("/static/widget.css").headers["content-encoding"] == "gzip"
    assert client.get("/static/widget.css").headers["cache-control"] == "max-age=300"
    assert "content-encoding" not in client.get("/console").headers
