"""What the Telegram door says: questions, buttons, commands and locations become replies. Synchronous; knows no Bot API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.assistant import Assistant
from bot.desk import WIDGET, Desk
from bot.locales import LOCALES, resolve
from bot.model import Reply, Utterance
from bot.sentences import HUMAN, SMALL_TALK, mark
from connectors.telegram_render import LANGUAGE, TOPICS, unpacked

Said = tuple[str, Sequence[Reply]]  # the person's locale, and what to tell them

ONLY_TEXT = mark("I can only read text. Please write your question in a few words, in your language.")
FAR_AWAY = mark("I know the offices of Puglia and Campania. Tell me a town there, and I show you the offices near it.")
SEND_LOCATION = mark("Send my location")
LOCATION_FORGOTTEN = mark("Your location is only used to find the nearest town. It is not kept.")
TELEGRAM_READS = mark("Telegram can also read what you write here.")
TELEGRAM_KEEPS = mark("The messages in Telegram itself stay until you delete this chat there.")
COMMANDS = {
    "topics": WIDGET["topics"], "language": SMALL_TALK["change_language"], "place": mark("Say where you are"), "human": HUMAN,
    "help": mark("How this works"), "delete": WIDGET["delete"],
}  # fmt: skip
_ACTS = {"start": "change_language", "language": "change_language", "place": "ask_place", "delete": "delete_my_data"}


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to answer, and where. In a group everybody has a conversation of their own."""

    chat: int
    session: str
    hint: str | None
    group: bool
    thread: int | None = None
    quote: int | None = None

    @property
    def address(self) -> str | None:
        """Where a mediator's answer can be sent to; nowhere in a group, where everybody would read it."""
        return None if self.group else str(self.chat)


class Words:
    """Turns what a person did into what to tell them. Every method may read the database: call it in a thread."""

    def __init__(self, assistant: Assistant, desk: Desk) -> None:
        self._assistant, self._desk = assistant, desk
        self.phrases = desk.compose.phrases  # kept, so that an apology needs no database

    def question(self, person: Person, text: str) -> Said:
        """The assistant's replies to words."""
        turn = self._assistant.reply(
            Utterance("telegram", person.session, text=text, locale_hint=person.hint, address=person.address)
        )
        return turn.locale, turn.replies

    def button(self, person: Person, data: str) -> Said:
        """The replies to a pressed button: one of this door's menus, else whatever the assistant makes of the payload."""
        if data in (TOPICS, LANGUAGE):
            return self.command(person, data[1:], "")
        payload = unpacked(data, self._desk.compose.content)
        turn = self._assistant.reply(
            Utterance(
                "telegram", person.session, payload=payload, locale_hint=self._locale(person), address=person.address
            )
        )
        return turn.locale, turn.replies

    def location(self, person: Person, lat: float, lon: float) -> Said:
        """The replies to somebody who sent their position: only the nearest place goes any further."""
        place = self._desk.compose.gazetteer.closest(lat, lon)
        return self.button(person, f"/place {place.id}") if place else self._sentence(self._locale(person), FAR_AWAY)

    def command(self, person: Person, name: str, rest: str) -> Said:
        """The replies to /name; an unknown one is a question that begins with a slash."""
        compose = self._desk.compose
        if name in ("human", "bot"):
            return self.button(person, f"/{name}")
        if name == "place" and (place := compose.gazetteer.get(rest)):
            return self.button(person, f"/place {place.id}")
        if name not in COMMANDS and name != "start":
            return self.question(person, f"{name} {rest}")
        locale = self._locale(person)
        say = partial(self.phrases.get, locale)
        act = _ACTS.get(name, "help")
        reply, privacy = compose.small_talk(act, locale), (say(WIDGET["privacy"]), say(TELEGRAM_READS))
        if name == "start":
            reply = replace(reply, text=f"{say(SMALL_TALK['greet'])}\n\n{reply.text}", notices=privacy)
        elif name == "topics":
            reply = replace(reply, text=say(WIDGET["topics"]))
        elif name == "help":
            reply = replace(reply, notices=privacy)
        elif name == "place" and not person.group:
            reply = replace(reply, notices=(say(LOCATION_FORGOTTEN),))
        elif name == "delete":
            reply = replace(reply, notices=(say(TELEGRAM_KEEPS),))
        return locale, [reply]

    def only_text(self, person: Person) -> Said:
        """The reply to a picture, a voice message or a file."""
        return self._sentence(self._locale(person), ONLY_TEXT)

    def apology(self, person: Person) -> Said:
        """The reply when something broke, even when it was the database."""
        try:
            locale = self._locale(person)
        except Exception:  # the fault that we are apologising for; it is in the log
            locale = resolve(person.hint) or "en"
        return self._sentence(locale, WIDGET["failed"])

    def commands(self) -> dict[str | None, list[tuple[str, str]]]:
        """The commands with their descriptions for each locale; those under None are for everybody else."""
        return {locale: [(name, self.phrases.get(locale or "en", text)) for name, text in COMMANDS.items()]
                for locale in (None, *self._desk.locales())}  # fmt: skip

    def _sentence(self, locale: str, sentence: str) -> Said:
        return locale, [Reply("small_talk", self.phrases.get(locale, sentence), locale, LOCALES[locale].dir)]

    def _locale(self, person: Person) -> str:
        return self._desk.locale_of("telegram", person.session) or resolve(person.hint) or "en"
