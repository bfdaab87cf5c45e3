"""Published passages as an index: dense vectors over all locales, letters within one; refreshed, never rebuilt."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.model import Hit, Passage, Vectors
from bot.ngrams import Channel, Ngrams, Postings, postings
from bot.ports import Embedder, Store
from bot.text import normal, sound

_SHORTLIST = 64  # dimensions of the first look; the encoder is trained so that the first 64 can stand alone
_RESCORED = 400
_NGRAMS = Ngrams((Channel("char_wb", 3, 3, 0.5), Channel("char_wb", 3, 3, 0.5, sound)), 16)


@dataclass(frozen=True)
class _Snapshot:
    revision: int
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float16] | None  # half precision: they are read a few hundred at a time, for exact scores
    short: Vectors | None
    lexical: Mapping[
        str, tuple[NDArray[np.int64], Postings]
    ]  # per locale: which passages, and n-grams x those passages


Keep = Callable[[str, str, Callable[[], Any]], Any]


class Retriever:
    """Searches what is published. `refresh` reads only rows newer than the snapshot and embeds only unseen texts."""

    def __init__(self, store: Store, embedder: Embedder | None, keep: Keep = lambda name, key, make: make()) -> None:
        """`keep` may remember what takes long to make (its name, what it depends on, how to make it) between starts."""
        self._store, self._embedder, self._keep = store, embedder, keep
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
            short = vectors[:, :_SHORTLIST].astype(np.float32)
            short /= np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-9)
        lexical = _lexical(old, passages, fresh) if old.passages else self._first_lexical(old, passages)
        return _Snapshot(revision, passages, vectors, short, lexical)

    def _first_lexical(
        self, old: _Snapshot, passages: tuple[Passage, ...]
    ) -> dict[str, tuple[NDArray[np.int64], Postings]]:
        texts = hashlib.sha256("\n".join(f"{passage.locale} {passage.text}" for passage in passages).encode())
        made: dict[str, tuple[NDArray[np.int64], Postings]]
        made = self._keep("letters", texts.hexdigest()[:16], lambda: _lexical(old, passages, list(passages)))
        return made

    def _vectors(self, old: _Snapshot, kept: list[int], fresh: list[Passage]) -> NDArray[np.float16] | None:
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
        dense = _exact(view, order, query) if view.vectors is not None else np.zeros(len(order), dtype=np.float32)
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
) -> dict[str, tuple[NDArray[np.int64], Postings]]:
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
            else postings(_NGRAMS.matrix(normal(passages[row].text) for row in own)),
        )
        for locale, own in rows.items()
    }


def _lexical_scores(view: _Snapshot, cleaned: str, locale: str, limit: int) -> dict[int, float]:
    """The nearest passages of the locale by their letters, as passage numbers with a cosine."""
    if locale not in view.lexical:
        return {}
    rows, index = view.lexical[locale]
    found = index.scores(_NGRAMS.row(cleaned))
    best = np.argpartition(-found, limit)[:limit] if len(found) > limit else np.arange(len(found))
    return {int(rows[at]): float(found[at]) for at in best if found[at] > 0}


def _exact(view: _Snapshot, rows: NDArray[np.int64], query: Vectors) -> Vectors:
    assert view.vectors is not None
    return np.asarray(view.vectors[rows].astype(np.float32) @ query)


def _dense_rows(view: _Snapshot, query: Vectors, limit: int) -> list[int]:
    assert view.vectors is not None
    if view.short is None or len(view.passages) <= _RESCORED:
        scores = _exact(view, np.arange(len(view.passages)), query)
        return [int(row) for row in np.argsort(-scores)[:limit]]
    head = query[:_SHORTLIST] / max(float(np.linalg.norm(query[:_SHORTLIST])), 1e-9)
    near = np.argpartition(-(view.short @ head), _RESCORED)[:_RESCORED]
    scores = _exact(view, near, query)
    return [int(row) for row in near[np.argsort(-scores)[:limit]]]


def embed_cached(store: Store, embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float16]:
    """Vectors of `texts` as rows, in half precision; those that this encoder has seen before come from the store, the rest go there."""
    hashes = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known = store.cached_vectors(embedder.fingerprint, hashes)
    missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
    if missing:
        vectors = embedder.embed(list(missing.values()))
        new = {digest: vectors[row].astype(np.float16).tobytes() for row, digest in enumerate(missing)}
        store.keep_vectors(embedder.fingerprint, new)
        known = {**known, **new}
    rows = [np.frombuffer(known[digest], dtype=np.float16) for digest in hashes]
    return np.asarray(rows) if rows else np.zeros((0, embedder.embed(["a"]).shape[1]), dtype=np.float16)
