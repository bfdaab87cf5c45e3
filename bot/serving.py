"""`bussola serve`: the doors on one port, and Telegram beside them when a token is set."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from bot.build import Bussola, build
from bot.model import BussolaError
from bot.received import ReceivedUpdates
from bot.settings import Settings

if TYPE_CHECKING:
    from connectors.telegram import TelegramDoor

log = logging.getLogger("bussola")
# Of malloc.h: M_ARENA_MAX, M_TRIM_THRESHOLD and M_MMAP_THRESHOLD. Threads would otherwise keep memory of their own, and
# every sum over all passages would ask the system for memory and give it back.
_GLIBC = {-8: 2, -1: 64 << 20, -3: 32 << 20}


def serve(settings: Settings) -> int:
    """Serves until interrupted. Raises BussolaError when the port is taken, before anything heavy is loaded."""
    import uvicorn
    from threadpoolctl import threadpool_limits

    _free(settings.host, settings.port)
    memory = _memory_of_glibc()
    for setting, value in _GLIBC.items():
        memory("mallopt", setting, value)
    app = application(build(settings))
    memory("malloc_trim", 0)
    gc.freeze()  # what was read at the start is kept
    threadpool_limits(1)  # the sums of one answer are small: more threads would only wait for each other
    where = f"http://{settings.host}:{settings.port}"
    print(
        f"Bussola answers at {where}  (mediators: {where}/console, API: {where}/api/docs)\n"
        f"Try: আমি ফোজ্জায় থাকি, পারমেসো রিনিউ করতে কী লাগে?   كيف أجدد تصريح الإقامة؟   how much does the permesso cost?\n"
        f"Stop with Ctrl+C.",
        flush=True,
    )
    # Streams of events would hold the end back for minutes; their browsers come again by themselves.
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False,
                timeout_graceful_shutdown=5)  # fmt: skip
    return 0


def application(bussola: Bussola) -> FastAPI:
    """The ASGI application with every door that the settings open."""
    from connectors.console import console
    from connectors.web.app import Metrics, create_app

    settings = bussola.settings
    doors = [console.router(bussola.store, bussola.desk, settings)]
    metrics = Metrics()
    telegram = _telegram(bussola, metrics.turn)
    if telegram is not None:
        doors.append(telegram.router())
    app = create_app(bussola.assistant, bussola.desk, settings, tuple(doors), metrics)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        # Answers are made in Python: two at a time keep a core busy, forty would only take turns.
        current_default_thread_limiter().total_tokens = 2
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))  # where Telegram's are made
        tasks = [asyncio.create_task(_forget(bussola)), asyncio.create_task(_tell(bussola))]
        if telegram is not None:
            await telegram.start()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            if telegram is not None:
                await telegram.stop()

    app.router.lifespan_context = lifespan
    return app


async def _forget(bussola: Bussola) -> None:
    """Keeps the promise of the privacy text: texts older than a day, old sessions and closed conversations go, now
    and every hour."""
    while True:
        try:
            await asyncio.to_thread(bussola.store.forget_old)
            if bussola.desk.handoff:
                await asyncio.to_thread(
                    bussola.desk.handoff.conversations.forget, bussola.settings.keep_conversations_days
                )
        except Exception as error:  # whatever it is, the next hour tries again
            log.error("old conversations are not forgotten yet: %s", error)
        await asyncio.sleep(3600)


async def _tell(bussola: Bussola) -> None:
    """Tells mediators of those who have waited too long, every minute."""
    from connectors.console.urgent import UrgentLetters

    letters = UrgentLetters(bussola.store, bussola.desk, bussola.settings)
    own = ThreadPoolExecutor(1)  # a mail server that does not answer must not keep people waiting
    try:
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(own, letters.send)
            except Exception as error:  # whatever it is, the next minute tries again
                log.error("mediators are not told yet who waits: %s", error)
            await asyncio.sleep(60)
    finally:
        own.shutdown(wait=False, cancel_futures=True)


def _telegram(bussola: Bussola, count: Callable[[str, str, str], None]) -> TelegramDoor | None:
    if not bussola.settings.telegram_token:
        return None
    from connectors.telegram import TelegramDoor

    return TelegramDoor(bussola.assistant, bussola.desk, bussola.settings, ReceivedUpdates(bussola.store), count)


def _memory_of_glibc() -> Callable[..., None]:
    """Calls a function of glibc's allocator, where there is one: every thread would otherwise keep memory of its own,
    and what the start needed for a moment would stay with the program."""
    import ctypes

    library = ctypes.CDLL(None)

    def call(name: str, *values: int) -> None:
        if hasattr(library, name):
            getattr(library, name)(*values)

    return call


def _free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BussolaError(
                f"port {port} cannot be used: {error.strerror}",
                host,
                "stop the other program, or set BUSSOLA_PORT to a free port",
            ) from error
