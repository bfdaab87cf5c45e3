"""What doors may do beyond asking: look at the catalogue, read an entry, list offices, delete a conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.assistant import Assistant
from bot.check import MOST_TEXT, MOST_TITLE, MOST_WORDS, count_words, names, text_faults
from bot.compose import Composer
from bot.handoff import Handoff
from bot.locales import LOCALES, SOURCE, resolve
from bot.model import Answer, BussolaError, Entry, Example, Reply, Value, Vectors
from bot.ports import Answered, Store
from bot.sentences import SMALL_TALK, mark
from bot.trial import Trial
from bot.values import render

WIDGET = {
    "title": mark("Information desk"),
    "placeholder": mark("Write your question"),
    "send": mark("Send"),
    "language": mark("Language"),
    "sources": mark("Sources"),
    "offices": mark("Offices near you"),
    "call": mark("Call"),
    "about_km": mark("about {km} km"),
    "open_now": mark("open now"),
    "closed_now": mark("closed now"),
    "delete": mark("Delete this conversation"),
    "start_again": mark("Start again"),
    "offline": mark("No connection. Your message waits and is sent when you are online again."),
    "failed": mark("That did not work. Try again in a minute."),
    "too_many": mark("Too many messages. Please wait a minute."),
    "writing": mark("Bussola is writing"),
    "you": mark("You wrote"),
    "leave": mark("Leave this page quickly"),
    "topics": mark("Topics"),
    "too_long": mark("This text is too long. Please write it shorter."),
    "undated": mark("date of the page unknown"),
    "privacy": mark("No account, no name. The text of your last question is forgotten after a day."),
    "exit": mark("Quick exit"),
    "skip": mark("Go to the question field"),
    "try_again": mark("Try again"),
    "not_sent": mark("Not sent."),
    "published": mark("page of {date}"),
    "checked": mark("checked on {date}"),
    "related": mark("You can also read"),
    "always_open": mark("open day and night"),
    "sure": SMALL_TALK["delete_my_data"],
    "delete_yes": mark("Delete"),
    "delete_no": mark("Keep it"),
    "open_desk": mark("Ask the information desk"),
    "news": mark("New message"),
    "close": mark("Close"),
    "suggestions": mark("You may mean"),
    "read_aloud": mark("Read aloud"),
    "stop": mark("Stop"),
    "copy": mark("Copy"),
    "copied": mark("The text is copied."),
    "share": mark("Share"),
    "link_copied": mark("The link is copied."),
    "print": mark("Print"),
    "in_italian": mark("Show in Italian"),
    "hide_italian": mark("Hide the Italian text"),
    "mediator": mark("Cultural mediator"),
    "waits": mark("A cultural mediator will answer here. You can go on writing."),
    "claimed": mark("A cultural mediator is answering you now."),
    "closed": mark("The mediator has closed this conversation. You can ask another question at any time."),
    "all_pages": mark("All answers, to read and print"),
    "accessibility": mark("Accessibility statement"),
}


class Desk:
    """The catalogue behind the assistant. All reading; `delete` is the only verb that writes."""

    def __init__(self, assistant: Assistant, store: Store, answered: Answered | None = None) -> None:
        self._assistant, self._store, self.answered = assistant, store, answered

    @property
    def compose(self) -> Composer:
        """The composer of the newest revision."""
        return self._assistant.view().compose

    def locales(self) -> tuple[str, ...]:
        """The locales that have answers, in the order in which they are offered."""
        available = self.compose.locales
        return tuple(tag for tag in LOCALES if tag in available)

    def entries(self, locale: str) -> list[dict[str, object]]:
        """All entries as {entry, topic, title, locale}, in the order of topics."""
        compose = self.compose
        return [
            {"entry": entry, "topic": item.topic, "title": compose.title(entry, locale), "risk": item.risk}
            for entry, item in compose.content.entries.items()
        ]

    def entry(self, entry: str, locale: str, place: str | None = None) -> Reply | None:
        """An entry as a reply; None when there is no such entry."""
        compose = self.compose
        if entry not in compose.content.entries:
            return None
        return compose.answer(entry, locale, place=compose.gazetteer.get(place))

    def services(self, locale: str, kind: str | None, place: str | None, limit: int) -> list[object]:
        """Offices as cards, of a type or all, nearest to a place first when one is given."""
        compose = self.compose
        found = [service for service in compose.content.services if kind in (None, service.type)]
        town = compose.gazetteer.get(place)
        if town is None:
            return [compose.card(service, locale, None) for service in found[:limit]]
        return list(compose.cards(found, locale, town, limit))

    def search(
        self, text: str, locale: str | None, limit: int, hint: str | None = None
    ) -> tuple[str, list[dict[str, object]]]:
        """The entries for a text as {entry, title, confidence}, best first, and the locale it was understood in: `locale`,
        else the text's own, where `hint` decides when the text says little."""
        spoken, ranked = self._assistant.candidates(text, resolve(locale), hint)
        return spoken, [
            {
                "entry": item.intent,
                "title": self.compose.title(item.intent, resolve(locale) or spoken),
                "confidence": round(item.confidence, 4),
            }
            for item in ranked[:limit]
        ]

    def danger(self, text: str, hint: str | None = None) -> Reply | None:
        """The numbers to call first when a text tells of danger, in the text's locale; None when it does not."""
        spoken, kind = self._assistant.danger(text, hint)
        return self.compose.emergency(kind, spoken) if kind else None

    def widget(self, locale: str) -> dict[str, object]:
        """What the widget shows before anybody asks: its words, the languages by their own names, the topics."""
        compose = self.compose
        words = {name: compose.phrases.get(locale, message) for name, message in WIDGET.items()}
        return {
            "locale": locale,
            "dir": LOCALES[locale].dir,
            "words": words,
            "greeting": compose.small_talk("greet", locale).text,
            "locales": [{"tag": tag, "name": LOCALES[tag].name, "dir": LOCALES[tag].dir} for tag in self.locales()],
            "topics": [{"title": button.title, "payload": button.payload} for button in compose.topic_buttons(locale)],
        }

    def open_now(self, hours: str | None) -> bool | None:
        """Whether hours of OpenStreetMap's form mean open now; None when they do not say it."""
        return self.compose.open_now(hours)

    def place(self, name: str) -> str | None:
        """The id of a place by any of its spellings; None for one that the desk does not know."""
        found = self.compose.gazetteer.get(name)
        return found.id if found else None

    def delete(self, channel: str, token: str) -> bool:
        """Forgets a conversation; False when there is none under this token."""
        key = self._assistant.session_key(channel, token)
        found = self._store.session(key) is not None
        self._store.erase(key)
        return found

    def session_key(self, channel: str, token: str) -> str:
        """The name under which a conversation is kept."""
        return self._assistant.session_key(channel, token)

    @property
    def handoff(self) -> Handoff | None:
        """The way to mediators; None where there is none."""
        return self._assistant.handoff

    def locale_of(self, channel: str, token: str) -> str | None:
        """The locale of a conversation so far; None when there is none under this token."""
        session = self._store.session(self._assistant.session_key(channel, token))
        return session.locale if session else None

    def shown(self, value: Value, locale: str) -> str:
        """A value as a person reading `locale` sees it."""
        return render(value, locale)

    def faults(self, answer: Answer) -> list[Fault]:
        """What keeps an answer from being published: a field of it, a sentence (for phrases) and the sentence's holes."""
        content = self.compose.content
        entry = content.entries.get(answer.entry)
        known = {value.name for value in entry.values} if entry else set()
        source = content.answers.get((answer.entry, SOURCE)) if answer.locale != SOURCE else None
        return [*_faults(answer, known | set(content.values)), *_refused(answer, source)]

    def trial(self, answer: Answer, entry: Entry | None = None, utterances: Sequence[Example] = ()) -> Trial:
        """What would be answered if this were published (with `entry` when that is new or changes too)."""
        return Trial(self._assistant, answer, entry, utterances)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """What texts mean, as unit vectors in rows; no columns while the encoder is away."""
        return self._assistant.searcher.vectors(texts)

    def seal(self, purpose: str, text: str) -> str:
        """A signature that only this installation can make."""
        return self._assistant.session_key(purpose, text)

    def revision(self) -> int:
        """How often what people can read has changed."""
        return self.compose.content.revision


