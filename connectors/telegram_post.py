"""Sends what mediators write: in order within a conversation, again until it is delivered, also after a restart."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.inbox import Inbox, Outgoing
from connectors.telegram_words import Said

log = logging.getLogger("bussola")
_GLANCE, _LOOK = 0.25, 5.0  # seconds between looks at a counter, and at the database
_LONGEST = 300.0  # seconds between tries while nothing goes through
Send = Callable[[str, Said], Awaitable[bool]]


class Post:
    """Carries messages from the inbox to `send`, which says whether the person took it, and raises when it must be tried
    again. What is not delivered stays in the database."""

    def __init__(self, inbox: Inbox, send: Send, stopping: asyncio.Event) -> None:
        self._inbox, self._send, self._stopping = inbox, send, stopping
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to send, until `stop`."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends after the message that is on its way; `stopping` is set before."""
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        seen, looked, wait = -1, 0.0, 1.0
        while not self._stopping.is_set():
            changes = self._inbox.changes()
            # Another process may have written too: the database is asked now and then, whatever the counter says.
            if changes != seen or time.monotonic() - looked > _LOOK:
                try:
                    done = await self._round()
                except Exception as error:  # the database may be away: what is unsent waits there
                    log.error("Telegram: what mediators wrote cannot be sent yet: %s", type(error).__name__)
                    done = False
                seen, looked = changes, time.monotonic()
                if not done:
                    await self._pause(wait)
                wait = 1.0 if done else min(_LONGEST, 2 * wait)
                seen = changes if done else -1
            await self._pause(_GLANCE)

    async def _round(self) -> bool:
        """Sends everything that waits, one task a conversation; False when something has to be tried again."""
        waiting: dict[int, list[Outgoing]] = {}
        for outgoing in await asyncio.to_thread(self._inbox.undelivered, "telegram"):
            waiting.setdefault(outgoing.conversation, []).append(outgoing)
        return all(await asyncio.gather(*map(self._conversation, waiting.values())))

    async def _conversation(self, messages: list[Outgoing]) -> bool:
        for outgoing in messages:
            if self._stopping.is_set():
                return False
            try:
                taken = await self._send(outgoing.to, (outgoing.locale, outgoing.replies))
            except Exception as error:  # later ones must not overtake it
                log.warning("Telegram: a mediator's message is sent later (%s)", type(error).__name__)
                return False
            await asyncio.to_thread(self._inbox.delivered, outgoing.id, not taken)
        return True

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
