"""The nouns of Bussola. Everything here is frozen data; nothing here does work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

TOPICS = (
    "emergency",
    "legal",
    "asylum",
    "registry",
    "health",
    "work",
    "learning",
    "housing",
    "benefits",
    "women",
    "participation",
    "daily",
)
SECTIONS = ("steps", "documents", "cost", "deadline", "good_to_know")
RISKS = ("low", "medium", "high")
ACTS = (
    "greet",
    "thank",
    "goodbye",
    "help",
    "what_can_you_do",
    "change_language",
    "talk_to_human",
    "repeat",
    "simplify",
    "affirm",
    "deny",
    "feedback_negative",
    "feedback_positive",
    "set_place",
    "delete_my_data",
)
FOLLOW_UPS = ("ask.steps", "ask.documents", "ask.cost", "ask.deadline", "ask.where", "ask.other_person", "ask.meaning")
DANGERS = (
    "partner_violence",
    "forced_labour",
    "child_in_danger",
    "suicide",
    "medical_emergency",
    "racist_attack",
    "fire",
)
OUT_OF_SCOPE = "out_of_scope"


class BussolaError(Exception):
    """A fault that a person can mend: what is wrong, where, and what to do next."""

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(": ".join(part for part in (where, what) if part) + (f" — {todo}" if todo else ""))
        self.what, self.where, self.todo = what, where, todo


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of `bussola check`."""

    file: str
    line: int
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} — {self.todo}"


# ---- what we say -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A page that an entry rests on. Dates are ISO strings as precise as known (2019, 2019-04, 2019-04-08)."""

    url: str
    title: str
    published: str | None = None
    checked: date | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A named fact that changes: a fee, a phone number, a count of days. `applies_to` is a region or a place id."""

    name: str
    kind: Literal["money", "number", "duration", "date", "phone"]
    amount: Decimal | date | str
    unit: str = ""
    review_by: date | None = None
    applies_to: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something people ask about, without its words."""

    id: str
    risk: str
    review_by: date
    related: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def topic(self) -> str:
        """The first part of the id."""
        return self.id.split("/")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry in one locale. `sections` maps a name of SECTIONS to its text; placeholders like {fee} stand in it."""

    entry: str
    locale: str
    title: str
    answer: str
    sections: Mapping[str, str] = field(default_factory=dict)
    state: str = "unconfirmed"
    confirmed_by: str | None = None
    confirmed_on: date | None = None
    version: int = 1

    def fields(self) -> dict[str, str]:
        """All texts by field name: title, answer, then the sections that exist."""
        return {"title": self.title, "answer": self.answer, **self.sections}


@dataclass(frozen=True, slots=True)
class Term:
    """An office word, explained in one sentence per locale."""

    word: str
    also: tuple[str, ...]
    explained: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is: a municipality or a locality, with its spellings in each locale."""

    id: str
    name: str
    province: str
    region: str
    lat: float
    lon: float
    kind: str
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Service:
    """An office, desk or partner. Whatever is not known is None; `province` and `city` are empty then."""

    id: str
    type: str
    name: str
    region: str
    province: str
    city: str
    confidence: str
    source: str
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str | None = None
    phone2: str | None = None
    email: str | None = None
    website: str | None = None
    hours: str | None = None
    booking: str | None = None
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    source_date: str | None = None
    checked: date | None = None  # when the office itself last said that this is true


@dataclass(frozen=True, slots=True)
class Course:
    """A course, with what is known of it."""

    id: str
    kind: str
    title: str
    provider: str
    city: str
    province: str
    confidence: str
    source: str
    address: str | None = None
    level: str | None = None
    schedule: str | None = None
    email: str | None = None
    website: str | None = None
    topics: tuple[str, ...] = ()


# ---- how people ask --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """A training utterance: an intent is an entry id, a dialogue act, `danger.<kind>` or `out_of_scope`."""

    intent: str
    locale: str
    text: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the files hold, or everything that is published."""

    entries: Mapping[str, Entry]
    answers: Mapping[tuple[str, str], Answer]
    values: Mapping[str, tuple[Value, ...]]
    terms: tuple[Term, ...]
    places: tuple[Place, ...]
    services: tuple[Service, ...]
    courses: tuple[Course, ...]
    examples: tuple[Example, ...]
    patterns: Mapping[str, Mapping[str, tuple[str, ...]]]  # locale -> danger kind -> regular expressions
    revision: int = 0
    value_sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)  # of shared values, by name

    def locales(self) -> tuple[str, ...]:
        """The locales in which something can be answered, sorted."""
        return tuple(sorted({locale for _, locale in self.answers}))


@dataclass(frozen=True, slots=True)
class Passage:
    """A published text that can be searched. kind is question, title or answer; `live` is False once withdrawn."""

    id: int
    intent: str
    locale: str
    kind: str
    text: str
    revision: int
    live: bool = True


# ---- a message, in and out -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Utterance:
    """What came in at a door: text or a button's payload."""

    channel: str
    session: str | None
    text: str = ""
    payload: str | None = None
    locale_hint: str | None = None
    place: str | None = None
    address: str | None = None  # where a mediator's answer can be sent to; none where the person comes to look


@dataclass(frozen=True, slots=True)
class Session:
    """What is remembered of a conversation. No account, no name."""

    id: str
    channel: str
    locale: str | None = None
    locale_chosen: bool = False
    place: str | None = None
    last_entry: str | None = None
    last_section: str | None = None
    last_text: str | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the NLU made of an utterance: intents by falling confidence. Empty when the engine is away. `learnt` names
    the intents that the engine could have found; of others it cannot say anything."""

    intents: tuple[tuple[str, float], ...] = ()
    engine: str = "none"
    learnt: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage near an utterance. Scores are cosines in 0..1."""

    intent: str
    locale: str
    kind: str
    text: str
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent with the probability that it is meant, and the evidence that led there."""

    intent: str
    confidence: float
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: kind is answer, clarify, handoff, small_talk; `why` is one line for people who read --explain. `also`
    is a second entry that the message seems to ask for."""

    kind: str
    candidates: tuple[Candidate, ...] = ()
    entry: str | None = None
    section: str | None = None
    act: str | None = None
    danger: str | None = None
    why: str = ""
    also: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """What a person can press: its words, and the payload that every door sends back as it is."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble. `services`, `sources` and `sections` are ready for JSON; `notices` are sentences to show with it."""

    kind: str
    text: str
    locale: str
    dir: str
    title: str = ""
    entry: str | None = None
    confidence: float | None = None
    sections: tuple[Mapping[str, object], ...] = ()
    services: tuple[Mapping[str, object], ...] = ()
    sources: tuple[Mapping[str, object], ...] = ()
    state: str | None = None
    notices: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one message: the session to answer into, the replies, and why (for --explain and the console)."""

    session: str
    replies: tuple[Reply, ...]
    decision: Decision
    locale: str
    locale_scores: Mapping[str, float] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    engine: str = "none"
    thresholds: Mapping[str, float] = field(default_factory=dict)
    place: str | None = None
    revision: int = 0
