"""What the tests of the widget share: the real application on a free port, and somebody who visits it in Chromium."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.model import Content
from bot.settings import Settings
from connectors.web.app import create_app
from tests.small import desk, store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

STATIC = Path(__file__).parent.parent.parent / "connectors/web/static"
NONE = Path("there-are-none")
ASKED, ASKED_AR = "Come rinnovo il permesso di soggiorno?", "كيف أجدد تصريح الإقامة"


@contextmanager
def listening(app: ASGIApp, host: str = "127.0.0.1") -> Iterator[str]:
    """An application on a free port, in a thread. Its socket listens at once: a browser that is early just waits."""
    with socket.create_server((host, 0)) as opened:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield f"http://{host}:{opened.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(
    folder: Path,
    said: Content | None = None,
    translations: Path = NONE,
    fake: APIRouter | None = None,
    gate: Callable[[ASGIApp], ASGIApp] | None = None,
    **settings: Any,
) -> Iterator[str]:
    """The real application with the small content; only encoder and NLU are fakes (tests/small.py), and `fake`, whose
    routes go before the application's own. All requests go through `gate`."""
    opened = store(folder, said)
    try:
        app = create_app(*desk(opened, translations=translations), Settings(**{"rate_limit": 0, **settings}))
        app.router.routes[:0] = fake.routes if fake else []
        with listening(gate(app) if gate else app) as address:
            yield address
    finally:
        opened.engine.dispose()


class Gate:
    """Holds back the answers to some requests until a test lets them go. `came` has the paths of those that wait."""

    def __init__(self, held: re.Pattern[str]) -> None:
        self._held, self._open = held, threading.Event()
        self.came: list[str] = []

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """The application behind the gate."""

        async def gated(scope: Scope, receive: Receive, send: Send) -> None:
            asked = f"{scope.get('path')}?{scope.get('query_string', b'').decode()}"
            if self._held.search(asked):
                self.came.append(scope["path"])
                while not self._open.is_set():
                    await asyncio.sleep(0.01)
            await app(scope, receive, send)

        return gated

    def let_go(self) -> None:
        """From now on nothing is held."""
        self._open.set()


class Visit:
    """Somebody at the widget: what the browser asked for, what was sent, what went wrong."""

    def __init__(self, page: Page, base: str, path: str = "") -> None:
        self.page, self.base = page, base
        self.faults: list[str] = []
        self.urls: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.keys: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("request", self._saw)
        page.goto(f"{base}/{path}")
        page.wait_for_selector("bussola-desk[data-ready]", state="attached")

    def _heard(self, line: Any) -> None:
        if line.type in ("error", "warning") and line.text != "Service Worker registration blocked by Playwright":
            self.faults.append(line.text)

    def _saw(self, request: Any) -> None:
        self.urls.append(request.url)
        if request.url.endswith("/api/v1/messages") and request.method == "POST":
            message = json.loads(request.post_data)
            self.keys.append(message.pop("key"))
            self.sent.append(message)

    def ask(self, text: str) -> Locator:
        """Writes and sends; the reply that comes."""
        before = self.page.locator(".reply").count()
        self.page.fill("#question", text)
        self.page.press("#question", "Enter")
        return self.reply(before)

    def reply(self, number: int) -> Locator:
        """A reply by its place in the conversation, once it is there."""
        reply = self.page.locator(".reply").nth(number)
        reply.wait_for()
        return reply

    def kept(self) -> dict[str, str]:
        """What the tab remembers."""
        return dict(self.page.evaluate("Object.assign({}, sessionStorage)"))


@contextmanager
def visiting(browser: Browser, base: str, path: str = "", locale: str = "it-IT", **more: Any) -> Iterator[Visit]:
    """A visit in a browser context of its own."""
    options = {"reduced_motion": "reduce", "service_workers": "block", **more}
    context = browser.new_context(locale=locale, **options)
    context.set_default_timeout(10_000)
    try:
        yield Visit(context.new_page(), base, path)
    finally:
        context.close()


def text(locator: Locator) -> str:
    """What somebody sees, without the marks that keep numbers from turning round."""
    return re.sub("[\u2066-\u2069]", "", locator.inner_text())
