"""Published passages as an index: dense vectors over all locales, letters within one; refreshed, never rebuilt."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.model import Hit, Passage, Vectors
from bot.ngrams import Channel, Ngrams, scores
from bot.ports import Embedder, Store
from bot.text import normal, sound

_SHORTLIST = 64  # dimensions of the first look; the encoder is trained so that the first 64 can stand alone
_RESCORED = 400
_NGRAMS = Ngrams((Channel("char_wb", 3, 3, 0.5), Channel("char_wb", 3, 3, 0.5, sound)), 16)


@dataclass(frozen=True)
class _Snapshot:
    revision: int
    passages: tuple[Passage, ...]
    vectors: Vectors | None
    short: Vectors | None
    lexical: Mapping[str, tuple[NDArray[np.int64], Any]]  # per locale: which passages, and n-grams x those passages


class Retriever:
    """Searches what is published. `refresh` reads only rows newer than the snapshot and embeds only unseen texts."""

    def __init__(self, store: Store, embedder: Embedder | None) -> None:
        self._store, self._embedder = store, embedder
        self._lock = threading.Lock()
        self._snapshot = _Snapshot(-1, (), None, None, {})

    @property
    def revision(self) -> int:
        """The revision that is searched."""
        return self._snapshot.revision

    def refresh(self, revision: int) -> None:
        """Brings the snapshot up to `revision` of the store."""
        with self._lock:
            old = self._snapshot
            if old.revision >= revision:
                return
            changed = self._store.passages(after=old.revision)
            gone = {passage.id for passage in changed}
            kept = [row for row, passage in enumerate(old.passages) if passage.id not in gone]
            fresh = [passage for passage in changed if passage.live]
            self._snapshot = self._grown(old, kept, fresh, revision)

    def _grown(self, old: _Snapshot, kept: list[int], fresh: list[Passage], revision: int) -> _Snapshot:
        passages = tuple(old.passages[row] for row in kept) + tuple(fresh)
        vectors = self._vectors(old, kept, fresh)
        short = None
        if vectors is not None and vectors.shape[1] > _SHORTLIST:
            short = vectors[:, :_SHORTLIST] / np.maximum(
                np.linalg.norm(vectors[:, :_SHORTLIST], axis=1, keepdims=True), 1e-9
            )
        return _Snapshot(revision, passages, vectors, short, _lexical(old, passages, fresh))

    def _vectors(self, old: _Snapshot, kept: list[int], fresh: list[Passage]) -> Vectors | None:
        if self._embedder is None:
            return None
        new = embed_cached(self._store, self._embedder, [passage.text for passage in fresh])
        return new if old.vectors is None else np.vstack([old.vectors[kept], new])

    def search(self, text: str, locale: str, limit: int = 40) -> tuple[Hit, ...]:
        """The passages nearest to `text`, from every locale, by the better of both scores. Empty without passages."""
        view = self._snapshot
        if not view.passages or not normal(text):
            return ()
        words = _lexical_scores(view, normal(text), locale, limit)
        rows = set(words)
        if self._embedder is not None and view.vectors is not None:
            query = self._embedder.embed([text])[0]
            rows |= set(_dense_rows(view, query, limit))
        order = np.array(sorted(rows))
        dense = view.vectors[order] @ query if view.vectors is not None else np.zeros(len(order), dtype=np.float32)
        hits = [
            Hit(
                view.passages[row].intent,
                view.passages[row].locale,
                view.passages[row].kind,
                view.passages[row].text,
                float(dense[at]),
                words.get(row, 0.0),
            )
            for at, row in enumerate(order)
        ]
        return tuple(sorted(hits, key=lambda hit: -max(hit.dense, hit.lexical)))


def _lexical(
    old: _Snapshot, passages: tuple[Passage, ...], fresh: list[Passage]
) -> dict[str, tuple[NDArray[np.int64], Any]]:
    """N-grams by locale; only the locales of changed passages are done anew."""
    changed = {passage.locale for passage in fresh} | {passage.locale for passage in set(old.passages) - set(passages)}
    rows: dict[str, list[int]] = defaultdict(list)
    for row, passage in enumerate(passages):
        rows[passage.locale].append(row)
    return {
        locale: (
            np.array(own),
            old.lexical[locale][1]
            if locale not in changed
            else _NGRAMS.matrix(normal(passages[row].text) for row in own).T.tocsr(),
        )
        for locale, own in rows.items()
    }


def _lexical_scores(view: _Snapshot, cleaned: str, locale: str, limit: int) -> dict[int, float]:
    """The nearest passages of the locale by their letters, as passage numbers with a cosine."""
    if locale not in view.lexical:
        return {}
    rows, transposed = view.lexical[locale]
    found = scores(_NGRAMS.row(cleaned), transposed, len(rows))
    best = np.argpartition(-found, limit)[:limit] if len(found) > limit else np.arange(len(found))
    return {int(rows[at]): float(found[at]) for at in best if found[at] > 0}


def _dense_rows(view: _Snapshot, query: Vectors, limit: int) -> list[int]:
    assert view.vectors is not None
    if view.short is None or len(view.passages) <= _RESCORED:
        scores = view.vectors @ query
        return [int(row) for row in np.argsort(-scores)[:limit]]
    head = query[:_SHORTLIST] / max(float(np.linalg.norm(query[:_SHORTLIST])), 1e-9)
    near = np.argpartition(-(view.short @ head), _RESCORED)[:_RESCORED]
    scores = view.vectors[near] @ query
    return [int(row) for row in near[np.argsort(-scores)[:limit]]]


def embed_cached(store: Store, embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Vectors of `texts` as rows; those that this encoder has seen before come from the store, the rest go there."""
    hashes = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known = store.cached_vectors(embedder.fingerprint, hashes)
    missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
    if missing:
        vectors = embedder.embed(list(missing.values()))
        new = {digest: vectors[row].astype(np.float16).tobytes() for row, digest in enumerate(missing)}
        store.keep_vectors(embedder.fingerprint, new)
        known = {**known, **new}
    rows = [np.frombuffer(known[digest], dtype=np.float16) for digest in hashes]
    return (
        np.asarray(rows, dtype=np.float32) if rows else np.zeros((0, embedder.embed(["a"]).shape[1]), dtype=np.float32)
    )
