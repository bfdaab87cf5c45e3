"""Published passages as an index: dense vectors over all locales, letters within one; refreshed, never rebuilt."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.locales import SOURCE
from bot.model import Hit, Passage, Vectors
from bot.ngrams import Channel, Ngrams, Postings, postings
from bot.ports import Embedder, Searcher, Store
from bot.standing import Peers, Standing, standings
from bot.text import normal, sound

_HEAD = 64  # dimensions of the first look; the encoder is trained so that the first 64 can stand alone
_CELLS, _NEAR, _TEXTS = 32, 256, 32
_MEASURED = 600  # questions that tell how near an entry is to any question
_FOUND = 20  # hits of a search in which there is enough to find
_FEW = 1000  # passages that are compared one by one
_SAMPLE, _EVERYDAY = (
    300,
    0.04,
)  # passages that tell which letters stand everywhere: those that the index lacks and they have
_LETTERS = Ngrams((Channel("char_wb", 3, 3, 0.5), Channel("char_wb", 3, 3, 0.5, sound)), 16)


@dataclass(frozen=True)
class _Dense:
    """Vectors of passages that are sorted by locale and intent, so that what one intent has in one locale (a cell) lies
    together. A search looks at all of its own locale, and elsewhere at the cells whose centres are nearest (an inverted
    file: Sivic & Zisserman 2003), by the first dimensions; then exactly at the best."""

    vectors: NDArray[np.int8]
    steps: Vectors  # what turns each row of `vectors` into a unit vector
    heads: Vectors
    rows: Mapping[tuple[str, str], slice]  # of what one intent has in one locale
    cells: NDArray[np.int64]  # where each of them begins, and the end
    centres: Vectors
    locales: Mapping[str, slice]
    texts: NDArray[np.int64]  # the rows of what entries say themselves
    text_heads: Vectors
    is_text: NDArray[np.bool_]  # of each row, whether it is one of `texts`

    def near(self, query: Vectors, locale: str) -> NDArray[np.int64]:
        """Some hundred passages among which the nearest are."""
        if len(self.vectors) <= _FEW:
            return np.arange(len(self.vectors))
        head = _unit(query[:_HEAD])
        best = _largest(self.centres @ head, _CELLS)
        starts, sizes = self.cells[best], np.diff(self.cells)[best]
        elsewhere = np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        own = self.locales.get(locale, slice(0, 0))
        rows = np.concatenate([np.arange(own.start, own.stop), elsewhere])
        scores = np.concatenate([self.heads[own] @ head, self.heads[elsewhere] @ head])
        said = self.texts[_largest(self.text_heads @ head, _TEXTS)]
        return np.union1d(rows[_largest(scores, _NEAR)], said)

    def scores(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosine of each row with `query`."""
        return np.asarray(self.vectors[rows].astype(np.float32) @ query * self.steps[rows])

    def unit(self, rows: NDArray[np.int64]) -> Vectors:
        """Rows as unit vectors."""
        found: Vectors = self.vectors[rows].astype(np.float32) * self.steps[rows, None]
        return found


@dataclass(frozen=True)
class _Lexical:
    """The letters of one locale's passages: passage numbers from `start` on."""

    start: int
    index: Postings


@dataclass(frozen=True)
class _Snapshot:
    revision: int
    passages: tuple[Passage, ...]
    dense: _Dense | None
    lexical: Mapping[str, _Lexical]
    peers: dict[str, Peers] = field(default_factory=dict)  # by locale, made when they are first needed


_Name = TypeVar("_Name", bound=Hashable)
Fresh = Mapping[str, tuple[str, Vectors]]
Keep = Callable[[str, str, Callable[[], Any]], Any]


