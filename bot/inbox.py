"""What doors and mediators do with conversations: read them, answer, and see who waits. Stands on the desk."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.conversations import (
    APPOINTMENT,
    CLAIMED,
    CLOSED,
    DESK,
    MEDIATOR,
    PERSON,
    REFUSED,
    SENT,
    WAITING,
    Conversation,
    Message,
    NotYours,
)
from bot.desk import Desk
from bot.handoff import Handoff
from bot.locales import LOCALES
from bot.model import Button, Reply
from bot.sentences import APPOINTMENT_WHEN, TOPIC_TITLES
from bot.sentences import TALK as SENTENCES
from bot.text import normal

__all__ = [
    "APPOINTMENT", "CLAIMED", "CLOSED", "DESK", "MEDIATOR", "PERSON", "REFUSED", "SENT", "WAITING",
    "Conversation", "Inbox", "Message", "NotYours", "Outgoing", "Told",
]  # fmt: skip
MOST_FOUND = 8
_LEAST = 0.05  # a candidate below this is nobody's guess


@dataclass(frozen=True, slots=True)
class Told:
    """A message as its person reads it; `replies` is the entry that a mediator has sent."""

    id: int
    author: str
    text: str
    locale: str
    dir: str
    at: datetime
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is still to be sent: where to, and as which replies."""

    id: int
    conversation: int
    to: str
    locale: str
    replies: tuple[Reply, ...]


class Inbox:
    """Conversations as doors and mediators see them."""

    def __init__(self, desk: Desk, handoff: Handoff) -> None:
        self._desk, self._handoff = desk, handoff
        self.conversations = handoff.conversations

    # ---- for doors ---------------------------------------------------------------------------------------------------

    def changes(self) -> int:
        """How often this process has written a conversation: who waits for news need not ask the database before."""
        return self.conversations.changes

    def state(self, channel: str, token: str) -> str:
        """none, waiting, claimed or closed."""
        found = self.conversations.of(self._desk.session_key(channel, token))
        return found.state if found else "none"

    def told(self, channel: str, token: str, after: int = 0) -> tuple[str, list[Told]] | None:
        """The state of a session's conversation and its messages above a number; None for an unknown session."""
        if self._desk.locale_of(channel, token) is None:
            return None
        found = self.conversations.of(self._desk.session_key(channel, token))
        if found is None:
            return "none", []
        return found.state, [self._told(found, message) for message in self.conversations.messages(found.id, after)]

    def _told(self, conversation: Conversation, message: Message) -> Told:
        locale, text = conversation.locale, self.text(message, conversation.locale)
        return Told(
            message.id,
            message.author,
            text,
            locale,
            direction(text, locale),
            message.at,
            self._entry(conversation, message),
        )

    def text(self, message: Message, locale: str) -> str:
        """The words of a message; what Bussola itself says comes in `locale`."""
        return self._desk.compose.phrases.get(locale, message.text) if message.author == DESK else message.text

    def _entry(self, conversation: Conversation, message: Message) -> tuple[Reply, ...]:
        found = self._desk.entry(message.entry, conversation.locale, conversation.place) if message.entry else None
        if found is None:
            return ()
        # "A person can help you" would end the conversation with the person who helps already.
        return (replace(found, buttons=tuple(button for button in found.buttons if button.payload != "/human")),)

    def undelivered(self, channel: str) -> list[Outgoing]:
        """What is still to be sent through a channel, oldest first."""
        return [
            Outgoing(message.id, conversation.id, str(conversation.contact.get("to", "")), conversation.locale,
                     self._replies(conversation, message))
            for conversation, message in self.conversations.undelivered(channel)
        ]  # fmt: skip

    def _replies(self, conversation: Conversation, message: Message) -> tuple[Reply, ...]:
        locale, text = conversation.locale, self.text(message, conversation.locale)
        say = partial(self._desk.compose.phrases.get, locale)
        title = say(SENTENCES["mediator"]) if message.author == MEDIATOR else ""
        buttons = (
            (Button(say(SENTENCES["back"]), "/bot"),)
            if conversation.state == CLAIMED and message.author == DESK
            else ()
        )
        words = (Reply("handoff", text, locale, direction(text, locale), title=title, buttons=buttons),) if text else ()
        return (*words, *self._entry(conversation, message))

    def delivered(self, message: int, refused: bool = False) -> None:
        """Remembers that a message was sent, or that its person does not want any."""
        self.conversations.delivered(message, REFUSED if refused else SENT)

    # ---- appointments ------------------------------------------------------------------------------------------------

    def request(self, locale: str, place: str | None, reason: str, when: str, reach: str) -> int:
        """Keeps a request for an appointment with a mediator; returns its number."""
        wanted = {
            "reason": reason if reason in TOPIC_TITLES else "",
            "when": when if when in APPOINTMENT_WHEN else "any",
            "reach": " ".join(reach.split())[:200],
        }
        return self.conversations.request(locale, place, wanted)

    # ---- for mediators -----------------------------------------------------------------------------------------------

    def counts(self, mine: Callable[[str, str | None], bool] = lambda locale, place: True) -> tuple[int, int]:
        """How many wait for a mediator, and how many have waited too long: of those that are `mine` by locale and place."""
        self._handoff.escalate()
        return self.conversations.counts(mine)

    def untold(self) -> list[Conversation]:
        """Those who have waited too long without a mediator being told; each comes once."""
        self._handoff.escalate()
        return self.conversations.untold()

    def claim(self, number: int, account: str) -> None:
        """Gives a waiting conversation to a mediator and tells its person. Raises NotYours."""
        self.conversations.claim(number, account, SENTENCES["claimed"])

    def close(self, number: int, account: str) -> None:
        """Ends a conversation and tells its person. Raises NotYours."""
        self.conversations.close(number, account, SENTENCES["closed"])

    def shown(self, number: int) -> Conversation | None:
        """A conversation as it is now; None when it is deleted."""
        self._handoff.escalate()
        return self.conversations.get(number)

    def entries(self, text: str, locale: str) -> list[tuple[str, str]]:
        """Entries to send as (id, Italian title): first those with all words of `text` in a title, then likely ones."""
        wanted = normal(text).split()
        if not wanted:
            return []
        compose = self._desk.compose
        titles: dict[str, list[str]] = {}
        for (entry, _), answer in compose.content.answers.items():
            titles.setdefault(entry, [entry]).append(answer.title)
        named = [entry for entry, all_ in titles.items() if all(word in normal(" ".join(all_)) for word in wanted)]
        ranked = self._desk.search(text, None, MOST_FOUND, locale)[1]
        likely = [str(item["entry"]) for item in ranked if float(str(item["confidence"])) >= _LEAST]
        found = list(dict.fromkeys([*named, *likely]))[:MOST_FOUND]
        return [(entry, compose.title(entry, "it")) for entry in found]


def direction(text: str, locale: str) -> str:
    """The direction of `text` by its first letter that has one (mediators write in several languages), else the locale's."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return LOCALES[locale].dir
