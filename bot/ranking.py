"""Evidence from the NLU and from retrieval, fused into one probability per intent by a small fitted model."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.model import OUT_OF_SCOPE, BussolaError, Candidate, Hit, Understanding
from bot.standing import Standing
from bot.text import normal, sound

FEATURES = (
    "nlu",  # the engine's score, and its lead over the best other intent
    "nlu_lead",
    "dense",  # the nearest question by meaning, its lead, and the mean of the three nearest
    "dense_lead",
    "near",
    "lexical",  # the nearest passage by letters, and its lead
    "lexical_lead",
    "text",  # what the entry itself says, by meaning, and its lead
    "text_lead",
    "votes",  # its share of the ten nearest
    "entry",  # it is an entry, not an act or a danger
    "outside",  # it is out_of_scope
    "outside_nlu",  # what speaks for out_of_scope instead
    "outside_dense",
    "length",  # how much was said, in hundreds of Latin letters: little is seldom enough
)
# What there is of an intent that the engine has not learnt: an entry that is new, or written in another language only.
# `rival` is the best probability of those that it has learnt.
UNLEARNT = ("standing_lead", "rival", "length")
# How likely each is by itself (log odds), beside how likely its rivals are: five that are likely make none certain.
RIVALRY = (
    "own",
    "rival",  # the likeliest other intent
    "entry_rival",  # the likeliest other entry, and the one after it
    "entry_second",
    "outside_own",  # out_of_scope
    "length",
    "nlu",
    "dense",
    "outside_dense",
    "entry",
    "outside",
)
_NOTHING = 1e-4  # no probability is smaller, none nearer to 1
_LEADS = (("nlu", "nlu_lead"), ("dense", "dense_lead"), ("lexical", "lexical_lead"), ("text", "text_lead"))
_LONGEST = 2.0


@dataclass(frozen=True)
class Logistic:
    """Logistic regression over features and, if there are weights for them, their products by two (in the order of
    `terms`). The products matter where there is much to learn from: a close question says little while another intent has
    one as close."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float

    def probabilities(self, evidence: Sequence[Mapping[str, float]]) -> list[float]:
        """For each intent's evidence the probability, 0..1, that it is the one that is meant."""
        if not evidence:
            return []
        alone, twos = self._matrices
        table = _table(evidence, self.features)
        totals = table @ alone + ((table @ twos) * table).sum(axis=1) + self.intercept
        return list((1 / (1 + np.exp(-np.clip(totals, -30, 30)))).tolist())

    @cached_property
    def _matrices(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weights of the features, and those of their products by two as a triangle: the same sum as over `terms`."""
        count = len(self.features)
        twos = np.zeros((count, count))
        twos[np.triu_indices(count)] = self.weights[count:] or 0.0
        return np.array(self.weights[:count]), twos


@dataclass(frozen=True)
class Fusion:
    """What turns evidence into a probability, for intents that the engine has learnt and for others; then, for all, what
    weighs each against its rivals; and the thresholds chosen with it."""

    learnt: Logistic
    unlearnt: Logistic
    rivalry: Logistic
    thresholds: Mapping[str, float]


def terms(evidence: Sequence[Mapping[str, float]], features: Sequence[str]) -> NDArray[np.float64]:
    """A row for each intent's evidence: the features, then the products of each with itself and those after it."""
    table = _table(evidence, features)
    first, second = np.triu_indices(len(features))
    return np.hstack([table, table[:, first] * table[:, second]])


def _table(evidence: Sequence[Mapping[str, float]], features: Sequence[str]) -> NDArray[np.float64]:
    return np.array(list(map(itemgetter(*features), evidence)))


def load(path: Path) -> dict[str, Fusion]:
    """The fusion for each engine, as `bussola train --validation` wrote them: an engine's confidences mean what only it
    means by them. Raises BussolaError when the file does not fit this program."""
    try:
        return {engine: _fusion(data) for engine, data in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BussolaError(
            f"the fusion cannot be read: {error}", str(path), "run `bussola train --validation DIR`"
        ) from error


def _fusion(data: Mapping[str, Any]) -> Fusion:
    return Fusion(
        _logistic(data["learnt"], FEATURES),
        _logistic(data["unlearnt"], UNLEARNT),
        _logistic(data["rivalry"], RIVALRY),
        data["thresholds"],
    )


def _logistic(data: Mapping[str, Any], features: tuple[str, ...]) -> Logistic:
    if data["features"] != list(features):
        raise ValueError("it was fitted for other features")
    if len(data["weights"]) not in (len(features), terms([dict.fromkeys(features, 0.0)], features).shape[1]):
        raise ValueError("it has not a weight for each term")
    return Logistic(features, tuple(data["weights"]), data["intercept"])


def evidence(
    understanding: Understanding,
    hits: Sequence[Hit],
    text: str,
    standing: Mapping[str, Standing] = MappingProxyType({}),
) -> dict[str, dict[str, float]]:
    """What speaks for each intent that `text` may mean: its scores, and by how much each leads over the best other
    intent. `standing` is there for entries that the engine has not learnt."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys((*FEATURES, *UNLEARNT), 0.0))
    for intent, stands in standing.items():
        found[intent]["standing_lead"] = stands.lead
    nearest: dict[str, list[float]] = defaultdict(list)
    for intent, confidence in understanding.intents:
        found[intent]["nlu"] = confidence
    for hit in hits:
        item = found[hit.intent]
        channel = "dense" if hit.kind == "question" else "text"
        item[channel] = max(item[channel], hit.dense)
        item["lexical"] = max(item["lexical"], hit.lexical)
    for place, hit in enumerate(sorted(hits, key=lambda hit: -hit.dense)):
        found[hit.intent]["votes"] += 0.1 if place < 10 else 0.0
        nearest[hit.intent].append(hit.dense)
    for intent, item in found.items():
        item["unlearnt"] = float(understanding.learnt is not None and intent not in understanding.learnt)
    for score, lead in _LEADS:
        ordered = [*sorted((item[score] for item in found.values()), reverse=True), 0.0, 0.0]
        for item in found.values():
            best_other = ordered[1] if item[score] == ordered[0] else ordered[0]
            item[lead] = item[score] - best_other
    length = min(len(sound(normal(text))) / 100, _LONGEST)
    outside = found.get(OUT_OF_SCOPE, {"nlu": 0.0, "dense": 0.0})
    for intent, item in found.items():
        item["near"] = sum(nearest[intent][:3]) / 3
        item["length"] = length
        item["entry"], item["outside"] = float("/" in intent), float(intent == OUT_OF_SCOPE)
        if intent != OUT_OF_SCOPE:
            item["outside_nlu"], item["outside_dense"] = outside["nlu"], outside["dense"]
    return dict(found)


def rank(found: Mapping[str, Mapping[str, float]], fusion: Fusion) -> tuple[Candidate, ...]:
    """Candidates by falling confidence, from `evidence`: entries, acts, dangers and out_of_scope alike."""
    learnt = {intent: item for intent, item in found.items() if not item["unlearnt"]}
    likely = dict(zip(learnt, fusion.learnt.probabilities(list(learnt.values())), strict=True))
    rival = max(likely.values(), default=0.0)
    others = {intent: {**item, "rival": rival} for intent, item in found.items() if item["unlearnt"]}
    likely |= zip(others, fusion.unlearnt.probabilities(list(others.values())), strict=True)
    weighed = rivals(found, likely)
    sure = fusion.rivalry.probabilities([weighed[intent] for intent in learnt])
    shares = likely | dict(zip(learnt, sure, strict=True))
    candidates = [Candidate(intent, share, found[intent]) for intent, share in shares.items()]
    return tuple(sorted(candidates, key=lambda candidate: (-candidate.confidence, candidate.intent)))


def rivals(found: Mapping[str, Mapping[str, float]], likely: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """RIVALRY for each intent of `likely`, which maps it to its probability by itself."""
    odds = {intent: _log_odds(share) for intent, share in likely.items()}
    least = _log_odds(0.0)
    first, second = [*sorted(odds.values(), reverse=True), least, least][:2]
    entries = [*sorted((odds[intent] for intent in odds if "/" in intent), reverse=True), least, least, least][:3]
    outside = odds.get(OUT_OF_SCOPE, least)
    weighed = {}
    for intent, own in odds.items():
        item, others = found[intent], list(entries)
        if "/" in intent:
            others.remove(own if own in others else others[-1])
        weighed[intent] = {
            "own": own,
            "rival": second if own == first else first,
            "entry_rival": others[0],
            "entry_second": others[1],
            "outside_own": outside,
            **{name: item[name] for name in ("length", "nlu", "dense", "outside_dense", "entry", "outside")},
        }
    return weighed


def _log_odds(share: float) -> float:
    """A quarter of the log odds, so that it is about as large as the other features."""
    share = min(max(share, _NOTHING), 1 - _NOTHING)
    return math.log(share / (1 - share)) / 4
