"""From a text to intents: the embedded engine (scikit-learn, one model per locale)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.model import OUT_OF_SCOPE, BussolaError, Example, Understanding, Vectors
from bot.ngrams import Channel, Ngrams, sparse
from bot.ports import Embedder
from bot.text import normal, skeleton, sound

Progress = Callable[[Iterable[Any], str], Iterable[Any]]
Embed = Callable[[Sequence[str]], NDArray[Any]]
_DENSE, _SOUND, _SKELETON, _RIDGE, _BITS = 1.0, 0.5, 0.5, 2.0, 17
_TEXTS_KEPT = 64  # a message and its parts are looked at more than once
_OUTSIDE = 0.4  # what one out-of-scope utterance weighs: there are many times more than of any entry


class EmbeddedNlu:
    """Kernel ridge regression, one model per locale, over the word and character n-grams that config.yml names, the
    n-grams of how a text sounds, and the encoder's vector (Saunders, Gammerman & Vovk 1998).

    With a few thousand utterances the dual form trains in a second and one solution serves all intents; it is kept in
    the primal form, which a message reads only at its own n-grams.
    """

    def __init__(self, models: Mapping[str, LocaleModel], embedder: Embedder | None) -> None:
        self._models, self._embedder = models, embedder
        self._kept = lru_cache(_TEXTS_KEPT)(self._parsed)

    def parse(self, text: str, locale: str) -> Understanding:
        """Intents with a score near 1 for a sure match and near 0 for none, best first (at most 12)."""
        return self._kept(text, locale)

    def _parsed(self, text: str, locale: str) -> Understanding:
        model = self._models.get(locale)
        cleaned = normal(text)
        if model is None or not cleaned:
            return Understanding((), "embedded", frozenset())
        found = model.scores(cleaned, self._embedder.embed([text])[0] if self._embedder else None)
        order = np.argsort(-found)[:12]
        best = tuple((model.intents[index], float(found[index])) for index in order)
        return Understanding(best, "embedded", model.learnt)


@dataclass(frozen=True)
class LocaleModel:
    """What one locale's solution weighs: each n-gram that tells something (its bucket) for each intent, a byte a weight
    in steps of the n-gram's own, and each dimension of the encoder."""

    intents: tuple[str, ...]
    ngrams: Ngrams
    buckets: NDArray[np.int64]
    weights: NDArray[np.int8]
    steps: Vectors
    dense: Vectors | None

    @cached_property
    def learnt(self) -> frozenset[str]:
        """The intents as a set."""
        return frozenset(self.intents)

    def scores(self, cleaned: str, vector: Vectors | None) -> Vectors:
        """A score for each of `intents`; `cleaned` is a text in `normal` form."""
        columns, values = self.ngrams.row(cleaned)
        at = np.searchsorted(self.buckets, columns)
        found = (values * self.steps[at]) @ self.weights[at].astype(np.float32)
        if self.dense is not None and vector is not None:
            found = found + vector @ self.dense
        return np.asarray(found, dtype=np.float32)


def train(
    examples: Sequence[Example], config: Mapping[str, Any], embed: Embed | None, progress: Progress
) -> dict[str, LocaleModel]:
    """One model per locale from its utterances, on every core; `embed` gives unit vectors of texts as rows.
    Raises BussolaError when config.yml names no featurizer."""
    from joblib import Parallel, delayed

    by_locale: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_locale[example.locale].append(example)
    cuts, locales = channels(config), sorted(by_locale)
    made = Parallel(n_jobs=-1, return_as="generator")(
        delayed(_fit)(by_locale[locale], cuts, _vectors(by_locale[locale], embed)) for locale in locales
    )
    return {locale: next(made) for locale in progress(locales, "learning")}


def _vectors(examples: Sequence[Example], embed: Embed | None) -> Vectors | None:
    return embed([example.text for example in examples]).astype(np.float32) if embed else None


def _fit(examples: Sequence[Example], cuts: tuple[Channel, ...], vectors: Vectors | None) -> LocaleModel:
    from sklearn.kernel_ridge import KernelRidge

    ngrams = Ngrams(cuts, _BITS)
    rows = ngrams.fit([normal(example.text) for example in examples])
    matrix = sparse(rows, ngrams.size)
    kernel = (matrix @ matrix.T).toarray()
    if vectors is not None:
        kernel += _DENSE * (vectors @ vectors.T)
    intents = tuple(sorted({example.intent for example in examples}))
    targets = np.zeros((len(examples), len(intents)), dtype=np.float32)
    for row, example in enumerate(examples):
        targets[row, intents.index(example.intent)] = 1
    # In single precision throughout: a third of the time, and the same to six digits.
    counts = [_OUTSIDE if example.intent == OUT_OF_SCOPE else 1.0 for example in examples]
    weights_of = np.array(counts, dtype=np.float32)
    ridge = KernelRidge(alpha=_RIDGE, kernel="precomputed").fit(kernel, targets, sample_weight=weights_of)
    dual = ridge.dual_coef_.astype(np.float32)
    dense = None if vectors is None else (_DENSE * vectors.T @ dual).astype(np.float32)
    buckets = np.unique(matrix.indices)
    weights = matrix[:, buckets].T @ dual
    steps = np.maximum(np.abs(weights).max(axis=1), 1e-9) / 127
    return LocaleModel(
        intents,
        ngrams,
        buckets,
        np.rint(weights / steps[:, None]).astype(np.int8),
        steps.astype(np.float32),
        dense,
    )


def channels(config: Mapping[str, Any]) -> tuple[Channel, ...]:
    """The featurizers that config.yml names, and those of the sound. Raises BussolaError when it names none."""
    named = [step for step in config.get("pipeline") or [] if step.get("name") == "CountVectorsFeaturizer"]
    if not named:
        raise BussolaError("no CountVectorsFeaturizer in the pipeline", "config.yml", "name at least one")
    own = [Channel(step.get("analyzer", "word"), step.get("min_ngram", 1), step.get("max_ngram", 1)) for step in named]
    return (*own, Channel("char_wb", 3, 4, _SOUND, sound), Channel("char_wb", 2, 3, _SKELETON, skeleton))
