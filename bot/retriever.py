"""Published passages as an index: dense vectors over all locales, letters within one; refreshed, never rebuilt."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.locales import SOURCE
from bot.model import Hit, Passage, Vectors
from bot.ngrams import Channel, Ngrams, Postings, Row, postings
from bot.ports import Embedder, Store
from bot.standing import Peers, Standing, Written, both, standings
from bot.text import normal, sound

_HEAD = 64  # dimensions of the first look; the encoder is trained so that the first 64 can stand alone
_CELLS, _NEAR, _TEXTS = 32, 256, 32
_MEASURED, _SPELT = 600, 200  # questions that tell how near an entry is to any question: by meaning, by letters
_FEW = 1000  # passages that are compared one by one
_SAMPLE, _EVERYDAY = 300, 0.04  # passages that tell which letters stand everywhere: the index lacks them, these do not
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
class _Measured:
    """The entries of one locale, measured over questions of all locales by meaning and over its own by letters; and what
    else of it is needed to measure another so."""

    vectors: Mapping[str, Vectors]
    rows: Mapping[str, slice]  # of each entry, in the locale's letters
    asked: Vectors
    spelt_asked: Sequence[Row]
    meant: Peers
    spelt: Peers


@dataclass(frozen=True)
class _Snapshot:
    revision: int
    passages: tuple[Passage, ...]
    dense: _Dense | None
    lexical: Mapping[str, _Lexical]
    measured: dict[str, _Measured] = field(default_factory=dict)  # by locale, made when they are first needed


_Name = TypeVar("_Name", bound=Hashable)
Fresh = Mapping[str, Written]
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

    def written(self, locale: str, texts: Sequence[str]) -> Written:
        """Texts of an entry that are not published in `locale`, as they are compared."""
        view, vectors = self._snapshot, self.vectors(texts)
        everyday = _everyday(view, locale)
        letters = tuple(_weights(text, everyday) for text in texts)

        @cache
        def measured() -> tuple[Peers, Peers]:
            entries = _entries(view, locale)
            spelt = np.array([_spelt(letters, row) for row in entries.spelt_asked]).reshape(-1, len(texts)).T
            return Peers({"": vectors @ entries.asked.T}), Peers({"": spelt})

        return Written(locale, vectors, letters, measured)

    def cosines(self, text: str, locale: str, written: Written) -> list[tuple[float, float]]:
        """How near each of the texts is to another by meaning, and by letters if they are in its `locale`."""
        vectors = self.vectors([text])
        meant = (written.vectors @ vectors[0]).tolist() if vectors.size else [0.0] * len(written.letters)
        own = written.locale == locale
        spelt = _spelt(written.letters, _LETTERS.row(normal(text))) if own else [0.0] * len(meant)
        return list(zip(meant, spelt, strict=True))

    def standing(
        self, text: str, locale: str, entries: Collection[str], fresh: Fresh | None = None
    ) -> dict[str, Standing]:
        """How each of `entries` stands to `text` in its own locale (the one given, or Italian, or any), where the first
        are no more than what is published there: by meaning, and where both are of one locale also by letters. What is
        `fresh` stands for an entry's passages. Entries without passages are left out; without an encoder all are."""
        view, fresh = self._snapshot, fresh or {}
        if self._embedder is None or view.dense is None or not normal(text):
            return {}
        query, spoken = self._embedder.embed([text])[0], defaultdict[str, list[str]](list)
        for name in entries:
            if tag := fresh[name].locale if name in fresh else _spoken(view.dense, name, locale):
                spoken[tag].append(name)
        found: dict[str, Standing] = {}
        for tag, names in spoken.items():
            row = _LETTERS.row(normal(text)) if tag == locale else None
            others = _scores(_entries(view, tag), view.lexical.get(tag), query, row)
            scores = others | {name: _score(fresh[name], query, row) for name in names if name in fresh}
            found |= standings({name: scores[name] for name in names}, others)
        return found


