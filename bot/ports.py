"""The ports of the core: what it asks of an encoder, an NLU engine and a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Literal, Protocol

from bot.model import Content, Hit, Passage, Session, Turn, Understanding, Vectors
from bot.standing import Standing, Written

Taken = Literal["new", "done", "busy"]


class Embedder(Protocol):
    """Turns texts into vectors; `fingerprint` names the model, so that cached vectors are never mixed."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A unit vector of float32 a text, as rows."""


class Nlu(Protocol):
    """Understands an utterance."""

    def parse(self, text: str, locale: str) -> Understanding:
        """Intents by falling confidence. Never raises for an engine that is away: the Understanding is empty then."""


class Searcher(Protocol):
    """Finds what is published near a text."""

    def refresh(self, revision: int) -> None:
        """Brings the index up to a revision of the store."""

    def search(self, text: str, locale: str, limit: int = 24) -> tuple[Hit, ...]:
        """The passages nearest to `text`, best first."""

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts as rows; no columns without an encoder."""

    def written(self, locale: str, texts: Sequence[str]) -> Written:
        """Texts of an entry that are not published in `locale`, as they are compared."""

    def cosines(self, text: str, locale: str, written: Written) -> list[tuple[float, float]]:
        """How near each of the texts is to another, by meaning and by letters."""

    def standing(
        self, text: str, locale: str, entries: Collection[str], fresh: Mapping[str, Written] | None = None
    ) -> dict[str, Standing]:
        """How each of `entries` stands to a text; what is `fresh` stands for an entry's passages. Entries that have no
        passage are left out."""


class Store(Protocol):
    """What the core asks of the database. Session keys are hashes already."""

    def revision(self) -> int:
        """How often what people can read has changed."""

    def content(self) -> Content:
        """Everything that is published."""

    def passages(self, after: int) -> list[Passage]:
        """Passages that changed after a revision."""

    def cached_vectors(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, bytes]:
        """The vectors that are known, as float16, by hash of their text."""

    def keep_vectors(self, fingerprint: str, vectors: Mapping[str, bytes]) -> None:
        """Keeps vectors for the next start."""

    def session(self, key: str) -> Session | None:
        """What is remembered of a conversation."""

    def keep_session(self, session: Session) -> None:
        """Remembers it."""

    def record(self, session: Session, turn: Turn) -> None:
        """Remembers the conversation and counts the turn."""

    def keep_unanswered(self, session: Session, reason: str) -> None:
        """Keeps the session's last text as a question asked in vain."""

    def explain_unanswered(self, session: Session, reason: str) -> None:
        """Says why the session's last text was answered badly."""

    def erase(self, session: str) -> None:
        """Forgets a conversation."""


class Updates(Protocol):
    """Remembers by number which messages of a messenger have been answered."""

    def take(self, number: int, patience: timedelta) -> Taken:
        """Whether to answer it now, never again, or not yet: another process began less than `patience` ago."""

    def done(self, number: int) -> None:
        """It has been answered."""

    def leave(self, number: int) -> None:
        """It has not been answered, and somebody else may."""


class Answered(Protocol):
    """Remembers for some minutes what was replied to a message, by its name and the key that it came with."""

    def take(self, name: str, key: str, patience: timedelta) -> tuple[Taken, str]:
        """Whether to answer it now, or not yet, or ("done") what was replied."""

    def done(self, name: str, key: str, session: str, reply: str) -> None:
        """It has been answered, in this session."""

    def leave(self, name: str) -> None:
        """It has not been answered, and may come again."""
