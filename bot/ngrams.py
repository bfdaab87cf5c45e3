"""Words and letter sequences of a text as numbers: hashed, so that no vocabulary has to be kept in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.model import Vectors

Form = Callable[[str], str]
_MOST_TEXTS = 0.1


@dataclass(frozen=True)
class Channel:
    """One way to cut a text: `analyzer` and sizes as scikit-learn and Rasa name them; `form` changes the text first."""

    analyzer: str
    smallest: int
    largest: int
    weight: float = 1.0
    form: Form | None = None


@dataclass
class Ngrams:
    """Counts n-grams of several channels in 2**bits buckets (Weinberger et al. 2009, "feature hashing")."""

    channels: tuple[Channel, ...]
    bits: int
    idf: Vectors | None = None
    _cut: list[Any] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {"channels": self.channels, "bits": self.bits, "idf": self.idf, "_cut": []}

    @property
    def size(self) -> int:
        """The number of buckets."""
        return 1 << self.bits

    def fit(self, texts: Sequence[str]) -> Any:
        """Learns how rare each n-gram is, and returns the texts as a sparse matrix, a row a text."""
        rows = [self._counts(text) for text in texts]
        seen = np.zeros(self.size, dtype=np.float32)
        for columns, _, _ in rows:
            seen[columns] += 1
        # What stands in one text alone, or in very many, tells few texts apart; and it is most of what there is to keep.
        telling = (seen > 1) & (seen <= max(20, _MOST_TEXTS * len(texts)))
        self.idf = np.where(telling, np.log((1 + len(texts)) / (1 + seen)) + 1, 0).astype(np.float32)
        matrix = self._matrix(self._weighted(*row) for row in rows)
        matrix.eliminate_zeros()
        return matrix

    def matrix(self, texts: Iterable[str]) -> Any:
        """The texts as a sparse matrix, a unit row a text (per channel, so that each channel weighs as it should)."""
        return self._matrix(self._weighted(*self._counts(text)) for text in texts)

    def row(self, text: str) -> tuple[NDArray[np.int64], Vectors]:
        """One text as bucket numbers and weights; n-grams that tell nothing are left out."""
        columns, weights = self._weighted(*self._counts(text))
        telling = weights > 0
        return columns[telling], weights[telling]

    def counts(self, text: str) -> tuple[NDArray[np.int64], Vectors]:
        """One text as bucket numbers and plain counts."""
        columns, counts, _ = self._counts(text)
        return columns, counts

    def _counts(self, text: str) -> tuple[NDArray[np.int64], Vectors, NDArray[np.int64]]:
        if not self._cut:
            self._cut = [_analyzer(channel) for channel in self.channels]
        columns: list[int] = []
        counts: list[int] = []
        ends: list[int] = []
        mask = self.size - 1
        for number, (channel, cut) in enumerate(zip(self.channels, self._cut, strict=True)):
            found = Counter(cut(channel.form(text) if channel.form else text))
            columns += [crc32(ngram.encode(), number) & mask for ngram in found]
            counts += found.values()
            ends.append(len(columns))
        return np.array(columns, dtype=np.int64), np.array(counts, dtype=np.float32), np.array(ends, dtype=np.int64)

    def _weighted(
        self, columns: NDArray[np.int64], counts: Vectors, ends: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Vectors]:
        weights = 1 + np.log(counts) if len(counts) else counts
        if self.idf is not None:
            weights = weights * self.idf[columns]
        start = 0
        for channel, end in zip(self.channels, ends, strict=True):
            part = weights[start:end]
            norm = float(np.sqrt(part @ part))
            if norm:
                weights[start:end] = part * (channel.weight**0.5 / norm)
            start = int(end)
        return columns, weights.astype(np.float32)

    def _matrix(self, rows: Iterable[tuple[NDArray[np.int64], Vectors]]) -> Any:
        from scipy.sparse import csr_matrix

        kept = list(rows)
        lengths = np.cumsum([0, *(len(columns) for columns, _ in kept)])
        columns = np.concatenate([columns for columns, _ in kept]) if kept else np.zeros(0, dtype=np.int64)
        data = np.concatenate([data for _, data in kept]) if kept else np.zeros(0, dtype=np.float32)
        return csr_matrix((data, columns.astype(np.int32), lengths.astype(np.int32)), shape=(len(kept), self.size))


@dataclass(frozen=True)
class Postings:
    """A sparse matrix by n-gram: which texts hold it, and with what weight. Half precision halves the memory, and a
    cosine needs no more."""

    starts: NDArray[np.int32]
    texts: NDArray[np.unsignedinteger[Any]]
    weights: NDArray[np.float16]
    count: int

    def scores(self, ngrams: tuple[NDArray[np.int64], Vectors]) -> Vectors:
        """The dot product of one text (as `Ngrams.row` gives it) with each text; only its own n-grams are read."""
        columns, weights = ngrams
        starts = self.starts[columns]
        lengths = self.starts[columns + 1] - starts
        if not lengths.sum():
            return np.zeros(self.count, dtype=np.float32)
        before = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        at = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
        found = np.bincount(self.texts[at], self.weights[at] * np.repeat(weights, lengths), minlength=self.count)
        return found.astype(np.float32)


def postings(matrix: Any) -> Postings:
    """The Postings of a sparse matrix with a row a text."""
    turned = matrix.T.tocsr()
    small: Any = np.uint16 if matrix.shape[0] < 2**16 else np.uint32
    return Postings(turned.indptr, turned.indices.astype(small), turned.data.astype(np.float16), matrix.shape[0])


def _analyzer(channel: Channel) -> Callable[[str], list[str]]:
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        analyzer=channel.analyzer,
        ngram_range=(channel.smallest, channel.largest),
        lowercase=False,
        token_pattern=r"\S+",
    )
    cut: Callable[[str], list[str]] = vectorizer.build_analyzer()
    return cut
