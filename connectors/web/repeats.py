"""A message that arrives twice is answered once: for some minutes its reply is kept in the database, for every process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.desk import Desk
from bot.model import BussolaError
from bot.ports import Answered

log = logging.getLogger(__name__)
_PATIENCE = timedelta(seconds=35)  # longer than the widget waits: then whoever took it has died
_PAUSE = 0.05  # seconds
Body = Mapping[str, Any]


class Repeats:
    """The replies to messages that came with a key."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def once(self, session: str | None, key: str | None, make: Callable[[], Body]) -> Body:
        """What `make` returns, called in a thread; for a key that this session has sent already, what it returned then. The
        same message on its way twice at once is made once: the second waits, and holds no thread meanwhile."""
        answered = self._desk.answered
        if key is None or answered is None:
            return await run_in_threadpool(make)
        name = self._desk.session_key("message", f"{session or ''} {key}")
        state, reply = await run_in_threadpool(answered.take, name, key, _PATIENCE)
        while state == "busy":
            await asyncio.sleep(_PAUSE)
            state, reply = await run_in_threadpool(answered.take, name, key, _PATIENCE)
        if state == "done":
            found: Body = json.loads(reply)
            return found
        return await run_in_threadpool(self._made, answered, name, key, make)

    def _made(self, answered: Answered, name: str, key: str, make: Callable[[], Body]) -> Body:
        try:
            body = make()
        except BaseException:
            answered.leave(name)
            raise
        try:
            answered.done(name, key, self._desk.session_key("web", str(body["session"])), json.dumps(body))
        except BussolaError as fault:  # whoever asked gets the reply all the same
            log.warning("a reply was not kept for when its message comes again: %s", fault)
        return body
