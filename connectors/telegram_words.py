"""What the Telegram door says: questions, buttons, commands and locations become replies. Synchronous; knows no Bot API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.assistant import Assistant
from bot.desk import WIDGET, Desk
from bot.locales import LOCALES, resolve
from bot.model import Button, Reply, Service, Utterance
from bot.sentences import HUMAN, SMALL_TALK, mark
from bot.text import normal
from connectors.telegram_render import LANGUAGE, TOPICS, messages, unpacked

Said = tuple[str, Sequence[Reply]]  # the person's locale, and what to tell them

ONLY_TEXT = mark("I can only read text. Please write your question in a few words, in your language.")
FAR_AWAY = mark("I know the offices of Puglia and Campania. Tell me a town there, and I show you the offices near it.")
SEND_LOCATION = mark("Send my location")
LOCATION_FORGOTTEN = mark("Your location is only used to find the nearest town. It is not kept.")
TELEGRAM_READS = mark("Telegram can also read what you write here.")
TELEGRAM_KEEPS = mark("The messages in Telegram itself stay until you delete this chat there.")
UNSURE = mark("I am not sure that my answer reached you. If you do not see it, please ask again.")
SHORT = mark("Free information about living in Puglia and Campania, in your language.")
ASK_HERE = mark("Ask your own question")
COMMANDS = {
    "topics": WIDGET["topics"], "language": SMALL_TALK["change_language"], "place": mark("Say where you are"), "human": HUMAN,
    "help": mark("How this works"), "delete": WIDGET["delete"],
}  # fmt: skip
_NAME, _ABOUT, _SHORT, _WORD = 64, 512, 120, 64  # characters that Telegram allows
_SHARED = 10  # entries to choose from: more nobody reads on a phone
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


@dataclass(frozen=True, slots=True)
class Profile:
    """What Telegram shows of the bot to people of one language."""

    name: str
    about: str
    short: str
    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """An entry to share: `word` leads from the shared message to the entry in the bot, by a button that says `ask`."""

    word: str
    title: str
    summary: str
    text: str
    ask: str


class Words:
    """Turns what a person did into what to tell them. Every method may read the database: call it in a thread. `count`
    is told channel, kind and locale of every turn."""

    def __init__(self, assistant: Assistant, desk: Desk, count: Callable[[str, str, str], None]) -> None:
        self._assistant, self._desk, self._count = assistant, desk, count
        self.phrases = desk.compose.phrases  # kept, so that an apology needs no database

    def question(self, person: Person, text: str) -> Said:
        """The assistant's replies to words."""
        return self._turn(person, Utterance("telegram", person.session, text=text, locale_hint=person.hint))

    def button(self, person: Person, data: str) -> Said:
        """The replies to a pressed button: one of this door's menus, else whatever the assistant makes of the payload."""
        if data in (TOPICS, LANGUAGE):
            return self.command(person, data[1:], "")
        payload = unpacked(data, self._desk.compose.content)
        return self._turn(
            person, Utterance("telegram", person.session, payload=payload, locale_hint=self._locale(person))
        )

    def _turn(self, person: Person, utterance: Utterance) -> Said:
        turn = self._assistant.reply(replace(utterance, address=person.address))
        self._count("telegram", turn.decision.kind, turn.locale)
        return turn.locale, turn.replies

    def location(self, person: Person, lat: float, lon: float) -> Said:
        """The replies to somebody who sent their position: only the nearest place goes any further."""
        place = self._desk.compose.gazetteer.closest(lat, lon)
        return self.button(person, f"/place {place.id}") if place else self.sentence(person, FAR_AWAY)

    def confirmed_positions(self, said: Said) -> list[Service]:
        """The offices named in replies whose coordinates somebody has confirmed: only these may be shown on a map."""
        named = {service["id"] for reply in said[1] for service in reply.services}
        return [
            service
            for service in self._desk.compose.content.services
            if service.id in named and service.confidence == "high" and None not in (service.lat, service.lon)
        ]

    def command(self, person: Person, name: str, rest: str) -> Said:
        """The replies to /name; an unknown one is a question that begins with a slash."""
        compose = self._desk.compose
        if name in ("human", "bot"):
            return self.button(person, f"/{name}")
        if name == "start" and rest and (entry := self._entry_of(rest)):
            return self.button(person, f"/entry {entry}")
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
        return self.sentence(person, ONLY_TEXT)

    def too_long(self, person: Person, text: str) -> Said:
        """The reply to more words than anybody can ask in: to write less, but danger in them is answered."""
        return self.danger(person, text) or self.sentence(person, WIDGET["too_long"])

    def danger(self, person: Person, text: str) -> Said | None:
        """The numbers to call first when `text` tells of danger; None when it does not."""
        reply = self._desk.danger(text, self._locale(person)) if normal(text) else None
        return (reply.locale, [reply]) if reply else None

    def sentence(self, person: Person, sentence: str) -> Said:
        """A marked sentence as the reply to a person."""
        return self._sentence(self._locale(person), sentence)

    def unsure(self, reply: Reply, locale: str) -> Reply:
        """What to say when nobody knows whether `reply` arrived: with a button for it, where it can be had again."""
        _, [told] = self._sentence(locale, UNSURE)
        again = Button(self.phrases.get(locale, WIDGET["try_again"]), f"/entry {reply.entry}")
        return replace(told, buttons=(again,)) if reply.entry else told

    def apology(self, person: Person) -> Said:
        """The reply when something broke, even when it was the database."""
        try:
            locale = self._locale(person)
        except Exception:  # the fault that we are apologising for; it is in the log
            locale = resolve(person.hint) or "en"
        return self._sentence(locale, WIDGET["failed"])

    def profiles(self) -> dict[str | None, Profile]:
        """What Telegram shows of the bot in each locale; what is under None is for everybody else."""
        return {locale: self._profile(locale or "en") for locale in (None, *self._desk.locales())}

    def _profile(self, locale: str) -> Profile:
        say = partial(self.phrases.get, locale)
        about = f"{say(SMALL_TALK['what_can_you_do'])}\n\n{say(WIDGET['privacy'])}"
        commands = tuple((name, say(text)) for name, text in COMMANDS.items())
        return Profile(
            _cut(f"Bussola: {say(WIDGET['title'])}", _NAME), _cut(about, _ABOUT), _cut(say(SHORT), _SHORT), commands
        )

    # ---- sharing -----------------------------------------------------------------------------------------------------

    def shared(self, person: Person, text: str) -> list[Shared]:
        """Entries to share, in the person's language: those whose title has the words, then those that answer them; the
        first of all entries while there are no words."""
        locale, compose = self._locale(person), self._desk.compose
        titles = {entry: compose.title(entry, locale) for entry in compose.content.entries}
        words = normal(text)
        found = [entry for entry, title in titles.items() if words in normal(title)]
        if words:
            _, candidates = self._desk.search(text, None, _SHARED, locale)
            found += [str(item["entry"]) for item in candidates if item["entry"] not in found]
        return [self._share(entry, locale) for entry in found[:_SHARED]]

    def _share(self, entry: str, locale: str) -> Shared:
        say, reply = partial(self.phrases.get, locale), self._desk.compose.answer(entry, locale)
        notices = tuple(notice for notice in reply.notices if notice != say(SMALL_TALK["ask_place"]))
        reply = replace(reply, sections=(), services=(), buttons=(), notices=notices)
        return Shared(_word(entry), reply.title, _cut(reply.text, 160), messages(reply, say)[0].text, say(ASK_HERE))

    def _entry_of(self, word: str) -> str | None:
        return next((entry for entry in self._desk.compose.content.entries if _word(entry) == word), None)

    def _sentence(self, locale: str, sentence: str) -> Said:
        return locale, [Reply("small_talk", self.phrases.get(locale, sentence), locale, LOCALES[locale].dir)]

    def _locale(self, person: Person) -> str:
        return self._desk.locale_of("telegram", person.session) or resolve(person.hint) or "en"


def _word(entry: str) -> str:
    """An entry's id as Telegram's links can carry it."""
    return "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in entry)[:_WORD]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
