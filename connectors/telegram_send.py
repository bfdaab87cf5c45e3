"""Replies on their way to Telegram: one message after the other, each once, danger first."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.telegram_calls import Calls, Unsure
from connectors.telegram_render import Message, messages, packed
from connectors.telegram_words import SEND_LOCATION, Person, Said, Words

if TYPE_CHECKING:
    from telegram.ext import ExtBot

log = logging.getLogger("bussola")


class Sender:
    """Writes messages to people. `bot` is there as soon as the door is open."""

    def __init__(self, calls: Calls, words: Words) -> None:
        self._calls, self._words = calls, words
        self.bot: ExtBot[Any] | None = None

    async def deliver(
        self, person: Person, said: Said, over: int | None = None, ask_location: bool = False, twice: bool = False
    ) -> None:
        """Sends the replies, danger first; the first message takes the place of message `over`. When nobody knows whether
        one has arrived, it is sent `twice`, or the person is told how to get it again. Raises TelegramError, Closing."""
        from telegram import KeyboardButton, ReplyKeyboardMarkup

        locale, replies = said
        say, unsure = partial(self._words.phrases.get, locale), None
        for reply in sorted(replies, key=lambda reply: reply.kind != "emergency"):
            for message in messages(reply, say):
                markup: Any = _keyboard(message)
                if ask_location and not person.group:
                    markup = ReplyKeyboardMarkup(
                        [[KeyboardButton(say(SEND_LOCATION), request_location=True)]], True, True
                    )
                try:
                    if over is None or not await self._edited(person, over, message):
                        await self._send(person, message, markup, once=not twice and reply.kind != "emergency")
                except Unsure:
                    unsure = unsure or reply
                over, person = None, replace(person, quote=None)
        if unsure:
            [message] = messages(self._words.unsure(unsure, locale), say)
            await self._send(person, message, _keyboard(message), once=False)

    async def _send(self, person: Person, message: Message, markup: Any, once: bool) -> None:
        """Sends a message; again after a silence of the network unless `once` is wanted more than that it arrives."""
        from telegram import ReplyParameters

        assert self.bot is not None
        quote = ReplyParameters(person.quote, allow_sending_without_reply=True) if person.quote else None
        send = partial(self.bot.send_message, person.chat, message.text, reply_markup=markup,
                       message_thread_id=person.thread, reply_parameters=quote)  # fmt: skip
        await self._calls.make(send, once)

    async def _edited(self, person: Person, over: int, message: Message) -> bool:
        """Puts `message` in the place of message `over`; False when that cannot be edited any more."""
        from telegram.error import BadRequest

        assert self.bot is not None
        edit = partial(self.bot.edit_message_text, message.text, person.chat, over, reply_markup=_keyboard(message))
        try:
            await self._calls.make(edit)
        except BadRequest as error:
            return "not modified" in str(error).lower()
        return True

    async def pins(self, person: Person, said: Said) -> None:
        """Shows on a map those of the offices just named whose position somebody has confirmed. Raises Closing."""
        from telegram.error import TelegramError

        assert self.bot is not None
        for service in await asyncio.to_thread(self._words.confirmed_positions, said):
            address = ", ".join(part for part in (service.address, service.city) if part)
            pin = partial(self.bot.send_venue, person.chat, service.lat, service.lon, service.name, address,
                          message_thread_id=person.thread)  # fmt: skip
            try:
                await self._calls.make(pin, once=True)
            except (TelegramError, Unsure) as error:  # the address has arrived as text
                log.info("Telegram: a pin was not shown: %s", self._calls.without_token(error))


def _keyboard(message: Message) -> Any:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [
        [InlineKeyboardButton(button.title, callback_data=packed(button.payload)) for button in row]
        for row in message.rows
    ]
    return InlineKeyboardMarkup(rows) if rows else None