# ---- what may be published -------------------------------------------------------------------------------------------

Fault = tuple[str, str, Mapping[str, str]]
_LONG = 40  # letters: shorter texts may be the same in two languages
_BRACES = re.compile(r"\{([^{}]*)\}")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,2})?")
_PHONE = re.compile(r"\+?[0-9][0-9 ]{1,19}")


def _faults(answer: Answer, known: set[str]) -> list[Fault]:
    found: list[Fault] = []
    if not answer.title:
        found.append(("title", mark("Write a title."), {}))
    if len(answer.title) > MOST_TITLE or "\n" in answer.title:
        found.append(
            (
                "title",
                mark("Make the title shorter: at most {most} characters. It is also a button."),
                {"most": str(MOST_TITLE)},
            )
        )
    if not answer.answer:
        found.append(("answer", mark("Write the answer."), {}))
    words = count_words(answer)
    if words > MOST_WORDS:
        found.append(
            (
                "answer",
                mark(
                    "Make the answer shorter: it has {count} words, and at most {most} are read to the end. "
                    "The rest belongs in the parts below."
                ),
                {"count": str(words), "most": str(MOST_WORDS)},
            )
        )
    for name, text in answer.fields().items():
        for hole in sorted(set(_BRACES.findall(text)) - known):
            found.append(
                (
                    name,
                    mark("There is no value named {name}. Use one of the values listed on this page."),
                    {"name": f"{{{hole}}}"},
                )
            )
        if re.search(r"^#{1,2} ", text, re.M):
            found.append((name, mark("A line must not begin with #."), {}))
    if sum(map(len, answer.fields().values())) > MOST_TEXT:
        found.append(
            (
                "answer",
                mark("All parts together are too long for one message: at most {most} characters."),
                {"most": str(MOST_TEXT)},
            )
        )
    return found


