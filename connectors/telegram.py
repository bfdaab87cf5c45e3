"""The Telegram door: updates in, by polling or by webhook; replies out. All of `telegram` is imported inside functions."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from fastapi import APIRouter, HTTPException, Request

from bot.assistant import MOST_CHARACTERS, Assistant
from bot.desk import WIDGET, Desk
from bot.inbox import Inbox
from bot.ports import Updates
from bot.settings import Settings
from connectors.telegram_announce import announce
from connectors.telegram_calls import Calls, Closing, Pace
from connectors.telegram_inline import results
from connectors.telegram_poll import Poll
from connectors.telegram_post import Post
from connectors.telegram_render import is_menu
from connectors.telegram_send import Sender
from connectors.telegram_words import COMMANDS, Person, Said, Words
from connectors.web.limits import RateLimit

if TYPE_CHECKING:
    import telegram
    from telegram.ext import ExtBot

log = logging.getLogger("bussola")
_UPDATES = ["message", "edited_message", "callback_query", "inline_query"]
_REMEMBERED = 5000
_OWN = [["start"], *([name] for name in COMMANDS)]
_ELSEWHERE = timedelta(minutes=2)  # how long another machine may take to answer an update before it is taken from it


class TelegramDoor:
    """Answers people on Telegram. The core is synchronous and runs in threads; one chat's updates keep their order.
    `updates` remembers what has been answered; `count` is told channel, kind and locale of every turn."""

    def __init__(
        self,
        assistant: Assistant,
        desk: Desk,
        settings: Settings,
        updates: Updates,
        count: Callable[[str, str, str], None],
        pace: Pace = Pace(),
    ) -> None:
        self._settings, self._updates, self._pace = settings, updates, pace
        self._words, self._limit = Words(assistant, desk, count), RateLimit(settings.rate_limit)
        token = settings.telegram_token.encode()
        self.path = f"/telegram/{hashlib.sha256(token).hexdigest()[:32]}"
        self.secret = hmac.new(
            settings.secret.encode() or token, b"telegram webhook " + token, hashlib.sha256
        ).hexdigest()
        # A thread of its own: behind the answers of others, an update that was answered would be marked too late.
        self._marking = ThreadPoolExecutor(1, "telegram")
        self._calls, self._ready = Calls(settings.telegram_token), False
        self._bot: ExtBot[Any] | None = None
        self._sender = Sender(self._calls, self._words)
        self._opening: asyncio.Task[None] | None = None
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._work: OrderedDict[int, asyncio.Task[bool]] = OrderedDict()
        self._left: set[int] = set()  # chats that wait for the next start: what they wrote later must not overtake
        self._seen: OrderedDict[Hashable, object] = OrderedDict()
        self._post = Post(Inbox(desk, desk.handoff), self._letter, self._calls.stopping) if desk.handoff else None

    # ---- opening and closing -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens the door in the background, however long Telegram may be away; never raises for that."""
        from telegram import LinkPreviewOptions
        from telegram.ext import Defaults, ExtBot
        from telegram.request import HTTPXRequest

        # The library's coming type for durations; without it every flood limit warns.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and the token stands in them
        self._bot = ExtBot(
            self._settings.telegram_token,
            self._settings.telegram_api.rstrip("/") + "/bot",
            request=HTTPXRequest(read_timeout=self._pace.read, pool_timeout=60),
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=self._pace.read, pool_timeout=60),
            defaults=Defaults(parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)),
        )
        self._sender.bot = self._bot
        self._opening = asyncio.create_task(self._open(self._bot))

    async def stop(self) -> None:
        """Closes the door: answers what was fetched, confirms it to Telegram; what comes later waits there."""
        self._calls.stopping.set()
        if self._post:
            await self._post.stop()
        if self._bot is None or self._opening is None:
            return
        await asyncio.gather(self._opening, *self._work.values(), return_exceptions=True)
        await self._bot.shutdown()
        self._marking.shutdown()

    async def _open(self, bot: ExtBot[Any]) -> None:
        from telegram.error import InvalidToken, TelegramError

        announcing: asyncio.Task[None] | None = None
        try:
            await self._reached(bot)
            announcing = asyncio.create_task(announce(bot, self._words, self._calls))
            if self._post:
                self._post.start()
            if not self._settings.telegram_webhook:
                await Poll(self._fetched, self._answered, self._calls, self._pace.stall).run()
            await announcing
        except Closing:
            return
        except InvalidToken:  # its text holds the token
            log.error(
                "Telegram refuses the token: mend BUSSOLA_TELEGRAM_TOKEN (or BUSSOLA_TELEGRAM_API) and start again"
            )
        except TelegramError as error:
            log.error("Telegram: the door stays closed: %s", self._calls.without_token(error))
        finally:
            if announcing:
                await asyncio.gather(announcing, return_exceptions=True)

    async def _reached(self, bot: ExtBot[Any]) -> None:
        """Comes back when Telegram knows who we are and where updates go. Raises InvalidToken, TelegramError, Closing."""
        from telegram.error import NetworkError

        where, known = self._settings.telegram_webhook, False
        while not known:
            try:
                await self._calls.make(bot.initialize)
                if where:
                    url = where.rstrip("/") + self.path
                    hook = partial(bot.set_webhook, url, secret_token=self.secret, allowed_updates=_UPDATES)
                else:
                    hook = partial(bot.delete_webhook, drop_pending_updates=False)
                await self._calls.make(hook)
                known = True
            except NetworkError as error:
                log.warning("Telegram cannot be reached (%s); trying again", self._calls.without_token(error))
                await self._calls.pause(1)
                if self._calls.stopping.is_set():
                    raise Closing from error
        self._ready = True

    async def _fetched(self, first: int, seconds: int) -> tuple[telegram.Update, ...]:
        assert self._bot is not None
        return await self._bot.get_updates(first, timeout=seconds, allowed_updates=_UPDATES)

    def router(self) -> APIRouter:
        """The webhook's route, when there is a webhook. Telegram sends an update again until it is answered with 200."""
        routes = APIRouter()

        async def webhook(request: Request) -> dict[str, bool]:
            given = request.headers.get("x-telegram-bot-api-secret-token", "")
            if not hmac.compare_digest(given.encode(), self.secret.encode()):
                raise HTTPException(
                    403, {"what": "wrong secret", "where": "telegram", "todo": "only Telegram calls this"}
                )
            if not self._ready or self._calls.stopping.is_set() or not await self._webhook(await request.body()):
                raise HTTPException(503, {"what": "not now", "where": "telegram", "todo": "send it again"})
            return {"ok": True}

        if self._settings.telegram_webhook:
            routes.add_api_route(self.path, webhook, methods=["POST"], include_in_schema=False)
        return routes

    async def _webhook(self, body: bytes) -> bool:
        from telegram import Update

        assert self._bot is not None
        try:
            update = Update.de_json(json.loads(body), self._bot)
        except Exception as error:  # refused, it would come again for ever
            log.error("Telegram: an update could not be read: %s", type(error).__name__)
            return True
        # The work goes on when Telegram hangs up, and stop() waits for it.
        answered: bool = await asyncio.shield(self._answered(update))
        return answered

    # ---- one update --------------------------------------------------------------------------------------------------

    def _answered(self, update: telegram.Update) -> asyncio.Task[bool]:
        """The work on an update, which is begun once however often it comes."""
        known = self._work.get(update.update_id)
        if known and not (known.done() and not known.result()):
            return known
        task = self._work[update.update_id] = asyncio.create_task(self._received(update))
        while len(self._work) > _REMEMBERED and next(iter(self._work.values())).done():
            self._work.popitem(last=False)
        return task

    async def _received(self, update: telegram.Update) -> bool:
        """Answers an update, after the earlier ones of its chat; False when it is to come again. Never raises."""
        who = update.effective_chat or update.effective_user
        if who is None:
            return True
        lock = self._locks.setdefault(who.id, asyncio.Lock())
        async with lock:
            if who.id in self._left:
                return False
            taken = await self._kept(partial(self._updates.take, patience=self._patience), update.update_id)
            if taken in ("done", "busy"):
                return bool(taken == "done")
            try:
                await self._answer(update)
            except Closing:
                self._left.add(who.id)
                await self._kept(self._updates.leave, update.update_id)
                return False
            await self._kept(self._updates.done, update.update_id)
            return True

    @property
    def _patience(self) -> timedelta:
        """Two programs cannot poll: what was taken before and not answered, a program took that is no more."""
        return _ELSEWHERE if self._settings.telegram_webhook else timedelta(0)

    async def _kept(self, verb: Callable[[int], Any], number: int) -> Any:
        """What the database says of an update; None while it is away, for people are answered all the same."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._marking, verb, number)
        except Exception as error:
            log.error("Telegram: update %s may be answered again after a restart: %s", number, type(error).__name__)
            return None

    async def _answer(self, update: telegram.Update) -> None:
        from telegram.error import Forbidden

        if update.inline_query:
            await self._inline(update.inline_query)
            return
        if update.effective_chat is None:
            return
        person = _person(update)
        try:
            if update.callback_query:
                await self._press(update.callback_query, person)
            elif message := update.message or update.edited_message:
                await self._message(message, person, edited=update.message is None)
        except Forbidden:
            log.info("Telegram: a person has blocked the bot")
        except Closing:
            raise
        except Exception as error:
            log.error("Telegram: update %s could not be answered", update.update_id, exc_info=error)
            await self._apologise(person)

    def _first(self, key: Hashable, value: object = None) -> bool:
        """Whether `key` comes for the first time, or with another value than last time; bounded."""
        known = key in self._seen and self._seen[key] == value
        self._seen[key] = value
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return not known

    async def _message(self, message: telegram.Message, person: Person, edited: bool) -> None:
        text = self._addressed(message)
        if text is None or not self._first(("text", person.chat, message.message_id), hash(text)):
            return  # meant for somebody else, or edited without another word
        self._seen.pop(("pressed", person.chat), None)
        unread = message.effective_attachment is not None and not message.location and not edited
        place = None if edited else message.location  # an edited one is a live location on its way
        if not (text or unread or place):
            return
        if not self._admitted(person):
            await self._too_many(person, text)
        elif place:
            said = await asyncio.to_thread(self._words.location, person, place.latitude, place.longitude)
            await self._sender.deliver(person, said)
            await self._sender.pins(person, said)
        elif len(text) > MOST_CHARACTERS:
            await self._sender.deliver(person, await asyncio.to_thread(self._words.too_long, person, text))
        elif text.startswith("/"):
            name, rest = (*text[1:].split(maxsplit=1), "", "")[:2]
            said = await asyncio.to_thread(self._words.command, person, name.lower(), rest)
            await self._sender.deliver(person, said, ask_location=name == "place" and not rest)
        elif text:
            await self._sender.deliver(person, await asyncio.to_thread(self._words.question, person, text))
        if unread and (message.media_group_id is None or self._first(("album", message.media_group_id))):
            await self._sender.deliver(person, await asyncio.to_thread(self._words.only_text, person))

    def _addressed(self, message: telegram.Message) -> str | None:
        """The message's words; None in a group when they are meant for somebody else."""
        bot = message.get_bot()
        text, mentions = re.subn(
            rf"@{re.escape(bot.username)}\b", "", message.text or message.caption or "", flags=re.IGNORECASE
        )
        earlier = message.reply_to_message
        replied = earlier is not None and earlier.from_user is not None and earlier.from_user.id == bot.id
        ours = text.startswith("/") and text[1:].lower().split(maxsplit=1)[:1] in _OWN
        return text.strip() if mentions or replied or ours or message.chat.type == "private" else None

    def _admitted(self, person: Person) -> bool:
        """Whether somebody may go on; not when they have sent too many messages in the last minute."""
        return not self._limit.wait(person.session)

    async def _too_many(self, person: Person, text: str) -> None:
        """Danger is answered even now; everybody else is told once to wait, and then there is silence."""
        if danger := await asyncio.to_thread(self._words.danger, person, text):
            await self._sender.deliver(person, danger)
        elif self._told(person):
            await self._sender.deliver(
                person, await asyncio.to_thread(self._words.sentence, person, WIDGET["too_many"])
            )

    def _told(self, person: Person) -> bool:
        """Whether it is time to tell somebody to wait: the first time, and not again before a minute is over."""
        key, now = ("told", person.session), time.monotonic()
        before = self._seen.get(key)
        if isinstance(before, float) and now - before < 60:
            return False
        return self._first(key, now)

    async def _press(self, query: telegram.CallbackQuery, person: Person) -> None:
        from telegram import Message as Accessible
        from telegram.error import TelegramError

        notice = None
        try:
            message, data = query.message, query.data or ""
            if message is None or self._seen.get(("pressed", person.chat)) == (message.message_id, data):
                return  # a second tap on the same button
            if not self._admitted(person):
                if self._told(person):
                    _, [reply] = await asyncio.to_thread(self._words.sentence, person, WIDGET["too_many"])
                    notice = reply.text
                return
            keyboard = message.reply_markup if isinstance(message, Accessible) else None
            payloads = (
                [str(button.callback_data) for row in keyboard.inline_keyboard for button in row] if keyboard else []
            )
            said = await asyncio.to_thread(self._words.button, person, data)
            await self._sender.deliver(person, said, over=message.message_id if is_menu(payloads) else None)
            self._first(("pressed", person.chat), (message.message_id, data))
        finally:
            with suppress(TelegramError, Closing):  # it may be too old to be answered
                await self._calls.make(partial(query.answer, text=notice))

    async def _inline(self, query: telegram.InlineQuery) -> None:
        """Somebody writes the bot's name in any chat: entries to share there, in their language."""
        from telegram.error import TelegramError

        person = Person(query.from_user.id, str(query.from_user.id), query.from_user.language_code, group=False)
        if self._limit.wait(f"inline {person.session}"):
            return
        try:
            found = await asyncio.to_thread(self._words.shared, person, query.query)
            await self._calls.make(partial(results, query, found))
        except TelegramError as error:  # too late: they have written on
            log.info("Telegram: what to share was not shown: %s", self._calls.without_token(error))
        except Exception as error:
            if isinstance(error, Closing):
                return
            log.error("Telegram: nothing to share was found", exc_info=error)

    async def _apologise(self, person: Person) -> None:
        try:
            await self._sender.deliver(person, await asyncio.to_thread(self._words.apology, person))
        except Exception as error:
            log.error("Telegram: not even an apology went through: %s", type(error).__name__)

    async def _letter(self, to: str, said: Said) -> bool:
        """Sends what a mediator writes; False when the person does not want it or is gone. Raises TelegramError, Closing."""
        from telegram.error import BadRequest, Forbidden

        chat = int(to)
        lock = self._locks.setdefault(chat, asyncio.Lock())
        async with lock:
            try:
                await self._sender.deliver(Person(chat, to, None, group=False), said, twice=True)
            except (BadRequest, Forbidden) as error:
                log.info("Telegram: a mediator's message was refused: %s", self._calls.without_token(error))
                return False
        return True


def _person(update: telegram.Update) -> Person:
    chat, user, message = update.effective_chat, update.effective_user, update.effective_message
    assert chat is not None
    group = chat.type != "private"
    session = f"{chat.id}:{user.id}" if group and user else str(chat.id)
    thread = getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", False) else None
    quote = message.message_id if group and message and not update.callback_query else None
    return Person(chat.id, session, user.language_code if user else None, group, thread, quote)