class Retriever:
    """Searches what is published. `refresh` reads only rows newer than the snapshot and embeds only unseen texts."""

    def __init__(self, store: Store, embedder: Embedder | None, keep: Keep = lambda name, key, make: make()) -> None:
        """`keep` may remember what takes long to make (its name, what it depends on, how to make it) between starts."""
        self._store, self._embedder, self._keep = store, embedder, keep
        self._lock = threading.Lock()
        self._snapshot = _Snapshot(-1, (), None, {})

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
            if old.passages and not changed:  # a value, an office, a source: nothing that is searched
                self._snapshot = replace(old, revision=revision)
                return
            gone = {passage.id for passage in changed}
            kept = [row for row, passage in enumerate(old.passages) if passage.id not in gone]
            fresh = [passage for passage in changed if passage.live]
            self._snapshot = self._grown(old, kept, fresh, revision)

    def _grown(self, old: _Snapshot, kept: list[int], fresh: list[Passage], revision: int) -> _Snapshot:
        passages = [*(old.passages[row] for row in kept), *fresh]
        order = sorted(range(len(passages)), key=lambda row: (passages[row].locale, passages[row].intent))
        arranged = tuple(passages[row] for row in order)
        dense = self._dense(old, kept, fresh, order, arranged)
        lexical = _lexical(old, arranged, fresh) if old.passages else self._first_lexical(old, arranged)
        return _Snapshot(revision, arranged, dense, lexical)

    def _dense(
        self, old: _Snapshot, kept: list[int], fresh: list[Passage], order: list[int], arranged: Sequence[Passage]
    ) -> _Dense | None:
        if self._embedder is None:
            return None
        new = embed_cached(self._store, self._embedder, [passage.text for passage in fresh])
        if old.dense:
            new = np.vstack([old.dense.unit(np.array(kept, dtype=np.int64)), new])
        return _arranged(new[order], arranged) if len(new) else None

    def _first_lexical(self, old: _Snapshot, passages: tuple[Passage, ...]) -> dict[str, _Lexical]:
        texts = hashlib.sha256("\n".join(f"{passage.locale} {passage.text}" for passage in passages).encode())
        made: dict[str, _Lexical]
        made = self._keep("letters", texts.hexdigest()[:16], lambda: _lexical(old, passages, list(passages)))
        return made

    def search(self, text: str, locale: str, limit: int = 24) -> tuple[Hit, ...]:
        """The passages nearest to `text`, from every locale, by the better of both scores. Empty without passages."""
        view = self._snapshot
        if not view.passages or not normal(text):
            return ()
        words = _by_letters(view, normal(text), locale, limit)
        order = np.array(sorted(words), dtype=np.int64)
        dense = np.zeros(len(order), dtype=np.float32)
        if self._embedder is not None and view.dense is not None:
            query = self._embedder.embed([text])[0]
            order = np.union1d(order, _by_meaning(view.dense, query, locale, limit))
            dense = view.dense.scores(query, order)
        hits = [
            Hit(passage.intent, passage.locale, passage.kind, passage.text, score, words.get(row, 0.0))
            for row, score, passage in zip(
                order.tolist(), dense.tolist(), map(view.passages.__getitem__, order), strict=True
            )
        ]
        return tuple(sorted(hits, key=lambda hit: -max(hit.dense, hit.lexical)))

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts as rows, which are not kept; no columns without an encoder."""
        if self._embedder is None or not texts:
            return np.zeros((len(texts), 0), dtype=np.float32)
        return self._embedder.embed(texts)

    def standing(
        self, text: str, locale: str, entries: Collection[str], fresh: Fresh | None = None
    ) -> dict[str, Standing]:
        """How each of `entries` stands to `text` in its own locale (the one given, or Italian, or any), where the first
        are no more than what is published there. `fresh` are locale and unit vectors of passages that are not published
        and stand for an entry's. Entries without passages are left out; without an encoder all are."""
        view, fresh = self._snapshot, fresh or {}
        if self._embedder is None or view.dense is None or not normal(text):
            return {}
        query, spoken = self._embedder.embed([text])[0], defaultdict[str, list[str]](list)
        for name in entries:
            if tag := fresh[name][0] if name in fresh else _spoken(view.dense, name, locale):
                spoken[tag].append(name)
        found: dict[str, Standing] = {}
        for tag, names in spoken.items():
            peers, given = self._peers(view, view.dense, tag).scores(query), {n: fresh[n][1] for n in names if n in fresh}
            scores = peers | (Peers(given, _questions(view)).scores(query) if given else {})
            found |= standings({name: scores[name] for name in names}, peers)
        return found

    def _peers(self, view: _Snapshot, dense: _Dense, locale: str) -> Peers:
        if locale not in view.peers:
            cells = {name: rows for (tag, name), rows in dense.rows.items() if tag == locale and "/" in name}
            passages = {name: dense.unit(np.arange(rows.start, rows.stop)) for name, rows in cells.items()}
            view.peers[locale] = Peers(passages, _questions(view))
        return view.peers[locale]

    def everyday(self, locale: str) -> frozenset[int]:
        """The n-grams of a locale that stand in so many texts that its index leaves them out."""
        own = self._snapshot.lexical.get(locale)
        if own is None:
            return frozenset()
        size = own.index.count
        some = self._snapshot.passages[own.start : own.start + size : max(1, size // _SAMPLE)]
        seen = Counter(column for passage in some for column in _LETTERS.row(normal(passage.text))[0].tolist())
        starts = own.index.starts
        return frozenset(
            column
            for column, count in seen.items()
            if starts[column] == starts[column + 1] and count > _EVERYDAY * len(some)
        )


Key = tuple[str, str, str, str]  # intent, locale, kind and text of a passage


class Overlay:
    """A retriever as if some passages were withdrawn and others published. Nothing of it is kept, and what is searched
    by everybody else stays as it is."""

    def __init__(self, under: Searcher, gone: Collection[Key], fresh: Sequence[Passage]) -> None:
        self._under, self._gone, self._fresh = under, frozenset(gone), tuple(fresh)
        self._vectors = under.vectors([passage.text for passage in fresh])
        self._rows = [_weights(passage.text) for passage in fresh]
        self._said = {locale: under.everyday(locale) for locale in {passage.locale for passage in fresh}}

    def refresh(self, revision: int) -> None:
        """Nothing: what lies under it is fresh."""

    def search(self, text: str, locale: str, limit: int = 24) -> tuple[Hit, ...]:
        """The passages nearest to `text`, with those that are only here."""
        return self.over(self._under.search(text, locale, limit + len(self._gone)), text, locale)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts as rows."""
        return self._under.vectors(texts)

    def standing(
        self, text: str, locale: str, entries: Collection[str], fresh: Fresh | None = None
    ) -> dict[str, Standing]:
        """How each of `entries` stands to `text`; what is only here stands for what is published."""
        given = {} if fresh is None else dict(fresh)
        for name in {passage.intent for passage in self._fresh} & set(entries) if self._vectors.size else ():
            tags = {passage.locale for passage in self._fresh if passage.intent == name}
            tag = locale if locale in tags else min(tags)
            mine = [at for at, item in enumerate(self._fresh) if (item.intent, item.locale) == (name, tag)]
            given.setdefault(name, (tag, self._vectors[mine]))
        return self._under.standing(text, locale, entries, given)

    def everyday(self, locale: str) -> frozenset[int]:
        """The n-grams of a locale that say nothing."""
        return self._under.everyday(locale)

    def over(self, hits: Sequence[Hit], text: str, locale: str) -> tuple[Hit, ...]:
        """The hits that were found underneath, with what is different here."""
        if not normal(text):
            return ()
        kept = [hit for hit in hits if (hit.intent, hit.locale, hit.kind, hit.text) not in self._gone]
        least = min((hit.dense for hit in kept), default=0.0)
        least_letters = min((hit.lexical for hit in kept if hit.lexical), default=0.0) or 1.0
        added: list[Hit] = []
        meant = self._under.vectors([text])
        columns, weights = _LETTERS.row(normal(text))
        for at, passage in enumerate(self._fresh):
            dense = float(meant[0] @ self._vectors[at]) if self._vectors.size else 0.0
            lexical = 0.0
            if passage.locale == locale:
                row, everyday = self._rows[at], self._said[locale]
                lexical = sum(
                    weight * row[column]
                    for column, weight in zip(columns.tolist(), weights.tolist(), strict=True)
                    if column in row and column not in everyday
                )
            # A passage that is further away than all that were found would not have been found either.
            if len(kept) < _FOUND or dense >= least or lexical >= least_letters:
                added.append(Hit(passage.intent, passage.locale, passage.kind, passage.text, dense, float(lexical)))
        kept += added
        return tuple(sorted(kept, key=lambda hit: -max(hit.dense, hit.lexical)))


def _weights(text: str) -> dict[int, float]:
    """What each n-gram of a text weighs; two may share a bucket."""
    found: dict[int, float] = {}
    columns, weights = _LETTERS.row(normal(text))
    for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
        found[column] = found.get(column, 0.0) + weight
    return found


def _lexical(old: _Snapshot, passages: Sequence[Passage], fresh: Sequence[Passage]) -> dict[str, _Lexical]:
    """Letters by locale; only the locales of changed passages are done anew."""
    changed = {passage.locale for passage in fresh} | {passage.locale for passage in set(old.passages) - set(passages)}
    made: dict[str, _Lexical] = {}
    for locale, own in _slices([passage.locale for passage in passages]).items():
        if locale in changed:
            rows = [_LETTERS.row(normal(passage.text)) for passage in passages[own]]
            made[locale] = _Lexical(own.start, postings(rows, _LETTERS.size))
        else:
            made[locale] = replace(old.lexical[locale], start=own.start)
    return made


def _by_letters(view: _Snapshot, cleaned: str, locale: str, limit: int) -> dict[int, float]:
    """The nearest passages of the locale by their letters, as passage numbers with a cosine."""
    if locale not in view.lexical:
        return {}
    own = view.lexical[locale]
    found = own.index.scores(_LETTERS.row(cleaned))
    return {own.start + at: float(found[at]) for at in _largest(found, limit).tolist() if found[at] > 0}


def _by_meaning(dense: _Dense, query: Vectors, locale: str, limit: int) -> NDArray[np.int64]:
    """The nearest passages, and half as many of the nearest that entries say themselves: of an entry that is new, or
    written in one language only, there is not much else."""
    near = dense.near(query, locale)
    scores = dense.scores(query, near)
    said = np.flatnonzero(dense.is_text[near])
    return np.union1d(near[_largest(scores, limit)], near[said[_largest(scores[said], limit // 2)]])


def _spoken(dense: _Dense, entry: str, locale: str) -> str | None:
    """The locale of an entry's passages that a question in `locale` is compared with."""
    return next((tag for tag in (locale, SOURCE, *dense.locales) if (tag, entry) in dense.rows), None)


def _questions(view: _Snapshot) -> Vectors:
    """Some questions of all entries and locales, as unit vectors."""
    assert view.dense is not None
    rows = np.flatnonzero(~view.dense.is_text)
    return view.dense.unit(rows[:: max(1, len(rows) // _MEASURED)])


def _slices(names: Sequence[_Name]) -> dict[_Name, slice]:
    """Where each name stands in a sequence in which equal names lie together."""
    starts: dict[_Name, int] = {}
    for at, name in enumerate(names):
        starts.setdefault(name, at)
    ends = [*list(starts.values())[1:], len(names)][: len(starts)]
    return {name: slice(start, end) for (name, start), end in zip(starts.items(), ends, strict=True)}


def _arranged(vectors: NDArray[Any], passages: Sequence[Passage]) -> _Dense:
    """Unit vectors in the order of `passages`, a byte for each number: its error is under a hundredth."""
    vectors = vectors.astype(np.float32)
    steps = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / 127
    heads = _unit(vectors[:, :_HEAD])
    cells = _slices([(passage.locale, passage.intent) for passage in passages])
    starts = np.array([cell.start for cell in cells.values()])
    is_text = np.array([passage.kind != "question" for passage in passages], dtype=np.bool_)
    sizes = np.diff(starts, append=len(vectors))[:, None]
    return _Dense(
        np.rint(vectors / steps[:, None]).astype(np.int8),
        steps.astype(np.float32),
        heads,
        cells,
        np.append(starts, len(vectors)),
        _unit((np.add.reduceat(heads, starts) / sizes).astype(np.float32)),
        _slices([passage.locale for passage in passages]),
        np.flatnonzero(is_text),
        heads[is_text],
        is_text,
    )


def _largest(scores: Vectors, count: int) -> NDArray[np.int64]:
    """Where the `count` largest scores stand, in no order."""
    return np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))


def _unit(vectors: Vectors) -> Vectors:
    found: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return found


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