# What bot.check finds in a text, for the person who writes it.
_TEXT = {
    "number": mark("The number {what} stands in the text. Make it a value and write its name in braces, so that it is changed "
                   "once for all languages."),
    "left_over": mark("A part of this text seems to be in another language ({what})."),
    "markup": mark("Write plain sentences and lists, without signs such as ** or <b>."),
    "script": mark("Most of this text is not in the letters of its language ({what} are). Italian words go in brackets."),
    "letters": mark("Some letters of this text belong to another language."),
}  # fmt: skip


def _refused(answer: Answer, source: Answer | None) -> list[Fault]:
    """What `bussola check` would refuse in each field, and beside the Italian text."""
    found: list[Fault] = [
        (name, _TEXT[fault.kind], {"what": fault.what})
        for name, text in answer.fields().items()
        for fault in text_faults(answer.locale, text)
    ]
    if source is None:
        return found
    italian = source.fields()
    found += [
        (name, mark("This is the Italian text. Translate it."), {})
        for name, text in answer.fields().items()
        if len(text) > _LONG and text == italian.get(name)
    ]
    for name in sorted(names(source) - names(answer)):
        field = next(field for field, text in italian.items() if f"{{{name}}}" in text)
        found.append(
            (
                field,
                mark("The Italian text has the value {name} here. Use it in this language too."),
                {"name": f"{{{name}}}"},
            )
        )
    for name in sorted(names(answer) - names(source)):
        field = next(field for field, text in answer.fields().items() if f"{{{name}}}" in text)
        found.append((field, mark("The Italian text does not have the value {name}. Say the same things in every language."),
                      {"name": f"{{{name}}}"}))  # fmt: skip
    return found


def value_from_form(value: Value, amount: str, review_by: str) -> Value:
    """`value` with the amount and the date that a person typed. Raises BussolaError whose `what` is a sentence for
    phrases. Thousands separators are refused: 1.200 is one thing in Italian and another in English."""
    amount, typed = amount.strip(), Decimal()
    if value.kind == "phone":
        if not _PHONE.fullmatch(amount):
            raise BussolaError(mark("Write the phone number with digits and spaces only; it may begin with +."))
        changed: Decimal | date | str = " ".join(amount.split())
    elif value.kind == "date":
        changed = _date(amount)
    else:
        if not _AMOUNT.fullmatch(amount):
            raise BussolaError(mark("Write the amount as a plain number, such as 1200 or 30.46."))
        typed = Decimal(amount.replace(",", "."))
        changed = typed
    if value.kind == "duration" and (typed != int(typed) or typed > 9999):
        raise BussolaError(mark("Write a whole number, at most 9999."))
    if not review_by.strip() and value.kind == "phone":
        return replace(value, amount=changed, review_by=None)
    return replace(value, amount=changed, review_by=_date(review_by.strip()))


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2100:
        raise BussolaError(mark("Choose a date, or write it as year-month-day, such as 2027-01-31."))
    return found
