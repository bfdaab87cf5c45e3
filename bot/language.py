"""Which language an utterance is in. Scripts decide most; n-grams of how people really write decide the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.locales import LOCALES, scripts
from bot.model import Example, Vectors
from bot.ngrams import Channel, Ngrams, sparse
from bot.text import normal

_KNOWN_BY_SCRIPT = ("Beng", "Guru", "Geor", "Sinh", "Ethi", "Hans", "Deva")
_NGRAMS = Ngrams((Channel("char_wb", 1, 4), Channel("word", 1, 1)), 16)
_BORROWED = 1.5  # how much likelier (as a logarithm) a script is used by a language that is written in it


@dataclass(frozen=True, slots=True)
class Identified:
    """The likeliest locale and the probability of each that came into question."""

    locale: str
    scores: Mapping[str, float]

    @property
    def possible(self) -> tuple[str, ...]:
        """Every locale that the text may be in, the likeliest first."""
        return tuple(tag for tag, share in self.scores.items() if share > 0.02) or (self.locale,)

    @property
    def confidence(self) -> float:
        """The probability of `locale`, 0..1."""
        return self.scores.get(self.locale, 0.0)


class LanguageIdentifier:
    """Naive Bayes over character n-grams, one model per script, trained on utterances (romanised ones too)."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._models = {script: _train(script, group) for script, group in _by_script(examples).items()}

    def identify(self, text: str, prior: str | None = None) -> Identified:
        """The locale of `text`. `prior` is the conversation's locale: it decides when the text says little, and a
        single foreign word does not overrule it. Without any letter the prior (or English) comes back."""
        text = normal(text)
        counts = scripts(text)
        if not counts:
            return Identified(prior or "en", {prior or "en": 0.0})
        # Italian office words stand in everybody's sentences: letters of another script weigh more than Latin ones.
        script = max(counts, key=lambda name: counts[name] * (1 if name == "Latn" else 3))
        only = [tag for tag, locale in LOCALES.items() if locale.script == script]
        if script in _KNOWN_BY_SCRIPT:
            return Identified(only[0], {only[0]: 1.0})
        model = self._models.get(script)
        if model is None:
            return Identified(only[0], {only[0]: 0.5})
        return model.identify(text, prior)


@dataclass(frozen=True)
class _Model:
    """The logarithm of how likely each n-gram is in each locale (buckets x locales)."""

    script: str
    locales: tuple[str, ...]
    likelihood: Vectors

    def identify(self, text: str, prior: str | None) -> Identified:
        columns, counts = _NGRAMS.counts(text)
        # n-grams overlap, so their evidence is counted several times over: a fourth of it is nearer to the truth.
        logs = (counts @ self.likelihood[columns]) / 4
        logs -= [0.0 if LOCALES[tag].script == self.script else _BORROWED for tag in self.locales]
        if prior in self.locales:
            logs[self.locales.index(prior)] += 6.0 if len(text) < 5 else 3.0 if len(text) < 15 else 1.5
        shares = np.exp(logs - logs.max())
        shares /= shares.sum()
        order = np.argsort(-shares)
        return Identified(self.locales[order[0]], {self.locales[i]: float(shares[i]) for i in order[:4]})


def _by_script(examples: Sequence[Example]) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for example in examples:
        if example.intent == "change_language":
            continue  # these stand in other languages on purpose
        text = normal(example.text)
        counts = scripts(text)
        if counts:
            groups[max(counts, key=lambda name: counts[name])].append((example.locale, text))
    return {
        script: [(locale, text) for locale, text in group if script == "Latn" or LOCALES[locale].script == script]
        for script, group in groups.items()
        if script not in _KNOWN_BY_SCRIPT
    }


def _train(script: str, group: Sequence[tuple[str, str]]) -> _Model:
    from sklearn.naive_bayes import MultinomialNB

    bayes = MultinomialNB(alpha=0.1, fit_prior=False)
    bayes.fit(sparse([_NGRAMS.row(text) for _, text in group], _NGRAMS.size), [locale for locale, _ in group])
    return _Model(
        script, tuple(map(str, bayes.classes_)), np.ascontiguousarray(bayes.feature_log_prob_.T, dtype=np.float32)
    )
