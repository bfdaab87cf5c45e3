"""What the Telegram tests stand on: the real assistant and desk on fakes of the ports, and the door as a running program."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.desk import Desk
from bot.language import LanguageIdentifier
from bot.model import Answer, Content, Entry, Example, Place, Service, Session, Source, Turn, Understanding
from bot.phrases import Phrases
from bot.ports import Taken
from bot.ranking import RIVALRY, UNLEARNT, Fusion
from bot.retriever import Retriever
from bot.settings import Settings
from connectors.telegram import TelegramDoor
from connectors.telegram_calls import Pace
from tests.small import logistic
from tests.telegram.fake_bot_api import TOKEN, Call, FakeBotApi

PERMIT, ODD, LONG = "legal/permit-renewal", "legal/odd-signs", "work/long-story"
RENEW = "How do I renew my permit?"


def _content() -> Content:
    entries = {
        PERMIT: Entry(PERMIT, "low", date(2027, 1, 1), related=(ODD,), services=("help-desk",),
                      sources=(Source("https://example.org/a?b=1&c=2", "Portal <immigration>", "2024-05"),)),
        ODD: Entry(ODD, "low", date(2027, 1, 1)), LONG: Entry(LONG, "low", date(2027, 1, 1)),
    }  # fmt: skip
    answers = [
        Answer(PERMIT, "en", "Renew your permit", "Go to the post office.", {"steps": "1. Take the kit.", "documents": "- passport"}),
        Answer(PERMIT, "fr", "Renouveler le permis", "Allez à la poste."),
        Answer(ODD, "en", "Signs < & >", 'If 1 < 2 & 3 > 2, write "yes" <b>now</b>.'),
        Answer(LONG, "en", "A long story", "Short answer.",
               {"steps": "One step & more. " * 200, "documents": "пас" * 1500, "good_to_know": "Line\n" * 300}),
    ]  # fmt: skip
    places = (Place("foggia", "Foggia", "FG", "puglia", 41.46, 15.54, "town", {}),
              Place("bari", "Bari", "BA", "puglia", 41.13, 16.87, "town", {}))  # fmt: skip
    desk = Service(
        "desk",
        "help-desk",
        "Sportello <Uno>",
        "puglia",
        "BA",
        "Bari",
        "high",
        "test",
        address="Via Roma 1",
        phone="080 123456",
    )
    patterns = {"en": {"partner_violence": ("my husband beats me",)}}
    return Content(
        entries, {(item.entry, item.locale): item for item in answers}, {}, (), places, (desk,), (), (), patterns, 1
    )


class FakeStore:
    """The Store port in memory, with sessions only. `broken` makes every call raise."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.broken = False
        self.said = _content()

    def _well(self) -> None:
        if self.broken:
            raise OSError("the database is away")

    def revision(self) -> int:
        self._well()
        return self.said.revision

    def content(self) -> Content:
        return self.said

    def passages(self, after: int) -> list[Any]:
        return []

    def cached_vectors(self, fingerprint: str, hashes: Any) -> dict[str, bytes]:
        return {}

    def keep_vectors(self, fingerprint: str, vectors: Any) -> None:
        raise AssertionError("there is nothing to embed")

    def session(self, key: str) -> Session | None:
        self._well()
        return self.sessions.get(key)

    def keep_session(self, session: Session) -> None:
        self.sessions[session.id] = session

    def record(self, session: Session, turn: Turn) -> None:
        self.keep_session(session)

    def keep_unanswered(self, session: Session, reason: str) -> None:
        pass

    def explain_unanswered(self, session: Session, reason: str) -> None:
        pass

    def erase(self, session: str) -> None:
        self.sessions.pop(session, None)


class FakeUpdates:
    """The Updates port in memory. `broken` makes every call raise."""

    def __init__(self) -> None:
        self.known: dict[int, Taken] = {}
        self.broken = False

    def take(self, number: int, patience: timedelta) -> Taken:
        if self.broken:
            raise OSError("the database is away")
        known = self.known.get(number, "new")
        self.known.setdefault(number, "busy")
        return "new" if known == "busy" and not patience else known

    def done(self, number: int) -> None:
        self.known[number] = "done"

    def leave(self, number: int) -> None:
        self.known.pop(number)


