"""A storm of updates: many chats at once, updates that come twice, floods, faults and silences of the network."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from bot.model import Answer, Content, Entry, Example
from bot.received import ReceivedUpdates
from bot.settings import Settings
from connectors.telegram import TelegramDoor
from connectors.telegram_calls import Pace
from connectors.telegram_words import UNSURE
from tests.small import desk, store
from tests.telegram.desks import running, served
from tests.telegram.fake_bot_api import TOKEN, FakeBotApi

_EACH = 50  # messages of a person, each another question
_AGAIN, _FLOOD, _FAULT, _SILENT, _HUNG = 0.05, 0.02, 0.02, 0.005, 0.01
_ANSWER, _BUTTON = re.compile(r"^<b>Answer (\d+)\."), re.compile(r"/entry daily/answer-(\d+)")
_HUNG_UP, _CONNECTIONS, _TRIES = 0.02, 40, 2000  # as many connections as Telegram opens
_PATIENCE = 4.0  # seconds: on a busy machine an answer may be late that is no silence


@dataclass(frozen=True)
class Outcome:
    """What came of a storm, counted person by person. `lost`: answers that Telegram swallowed without a word, which nobody
    can know; `told`: answers of which people were told that they may not have arrived. None may be `forgotten` (not answered
    although Telegram took all that came), `untold` (lost, and the person does not know) or `told_in_vain` (nothing was
    silent)."""

    sent: int
    repeated: int
    refused: int
    silent: int
    answered: int
    lost: int
    told: int
    doubled: int
    out_of_order: int
    forgotten: int
    untold: int
    told_in_vain: int
    seconds: float

    @property
    def faults(self) -> int:
        """How often somebody was not answered once and in order, or did not hear the truth about it."""
        return self.doubled + self.out_of_order + self.forgotten + self.untold + self.told_in_vain


class StormyApi(FakeBotApi):
    """A Bot API on a bad day: says again what was confirmed, refuses, breaks, and is silent. Repeatable but for the
    order in which requests arrive."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance, self._fate = random.Random(seed), random.Random(seed + 1)  # of what people send, of what they get
        self.delivered: dict[int, list[str]] = defaultdict(list)
        self.swallowed: dict[int, set[int]] = defaultdict(set)  # numbers of answers by chat, taken and thrown away
        self.unheard: dict[int, set[int]] = defaultdict(set)  # delivered, but without a word in return
        self.told: dict[int, set[int]] = defaultdict(set)  # of which people have heard that they may be missing
        self.repeated = self.refused = self.silent = 0
        self.silence = 60.0  # a door on a busy machine looks late, and must not take the end of it for a refusal
        self._confirmed: list[dict[str, Any]] = []

    def answer(self, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if method != "sendMessage":
            return super().answer(method, params)
        with self._changed:
            luck = self._fate.random()
            if luck < _FLOOD + _FAULT:
                self.refused += 1
                status = 429 if luck < _FLOOD else self._fate.choice((500, 502, 503))
                more = {"parameters": {"retry_after": 1}} if status == 429 else {}
                return status, {"ok": False, "error_code": status, "description": "not now", **more}
            chat, text = int(params["chat_id"]), str(params["text"])
            number = _number(_ANSWER, text)
            if luck > 1 - _HUNG:
                self.silent += 1
                self.swallowed[chat] |= number
                return 0, {}
            self.delivered[chat].append(text)
            if text == UNSURE:
                self.told[chat] |= _number(_BUTTON, json.dumps(params.get("reply_markup")))
            if luck > 1 - _HUNG - _SILENT:
                self.silent, self.silences = self.silent + 1, 1
                self.unheard[chat] |= number
            return super().answer(method, params)

    def _getUpdates(self, params: dict[str, Any]) -> Any:
        """What waits, some of it twice, and now and then something that was confirmed long ago."""
        offset = int(params.get("offset", 0))
        self._confirmed += [update for update in self._waiting if update["update_id"] < offset][:3]
        found = []
        for update in super()._getUpdates(params):
            found.append(update)
            if self.chance.random() < _AGAIN:
                found.append(update)
                self.repeated += 1
        if found and self._confirmed and self.chance.random() < 0.5:
            found.insert(0, self.chance.choice(self._confirmed))
            self.repeated += 1
        return found


def _number(pattern: re.Pattern[str], text: str) -> set[int]:
    """The number of the answer that a text is about, if it is about one."""
    return {int(found[1])} if (found := pattern.search(text)) else set()


def content() -> Content:
    """As many entries as a person asks questions."""
    ids = [f"daily/answer-{number}" for number in range(_EACH)]
    return Content(
        {entry: Entry(entry, "low", date(2027, 5, 31)) for entry in ids},
        {(entry, "en"): Answer(entry, "en", f"Answer {number}.", "Said.") for number, entry in enumerate(ids)},
        {}, (), (), (), (), tuple(Example(entry, "en", f"question {number}") for number, entry in enumerate(ids)), {},
    )  # fmt: skip


class _Telegram:
    """Telegram's side of a webhook: many connections, a chat's updates one after the other, each until it was taken; some
    come twice at once, some again long after, and now and then Telegram hangs up before it has heard the answer."""

    def __init__(self, api: StormyApi, secret: str) -> None:
        self._api, self._headers = api, {"X-Telegram-Bot-Api-Secret-Token": secret}
        self._lucky, self._guard = random.Random(api.chance.random()), threading.Lock()
        self.address = "http://127.0.0.1:9/"

    def send(self, updates: Sequence[dict[str, Any]]) -> None:
        """Posts these; returns when all of them were taken."""
        chats: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for update in updates:
            chats[update["message"]["chat"]["id"]].append(update)
        with ThreadPoolExecutor(_CONNECTIONS) as connections:
            for done in [connections.submit(self._chat, waiting) for waiting in chats.values()]:
                done.result()

    def _chat(self, waiting: Sequence[dict[str, Any]]) -> None:
        with httpx.Client(headers=self._headers, timeout=60) as client, httpx.Client(headers=self._headers) as again:
            for number, update in enumerate(waiting):
                with self._guard:
                    luck, older = self._lucky.random(), self._lucky.choice(waiting[: number + 1])
                if luck < _HUNG_UP:  # the answer to this one nobody hears: it comes again
                    with suppress(httpx.TransportError):
                        again.post(self.address, json=update, timeout=0.005)
                    self._repeated()
                self._until_taken(client, update)
                if luck > 1 - _AGAIN:
                    self._until_taken(client, older)
                    self._repeated()

    def _until_taken(self, client: httpx.Client, update: dict[str, Any]) -> None:
        for _ in range(_TRIES):
            with suppress(httpx.TransportError):  # while the door is closed nobody listens
                if client.post(self.address, json=update).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"update {update['update_id']} was never taken")

    def _repeated(self) -> None:
        with self._guard:
            self._api.repeated += 1


