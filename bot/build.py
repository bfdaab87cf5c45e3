"""The only wiring: from Settings to an Assistant and a Desk. Nothing else in the program makes these objects."""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from bot import nlu, ranking
from bot.answered import AnsweredMessages
from bot.assistant import Assistant
from bot.check import check
from bot.cipher import Cipher
from bot.compose import ROME
from bot.conversations import Conversations
from bot.desk import Desk
from bot.embedder import open_encoder
from bot.handoff import DeskHours, Handoff
from bot.knowledge import load
from bot.language import LanguageIdentifier
from bot.locales import LOCALES
from bot.model import BussolaError, Content, Example, Fault, Understanding
from bot.phrases import Phrases
from bot.ports import Embedder, Nlu
from bot.rasa import service
from bot.rasa.client import RasaNlu
from bot.retriever import Retriever, embed_cached
from bot.settings import Settings
from bot.store import SqlStore, migrate, open_store
from bot.text import normal
from bot.values import render

log = logging.getLogger("bussola")
Progress = Callable[[Iterable[Any], str], Iterable[Any]]
FUSION = Path(__file__).parent / "fusion.json"


@dataclass(frozen=True)
class Bussola:
    """The running program's parts that doors need."""

    settings: Settings
    store: SqlStore
    assistant: Assistant
    desk: Desk


class NoNlu:
    """Stands in when no engine can run: retrieval alone decides."""

    def parse(self, text: str, locale: str) -> Understanding:
        """Nothing."""
        return Understanding()


def progress_bar(items: Iterable[Any], name: str) -> Iterable[Any]:
    """A progress bar on a terminal; silence elsewhere."""
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(items, desc=name, leave=False, disable=None)
    return bar


@contextmanager
def _reading_much() -> Iterator[None]:
    """No garbage collection while much is read that stays: looking through it again and again finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_content(root: Path) -> tuple[Content, list[Fault]]:
    """The files' content and every fault in it."""
    loaded = load(root)
    if loaded.faults:
        return loaded.content, list(loaded.faults)
    return loaded.content, check(loaded.content, loaded.lines, render)


