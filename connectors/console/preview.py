"""What people will see of a text that is being written: on the web, and on Telegram."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from bot.compose import Composer
from bot.model import Answer, Reply
from connectors.console.front import Front
from connectors.telegram_render import messages

if TYPE_CHECKING:
    from connectors.console.answers import Subject


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer as a reply, and as the messages of Telegram (its own HTML)."""

    reply: Reply
    telegram: tuple[Markup, ...]


def previews(front: Front, compose: Composer, about: Subject, answer: Answer, reader: str) -> Preview:
    """What people get of `answer` when it is published. An answer without words yet is shown as its gaps."""
    content = compose.content
    shown = replace(answer, title=answer.title or "…", answer=answer.answer or "…")
    entries = {**content.entries, about.entry.id: about.entry}
    answers = {**content.answers, (answer.entry, answer.locale): shown}
    reply = compose.over(replace(content, entries=entries, answers=answers)).answer(answer.entry, answer.locale)
    say = partial(front.desk.compose.phrases.get, answer.locale)
    # telegram_render escapes every text itself: what is left are its own tags.
    return Preview(reply, tuple(Markup(message.text) for message in messages(reply, say)))