def storm_by_webhook(folder: Path, updates: int, seed: int = 7) -> Outcome:
    """The same over a webhook: `updates` questions posted over HTTP, and a restart half way."""
    opened = store(folder, content())
    assistant, counter = desk(opened)
    api = StormyApi(seed)
    with api:
        expected, waiting = _asked(api, updates), list(api._waiting)
        api._waiting.clear()
        settings = Settings(
            telegram_token=TOKEN, telegram_api=api.url, rate_limit=0, telegram_webhook="https://desk.example"
        )
        first, second = (
            TelegramDoor(assistant, counter, settings, ReceivedUpdates(opened), lambda *_: None, Pace(_PATIENCE))
            for _ in range(2)
        )
        begun, telegram = time.perf_counter(), _Telegram(api, first.secret)
        with ThreadPoolExecutor(1) as sending:
            with served(first) as address:
                telegram.address = f"{address}{first.path}"
                sent = sending.submit(telegram.send, waiting)
                api.until(lambda: sum(map(len, api.delivered.values())) > updates // 2, "half of it", 60 + updates / 5)
            with served(second) as address:
                telegram.address = f"{address}{second.path}"
                sent.result()
        seconds = time.perf_counter() - begun
        opened.engine.dispose()
        return _outcome(api, expected, updates, seconds)


def storm(folder: Path, updates: int, seed: int = 7) -> Outcome:
    """Sends `updates` questions of many people in a random order, restarts the door half way, and says what came of it."""
    opened = store(folder, content())
    assistant, counter = desk(opened)
    api = StormyApi(seed)
    with api:
        expected = _asked(api, updates)
        settings = Settings(telegram_token=TOKEN, telegram_api=api.url, rate_limit=0)
        begun, last = time.perf_counter(), api._last_update
        for until in (last - updates // 2, last):
            door = TelegramDoor(assistant, counter, settings, ReceivedUpdates(opened), lambda *_: None, Pace(_PATIENCE))
            with running(door):
                api.until(lambda last=until: api.confirmed > last, "the last confirmation", 60 + updates / 5)  # type: ignore[misc]
        seconds = time.perf_counter() - begun
        opened.engine.dispose()
        return _outcome(api, expected, updates, seconds)


def _asked(api: StormyApi, updates: int) -> dict[int, list[int]]:
    """Lets everybody ask; returns the numbers of the questions by chat, in order."""
    chats = [chat for chat in range(1, updates // _EACH + 1) for _ in range(_EACH)]
    api.chance.shuffle(chats)
    left = {chat: api.chance.sample(range(_EACH), _EACH) for chat in set(chats)}
    expected: dict[int, list[int]] = defaultdict(list)
    for chat in chats:
        number = left[chat].pop()
        expected[chat].append(number)
        api.write(f"question {number}", chat=chat)
    return expected


def _outcome(api: StormyApi, expected: Mapping[int, list[int]], updates: int, seconds: float) -> Outcome:
    answered = lost = told = doubled = out_of_order = forgotten = untold = told_in_vain = 0
    for chat, wanted in expected.items():
        got = [number for text in api.delivered[chat] for number in _number(_ANSWER, text)]
        missing, heard = set(wanted) - set(got), api.told[chat]
        answered += len(set(got))
        lost += len(missing)
        told += len(heard)
        doubled += len(got) - len(set(got))
        out_of_order += [number for number in wanted if number in got] != list(dict.fromkeys(got))
        forgotten += len(missing - api.swallowed[chat])
        untold += len(missing - heard)
        told_in_vain += len(heard - api.swallowed[chat] - api.unheard[chat])
    return Outcome(updates, api.repeated, api.refused, api.silent, answered, lost, told, doubled, out_of_order, forgotten,
                   untold, told_in_vain, seconds)  # fmt: skip
