"""Between a person and a mediator: who answers a message, what is said when a mediator takes over, and in which hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bot.compose import ROME, Composer, Say
from bot.conversations import CLOSED, Conversation, Conversations, NotYours
from bot.locales import LOCALES, chain, resolve
from bot.model import Button, Decision, Reply, Session, Turn, Utterance, Value
from bot.places import next_open, open_now, open_seconds
from bot.sentences import TALK
from bot.values import render

Danger = Callable[[str, str | None], tuple[str, str | None]]
_CHANNELS = ("web",)  # where people come to look for answers; elsewhere we need to know where to send them


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When mediators are there, in OpenStreetMap's syntax and local time (empty: nobody knows), and what they speak."""

    text: str = ""
    languages: tuple[str, ...] = ()

    def open(self, at: datetime) -> bool | None:
        """Whether somebody is there at `at` (UTC); None when nobody knows."""
        return open_now(self.text, _local(at))

    def minutes(self, since: datetime, until: datetime) -> float:
        """How many of the minutes between two moments (UTC) are in the hours; all of them when nobody knows the hours."""
        if not self.text:
            return (until - since).total_seconds() / 60
        return open_seconds(self.text, _local(since), _local(until)) / 60

    def sentences(self, say: Say, locale: str, at: datetime) -> list[str]:
        """What a person is told of the hours and the languages: only what is known."""
        found, there = [], self.open(at)
        if there:
            found.append(say(TALK["there_now"]))
        elif there is False and (begins := next_open(self.text, _local(at))):
            day = render(Value("day", "date", begins.date()), locale)
            time = render(Value("time", "phone", begins.strftime("%H:%M")), locale)  # kept in one piece, as a number
            found.append(say(TALK["there_later"], day=day, time=time))
        else:
            found.append(say(TALK["there_unknown"]))
        if self.languages:
            names = ", ".join(f"\u2068{LOCALES[tag].name}\u2069" for tag in self.languages)
            found.append(say(TALK["languages"], languages=names))
        return found


class Handoff:
    """Takes what is meant for a mediator; everything else stays with the assistant."""

    def __init__(self, conversations: Conversations, hours: DeskHours, escalate_minutes: int = 30) -> None:
        self.conversations, self.hours = conversations, hours
        self._minutes = escalate_minutes

    def take(
        self, compose: Composer, session: Session, utterance: Utterance, danger: Danger
    ) -> tuple[Turn, Session] | None:
        """The turn and the session when this is for a mediator, or begins or ends a conversation; None otherwise."""
        name, _, rest = (utterance.payload or "").strip().partition(" ")
        if utterance.payload is not None and name not in ("/human", "/bot"):
            return None
        if utterance.payload is not None and not _possible(utterance):
            return None
        current = self.conversations.of(session.id)
        held = current if current and current.state != CLOSED else None
        if utterance.payload is None:
            with suppress(NotYours):  # closed in this very moment: the bot answers
                return self._heard(compose, session, utterance, held, danger) if held else None
            return None
        locale = session.locale or resolve(utterance.locale_hint) or "it"
        session = replace(session, locale=locale)
        if name == "/bot" or (held and not rest):
            self.conversations.leave(session.id)
            return _turn(self._back(compose, locale), session, f"button {name}"), session
        if rest == "yes":
            self._opened(session, utterance, locale, compose)
            return _turn(self._welcome(compose, locale), session, "button /human yes"), session
        return None

    def offered(self, compose: Composer, turn: Turn, utterance: Utterance) -> Turn:
        """`turn` with a way to a mediator where it hands off: the question whether to write to one, for who asked for a
        person, and a button that leads there, for who asked something that the bot does not know."""
        if turn.decision.kind != "handoff" or not _possible(utterance):
            return turn
        asked = turn.decision.act == "talk_to_human"
        change = self._asked if asked else self._unknown
        replies = tuple(
            change(reply, partial(compose.phrases.get, turn.locale), turn.locale) if reply.kind == "handoff" else reply
            for reply in turn.replies
        )
        return replace(turn, replies=replies)

    def escalate(self) -> int:
        """Marks conversations that have waited too long, counted in the desk's hours; returns how many."""
        return self.conversations.escalate(self._minutes, self.hours.minutes)

    def _heard(
        self, compose: Composer, session: Session, utterance: Utterance, held: Conversation, danger: Danger
    ) -> tuple[Turn, Session]:
        """Keeps what the person wrote for the mediator. The bot says nothing, but to somebody in danger."""
        _, kind = danger(utterance.text, session.locale)
        locale = session.locale or held.locale
        text = utterance.text.strip()
        if text:
            self.conversations.hear(held, text, locale)
        urgent = (compose.emergency(kind, locale),) if kind else ()
        decision = Decision("conversation", danger=kind, why=f"conversation {held.id} is {held.state}")
        return Turn("", urgent, decision, locale, place=session.place), session

    def _opened(self, session: Session, utterance: Utterance, locale: str, compose: Composer) -> Conversation:
        entry = session.last_entry if session.last_entry in compose.content.entries else None
        contact = {"to": utterance.address} if utterance.address else {}
        return self.conversations.open(session.id, session.channel, locale, session.place, entry, contact)

    def _asked(self, reply: Reply, say: Say, locale: str) -> Reply:
        text = " ".join([say(TALK["offer"]), *self.hours.sentences(say, locale, self.conversations.now())])
        yes = Button(say(TALK["yes"]), "/human yes")
        return replace(reply, text=f"{text}\n\n{reply.text}", buttons=(yes, *reply.buttons))

    def _unknown(self, reply: Reply, say: Say, locale: str) -> Reply:
        return replace(reply, buttons=(Button(say(TALK["write"]), "/human"), *reply.buttons))

    def _welcome(self, compose: Composer, locale: str) -> Reply:
        say = partial(compose.phrases.get, locale)
        text = " ".join([say(TALK["opened"]), *self.hours.sentences(say, locale, self.conversations.now())])
        return _reply(compose, text, locale, (Button(say(TALK["back"]), "/bot"),))

    def _back(self, compose: Composer, locale: str) -> Reply:
        say = partial(compose.phrases.get, locale)
        again = Button(say(TALK["write"]), "/human")
        return _reply(compose, say(TALK["left"]), locale, (*compose.topic_buttons(locale)[:6], again))


def _possible(utterance: Utterance) -> bool:
    """Whether an answer can reach the person: who chooses a name of their own, or asks in a group, must not be written to."""
    return utterance.channel in _CHANNELS or utterance.address is not None


def _turn(reply: Reply, session: Session, why: str) -> Turn:
    return Turn(
        "", (reply,), Decision("handoff", act="talk_to_human", why=why), session.locale or "it", place=session.place
    )


def _reply(compose: Composer, text: str, locale: str, buttons: Sequence[Button]) -> Reply:
    spoken = chain(locale, compose.phrases.locales)[0]
    return Reply("handoff", text, spoken, LOCALES[spoken].dir, buttons=tuple(buttons))


def _local(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC).astimezone(ROME).replace(tzinfo=None)
