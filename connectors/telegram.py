"""The Telegram door: updates in, by polling or by webhook; replies out. All of `telegram` is imported inside functions."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from fastapi import APIRouter, HTTPException, Request

from bot.assistant import Assistant
from bot.desk import Desk
from bot.inbox import Inbox
from bot.settings import Settings
from connectors.telegram_post import Post
from connectors.telegram_render import Message, is_menu, messages, packed
from connectors.telegram_words import SEND_LOCATION, Person, Said, Words

if TYPE_CHECKING:
    import telegram
    from telegram.ext import Application

log = logging.getLogger("bussola")
T = TypeVar("T")
_UPDATES = ["message", "edited_message", "callback_query"]
_REMEMBERED = 5000
_TRIES = 4
_AT_ONCE = 256  # updates in work at the same time; those of one chat wait for each other
_STOP_POLLING = 10  # seconds; while Telegram is away, PTB would sleep for longer


class TelegramDoor:
    """Answers people on Telegram. The core is synchronous and runs in threads; one chat's updates keep their order."""

    def __init__(self, assistant: Assistant, desk: Desk, settings: Settings) -> None:
        self._settings, self._words = settings, Words(assistant, desk)
        token = settings.telegram_token.encode()
        self.path = f"/telegram/{hashlib.sha256(token).hexdigest()[:32]}"
        self.secret = hmac.new(
            settings.secret.encode() or token, b"telegram webhook " + token, hashlib.sha256
        ).hexdigest()
        self._app: Application[Any, Any, Any, Any, Any, Any] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self._pressed: OrderedDict[int, tuple[int, str]] = OrderedDict()
        self._post = Post(Inbox(desk, desk.handoff), self._letter, self._stopping) if desk.handoff else None

    # ---- opening and closing -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens the door in the background, however long Telegram may be away; never raises for that."""
        from telegram import LinkPreviewOptions, Update
        from telegram.ext import ApplicationBuilder, Defaults, TypeHandler

        os.environ.setdefault(
            "PTB_TIMEDELTA", "1"
        )  # the library's coming type for durations; without it every flood limit warns
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and the token stands in them
        builder = (
            ApplicationBuilder()
            .token(self._settings.telegram_token)
            .base_url(self._settings.telegram_api.rstrip("/") + "/bot")
        )
        defaults = Defaults(parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True))
        self._app = builder.defaults(defaults).concurrent_updates(_AT_ONCE).job_queue(None).build()
        self._app.add_handler(TypeHandler(Update, self._received))
        self._opening = asyncio.create_task(self._open(self._app))

    async def stop(self) -> None:
        """Closes the door: answers what was fetched, confirms it to Telegram; what comes later waits there."""
        self._stopping.set()
        if self._post:
            await self._post.stop()
        if self._app is None or self._opening is None:
            return
        self._opening.cancel()
        await asyncio.gather(self._opening, return_exceptions=True)
        if self._app.updater and self._app.updater.running:
            try:
                await asyncio.wait_for(self._app.updater.stop(), _STOP_POLLING)
            except Exception as error:
                log.warning("Telegram: polling ended with %s", type(error).__name__)
        if self._app.running:
            await self._app.stop()
        await self._app.shutdown()
        await self._app.bot.shutdown()  # also when the application was never fully open

    async def _open(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        from telegram.error import InvalidToken, TelegramError

        wait = 1.0
        while True:
            try:
                await app.initialize()
                if not app.running:
                    await app.start()
                await self._listen(app)
                break
            except InvalidToken:  # its text holds the token
                log.error(
                    "Telegram refuses the token: mend BUSSOLA_TELEGRAM_TOKEN (or BUSSOLA_TELEGRAM_API) and start again"
                )
                return
            except TelegramError as error:
                log.warning(
                    "Telegram cannot be reached (%s); next try in %.0f seconds", self._without_token(error), wait
                )
                await self._pause(wait)
                wait = min(60.0, 2 * wait)
        if self._post:
            self._post.start()
        try:
            await self._announce(app.bot)
        except Exception as error:
            log.warning("Telegram: the commands could not be set: %s", self._without_token(error))

    async def _listen(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        if self._settings.telegram_webhook:
            url = self._settings.telegram_webhook.rstrip("/") + self.path
            await app.bot.set_webhook(
                url, secret_token=self.secret, allowed_updates=_UPDATES, drop_pending_updates=False
            )
        elif app.updater:
            await app.updater.start_polling(
                allowed_updates=_UPDATES, drop_pending_updates=False, timeout=30,
                error_callback=lambda error: log.warning("Telegram: %s; trying again", self._without_token(error)),
            )  # fmt: skip

    async def _announce(self, bot: telegram.Bot) -> None:
        """Tells Telegram the commands in every language; English is for all others."""
        for locale, commands in (await asyncio.to_thread(self._words.commands)).items():
            await self._call(partial(bot.set_my_commands, commands, language_code=locale))

    def _without_token(self, error: Exception) -> str:
        return str(error).replace(self._settings.telegram_token, "<token>")

    def router(self) -> APIRouter:
        """The webhook's route, when there is a webhook. Telegram sends an update again until it is answered with 200."""
        routes = APIRouter()

        async def webhook(request: Request) -> dict[str, bool]:
            given = request.headers.get("x-telegram-bot-api-secret-token", "")
            if not hmac.compare_digest(given.encode(), self.secret.encode()):
                raise HTTPException(
                    403, {"what": "wrong secret", "where": "telegram", "todo": "only Telegram calls this"}
                )
            if self._app is None or not self._app.running:
                raise HTTPException(503, {"what": "not open yet", "where": "telegram", "todo": "send it again"})
            await self._webhook(await request.body())
            return {"ok": True}

        if self._settings.telegram_webhook:
            routes.add_api_route(self.path, webhook, methods=["POST"], include_in_schema=False)
        return routes

    async def _webhook(self, body: bytes) -> None:
        from telegram import Update

        assert self._app is not None
        try:
            update = Update.de_json(json.loads(body), self._app.bot)
        except Exception as error:  # refused, it would come again for ever
            log.error("Telegram: an update could not be read: %s", type(error).__name__)
            return
        # A task of the application: it goes on when Telegram hangs up, and stop() waits for it.
        await asyncio.shield(self._app.create_task(self._received(update)))

    # ---- one update --------------------------------------------------------------------------------------------------

    async def _received(self, update: telegram.Update, _: object = None) -> None:
        """Answers an update once, after the earlier ones of its chat. Never raises."""
        from telegram.error import Forbidden

        chat = update.effective_chat
        if chat is None or not self._first(("update", update.update_id)):
            return
        lock = self._locks.setdefault(chat.id, asyncio.Lock())
        async with lock:
            person = _person(update)
            try:
                if update.callback_query:
                    await self._press(update.callback_query, person)
                elif message := update.message or update.edited_message:
                    await self._message(message, person, edited=update.message is None)
            except Forbidden:
                log.info("Telegram: a person has blocked the bot")
            except Exception as error:
                log.error("Telegram: update %s could not be answered", update.update_id, exc_info=error)
                await self._apologise(person)

    def _first(self, key: Hashable) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def _message(self, message: telegram.Message, person: Person, edited: bool) -> None:
        text = self._addressed(message)
        if text is None:
            return
        self._pressed.pop(person.chat, None)
        if message.location and not edited:  # an edited one is a live location on its way
            said = await asyncio.to_thread(
                self._words.location, person, message.location.latitude, message.location.longitude
            )
            await self._deliver(person, said)
        elif text.startswith("/"):
            name, rest = (*text[1:].split(maxsplit=1), "", "")[:2]
            said = await asyncio.to_thread(self._words.command, person, name.lower(), rest)
            await self._deliver(person, said, ask_location=name == "place" and not rest)
        elif text:
            await self._deliver(person, await asyncio.to_thread(self._words.question, person, text))
        unread = message.effective_attachment is not None and not message.location and not edited
        if unread and (message.media_group_id is None or self._first(("album", message.media_group_id))):
            await self._deliver(person, await asyncio.to_thread(self._words.only_text, person))

    def _addressed(self, message: telegram.Message) -> str | None:
        """The message's words; None in a group when they are meant for somebody else."""
        bot = message.get_bot()
        text, mentions = re.subn(
            rf"@{re.escape(bot.username)}\b", "", message.text or message.caption or "", flags=re.IGNORECASE
        )
        earlier = message.reply_to_message
        replied = earlier is not None and earlier.from_user is not None and earlier.from_user.id == bot.id
        return text.strip() if mentions or replied or message.chat.type == "private" else None

    async def _press(self, query: telegram.CallbackQuery, person: Person) -> None:
        from telegram import Message as Accessible
        from telegram.error import TelegramError

        try:
            message, data = query.message, query.data or ""
            if message is None or self._pressed.get(person.chat) == (message.message_id, data):
                return  # a second tap on the same button
            keyboard = message.reply_markup if isinstance(message, Accessible) else None
            payloads = (
                [str(button.callback_data) for row in keyboard.inline_keyboard for button in row] if keyboard else []
            )
            said = await asyncio.to_thread(self._words.button, person, data)
            await self._deliver(person, said, over=message.message_id if is_menu(payloads) else None)
            self._pressed[person.chat] = (message.message_id, data)
            if len(self._pressed) > _REMEMBERED:
                self._pressed.popitem(last=False)
        finally:
            with suppress(TelegramError):  # it may be too old to be answered
                await self._call(query.answer)

    async def _apologise(self, person: Person) -> None:
        try:
            await self._deliver(person, await asyncio.to_thread(self._words.apology, person))
        except Exception as error:
            log.error("Telegram: not even an apology went through: %s", type(error).__name__)

    # ---- sending -----------------------------------------------------------------------------------------------------

    async def _letter(self, to: str, said: Said) -> bool:
        """Sends what a mediator writes; False when the person does not want it or is gone. Raises TelegramError."""
        from telegram.error import BadRequest, Forbidden

        chat = int(to)
        lock = self._locks.setdefault(chat, asyncio.Lock())
        async with lock:
            try:
                await self._deliver(Person(chat, to, None, group=False), said)
            except (BadRequest, Forbidden) as error:
                log.info("Telegram: a mediator's message was refused: %s", self._without_token(error))
                return False
        return True

    async def _deliver(self, person: Person, said: Said, over: int | None = None, ask_location: bool = False) -> None:
        """Sends the replies, danger first; the first message takes the place of message `over`."""
        from telegram import KeyboardButton, ReplyKeyboardMarkup

        locale, replies = said
        say = partial(self._words.phrases.get, locale)
        for reply in sorted(replies, key=lambda reply: reply.kind != "emergency"):
            for message in messages(reply, say):
                markup: Any = _keyboard(message)
                if ask_location and not person.group:
                    markup = ReplyKeyboardMarkup(
                        [[KeyboardButton(say(SEND_LOCATION), request_location=True)]], True, True
                    )
                if over is None or not await self._edited(person, over, message):
                    await self._send(person, message, markup)
                over, person = None, replace(person, quote=None)

    async def _send(self, person: Person, message: Message, markup: Any) -> None:
        from telegram import ReplyParameters

        assert self._app is not None
        quote = ReplyParameters(person.quote, allow_sending_without_reply=True) if person.quote else None
        await self._call(partial(self._app.bot.send_message, person.chat, message.text, reply_markup=markup,
                                 message_thread_id=person.thread, reply_parameters=quote))  # fmt: skip

    async def _edited(self, person: Person, over: int, message: Message) -> bool:
        """Puts `message` in the place of message `over`; False when that cannot be edited any more."""
        from telegram.error import BadRequest

        assert self._app is not None
        edit = partial(
            self._app.bot.edit_message_text, message.text, person.chat, over, reply_markup=_keyboard(message)
        )
        try:
            await self._call(edit)
        except BadRequest as error:
            return "not modified" in str(error).lower()
        return True

    async def _call(self, make: Callable[[], Awaitable[T]]) -> T:
        """What a call of the Bot API returns; again after a flood limit or a network fault. Raises TelegramError."""
        from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

        for attempt in range(1, _TRIES):
            try:
                return await make()
            except RetryAfter as error:
                wait = error.retry_after
                await self._pause(wait.total_seconds() if isinstance(wait, timedelta) else wait)
            except (
                BadRequest,
                TimedOut,
            ):  # after a timeout nobody knows whether it arrived: twice is worse than an apology
                raise
            except NetworkError as error:
                log.info("Telegram: %s; trying again", self._without_token(error))
                await self._pause(attempt / 2)
        return await make()

    async def _pause(self, seconds: float) -> None:
        """Waits, but not longer than until the door closes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _person(update: telegram.Update) -> Person:
    chat, user, message = update.effective_chat, update.effective_user, update.effective_message
    assert chat is not None
    group = chat.type != "private"
    session = f"{chat.id}:{user.id}" if group and user else str(chat.id)
    thread = getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", False) else None
    quote = message.message_id if group and message and not update.callback_query else None
    return Person(chat.id, session, user.language_code if user else None, group, thread, quote)


def _keyboard(message: Message) -> Any:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [
        [InlineKeyboardButton(button.title, callback_data=packed(button.payload)) for button in row]
        for row in message.rows
    ]
    return InlineKeyboardMarkup(rows) if rows else None
