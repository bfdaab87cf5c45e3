"""Fits the fusion of evidence to probabilities, and chooses the thresholds, on validation questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.assistant import Assistant
from bot.model import Candidate
from bot.ranking import FEATURES, Fusion, evidence
from bot.training.evaluate import Question

_CONSIDERED = 12  # candidates of each question that the fit sees
_OOS_ANSWERED, _WRONG = 0.05, 0.05  # the most that may happen on validation questions


def fit(
    assistant: Assistant, questions: Sequence[Question], progress: Callable[[Iterable[Any], str], Iterable[Any]]
) -> dict[str, Any]:
    """Weights, intercept and thresholds, as bot.ranking.load reads them, with how they were chosen."""
    from sklearn.linear_model import LogisticRegression

    rows, labels, asked = [], [], []
    for question in progress(questions, "evidence"):
        text = question.turns[0]
        locale = assistant._language.identify(text).locale
        found = evidence(assistant._nlu.parse(text, locale), assistant._retriever.search(text, locale))
        right = _right(question)
        best = sorted(
            found, key=lambda intent: -(found[intent]["nlu"] + found[intent]["dense"] + found[intent]["text"])
        )[:_CONSIDERED]
        rows += [[found[intent][name] for name in FEATURES] for intent in best]
        labels += [intent in right for intent in best]
        asked.append((question, right, found))
    model = LogisticRegression(C=10.0, max_iter=1000).fit(np.array(rows), np.array(labels))
    weights = tuple(round(float(weight), 4) for weight in model.coef_[0])
    fusion = Fusion(weights, round(float(model.intercept_[0]), 4), {})
    ranked = [(question, right, _ranked(fusion, found)) for question, right, found in asked]
    thresholds, report = _thresholds(ranked, set(assistant.view().compose.content.entries))
    return {
        "features": list(FEATURES),
        "weights": list(weights),
        "intercept": fusion.intercept,
        "thresholds": thresholds,
        "fitted_on": {"questions": len(questions), "candidates": len(rows), **report},
    }


def _right(question: Question) -> frozenset[str]:
    if question.kind in ("entry", "followup"):
        return question.right
    return frozenset(("out_of_scope",)) if question.kind == "oos" else frozenset((question.intent,))


def _ranked(fusion: Fusion, found: dict[str, dict[str, float]]) -> list[Candidate]:
    candidates = [Candidate(intent, fusion.probability(item)) for intent, item in found.items()]
    return sorted(candidates, key=lambda item: (-item.confidence, item.intent))


def _thresholds(
    ranked: list[tuple[Question, frozenset[str], list[Candidate]]], entries: set[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """The lowest thresholds that keep wrong answers and answers to unanswerable questions within bounds."""
    best: list[tuple[float, str]] = []
    for question, right, candidates in ranked:
        if question.kind not in ("entry", "oos"):
            continue
        own = [item for item in candidates if item.intent in entries]
        if not own:
            continue
        answerable = bool(right & entries)
        best.append((own[0].confidence, "right" if own[0].intent in right else "wrong" if answerable else "oos"))
    total = sum(kind != "oos" for _, kind in best)
    outside = sum(kind == "oos" for _, kind in best)
    answer = 0.95
    for step in range(95, 19, -1):
        level = step / 100
        wrong = sum(kind == "wrong" and confidence >= level for confidence, kind in best) / max(total, 1)
        answered = sum(kind == "oos" and confidence >= level for confidence, kind in best) / max(outside, 1)
        if wrong > _WRONG or answered > _OOS_ANSWERED:
            break
        answer = level
    danger, alarms = _danger_threshold(ranked)
    thresholds = {
        "answer": answer,
        "answer_high": min(0.97, round(answer + 0.05, 2)),
        "clarify": 0.12,
        "act": 0.4,
        "follow_up": 0.25,
        "danger": danger,
    }
    return thresholds, {"answerable": total, "unanswerable": outside, "danger_false_alarms": alarms}


def _danger_threshold(ranked: list[tuple[Question, frozenset[str], list[Candidate]]]) -> tuple[float, float]:
    """The lowest threshold with under half a percent of false alarms."""
    calm = [
        sum(item.confidence for item in candidates if item.intent.startswith("danger."))
        for question, right, candidates in ranked
        if question.kind != "emergency" and not any(entry.startswith("emergency/") for entry in right)
    ]
    for step in range(10, 96):
        alarms = sum(score >= step / 100 for score in calm) / max(len(calm), 1)
        if alarms < 0.005:
            return step / 100, round(alarms, 4)
    return 0.95, 0.0


def save(fusion: dict[str, Any], path: Path) -> None:
    """Writes the fusion."""
    path.write_text(json.dumps(fusion, indent=1) + "\n", encoding="utf-8")