@_reading_much()
def prepare(settings: Settings, force: bool = False) -> tuple[SqlStore, list[str]]:
    """The migrated store with the files' content imported, and the entries left alone because both sides changed.
    Reads the files only when they have changed since the last import. Raises BussolaError on any fault."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BussolaError(
            f"cannot be written: {error.strerror}", str(settings.data), "set BUSSOLA_DATA to a folder you may write"
        ) from error
    migrate(settings.database)
    store = open_store(settings.database)
    stamp, mark = _stamp(settings.content), settings.data / "imported"
    if not force and store.revision() > 0 and mark.exists() and mark.read_text() == stamp:
        return store, []
    content, faults = read_content(settings.content)
    if faults:
        more = f" (and {len(faults) - 1} more: `bussola check` lists all)" if len(faults) > 1 else ""
        raise BussolaError(faults[0].what, f"{faults[0].file}:{faults[0].line}", faults[0].todo + more)
    conflicts = store.import_content(content, force)
    mark.write_text(stamp)
    return store, conflicts


def _stamp(root: Path) -> str:
    """A mark of the content files by name, size and time, and of the database that they went into."""
    digest = hashlib.sha256()
    for path in sorted([*(root / "knowledge_base").rglob("*"), *(root / "nlu_data").glob("*.yml")]):
        if path.is_file():
            digest.update(f"{path}{path.stat().st_size}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


@_reading_much()
def build(settings: Settings, progress: Progress = progress_bar, now: Callable[[], datetime] | None = None) -> Bussola:
    """Everything that is needed to answer. An encoder or engine that is away is logged, and the rest goes on."""
    store, conflicts = prepare(settings)
    for conflict in conflicts:
        log.warning("%s was edited in the console and in the files: the console's edit stays", conflict)
    embedder = _embedder(settings)
    language, engine = _engines(settings, store, store.content(examples=True), embedder, progress)
    assistant = Assistant(
        store,
        language,
        engine,
        Retriever(store, embedder, partial(_cached, settings)),
        ranking.load(FUSION),
        Phrases(settings.content / "translations"),
        language_names(),
        settings.key(),
        now or (lambda: datetime.now(ROME).replace(tzinfo=None)),
        handoff(settings, store),
    )
    assistant.view()
    return Bussola(settings, store, assistant, Desk(assistant, store, AnsweredMessages(store)))


def handoff(settings: Settings, store: SqlStore, now: Callable[[], datetime] | None = None) -> Handoff:
    """The way to mediators; `now` is in UTC."""
    conversations = Conversations(store, Cipher("conversations", *settings.keys()), now)
    hours = DeskHours(settings.desk_hours, tuple(settings.desk_languages.split()))
    return Handoff(conversations, hours, settings.escalate_minutes)


def _engines(
    settings: Settings, store: SqlStore, content: Content, embedder: Embedder | None, progress: Progress
) -> tuple[LanguageIdentifier, Nlu]:
    """What is learnt from utterances. These are many and not kept: the engines and the index hold what they need."""
    key = _fingerprint(content, "10")
    language: LanguageIdentifier = _cached(settings, "language", key, lambda: LanguageIdentifier(content.examples))
    return language, _nlu(settings, store, content, embedder, progress)


def _embedder(settings: Settings) -> Embedder | None:
    try:
        return open_encoder(settings.encoder)
    except BussolaError as error:
        log.error("%s; intents and words alone decide until then", error)
        return None


def _nlu(settings: Settings, store: SqlStore, content: Content, embedder: Embedder | None, progress: Progress) -> Nlu:
    path = settings.content / "config.yml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        key = _fingerprint(
            content, path.read_text(encoding="utf-8"), embedder.fingerprint if embedder else "none", "18"
        )
        spoken = set(content.locales())
        examples = [example for example in content.examples if example.locale in spoken]
        # A title is how an office would ask. (A changed one is learnt with the next changed utterance: not at once, as
        # every start would wait for it; the retriever has it at once.)
        examples += [Example(answer.entry, answer.locale, answer.title) for answer in content.answers.values()]
        # What is embedded here, the retriever needs too: the store keeps it.
        embed = partial(embed_cached, store, embedder) if embedder else None
        models = _cached(settings, "nlu", key, lambda: nlu.train(examples, config, embed, progress))
    except (OSError, yaml.YAMLError, AttributeError, BussolaError) as error:
        log.error("config.yml cannot be used (%s); retrieval alone decides until then", error)
        return NoNlu()
    embedded = nlu.EmbeddedNlu(models, embedder)
    if settings.nlu == "embedded":
        return embedded
    secret = service.secret_in(settings.data)
    return RasaNlu(
        f"http://127.0.0.1:{settings.rasa_port}", secret, {example.intent for example in content.examples}, embedded
    )


def _fingerprint(content: Content, *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for example in content.examples:
        digest.update(f"{example.locale}\0{example.intent}\0{example.text}\n".encode())
    return digest.hexdigest()[:16]


def _cached(settings: Settings, name: str, key: str, make: Callable[[], Any]) -> Any:
    """What `make` returns, from the data folder if it was made of the same things before."""
    import pickle

    path = settings.data / f"{name}-{key}.pickle"
    if path.exists():
        try:
            with path.open("rb") as file:
                return pickle.load(file)
        except Exception as error:  # a file from another version of a library: it is made anew
            log.info("%s is made anew: %s", path.name, error)
    made = make()
    for old in settings.data.glob(f"{name}-*.pickle"):
        old.unlink(missing_ok=True)
    with path.open("wb") as file:
        pickle.dump(made, file, protocol=5)
    return made


def language_names() -> dict[str, str]:
    """How languages are called in every language ("bengalese", "বাংলা", "bengali"), to our tags."""
    from babel import Locale

    names: dict[str, str] = {}
    for reader in LOCALES:
        known = Locale.parse(reader).languages
        for tag in LOCALES:
            name = normal(str(known.get(tag, "")))
            if name and " " not in name:
                names.setdefault(name, tag)
    names |= {
        "bangla": "bn",
        "farsi": "fa",
        "dari": "fa",
        "mandarin": "zh",
        "punjabi": "pa",
        "shqip": "sq",
        "arabi": "ar",
        "arabiya": "ar",
    }
    return {**names, **{normal(locale.name): tag for tag, locale in LOCALES.items()}}
