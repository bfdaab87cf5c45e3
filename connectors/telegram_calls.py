"""Calls of the Bot API, as Telegram wants them made: flood limits are waited for, faults of the network tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

log = logging.getLogger("bussola")
T = TypeVar("T")
_PATIENCE = 120.0  # seconds of network faults after which a call is given up
_LONGEST = 15.0  # seconds between two tries


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the door waits, in seconds: for an answer of Telegram's, and for an update that holds up all others."""

    read: float = 20.0
    stall: float = 60.0


class Closing(Exception):
    """The door closes before Telegram let the call through: nothing was sent, and it is to be done after the next start."""


class Unsure(Exception):
    """Telegram may have taken the message or not: the connection was silent until the time was over, or broke."""


class Calls:
    """Makes calls until they go through. `stopping` ends every wait."""

    def __init__(self, token: str) -> None:
        self.stopping = asyncio.Event()
        self._token = token

    async def make(self, call: Callable[[], Awaitable[T]], once: bool = False) -> T:
        """What a call of the Bot API returns. Raises TelegramError when Telegram refuses it or stays away, Closing when
        the door closes meanwhile, and Unsure instead of making a call again that may be made only `once`."""
        from telegram.error import BadRequest, NetworkError, RetryAfter

        loop, wait = asyncio.get_running_loop(), 0.5
        until = loop.time() + _PATIENCE
        while True:
            try:
                return await call()
            except RetryAfter as error:
                told = error.retry_after
                pause = told.total_seconds() if isinstance(told, timedelta) else float(told)
            except BadRequest:  # a kind of NetworkError for the library
                raise
            except NetworkError as error:
                if once and _may_have_arrived(error):
                    raise Unsure from error
                if loop.time() > until:
                    raise
                log.info("Telegram: %s; trying again", self.without_token(error))
                pause, wait = wait, min(_LONGEST, 2 * wait)
            await self.pause(pause)
            if self.stopping.is_set():
                raise Closing

    async def pause(self, seconds: float) -> None:
        """Waits, but not longer than until the door closes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    def without_token(self, error: Exception) -> str:
        """What an error says, fit for a log."""
        return str(error).replace(self._token, "<token>")


def _may_have_arrived(error: Exception) -> bool:
    """Whether the request was sent in full and only its answer is missing: nothing came, or the connection broke."""
    import httpx

    return isinstance(error.__cause__, httpx.ReadTimeout | httpx.ReadError | httpx.RemoteProtocolError)
