"""The ports of the core: what it asks of an encoder, an NLU engine and a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.model import Content, Passage, Session, Turn, Understanding, Vectors


class Embedder(Protocol):
    """Turns texts into vectors; `fingerprint` names the model, so that cached vectors are never mixed."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A unit vector of float32 a text, as rows."""


class Nlu(Protocol):
    """Understands an utterance."""

    def parse(self, text: str, locale: str) -> Understanding:
        """Intents by falling confidence. Never raises for an engine that is away: the Understanding is empty then."""


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
