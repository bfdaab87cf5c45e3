"""Polling: updates are confirmed to Telegram when they are answered, so that none is lost when the program dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from connectors.telegram_calls import Calls

if TYPE_CHECKING:
    import telegram

log = logging.getLogger("bussola")
Fetch = Callable[[int, int], Awaitable[Sequence["telegram.Update"]]]  # first number, seconds to wait for it
_LONG = 30  # seconds that Telegram keeps a poll when there is nothing new
_SOON = 0.1  # seconds between two polls while updates are in work
_WINDOW = 90  # of the 100 updates that Telegram shows at once
_AT_ONCE = 256  # updates in work at the same time


class Poll:
    """Fetches updates and has them answered, many at a time. `answer` says whether it did."""

    def __init__(
        self, fetch: Fetch, answer: Callable[[telegram.Update], asyncio.Task[bool]], calls: Calls, stall: float
    ) -> None:
        self._fetch, self._answer, self._calls, self._stall = fetch, answer, calls, stall
        self._full_since: float | None = None
        self._open: dict[int, asyncio.Task[bool]] = {}
        self._next = 0

    async def run(self) -> None:
        """Polls until the door closes; then waits for what is in work and confirms it. Raises InvalidToken."""
        wait = 1.0
        while not self._calls.stopping.is_set():
            try:
                await self._round()
                wait = 1.0
            except Exception as error:
                if _refused(error):
                    raise
                log.warning("Telegram: %s; trying again in %.0f seconds", self._calls.without_token(error), wait)
                await self._calls.pause(wait)
                wait = min(60.0, 2 * wait)
        if self._open:
            await asyncio.wait(self._open.values())
        self._close_done()
        if self._next:
            try:
                await asyncio.wait_for(self._fetch(min(self._open, default=self._next), 0), 10)
            except Exception as error:  # they come again, and the database knows them
                log.warning("Telegram: the last updates could not be confirmed: %s", self._calls.without_token(error))

    async def _round(self) -> None:
        if self._room():
            for update in await self._fetched():
                if update.update_id not in self._open:
                    self._open[update.update_id] = self._answer(update)
                self._next = update.update_id + 1
        if self._open:
            await asyncio.wait(self._open.values(), timeout=_SOON)
        self._close_done()

    async def _fetched(self) -> Sequence[telegram.Update]:
        """The next updates; none when the door closes first."""
        fetching = asyncio.ensure_future(self._fetch(self._first(), 0 if self._open else _LONG))
        closing = asyncio.ensure_future(self._calls.stopping.wait())
        try:
            await asyncio.wait((fetching, closing), return_when=asyncio.FIRST_COMPLETED)
            return fetching.result() if fetching.done() else ()
        finally:
            for task in (fetching, closing):
                task.cancel()
            await asyncio.gather(fetching, closing, return_exceptions=True)

    def _room(self) -> bool:
        """Whether to fetch more. Telegram shows the oldest updates that are not confirmed: when one of them waits long
        and many came after it, the newer ones wait too, but not for ever."""
        now = asyncio.get_running_loop().time()
        if not self._full():
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        waited = self._full_since is None or now - self._full_since > self._stall
        return waited and len(self._open) < _AT_ONCE

    def _full(self) -> bool:
        return bool(self._open) and self._next - min(self._open) >= _WINDOW

    def _first(self) -> int:
        """The number below which Telegram may forget: everything older has been answered, or holds up too much."""
        return self._next if self._full() else min(self._open, default=self._next)

    def _close_done(self) -> None:
        """Forgets what was answered. What the door left unanswered because it closes stays open: it will come again."""
        for number in [number for number, task in self._open.items() if task.done()]:
            if self._open[number].result() or not self._calls.stopping.is_set():
                del self._open[number]


def _refused(error: Exception) -> bool:
    from telegram.error import InvalidToken

    return isinstance(error, InvalidToken)
