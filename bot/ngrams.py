"""Words and letter sequences of a text as numbers: hashed, so that no vocabulary has to be kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.model import Vectors

Form = Callable[[str], str]
Row = tuple[NDArray[np.int32], Vectors]
_MOST_TEXTS = 0.1
_WORDS_KEPT = 16384  # people's words come again and again: most are in the cache


@dataclass(frozen=True)
class Channel:
    """One way to cut a text: `analyzer` ("word" or "char_wb") and sizes as scikit-learn and Rasa name them; before
    letters are cut, `form` changes each word."""

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

    @property
    def size(self) -> int:
        """The number of buckets."""
        return 1 << self.bits

    def fit(self, texts: Sequence[str]) -> list[Row]:
        """Learns how rare each n-gram is, and returns the texts as `row` does."""
        counted = [self._counts(text) for text in texts]
        seen = np.zeros(self.size, dtype=np.float32)
        for columns, _, _ in counted:
            seen[np.unique(columns)] += 1
        # What stands in one text alone, or in very many, tells few texts apart; and it is most of what there is to keep.
        telling = (seen > 1) & (seen <= max(20, _MOST_TEXTS * len(texts)))
        self.idf = np.where(telling, np.log((1 + len(texts)) / (1 + seen)) + 1, 0).astype(np.float32)
        return [self._weighted(*row) for row in counted]

    def row(self, text: str) -> Row:
        """One text as bucket numbers and weights, of unit length per channel, so that each weighs as it should; n-grams
        that tell nothing are left out."""
        return self._weighted(*self._counts(text))

    def counts(self, text: str) -> Row:
        """One text as bucket numbers and plain counts."""
        columns, counts, _ = self._counts(text)
        return columns, counts

    def _counts(self, text: str) -> tuple[NDArray[np.int32], Vectors, list[int]]:
        end, words = self.size * len(self.channels), text.split()
        of_word = _cutter(self.channels, self.size)
        cut = [np.zeros(0, dtype=np.int32), *map(of_word, words)]
        for start, channel in zip(range(0, end, self.size), self.channels, strict=True):
            if channel.analyzer == "word":
                said = _sequences(words, channel.smallest, channel.largest)
                cut.append(np.array(_buckets(map(str.encode, said), start, self.size), dtype=np.int32))
        columns, counts = np.unique(np.concatenate(cut), return_counts=True)
        ends = np.searchsorted(columns, range(0, end + 1, self.size))
        return columns % self.size, counts.astype(np.float32), np.diff(ends).tolist()

    def _weighted(self, columns: NDArray[np.int32], counts: Vectors, lengths: Sequence[int]) -> Row:
        weights = 1 + np.log(counts)
        if self.idf is not None:
            weights *= self.idf[columns]
        start = 0
        for channel, length in zip(self.channels, lengths, strict=True):
            part = weights[start : start + length]
            norm = float(np.sqrt(part @ part))
            if norm:
                part *= channel.weight**0.5 / norm
            start += length
        telling = weights > 0
        return columns[telling], weights[telling]


@lru_cache
def _cutter(channels: tuple[Channel, ...], size: int) -> Callable[[str], NDArray[np.int32]]:
    """From a word to the buckets of all its letter sequences, each channel in `size` buckets of its own."""

    @lru_cache(_WORDS_KEPT)
    def buckets(word: str) -> NDArray[np.int32]:
        found: list[int] = []
        for start, channel in zip(range(0, size * len(channels), size), channels, strict=True):
            if channel.analyzer == "char_wb":
                changed = channel.form(word) if channel.form else word
                found += _buckets(_letters(changed, channel.smallest, channel.largest), start, size)
        return np.array(found, dtype=np.int32)

    return buckets


def _buckets(ngrams: Iterable[bytes], start: int, size: int) -> list[int]:
    return [start | crc32(ngram, start) & (size - 1) for ngram in ngrams]


def _sequences(words: Sequence[str], smallest: int, largest: int) -> list[str]:
    return [
        " ".join(words[start : start + size])
        for size in range(smallest, largest + 1)
        for start in range(len(words) - size + 1)
    ]


def _letters(text: str, smallest: int, largest: int) -> list[bytes]:
    """Letter sequences within words in UTF-8, each word between spaces; a shorter word counts once, as it is."""
    found = []
    for word in text.split():
        padded = f" {word} "
        spelt, length = padded.encode(), len(padded)
        at = range(length + 1) if padded.isascii() else [0, *accumulate(len(letter.encode()) for letter in padded)]
        for size in range(smallest, largest + 1):
            if length <= size:
                found.append(spelt)
                break
            found += [spelt[begin:end] for begin, end in zip(at, at[size:], strict=False)]
    return found


def sparse(rows: Sequence[Row], size: int) -> Any:
    """Rows as a sparse matrix of scipy, for learning."""
    from scipy.sparse import csr_matrix

    columns, data, lengths = _joined(rows)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    return csr_matrix((data, columns, ends.astype(np.int32)), shape=(len(rows), size))


@dataclass(frozen=True)
class Postings:
    """Texts by n-gram: which texts hold it, and with what weight, in steps of `step`: whole numbers
    become floats far faster than half-precision ones."""

    starts: NDArray[np.int32]
    texts: NDArray[np.unsignedinteger[Any]]
    weights: NDArray[np.uint16]
    step: float
    count: int

    def scores(self, row: Row) -> Vectors:
        """The dot product of one text (as `Ngrams.row` gives it) with each text; only its own n-grams are read."""
        columns, weights = row
        begins = self.starts[columns]
        sizes = self.starts[columns + 1] - begins
        at = np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        shares = np.repeat(weights * self.step, sizes)
        return np.bincount(self.texts[at], self.weights[at] * shares, minlength=self.count).astype(np.float32)


def postings(rows: Sequence[Row], size: int) -> Postings:
    """The Postings of texts, each as `Ngrams.row` gives it, without n-grams that stand in very many texts: to read these
    takes longest and tells least."""
    columns, data, lengths = _joined(rows)
    small: Any = np.uint16 if len(rows) < 2**16 else np.uint32
    texts = np.repeat(np.arange(len(rows), dtype=small), lengths)
    telling = np.bincount(columns, minlength=size)[columns] <= max(20, _MOST_TEXTS * len(rows))
    columns, data, texts = columns[telling], data[telling], texts[telling]
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(size + 1)).astype(np.int32)
    step = float(data.max(initial=1e-9)) / 65535
    return Postings(starts, texts[order], np.rint(data[order] / step).astype(np.uint16), step, len(rows))


def _joined(rows: Iterable[Row]) -> tuple[NDArray[np.int32], Vectors, list[int]]:
    kept = [(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)), *rows]
    columns = np.concatenate([columns for columns, _ in kept])
    return columns, np.concatenate([data for _, data in kept]), [len(columns) for columns, _ in kept[1:]]
