"""A message that arrives twice is answered once: for a few minutes the reply to each message's key is kept, in memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_KEPT, _SECONDS = 500, 600
Body = Mapping[str, Any]


@dataclass
class _Answered:
    session: str | None
    since: float
    body: Body | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Repeats:
    """The replies to messages that came with a key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._guard = clock, threading.Lock()
        self._answered: OrderedDict[str, _Answered] = OrderedDict()

    def once(self, session: str | None, key: str | None, make: Callable[[], Body]) -> Body:
        """What `make` returns; for a key that this session has sent already, what it returned then. The same message on
        its way twice at once is made once: the second waits."""
        if key is None:
            return make()
        answered = self._entry(session, f"{session or ''} {key}")
        with answered.lock:
            if answered.body is None:
                answered.body = make()
                answered.session = str(answered.body["session"])
            return answered.body

    def forget(self, session: str) -> None:
        """Drops what is kept of a conversation."""
        with self._guard:
            for name in [name for name, each in self._answered.items() if each.session == session]:
                del self._answered[name]

    def _entry(self, session: str | None, name: str) -> _Answered:
        now = self._clock()
        with self._guard:
            old = [name for name, each in self._answered.items() if now - each.since > _SECONDS]
            for each in old:
                del self._answered[each]
            found = self._answered.setdefault(name, _Answered(session, now))
            while len(self._answered) > _KEPT:
                self._answered.popitem(last=False)
            return found
