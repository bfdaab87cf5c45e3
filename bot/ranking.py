"""Evidence from the NLU and from retrieval, fused into one probability per intent by a small fitted model."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path

from bot.model import BussolaError, Candidate, Hit, Understanding

FEATURES = ("nlu", "nlu_lead", "dense", "dense_lead", "lexical", "lexical_lead", "text", "votes", "known")
_NEVER_SEEN = 0.0


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


def load(path: Path) -> Fusion:
    """The fusion as `bussola train fusion` wrote it. Raises BussolaError when the file does not fit this program."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["features"] != list(FEATURES):
            raise ValueError("it was fitted for other features")
        return Fusion(tuple(data["weights"]), data["intercept"], data["thresholds"])
    except (OSError, ValueError, KeyError) as error:
        raise BussolaError(f"the fusion cannot be read: {error}", str(path), "run `bussola train fusion`") from error


def evidence(understanding: Understanding, hits: Sequence[Hit]) -> dict[str, dict[str, float]]:
    """What speaks for each intent: its scores, and by how much each score leads over the best other intent."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FEATURES, _NEVER_SEEN))
    for intent, confidence in understanding.intents:
        found[intent]["nlu"] = confidence
        found[intent]["known"] = 1.0
    for hit in hits:
        item = found[hit.intent]
        channel = "dense" if hit.kind == "question" else "text"
        item[channel] = max(item[channel], hit.dense)
        item["lexical"] = max(item["lexical"], hit.lexical)
    for hit in sorted(hits, key=lambda hit: -hit.dense)[:10]:
        found[hit.intent]["votes"] += 0.1
    for score, lead in (("nlu", "nlu_lead"), ("dense", "dense_lead"), ("lexical", "lexical_lead")):
        ordered = [*sorted((item[score] for item in found.values()), reverse=True), 0.0, 0.0]
        for item in found.values():
            best_other = ordered[1] if item[score] == ordered[0] else ordered[0]
            item[lead] = item[score] - best_other
    return dict(found)


def rank(understanding: Understanding, hits: Sequence[Hit], fusion: Fusion) -> tuple[Candidate, ...]:
    """Candidates by falling confidence: entries, acts, dangers and out_of_scope alike. Empty without any evidence."""
    found = [
        Candidate(intent, fusion.probability(item), item) for intent, item in evidence(understanding, hits).items()
    ]
    return tuple(sorted(found, key=lambda candidate: (-candidate.confidence, candidate.intent)))