class FakeNlu:
    """The Nlu port: sure of the intents it was told; `heard` keeps every text, `before` runs first for a text."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.intents = {RENEW: PERMIT, "odd": ODD, "long": LONG}
        self.before: dict[str, Callable[[], object]] = {}

    def parse(self, text: str, locale: str) -> Understanding:
        self.heard.append(text)
        self.before.get(text, lambda: None)()
        return Understanding(((self.intents[text], 1.0),) if text in self.intents else (), "fake")


class Desks:
    """A real assistant and desk on the fakes."""

    def __init__(self) -> None:
        self.store, self.nlu, self.updates = FakeStore(), FakeNlu(), FakeUpdates()
        self.turns: list[tuple[str, str, str]] = []
        thresholds = {"answer": 0.5, "answer_high": 0.5, "clarify": 0.2, "act": 0.5, "follow_up": 0.5, "danger": 0.5}
        fusion = Fusion(logistic(-5.0, nlu=10.0), logistic(-9.0, UNLEARNT), logistic(0.0, RIVALRY, own=4.0), thresholds)
        spoken = (
            Example(PERMIT, "en", RENEW),
            Example(LONG, "en", "a long story"),
            Example(PERMIT, "fr", "comment renouveler mon permis"),
        )
        self.assistant = Assistant(self.store, LanguageIdentifier(spoken), self.nlu, Retriever(self.store, None), {"embedded": fusion},
                                   Phrases(Path("/nowhere")), {}, b"secret", lambda: datetime(2026, 11, 22, 10))  # fmt: skip
        self.desk = Desk(self.assistant, self.store)

    def place_offices(self, **known: Any) -> None:
        """Publishes what has become known of all offices."""
        content = self.store.said
        services = tuple(replace(service, **known) for service in content.services)
        self.store.said = replace(content, services=services, revision=content.revision + 1)

    def door(self, api: FakeBotApi, webhook: str = "", read: float = 10.0, **more: Any) -> TelegramDoor:
        settings = Settings(telegram_token=TOKEN, telegram_api=api.url, telegram_webhook=webhook, **more)
        return TelegramDoor(self.assistant, self.desk, settings, self.updates, self._turn, Pace(read, 0.3))

    def _turn(self, channel: str, kind: str, locale: str) -> None:
        self.turns.append((channel, kind, locale))

    def session(self, name: str = "7") -> Session | None:
        return self.store.session(self.assistant.session_key("telegram", name))


@contextmanager
def running(door: TelegramDoor, closing: Callable[[], object] = lambda: None) -> Iterator[None]:
    """The door open in an event loop of its own; closed gracefully at the end, with `closing` called while it closes."""
    opened, loop, close = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        await door.start()
        opened.set()
        await close.wait()
        loop.call_soon(closing)
        await door.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    assert opened.wait(15)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(close.set)
        thread.join(30)
        loop.close()
    assert not thread.is_alive()


@contextmanager
def served(door: TelegramDoor) -> Iterator[str]:
    """The door's router on a loopback port, opened and closed with the server as bot.serving does it."""
    import uvicorn
    from fastapi import FastAPI

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        await door.start()
        yield
        await door.stop()

    app = FastAPI(lifespan=lifespan)
    app.include_router(door.router())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    socket = server.config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        socket.close()
    assert not thread.is_alive()


FAILED = "That did not work. Try again in a minute."
ONLY_TEXT = "I can only read text. Please write your question in a few words, in your language."


def sent_to(api: FakeBotApi, chat: int) -> list[Call]:
    return [call for call in api.made("sendMessage") if call.chat == chat]


def plain(html: str) -> str:
    return unescape(re.sub(r"</?(?:b|i|a)(?: [^>]*)?>", "", html))
