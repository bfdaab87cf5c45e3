"""Sharing an entry in any chat: `@bot permit` offers entries, and the chosen one is written there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.telegram_words import Shared

if TYPE_CHECKING:
    import telegram

_CACHED = 300  # seconds that Telegram may show the same entries for the same letters, to the same person


async def results(query: telegram.InlineQuery, found: Sequence[Shared]) -> bool:
    """Answers an inline query with entries to choose from. Raises TelegramError."""
    from telegram import (
        InlineKeyboardButton,
        InlineKeyboardMarkup,
        InlineQueryResultArticle,
        InputTextMessageContent,
        LinkPreviewOptions,
    )

    address = f"https://t.me/{query.get_bot().username}?start="
    articles = [
        InlineQueryResultArticle(
            id=item.word,
            title=item.title,
            description=item.summary,
            input_message_content=InputTextMessageContent(
                item.text, "HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
            ),
            reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton(item.ask, url=address + item.word)]]),
        )
        for item in found
    ]
    return await query.answer(articles, cache_time=_CACHED, is_personal=True)
