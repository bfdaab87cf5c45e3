"""From a text to intents: a Rasa server on loopback, and the embedded engine whenever that is away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping

import httpx
import jwt

from bot.model import Understanding
from bot.ports import Nlu
from bot.text import normal

log = logging.getLogger("bussola")
LIMIT = 0.3  # seconds: a person waits for an answer, not for an engine
_FAILURES, _PAUSE = 3, 5.0


class Breaker:
    """Lets calls through until `failures` in a row have failed; then one call every `pause` seconds, until one succeeds
    (Nygard 2007, "circuit breaker")."""

    def __init__(self, failures: int, pause: float, clock: Callable[[], float]) -> None:
        self._failures, self._pause, self._clock = failures, pause, clock
        self._lock, self._count, self._next = threading.Lock(), 0, 0.0

    def allows(self) -> bool:
        """Whether this call may be tried."""
        with self._lock:
            if self._count < self._failures:
                return True
            if self._clock() < self._next:
                return False
            self._next = self._clock() + self._pause
            return True

    def succeeded(self) -> bool:
        """Closes the breaker; returns whether it was open."""
        with self._lock:
            was_open, self._count = self._count >= self._failures, 0
            return was_open

    def failed(self) -> bool:
        """Counts a failure; returns whether this one opened the breaker."""
        with self._lock:
            self._count += 1
            self._next = self._clock() + self._pause
            return self._count == self._failures


class RasaNlu:
    """Asks a Rasa Open Source server (`POST /model/parse`); what it cannot say in time, `fallback` says."""

    def __init__(
        self,
        address: str,
        secret: str,
        intents: Collection[str],
        fallback: Nlu,
        limit: float = LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._intents, self._learnt = {name.replace("/", "."): name for name in intents}, frozenset(intents)
        self._fallback, self._breaker = fallback, Breaker(_FAILURES, _PAUSE, clock)
        self._client = httpx.Client(base_url=address, timeout=limit, trust_env=False, headers=authorization(secret))

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def parse(self, text: str, locale: str) -> Understanding:
        """Intents by falling probability (at most ten, only those that the content knows); nothing for a text without
        words. Never raises for an engine that is away."""
        # Rasa obeys a leading slash as the name of an intent.
        asked = text.replace("\0", " ").strip().lstrip("/").strip()
        if not normal(asked):
            return Understanding(engine="rasa")
        if not self._breaker.allows():
            return self._fallback.parse(text, locale)
        try:
            response = self._client.post("/model/parse", json={"text": asked})
            response.raise_for_status()
            ranking = [(str(item["name"]), float(item["confidence"])) for item in response.json()["intent_ranking"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if self._breaker.failed():
                log.warning("Rasa is away (%s: %s); the embedded engine answers", type(error).__name__, error)
            return self._fallback.parse(text, locale)
        if self._breaker.succeeded():
            log.warning("Rasa is back")
        known = ((self._intents[name], confidence) for name, confidence in ranking if name in self._intents)
        return Understanding(tuple(known), "rasa", self._learnt)


def authorization(secret: str) -> Mapping[str, str]:
    """The header that a Rasa server with this JWT secret lets pass."""
    token = jwt.encode({"user": {"username": "bussola", "role": "admin"}}, secret, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}
