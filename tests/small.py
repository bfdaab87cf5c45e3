"""A small desk for tests: five entries, three locales, the real store and assistant; only encoder and NLU are fakes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np

from bot.answered import AnsweredMessages
from bot.assistant import Assistant
from bot.desk import Desk
from bot.handoff import Handoff
from bot.language import LanguageIdentifier
from bot.model import Answer, Content, Entry, Example, Place, Service, Source, Term, Understanding, Value, Vectors
from bot.phrases import Phrases
from bot.ranking import FEATURES, RIVALRY, UNLEARNT, Fusion, Logistic
from bot.retriever import Retriever
from bot.store import SqlStore, migrate, open_store
from bot.text import normal

RENEW, COST, VIOLENCE, NUMBERS = (
    "legal/permit-renewal",
    "legal/permit-cost",
    "emergency/violence-1522",
    "emergency/emergency-numbers",
)
NOW = datetime(2026, 11, 23, 10, 0)  # a Monday
_DAY = date(2027, 5, 31)


def content() -> Content:
    """What the tests' desk says and knows."""
    entries = {
        RENEW: Entry(
            RENEW, "high", _DAY, (COST,), ("help-desk",), (),
            (Value("renewal_before", "duration", Decimal(60), "days", _DAY), Value("permit_fee", "money", Decimal("30.46"), "EUR", _DAY),
             Value("permit_fee", "money", Decimal("40"), "EUR", _DAY, "campania")),
            (Source("https://example.org/renew", "Example office", "2019-04"),),
        ),
        COST: Entry(COST, "low", _DAY, (RENEW,), (), (), (), (Source("https://example.org/cost", "Example office"),)),
        VIOLENCE: Entry(VIOLENCE, "high", _DAY, (), (), (), (), (Source("https://example.org/1522", "Example office"),)),
        NUMBERS: Entry(NUMBERS, "high", _DAY, (), (), (), (), (Source("https://example.org/112", "Example office"),)),
    }  # fmt: skip
    texts = {
        (RENEW, "it"): (
            "Rinnovare il permesso",
            "Chieda il rinnovo almeno {renewal_before} prima. Costo: {permit_fee}.",
        ),
        (RENEW, "en"): ("Renew your permit", "Ask at least {renewal_before} before. Cost: {permit_fee}."),
        (RENEW, "ar"): ("تجديد تصريح الإقامة", "اطلب التجديد قبل {renewal_before} على الأقل. التكلفة: {permit_fee}."),
        (COST, "it"): ("Quanto costa il permesso", "Paghi il bollettino alla posta."),
        (VIOLENCE, "it"): ("Violenza: chi aiuta", "Chiami il {phone_1522}."),
        (NUMBERS, "it"): ("Numeri di emergenza", "Chiami il {phone_112}."),
    }
    sections = {
        (RENEW, "it"): {"documents": "- Copia del vecchio permesso", "cost": "Costo: {permit_fee}."},
        (RENEW, "en"): {"documents": "- A copy of the old permit", "cost": "Cost: {permit_fee}."},
        (RENEW, "ar"): {"documents": "- نسخة من التصريح القديم", "cost": "التكلفة: {permit_fee}."},
    }
    answers = {key: Answer(*key, *text, sections.get(key, {})) for key, text in texts.items()}
    phones = {
        name: (Value(name, "phone", number),)
        for name, number in (("phone_112", "112"), ("phone_1522", "1522"), ("phone_118", "118"))
    }
    collected = Value("facts_collected", "date", date(2026, 11, 22), "", _DAY)
    places = (
        Place(
            "foggia", "Foggia", "FG", "puglia", 41.46, 15.55, "provincial-capital", {"bn": ("ফোজ্জা",), "ar": ("فودجا",)}
        ),
        Place(
            "napoli",
            "Napoli",
            "NA",
            "campania",
            40.85,
            14.27,
            "provincial-capital",
            {"ar": ("نابولي",), "la": ("Naples",)},
        ),
        Place("bari", "Bari", "BA", "puglia", 41.13, 16.87, "provincial-capital", {}),
    )
    services = (
        Service("fg-desk", "help-desk", "Desk in Foggia", "puglia", "FG", "Foggia", "high", "https://example.org/fg", phone="0881 123456",
                hours="Mo-Fr 09:00-12:00"),
        Service("ba-desk", "help-desk", "Desk in Bari", "puglia", "BA", "Bari", "low", "https://example.org/ba"),
    )  # fmt: skip
    examples = tuple(
        Example(intent, locale, text)
        for intent, locale, text in (
            (RENEW, "it", "come rinnovo il permesso di soggiorno"), (RENEW, "it", "il mio permesso scade"),
            (RENEW, "en", "how do I renew my permit"), (RENEW, "ar", "كيف أجدد تصريح الإقامة"),
            (COST, "it", "quanto costa il permesso"), (COST, "en", "how much is the permit"),
            ("greet", "it", "buongiorno"), ("greet", "en", "hello there"), ("greet", "ar", "مرحبا"),
            ("ask.cost", "it", "quanto costa"), ("ask.cost", "en", "how much is it"),
            ("out_of_scope", "it", "che tempo fa domani"), ("out_of_scope", "en", "who won the match"),
            ("delete_my_data", "it", "cancella i miei dati"), ("talk_to_human", "it", "voglio parlare con una persona"),
            ("set_place", "it", "abito a foggia"), ("simplify", "it", "troppo difficile"), ("repeat", "it", "ripeti per favore"),
            ("change_language", "it", "parli arabo"), ("ask.meaning", "it", "cosa vuol dire questura"),
        )
    )  # fmt: skip
    term = Term(
        "questura",
        ("questura centrale",),
        {"it": "L'ufficio della polizia per i permessi.", "en": "The police office for permits."},
    )
    return Content(entries, answers, {**phones, "facts_collected": (collected,)}, (term,), places, services, (), examples,
                   {"it": {"partner_violence": (r"\bmi picchia\b",)}})  # fmt: skip


