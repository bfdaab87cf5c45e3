"""A Bot API on a loopback port: long polling with offsets, the few methods the door uses, and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TOKEN = "123456:fake-token"
BOT = {"id": 123456, "is_bot": True, "first_name": "Bussola", "username": "bussola_bot"}
_LIMIT = 15.0  # seconds after which a test gives up waiting


@dataclass(frozen=True)
class Call:
    """One request that the door made."""

    method: str
    params: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.params.get("text", ""))

    @property
    def chat(self) -> int:
        return int(self.params["chat_id"])

    @property
    def buttons(self) -> dict[str, str]:
        """The inline keyboard as title -> payload."""
        rows = self.params.get("reply_markup", {}).get("inline_keyboard", [])
        return {button["text"]: button["callback_data"] for row in rows for button in row}


class FakeBotApi:
    """Use as a context manager. `url` is what BUSSOLA_TELEGRAM_API would be."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.confirmed = 0  # updates below this id will not be delivered again
        self._waiting: list[dict[str, Any]] = []
        self._messages: dict[int, dict[str, Any]] = {}
        self._faults: dict[str, deque[tuple[int, dict[str, Any]]]] = defaultdict(deque)
        self._profile: dict[tuple[str, str], Any] = {}
        self.silence = 3.0  # seconds: longer than the door waits in tests of silence
        self.silences = 0  # so many of the next messages are taken without a word in return
        self.breaks: list[int] = []  # after so many bytes the answer to a message breaks off
        self._changed = threading.Condition()
        self._closed = False
        self._last_update = 1000
        self._last_message = 5000
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeBotApi:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    # ---- what people do ----------------------------------------------------------------------------------------------

    def update(self, update_id: int | None = None, **content: Any) -> dict[str, Any]:
        """Makes an update without delivering it (for webhooks)."""
        self._last_update += 1
        return {"update_id": update_id or self._last_update, **content}

    def deliver(self, *updates: dict[str, Any]) -> None:
        """Lets getUpdates return these, in one batch."""
        with self._changed:
            self._waiting.extend(updates)
            self._changed.notify_all()

    def message(self, chat: int = 7, language: str | None = "en", **content: Any) -> dict[str, Any]:
        """A message of a person in a private chat, or in a group when the chat's number is negative."""
        self._last_message += 1
        person = {
            "id": abs(chat),
            "is_bot": False,
            "first_name": "A",
            **({"language_code": language} if language else {}),
        }
        kind = (
            {"id": chat, "type": "private", "first_name": "A"}
            if chat > 0
            else {"id": chat, "type": "supergroup", "title": "G"}
        )
        return {"message_id": self._last_message, "date": int(time.time()), "chat": kind, "from": person, **content}

    def write(self, text: str, chat: int = 7, language: str | None = "en", **content: Any) -> None:
        """Somebody writes a message."""
        self.deliver(self.update(message=self.message(chat, language, text=text, **content)))

    def press(self, payload: str, message_id: int, chat: int = 7, language: str | None = "en") -> dict[str, Any]:
        """The update of a pressed button under a message that the bot has sent. Deliver it to let it happen."""
        person = self.message(chat, language)["from"]
        query = {"id": str(self._last_update + 1), "from": person, "chat_instance": "1", "data": payload}
        return self.update(callback_query={**query, "message": self._messages[message_id]})

    def ask_inline(self, text: str, person: int = 7, language: str | None = "en") -> dict[str, Any]:
        """The update of somebody who writes the bot's name and `text` in any chat."""
        return self.update(
            inline_query={
                "id": str(self._last_update + 1),
                "from": self.message(person, language)["from"],
                "query": text,
                "offset": "",
            }
        )

    # ---- what a test asks --------------------------------------------------------------------------------------------

    def fault(self, method: str, status: int, description: str = "fault", **parameters: Any) -> None:
        """The next call of `method` is answered with this error (once per call of this function)."""
        body = {
            "ok": False,
            "error_code": status,
            "description": description,
            **({"parameters": parameters} if parameters else {}),
        }
        self._faults[method].append((status, body))

    def made(self, *methods: str) -> list[Call]:
        """The calls of these methods so far, in order."""
        return [call for call in list(self.calls) if call.method in methods]

    def wait(self, methods: str | tuple[str, ...], count: int = 1) -> list[Call]:
        """The calls of these methods as soon as there are `count`; fails after a time limit."""
        names = (methods,) if isinstance(methods, str) else methods
        self.until(lambda: len(self.made(*names)) >= count, f"{count} x {names}")
        return self.made(*names)

    def until(self, condition: Callable[[], bool], what: str = "a condition", within: float = _LIMIT) -> None:
        """Returns when `condition` holds; it is looked at after every request."""
        with self._changed:
            met = self._changed.wait_for(condition, within)
        last = [call for call in self.calls if call.method != "getUpdates"][-20:]
        assert met, f"waited in vain for {what}; last calls: {last}"

    # ---- the API -----------------------------------------------------------------------------------------------------

    def answer(self, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body for a request; status 0 is silence, below it a line that breaks after -1 - status bytes."""
        with self._changed:
            self.calls.append(Call(method, params))
            self._changed.notify_all()
            if self._faults[method]:
                return self._faults[method].popleft()
            made = getattr(self, f"_{method}", None)
            if method.startswith(("setMy", "getMy")):
                return 200, {"ok": True, "result": self._told(method, params)}
            result = made(params) if made else True
            if method == "sendMessage" and self.silences:
                self.silences -= 1
                return 0, {}
            if method == "sendMessage" and self.breaks:
                return -1 - self.breaks.pop(0), {"ok": True, "result": result}
            return 200, {"ok": True, "result": result}

    def hush(self) -> None:
        """Waits as long as a request gets no word in return."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, self.silence)

    def _getMe(self, _: dict[str, Any]) -> Any:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}

    def _getUpdates(self, params: dict[str, Any]) -> Any:
        offset = int(params.get("offset", 0))
        self.confirmed = max(self.confirmed, offset)
        self._waiting = [update for update in self._waiting if update["update_id"] >= offset]
        self._changed.wait_for(lambda: self._waiting or self._closed, float(params.get("timeout", 0)))
        return self._waiting[: int(params.get("limit", 100))]

    def _told(self, method: str, params: dict[str, Any]) -> Any:
        """What the bot tells of itself, by language."""
        key = method[5:], params.get("language_code", "")
        names = {
            "Commands": "commands",
            "Name": "name",
            "Description": "description",
            "ShortDescription": "short_description",
        }
        if method.startswith("set"):
            self._profile[key] = params[names[key[0]]]
            return True
        known = self._profile.get(key, [] if key[0] == "Commands" else "")
        return known if key[0] == "Commands" else {names[key[0]]: known}

    def _sendVenue(self, params: dict[str, Any]) -> Any:
        place = {"latitude": float(params["latitude"]), "longitude": float(params["longitude"])}
        return self._written(self._next_message(), params | {"text": ""}) | {
            "venue": {"location": place, "title": "", "address": ""}
        }

    def _next_message(self) -> int:
        self._last_message += 1
        return self._last_message

    def _sendMessage(self, params: dict[str, Any]) -> Any:
        return self._written(self._next_message(), params)

    def _editMessageText(self, params: dict[str, Any]) -> Any:
        return self._written(int(params["message_id"]), params)

    def _written(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        message = {"message_id": number, "date": int(time.time()), "chat": {"id": int(params["chat_id"]), "type": "private"}, "from": BOT,
                   "text": params["text"]}  # fmt: skip
        if "inline_keyboard" in params.get("reply_markup", {}):
            message["reply_markup"] = params["reply_markup"]
        self._messages[number] = message
        return message

    def last_message(self, chat: int = 7) -> int:
        """The id of the newest message that the bot sent to a chat."""
        return max(number for number, message in self._messages.items() if message["chat"]["id"] == chat)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A door that closes, or gives up waiting, hangs up: that is no error of the server's."""


def _handler(api: FakeBotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            params: dict[str, Any] = dict(parse_qsl(raw, keep_blank_values=True))
            for name in (
                "reply_markup",
                "commands",
                "allowed_updates",
                "link_preview_options",
                "reply_parameters",
                "results",
            ):
                if name in params:
                    params[name] = json.loads(params[name])
            token, _, method = self.path.removeprefix("/bot").partition("/")
            refused = 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
            status, body = api.answer(method, params) if token == TOKEN else refused
            if not status:
                api.hush()
                self.close_connection = True
                return
            data = json.dumps(body).encode()
            if status < 0:
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode()
                self.wfile.write((head + data)[: -1 - status])
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # a long poll that the door gave up when it closed
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
