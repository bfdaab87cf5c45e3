"""What Telegram shows of the bot before anybody has written: commands, description and name in every language."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.telegram_calls import Calls, Closing
from connectors.telegram_words import Words

if TYPE_CHECKING:
    from telegram.ext import ExtBot

log = logging.getLogger("bussola")


async def announce(bot: ExtBot[Any], words: Words, calls: Calls) -> None:
    """Tells Telegram what it does not know yet, commands first and names last: it takes few changes of names a day. What
    is known is not sent again. Never raises: people are answered without it."""
    try:
        profiles = await asyncio.to_thread(words.profiles)
        for locale, profile in profiles.items():
            commands = [(name, said) for name, said in profile.commands]
            await _set(
                calls,
                partial(_commands, bot, locale),
                commands,
                partial(bot.set_my_commands, commands, language_code=locale),
            )
        for locale, profile in profiles.items():
            short = partial(bot.set_my_short_description, profile.short, language_code=locale)
            await _set(calls, partial(_short, bot, locale), profile.short, short)
            about = partial(bot.set_my_description, profile.about, language_code=locale)
            await _set(calls, partial(_about, bot, locale), profile.about, about)
        for locale, profile in profiles.items():
            name = partial(bot.set_my_name, profile.name, language_code=locale)
            await _set(calls, partial(_name, bot, locale), profile.name, name)
    except Closing:
        return
    except Exception as error:
        log.warning("Telegram: its profile of the bot could not be set: %s", calls.without_token(error))


async def _set(
    calls: Calls, get: Callable[[], Awaitable[object]], wanted: object, change: Callable[[], Awaitable[object]]
) -> None:
    """Makes a change unless Telegram has it already; one that is refused leaves the others to be made."""
    from telegram.error import TelegramError

    if calls.stopping.is_set():
        raise Closing
    try:
        if await calls.make(get) != wanted:
            await calls.make(change)
    except TelegramError as error:
        log.warning("Telegram: a part of its profile of the bot could not be set: %s", calls.without_token(error))


async def _commands(bot: ExtBot[Any], locale: str | None) -> list[tuple[str, str]]:
    return [(known.command, known.description) for known in await bot.get_my_commands(language_code=locale)]


async def _short(bot: ExtBot[Any], locale: str | None) -> str:
    return (await bot.get_my_short_description(language_code=locale)).short_description


async def _about(bot: ExtBot[Any], locale: str | None) -> str:
    return (await bot.get_my_description(language_code=locale)).description


async def _name(bot: ExtBot[Any], locale: str | None) -> str:
    return (await bot.get_my_name(language_code=locale)).name
