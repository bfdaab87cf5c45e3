"""Evidence from the NLU and from retrieval, fused into one probability per intent by a small fitted model."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Any

from bot.model import OUT_OF_SCOPE, BussolaError, Candidate, Hit, Understanding

FEATURES = (
    "nlu",  # the engine's score, and its lead over the best other intent
    "nlu_lead",
    "dense",  # the nearest question by meaning, its lead, and the mean of the three nearest
    "dense_lead",
    "near",
    "lexical",  # the nearest passage by letters, and its lead
    "lexical_lead",
    "text",  # the nearest sentence of the entry itself, by meaning
    "votes",  # its share of the ten nearest
    "known",  # the engine names it at all
    "entry",  # it is an entry, not an act or a danger
    "outside",  # it is out_of_scope
    "outside_nlu",  # what speaks for out_of_scope instead
    "outside_dense",
)


@dataclass(frozen=True)
class Fusion:
    """Logistic regression over FEATURES (weights and intercept), and the thresholds chosen with it."""

    weights: tuple[float, ...]
    intercept: float
    thresholds: Mapping[str, float]

    def probability(self, evidence: Mapping[str, float]) -> float:
        """The probability, 0..1, that the intent with this evidence is the one that is meant."""
        total = self.intercept + sum(map(mul, self.weights, map(evidence.__getitem__, FEATURES)))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


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
    if data["features"] != list(FEATURES):
        raise ValueError("it was fitted for other features")
    return Fusion(tuple(data["weights"]), data["intercept"], data["thresholds"])


def evidence(understanding: Understanding, hits: Sequence[Hit]) -> dict[str, dict[str, float]]:
    """What speaks for each intent: its scores, and by how much each score leads over the best other intent."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FEATURES, 0.0))
    nearest: dict[str, list[float]] = defaultdict(list)
    for intent, confidence in understanding.intents:
        found[intent]["nlu"] = confidence
        found[intent]["known"] = 1.0
    for hit in hits:
        item = found[hit.intent]
        channel = "dense" if hit.kind == "question" else "text"
        item[channel] = max(item[channel], hit.dense)
        item["lexical"] = max(item["lexical"], hit.lexical)
    for place, hit in enumerate(sorted(hits, key=lambda hit: -hit.dense)):
        found[hit.intent]["votes"] += 0.1 if place < 10 else 0.0
        nearest[hit.intent].append(hit.dense)
    for score, lead in (("nlu", "nlu_lead"), ("dense", "dense_lead"), ("lexical", "lexical_lead")):
        ordered = [*sorted((item[score] for item in found.values()), reverse=True), 0.0, 0.0]
        for item in found.values():
            best_other = ordered[1] if item[score] == ordered[0] else ordered[0]
            item[lead] = item[score] - best_other
    outside = found.get(OUT_OF_SCOPE, {"nlu": 0.0, "dense": 0.0})
    for intent, item in found.items():
        item["near"] = sum(nearest[intent][:3]) / 3
        item["entry"], item["outside"] = float("/" in intent), float(intent == OUT_OF_SCOPE)
        if intent != OUT_OF_SCOPE:
            item["outside_nlu"], item["outside_dense"] = outside["nlu"], outside["dense"]
    return dict(found)


def rank(understanding: Understanding, hits: Sequence[Hit], fusion: Fusion) -> tuple[Candidate, ...]:
    """Candidates by falling confidence: entries, acts, dangers and out_of_scope alike. Empty without any evidence."""
    found = [
        Candidate(intent, fusion.probability(item), item) for intent, item in evidence(understanding, hits).items()
    ]
    return tuple(sorted(found, key=lambda candidate: (-candidate.confidence, candidate.intent)))
