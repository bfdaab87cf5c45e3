"""Fusion: evidence per intent, and a probability from it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bot.build import FUSION
from bot.model import BussolaError, Hit, Understanding
from bot.ranking import FEATURES, RIVALRY, UNLEARNT, Fusion, Logistic, evidence, load, rank
from bot.standing import Standing
from tests.small import logistic

HITS = (
    Hit("a/x", "it", "question", "x", 0.9, 0.4),
    Hit("a/x", "it", "answer", "x", 0.5, 0.1),
    Hit("a/y", "fr", "question", "y", 0.6, 0.0),
)
UNDERSTOOD = Understanding((("a/y", 0.7), ("greet", 0.2)), "table")


def test_evidence_is_the_best_of_each_channel_and_its_lead_over_the_best_other() -> None:
    found = evidence(UNDERSTOOD, HITS, "no " * 25)
    assert set(found) == {"a/x", "a/y", "greet"}
    x = {name: round(value, 6) for name, value in found["a/x"].items()}
    assert (x["nlu"], x["nlu_lead"], x["dense"], x["dense_lead"], x["lexical"], x["text"]) == (
        0.0,
        -0.7,
        0.9,
        0.3,
        0.4,
        0.5,
    )
    assert (round(x["near"], 6), x["entry"], found["greet"]["entry"]) == (0.466667, 1.0, 0.0)
    assert {item["length"] for item in found.values()} == {0.74}


def test_what_speaks_for_out_of_scope_is_evidence_against_everything_else() -> None:
    outside = Hit("out_of_scope", "it", "question", "z", 0.7, 0.0)
    found = evidence(Understanding((("a/y", 0.7), ("out_of_scope", 0.3)), "table"), (*HITS, outside), "z")
    assert (found["a/y"]["outside_nlu"], found["a/y"]["outside_dense"], found["a/y"]["outside"]) == (0.3, 0.7, 0.0)
    own = found["out_of_scope"]
    assert (own["outside_nlu"], own["outside_dense"], own["outside"]) == (0.0, 0.0, 1.0)


def test_candidates_come_best_first_and_without_evidence_there_are_none() -> None:
    found, fusion = evidence(UNDERSTOOD, HITS, "x"), Fusion(logistic(0.0, dense=1.0), logistic(-9.0, UNLEARNT), logistic(0.0, RIVALRY, own=4.0), {})
    assert [candidate.intent for candidate in rank(found, fusion)] == ["a/x", "a/y", "greet"]
    assert rank({}, fusion) == ()


def test_an_intent_that_the_engine_has_not_learnt_is_judged_by_how_it_stands_among_its_like() -> None:
    understood = Understanding((("a/y", 0.3),), "table", frozenset({"a/y"}))
    found = evidence(understood, HITS, "x", {"a/x": Standing(2.0, 0.5), "a/z": Standing(1.0, -1.0)})
    assert [(found[name]["unlearnt"], found[name]["standing_lead"]) for name in sorted(found)] == [
        (1.0, 0.5),
        (0.0, 0.0),
        (1.0, -1.0),
    ]
    own, rivalry = logistic(0.0, UNLEARNT, standing_lead=1.0, rival=-3.0), logistic(0.0, RIVALRY, own=4.0)
    likely = {item.intent: round(item.confidence, 4) for item in rank(found, Fusion(logistic(0.0, nlu=1.0), own, rivalry, {}))}
    against = 3 * 0.574443
    assert likely == {
        "a/y": 0.5744,
        "a/x": round(1 / (1 + math.exp(against - 0.5)), 4),
        "a/z": round(1 / (1 + math.exp(against + 1)), 4),
    }


def test_products_of_features_have_weights_of_their_own() -> None:
    at = FEATURES.index("nlu") * len(FEATURES) + FEATURES.index("dense")  # the first row of the pairs
    only = [0.0] * len(logistic(0.0).weights)
    only[len(FEATURES) + at] = 8.0
    likely = Logistic(FEATURES, tuple(only), -2.0).probabilities(
        [dict.fromkeys(FEATURES, 0.0) | {"nlu": 0.5, "dense": dense} for dense in (0.0, 0.5, 1.0)]
    )
    assert likely == pytest.approx([0.1192, 0.5, 0.8808], abs=1e-4)


def test_the_shipped_fusion_fits_this_program() -> None:
    fusions = load(FUSION)
    assert "embedded" in fusions
    for fusion in fusions.values():
        assert set(fusion.thresholds) == {"answer", "answer_high", "clarify", "act", "follow_up", "danger"}
        assert all(0 < value < 1 for value in fusion.thresholds.values())


def test_a_fusion_for_other_features_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    path.write_text(json.dumps({"embedded": {"learnt": {"features": ["magic"]}}}))
    with pytest.raises(BussolaError, match=r"fitted for other features.*bussola train"):
        load(path)
