"""A small Bussola with mediators: the real store, conversations and doors, on a clock that tests set."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from bot.cipher import Cipher
from bot.conversations import Conversations
from bot.handoff import DeskHours, Handoff
from bot.inbox import Inbox
from bot.model import Reply, Turn, Utterance
from bot.settings import Settings
from bot.store import open_store
from connectors.console import console
from connectors.web.app import create_app
from tests.small import desk

PASSWORD = "una frase lunga e facile"
SECRET_TEXT, SECRET_CHAT = "mio fratello Karim e in pericolo", "998877665544"
MONDAY = datetime(2026, 11, 23, 9, 0)  # 10:00 in Rome


class Clock:
    """UTC as the test says it is."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


class People:
    """A store with two mediators and a reader, the assistant on it, and somebody who asks."""

    def __init__(self, prepared: Path, folder: Path, hours: str = "", languages: tuple[str, ...] = ()) -> None:
        self.folder, self.clock = folder, Clock()
        self.store = open_store(f"sqlite:///{shutil.copy(prepared, folder)}")
        self.conversations = Conversations(self.store, Cipher("conversations", b"secret"), self.clock)
        self.handoff = Handoff(self.conversations, DeskHours(hours, languages))
        self.assistant, self.desk = desk(self.store, self.handoff)
        self.inbox = Inbox(self.desk, self.handoff)
        self.settings = Settings(data=folder, rate_limit=0)
        self.app = create_app(
            self.assistant, self.desk, self.settings, (console.router(self.store, self.desk, self.settings),)
        )

    def say(self, text: str, session: str = "7", channel: str = "telegram", address: str | None = SECRET_CHAT) -> Turn:
        return self.assistant.reply(Utterance(channel, session, text, address=address))

    def press(
        self, payload: str, session: str = "7", channel: str = "telegram", address: str | None = SECRET_CHAT
    ) -> Reply:
        return self.assistant.reply(Utterance(channel, session, payload=payload, address=address)).replies[0]

    def waiting(self) -> int:
        """A conversation in which somebody has written; its number."""
        self.press("/human yes")
        assert self.say(SECRET_TEXT).replies == ()
        return self.conversations.listed()[0].id

    @contextmanager
    def served(self) -> Iterator[str]:
        """The application on a free port, in a thread."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(self.app, log_level="critical", timeout_graceful_shutdown=1))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()
