"""The console of a small Bussola on a free port, for a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from tests.console.house import PASSWORD, House

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def served(house: House, port: int = 0) -> Iterator[str]:
    """The application on a free port (or one that was free before), in a thread."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = uvicorn.Server(uvicorn.Config(house.app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def signed_in(browser: Browser, base: str, name: str) -> Page:
    """A page of a browser of its own in which somebody is signed in."""
    page = browser.new_context(locale="en").new_page()
    page.set_default_timeout(20_000)
    enter(page, base, name)
    return page


def write(page: Page, text: str) -> None:
    """Types an answer and leaves its field: then the page saves at once."""
    page.fill("#answer", text)
    page.locator("#answer").blur()


def enter(page: Page, base: str, name: str) -> None:
    """Signs somebody in."""
    page.goto(f"{base}/console/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base}/console")