def _everyday(view: _Snapshot, locale: str) -> frozenset[int]:
    """The n-grams of a locale that stand in so many texts that its index leaves them out."""
    own = view.lexical.get(locale)
    if own is None:
        return frozenset()
    size = own.index.count
    some = view.passages[own.start : own.start + size : max(1, size // _SAMPLE)]
    seen = Counter(column for passage in some for column in _LETTERS.row(normal(passage.text))[0].tolist())
    starts = own.index.starts
    return frozenset(
        column
        for column, count in seen.items()
        if starts[column] == starts[column + 1] and count > _EVERYDAY * len(some)
    )


def _weights(text: str, everyday: frozenset[int]) -> dict[int, float]:
    """What each n-gram of a text weighs, without those that say nothing; two may share a bucket."""
    found: dict[int, float] = defaultdict(float)
    columns, weights = _LETTERS.row(normal(text))
    for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
        found[column] += weight
    return {column: weight for column, weight in found.items() if column not in everyday}


def _spelt(letters: Sequence[Mapping[int, float]], row: Row) -> list[float]:
    """The cosine by letters of each text (as `_weights` gives it) with another."""
    pairs = list(zip(row[0].tolist(), row[1].tolist(), strict=True))
    return [sum(weight * each.get(column, 0.0) for column, weight in pairs) for each in letters]


def _entries(view: _Snapshot, locale: str) -> _Measured:
    """The entries of a locale; of a view with vectors, once."""
    assert view.dense is not None
    if locale in view.measured:
        return view.measured[locale]
    dense, own = view.dense, view.lexical.get(locale) or _Lexical(0, postings([], _LETTERS.size))
    cells = {name: rows for (tag, name), rows in dense.rows.items() if tag == locale and "/" in name}
    vectors = {name: dense.unit(np.arange(rows.start, rows.stop)) for name, rows in cells.items()}
    rows = {name: slice(cell.start - own.start, cell.stop - own.start) for name, cell in cells.items()}
    said = view.passages[own.start : own.start + own.index.count]
    texts = [passage.text for passage in said if passage.kind == "question"]
    asked, spelt_asked = (
        _questions(dense),
        [_LETTERS.row(normal(text)) for text in texts[:: max(1, len(texts) // _SPELT)]],
    )
    near = np.array([own.index.scores(row) for row in spelt_asked]).reshape(len(spelt_asked), len(said)).T
    meant, spelt = (
        {name: each @ asked.T for name, each in vectors.items()},
        {name: near[cell] for name, cell in rows.items()},
    )
    return view.measured.setdefault(locale, _Measured(vectors, rows, asked, spelt_asked, Peers(meant), Peers(spelt)))


def _scores(entries: _Measured, lexical: _Lexical | None, query: Vectors, row: Row | None) -> dict[str, float]:
    """How near each of a locale's entries is, as Peers says it: by meaning and, if there is a `row`, by letters."""
    meant = entries.meant.scores({name: each @ query for name, each in entries.vectors.items()})
    if row is None or lexical is None:
        return meant
    near = lexical.index.scores(row)
    spelt = entries.spelt.scores({name: near[rows] for name, rows in entries.rows.items()})
    return {name: both(score, spelt[name]) for name, score in meant.items()}


def _score(written: Written, query: Vectors, row: Row | None) -> float:
    """The same of what is not published."""
    meant, spelt = written.measured()
    score = meant.scores({"": written.vectors @ query})[""]
    return score if row is None else both(score, spelt.scores({"": np.array(_spelt(written.letters, row))})[""])


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


def _questions(dense: _Dense) -> Vectors:
    """Some questions of all entries and locales, as unit vectors."""
    rows = np.flatnonzero(~dense.is_text)
    return dense.unit(rows[:: max(1, len(rows) // _MEASURED)])


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
    if len(scores) <= count:
        return np.arange(len(scores))
    best_of_hands = scores[: len(scores) // count * count].reshape(-1, count).max(axis=0)
    able = np.flatnonzero(scores >= best_of_hands.min())  # so many are no less, and nothing below need be sorted
    return able[np.argpartition(scores[able], len(able) - count)[-count:]]


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
