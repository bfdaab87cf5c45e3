"""Which language an utterance is in. Scripts decide most; n-grams of how people really write decide the rest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.locales import LOCALES, SOURCE, scripts
from bot.model import Example, Vectors
from bot.ngrams import Channel, Ngrams, sparse
from bot.text import normal

_KNOWN_BY_SCRIPT = ("Beng", "Guru", "Geor", "Sinh", "Ethi", "Hans", "Deva")
_NGRAMS = Ngrams((Channel("char_wb", 1, 4), Channel("word", 1, 1)), 16)
# Prepositions and articles that are written with the next word.
_BEFORE = ("بال", "وال", "ال", "لل", "ب", "ل", "ብ", "ን")
# Who has not understood, or does not speak: words (a hyphen stands for the rest of one).
_NOT = (
    "non no not dont cant pas nu nuk s nie не ні ما لا مش مو نه نهیں nahi nahin nai nei नहीं না নাই ਨਹੀਂ නැහැ නෑ බෑ არ ვერ ar ver yok "
    "değil -mıyorum -miyorum -muyorum -müyorum -বুঝিনা -বুজিনা -জানিনা ኣይ- نمی- مبفهم- مكنعرف- 不- 没- 我不-"
)
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


class NamedLanguages:
    """Finds which language a text names, in any language: with endings, and with what is written before it."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` maps how languages are called, as `normal` writes it, to our tags."""
        self._names = names
        self._stems = {_stem(name.removeprefix("ال")): tag for name, tag in reversed(list(names.items()))}
        self._lengths = sorted({len(stem) for stem in self._stems}, reverse=True)
        said = {word: normal(word) for word in _NOT.split()}
        self._not = {plain for word, plain in said.items() if "-" not in word}
        self._not_first = tuple(plain for word, plain in said.items() if word.endswith("-"))
        self._not_last = tuple(plain for word, plain in said.items() if word.startswith("-"))

    def find(self, text: str) -> str | None:
        """The tag of the language that is asked for, or None. Of two it is not Italian ("no Italian, English please"), and
        who only says that they know no Italian has not said what they want instead."""
        words = normal(text).split()
        found = list(dict.fromkeys(tag for word in words if (tag := self._named(word))))
        if found == [SOURCE]:
            return None if any(map(self._denies, words)) else SOURCE
        return next((tag for tag in found if tag != SOURCE), None)

    def _denies(self, word: str) -> bool:
        return word in self._not or word.startswith(self._not_first) or word.endswith(self._not_last)

    def _named(self, word: str) -> str | None:
        if word in self._names:
            return self._names[word]
        bare = next((word.removeprefix(before) for before in _BEFORE if word.startswith(before)), word)
        starts = [0] if word.isascii() or "Hans" not in scripts(word) else range(len(word))  # no spaces between words
        found = (each[at : at + size] for each in (word, bare) for at in starts for size in self._lengths)
        return next((self._stems[part] for part in found if part in self._stems), None)


def _stem(name: str) -> str:
    """What is left of a language's name with other endings: four letters of five. Short names have none."""
    return name if len(name) < 6 else name[: math.ceil(0.8 * len(name))]


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
