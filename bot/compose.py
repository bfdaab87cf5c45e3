"""From a decision to replies: the entry in the person's locale, its values, the offices near them, sources, buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.locales import LOCALES, chain
from bot.model import (
    SECTIONS,
    TOPICS,
    Answer,
    Button,
    Candidate,
    Content,
    Entry,
    Place,
    Reply,
    Service,
    Source,
    Term,
    Value,
)
from bot.phrases import Phrases
from bot.places import Gazetteer, nearest, open_now
from bot.sentences import CRISIS, HUMAN, REASONS, SAID, SECTION_TITLES, SMALL_TALK, TOPIC_TITLES
from bot.values import choose, fill, render

Say = Callable[..., str]
ROME = ZoneInfo("Europe/Rome")
_NEAR = 3


class Composer:
    """Writes replies from one snapshot of what is published."""

    def __init__(self, content: Content, phrases: Phrases, now: Callable[[], datetime]) -> None:
        self.content, self.phrases, self._now = content, phrases, now
        self.gazetteer = Gazetteer(content.places)
        self.locales = content.locales()
        self._helpers: dict[str, tuple[Service, ...]] = {}

    def over(self, content: Content) -> Composer:
        """The same composer for content that differs in entries and answers alone."""
        other = copy(self)
        other.content, other.locales, other._helpers = content, content.locales(), {}
        return other

    # ---- answers -----------------------------------------------------------------------------------------------------

    def answer(
        self,
        entry: str,
        locale: str,
        section: str | None = None,
        place: Place | None = None,
        confidence: float | None = None,
        short: bool = False,
    ) -> Reply:
        """An entry in `locale` or the nearest one, all of it or one section."""
        say = partial(self.phrases.get, locale)
        answer = self._nearest_answer(entry, locale)
        item = self.content.entries[entry]
        values = choose((*self._shared(), *item.values), self._areas(place))
        text, notices = fill(answer.answer, values, answer.locale), []
        if section and section in answer.sections:
            text = fill(answer.sections[section], values, answer.locale)
        elif section:
            notices.append(say(SAID["no_section"]))
        sections = (
            []
            if section or short
            else [
                {
                    "id": name,
                    "title": say(SECTION_TITLES[name]),
                    "text": fill(answer.sections[name], values, answer.locale),
                }
                for name in SECTIONS
                if name in answer.sections
            ]
        )
        if answer.locale != locale:
            notices.append(say(SAID["other_language"]))
        notices.append(self._state(answer, say, locale))
        if place is None and self._helping(item):
            notices.append(say(SMALL_TALK["ask_place"]))
        return Reply(
            "answer",
            text,
            answer.locale,
            LOCALES[answer.locale].dir,
            title=answer.title,
            entry=entry,
            confidence=confidence,
            sections=tuple(sections),
            services=self.services(item, locale, place) if place else (),
            sources=tuple(_source(source) for source in item.sources),
            state=answer.state,
            notices=tuple(notices),
            buttons=self._answer_buttons(item, answer, say, locale, section),
        )

    def title(self, entry: str, locale: str) -> str:
        """The title of an entry in `locale` or the nearest one."""
        return self._nearest_answer(entry, locale).title

    def _nearest_answer(self, entry: str, locale: str) -> Answer:
        own = self.content.answers.get((entry, locale))
        if own is not None:
            return own
        available = tuple(tag for tag in LOCALES if (entry, tag) in self.content.answers)
        return self.content.answers[entry, chain(locale, available)[0]]

    def _shared(self) -> list[Value]:
        return [value for values in self.content.values.values() for value in values]

    def _areas(self, place: Place | None) -> tuple[str, ...]:
        return (place.id, place.region) if place else ()

    def _state(self, answer: Answer, say: Say, locale: str) -> str:
        if answer.state == "confirmed" and answer.confirmed_on:
            on = render(Value("confirmed_on", "date", answer.confirmed_on), locale)
            return say(SAID["confirmed"], date=on)
        if answer.state == "stale":
            return say(SAID["stale"])
        collected = choose(self.content.values.get("facts_collected", ())).get("facts_collected")
        return say(SAID["unconfirmed"], date=render(collected, locale) if collected else "…")

    def _answer_buttons(
        self, item: Entry, answer: Answer, say: Say, locale: str, section: str | None
    ) -> tuple[Button, ...]:
        related = [
            Button(self.title(other, locale), f"/entry {other}")
            for other in item.related
            if other in self.content.entries
        ][:2]
        whole = [Button(answer.title, f"/entry {item.id}")] if section else []
        return (
            *whole,
            *related,
            Button(say(SAID["helped"]), "/helpful yes"),
            Button(say(SAID["not_helped"]), "/helpful no"),
            Button(say(HUMAN), "/human"),
        )

    # ---- offices -----------------------------------------------------------------------------------------------------

    def services(
        self, entry: Entry, locale: str, place: Place | None, most: int = _NEAR
    ) -> tuple[Mapping[str, object], ...]:
        """Offices that help with an entry, nearest first; without a place just one, to know that there are some."""
        return self.cards(self._helping(entry), locale, place, most)

    def _helping(self, entry: Entry) -> tuple[Service, ...]:
        if entry.id not in self._helpers:
            self._helpers[entry.id] = tuple(
                service
                for service in self.content.services
                if entry.id in service.topics or service.type in entry.services
            )
        return self._helpers[entry.id]

    def help_desks(self, locale: str, place: Place | None) -> tuple[Mapping[str, object], ...]:
        """Desks where people help for free with any question."""
        desks = [service for service in self.content.services if service.type in ("help-desk", "legal-aid")]
        return self.cards(desks, locale, place, _NEAR) if place else ()

    def cards(
        self, services: Sequence[Service], locale: str, place: Place | None, most: int
    ) -> tuple[Mapping[str, object], ...]:
        """Offices as cards, nearest to `place` first; without a place only the first, to know that there are some."""
        if place is None:
            return tuple(self.card(service, locale, None) for service in services[:1])
        return tuple(self.card(service, locale, km) for service, km in nearest(services, place, self.gazetteer, most))

    def card(self, service: Service, locale: str, km: float | None) -> Mapping[str, object]:
        """What is known of an office, ready for JSON; what is not known is null."""
        say = partial(self.phrases.get, locale)
        notes = []
        if service.confidence != "high":
            notes.append(say(SAID["check_office"]))
        if service.type == "emergency-room" and "phone_112" in self.content.values:
            notes.append(say(SAID["life"], phone=render(self.content.values["phone_112"][0], locale)))
        return {
            "id": service.id,
            "type": service.type,
            "name": service.name,
            "address": service.address,
            "city": service.city,
            "phone": service.phone,
            "email": service.email,
            "website": service.website,
            "hours": service.hours,
            "open_now": open_now(service.hours, self._now()),
            "about_km": round(km) if km is not None else None,
            "confidence": service.confidence,
            "note": " ".join(notes) or None,
            "source": service.source,
            "checked": service.checked.isoformat() if service.checked else None,
        }

    def open_now(self, hours: str | None) -> bool | None:
        """Whether hours of OpenStreetMap's form mean open now; None when they do not say it."""
        return open_now(hours, self._now())

    # ---- everything else -----------------------------------------------------------------------------------------------

    def emergency(self, kind: str, locale: str) -> Reply:
        """The fixed crisis reply for a kind of danger."""
        message, entry = CRISIS[kind]
        values = choose(
            (*self._shared(), *(self.content.entries[entry].values if entry in self.content.entries else ()))
        )
        text = fill(self.phrases.get(locale, message), values, locale)
        buttons = (Button(self.title(entry, locale), f"/entry {entry}"),) if entry in self.content.entries else ()
        return self._reply("emergency", text, locale, buttons=buttons)

    def clarify(self, candidates: Sequence[Candidate], locale: str) -> Reply:
        """Up to three choices and a way out."""
        say = partial(self.phrases.get, locale)
        buttons = [Button(self.title(item.intent, locale), f"/entry {item.intent}") for item in candidates]
        return self._reply(
            "clarify",
            say(SAID["which"]),
            locale,
            buttons=(*buttons, Button(say(HUMAN), "/human")),
            confidence=candidates[0].confidence,
        )

    def asked_too(self, entry: str, locale: str) -> Reply:
        """A second thing that somebody seems to have asked for, one press away."""
        button = Button(self.title(entry, locale), f"/entry {entry}")
        return self._reply("clarify", self.phrases.get(locale, SAID["also"]), locale, buttons=(button,))

    def handoff(self, locale: str, place: Place | None, asked: bool) -> Reply:
        """Where a person helps: because somebody asked for one, or because the bot does not know."""
        say = partial(self.phrases.get, locale)
        name = ("human" if asked else "unknown") + ("_here" if place else "")
        return self._reply(
            "handoff",
            say(SAID[name]),
            locale,
            services=self.help_desks(locale, place),
            buttons=self.topic_buttons(locale)[:6],
        )

    def small_talk(self, act: str, locale: str) -> Reply:
        """The reply to a dialogue act, with the buttons that go with it."""
        buttons: tuple[Button, ...] = ()
        if act in ("greet", "help", "what_can_you_do", "deny", "nothing", "unknown_button"):
            buttons = self.topic_buttons(locale)
        elif act == "change_language":
            buttons = tuple(Button(LOCALES[tag].name, f"/locale {tag}") for tag in LOCALES if tag in self.locales)
        elif act == "delete_my_data":
            buttons = (Button(self.phrases.get(locale, SAID["delete"]), "/delete"),)
        elif act == "feedback_negative":
            reasons = (Button(self.phrases.get(locale, SAID[name]), f"/helpful no {name}") for name in REASONS)
            buttons = (*reasons, Button(self.phrases.get(locale, HUMAN), "/human"))
        return self._reply("small_talk", self.phrases.get(locale, SMALL_TALK[act]), locale, buttons=buttons)

    def place_set(self, place: Place, locale: str) -> Reply:
        """The reply to somebody who said where they are."""
        text = self.phrases.get(locale, SAID["near"], place=self.place_name(place, locale))
        return self._reply(
            "small_talk", text, locale, services=self.help_desks(locale, place), buttons=self.topic_buttons(locale)[:6]
        )

    def locale_set(self, locale: str) -> Reply:
        """The reply to somebody who chose a language."""
        return self._reply(
            "small_talk", self.phrases.get(locale, SMALL_TALK["greet"]), locale, buttons=self.topic_buttons(locale)
        )

    def topic(self, topic: str, locale: str) -> Reply:
        """The entries of a topic as buttons."""
        entries = [entry for entry in self.content.entries if entry.split("/")[0] == topic]
        buttons = tuple(Button(self.title(entry, locale), f"/entry {entry}") for entry in entries)
        return self._reply("small_talk", self.phrases.get(locale, TOPIC_TITLES[topic]), locale, buttons=buttons)

    def meaning(self, term: Term, locale: str) -> Reply:
        """An office word, explained."""
        spoken = chain(locale, tuple(tag for tag in LOCALES if tag in term.explained))[0]
        return Reply(
            "small_talk", f"{term.word}: {term.explained[spoken]}", spoken, LOCALES[spoken].dir, title=term.word
        )

    def topic_buttons(self, locale: str) -> tuple[Button, ...]:
        """The topics in which there is an entry."""
        there = {entry.split("/")[0] for entry in self.content.entries}
        return tuple(
            Button(self.phrases.get(locale, TOPIC_TITLES[topic]), f"/topic {topic}")
            for topic in TOPICS
            if topic in there
        )

    def place_name(self, place: Place, locale: str) -> str:
        """A place as it is written in `locale`, with its Italian name when the script differs."""
        own = place.names.get(locale, ())
        return f"{own[0]} ({place.name})" if own else place.name

    def _reply(
        self,
        kind: str,
        text: str,
        locale: str,
        services: tuple[Mapping[str, object], ...] = (),
        buttons: tuple[Button, ...] = (),
        confidence: float | None = None,
    ) -> Reply:
        spoken = chain(locale, self.phrases.locales)[0]
        return Reply(kind, text, spoken, LOCALES[spoken].dir, confidence=confidence, services=services, buttons=buttons)


def _source(source: Source) -> Mapping[str, object]:
    return {
        "url": source.url,
        "title": source.title or urlsplit(source.url).netloc,
        "published": source.published,
        "checked": source.checked.isoformat() if source.checked else None,
    }