class WordEmbedder:
    """Texts with the same words lie together: a fixed random vector a word, summed. Counts what it embeds."""

    fingerprint = "words"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A unit vector a text."""
        self.embedded += texts
        rows = np.array([sum((_vector(word) for word in normal(text).split()), np.zeros(256)) + 1e-6 for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _vector(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.asarray(np.random.default_rng(seed).normal(size=256), dtype=np.float32)


class TableNlu:
    """Understands the texts it was given, and nothing else."""

    def __init__(self, known: Iterable[Example]) -> None:
        self._known: dict[str, list[str]] = {}
        for example in known:
            self._known.setdefault(normal(example.text), []).append(example.intent)

    def parse(self, text: str, locale: str) -> Understanding:
        """The intent of a known text with confidence 1; others that it was given for the same text, with less."""
        intents = self._known.get(normal(text), [])
        return Understanding(tuple((intent, 0.3 if at else 1.0) for at, intent in enumerate(intents)), "table")


def fusion() -> Fusion:
    """Near identity: an intent that the NLU or an equal text names is sure, anything else is not."""
    thresholds = {"answer": 0.5, "answer_high": 0.5, "clarify": 0.15, "act": 0.5, "follow_up": 0.5, "danger": 0.5}
    return Fusion(
        logistic(-4.5, nlu=6.0, dense=6.0, dense_lead=4.0),
        logistic(-9.0, UNLEARNT),
        logistic(0.0, RIVALRY, own=4.0),
        thresholds,
    )


def logistic(intercept: float, features: tuple[str, ...] = FEATURES, /, **given: float) -> Logistic:
    """A regression that uses these features alone, and no products."""
    products = len(features) * (len(features) + 1) // 2
    return Logistic(features, (*(given.get(name, 0.0) for name in features), *[0.0] * products), intercept)


def store(folder: Path, said: Content | None = None) -> SqlStore:
    """A migrated SQLite store with the content imported."""
    url = f"sqlite:///{folder / 'bussola.sqlite3'}"
    migrate(url)
    opened = open_store(url)
    opened.import_content(said or content())
    return opened


def assistant(
    opened: SqlStore,
    embedder: WordEmbedder | None = None,
    handoff: Handoff | None = None,
    translations: Path = Path("there-are-none"),
) -> Assistant:
    """An assistant on a store."""
    said = opened.content(examples=True)
    known = TableNlu(said.examples)
    phrases = Phrases(translations)
    return Assistant(opened, LanguageIdentifier(said.examples), known, Retriever(opened, embedder or WordEmbedder()), {"embedded": fusion()}, phrases,
                     {"arabo": "ar", "italiano": "it", "english": "en"}, b"secret", lambda: NOW, handoff)  # fmt: skip


def desk(
    opened: SqlStore, handoff: Handoff | None = None, translations: Path = Path("there-are-none")
) -> tuple[Assistant, Desk]:
    """Assistant and desk on a store."""
    made = assistant(opened, handoff=handoff, translations=translations)
    return made, Desk(made, opened, AnsweredMessages(opened))
