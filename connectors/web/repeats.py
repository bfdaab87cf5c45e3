"""A message that arrives twice is answered once: for some minutes its reply is kept in the database, for every process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.desk import Desk

_PATIENCE = timedelta(seconds=10)  # then whoever took it has died
_PAUSE = 0.05  # seconds
Body = Mapping[str, Any]


class Repeats:
    """The replies to messages that came with a key."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def once(self, session: str | None, key: str | None, make: Callable[[], Body]) -> Body:
        """What `make` returns; for a key that this session has sent already, what it returned then. The same message on
        its way twice at once is made once: the second waits."""
        answered = self._desk.answered
        if key is None or answered is None:
            return make()
        name = self._desk.session_key("message", f"{session or ''} {key}")
        state, reply = answered.take(name, key, _PATIENCE)
        while state == "busy":
            time.sleep(_PAUSE)
            state, reply = answered.take(name, key, _PATIENCE)
        if state == "done":
            found: Body = json.loads(reply)
            return found
        try:
            body = make()
        except BaseException:
            answered.leave(name)
            raise
        answered.done(name, key, self._desk.session_key("web", str(body["session"])), json.dumps(body))
        return body
