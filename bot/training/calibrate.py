"""Fits the fusion of evidence to probabilities, and chooses the thresholds, on validation questions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.assistant import Assistant
from bot.locales import SOURCE
from bot.model import BussolaError, Candidate, Content, Hit, Session, Understanding
from bot.policy import Situation, decide
from bot.ports import Searcher
from bot.ranking import FEATURES, RIVALRY, UNLEARNT, Fusion, Logistic, evidence, rank, rivals, terms
from bot.standing import Standing, Written
from bot.training.evaluate import Question

_Ranked = tuple[Question, frozenset[str], tuple[Candidate, ...]]
_CONSIDERED, _LIKELIEST = 12, 6  # candidates of each question that the fits see
_FOLDS = 3
# By how many standard deviations an entry stands lower that the encoder was not trained on (medians of
# benchmarks/new_entry.py with the shipped encoder and with one that has not seen the entries).
_UNSEEN = 2.2
_FARTHER = (0, 3, 12, 40, 100)  # places of the wrong entries that the fit sees, from the best one on
# The most that may happen on validation questions: out of scope answered, answered wrong, a new question taken for a
# follow-up; and what a high-risk entry needs beyond.
_OOS_ANSWERED, _WRONG, _HIJACKED, _HIGH_RISK = 0.035, 0.06, 0.01, 0.02


def fit(
    assistant: Assistant,
    engine: str,
    questions: Sequence[Question],
    progress: Callable[[Iterable[Any], str], Iterable[Any]],
) -> dict[str, Any]:
    """Weights, intercept and thresholds for one engine, as bot.ranking.load reads them, with how they were chosen.
    Raises BussolaError when the engine was away for more than one question in a hundred."""
    asked = []
    for question in progress(questions, "evidence"):
        text, understanding, hits, locale = assistant.understood(question.turns[-1])
        if understanding.engine == engine:
            asked.append(_Asked(question, _right(question), text, understanding, hits, locale))
    if len(asked) < 0.99 * len(questions):
        raise BussolaError(f"only {len(asked)} of {len(questions)} questions were parsed", engine, "is the engine up?")
    found = [evidence(item.understanding, item.hits, item.text) for item in asked]
    rows, labels = _learnt_rows(asked, found)
    learnt = _logistic(rows, labels, FEATURES)
    rivalry = _logistic(*_rivalry_rows(asked, found), RIVALRY)
    unlearnt = _logistic(*_unlearnt_rows(assistant, asked, found, learnt), UNLEARNT, products=False)
    fusion = Fusion(learnt, unlearnt, rivalry, {})
    ranked = [(item.question, item.right, rank(each, fusion)) for item, each in zip(asked, found, strict=True)]
    risks = {name: entry.risk for name, entry in assistant.view().compose.content.entries.items()}
    thresholds, report = _thresholds(ranked, risks)
    thresholds["follow_up"], report["follow_ups"] = _follow_up_threshold(ranked, risks, thresholds)
    return {
        "learnt": asdict(learnt),
        "unlearnt": asdict(unlearnt),
        "rivalry": asdict(rivalry),
        "thresholds": thresholds,
        "fitted_on": {"questions": len(asked), "candidates": len(rows), **report},
    }


@dataclass(frozen=True)
class _Asked:
    """A question, what is right, and what engine and retrieval made of it."""

    question: Question
    right: frozenset[str]
    text: str
    understanding: Understanding
    hits: tuple[Hit, ...]
    locale: str


def _logistic(
    rows: list[dict[str, float]], labels: list[bool], features: tuple[str, ...], products: bool = True
) -> Logistic:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    # Each term on its own scale, or the penalty would fall on those that are small by nature; then without scales.
    scaler = StandardScaler()
    table = terms(rows, features)
    scaled = scaler.fit_transform(table if products else table[:, : len(features)])
    model = LogisticRegression(C=1.0, max_iter=5000).fit(scaled, np.array(labels))
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    return Logistic(features, tuple(round(float(weight), 4) for weight in weights), round(intercept, 4))


def _learnt_rows(
    asked: list[_Asked], found: list[dict[str, dict[str, float]]]
) -> tuple[list[dict[str, float]], list[bool]]:
    """The likeliest candidates of each question, and whether each is right. Follow-ups mean nothing by themselves."""
    rows, labels = [], []
    for item, each in zip(asked, found, strict=True):
        if item.question.kind != "followup":
            best = sorted(each, key=lambda name: -(each[name]["nlu"] + each[name]["dense"] + each[name]["text"]))
            rows += [each[intent] for intent in best[:_CONSIDERED]]
            labels += [intent in item.right for intent in best[:_CONSIDERED]]
    return rows, labels


def _rivalry_rows(
    asked: list[_Asked], found: list[dict[str, dict[str, float]]]
) -> tuple[list[dict[str, float]], list[bool]]:
    """The likeliest candidates of each question beside their rivals. How likely each is comes from a fit that has not
    seen the question: of what a fit has seen it is too sure."""
    rows, labels = [], []
    for fold in range(_FOLDS):
        seen = [index for index in range(len(asked)) if index % _FOLDS != fold]
        fitted = _logistic(*_learnt_rows([asked[index] for index in seen], [found[index] for index in seen]), FEATURES)
        for item, each in list(zip(asked, found, strict=True))[fold::_FOLDS]:
            if item.question.kind != "followup":
                likely = dict(zip(each, fitted.probabilities(list(each.values())), strict=True))
                weighed = rivals(each, likely)
                best = sorted(likely, key=lambda intent: -likely[intent])[:_LIKELIEST]
                rows += [weighed[intent] for intent in best]
                labels += [intent in item.right for intent in best]
    return rows, labels


def _unlearnt_rows(
    assistant: Assistant, asked: list[_Asked], found: list[dict[str, dict[str, float]]], learnt: Logistic
) -> tuple[list[dict[str, float]], list[bool]]:
    """What would be known of an entry, the right one and some wrong ones, if a mediator had just written it in Italian or
    in the question's language: how it stands, by a title, a text and three questions."""
    content, searcher, rows, labels = assistant.view().compose.content, assistant.searcher, [], []
    given: dict[str, dict[str, Written]] = {}
    for item, each in zip(asked, found, strict=True):
        if item.question.kind not in ("entry", "oos"):
            continue
        likely = dict(zip(each, learnt.probabilities(list(each.values())), strict=True))
        length = next((one["length"] for one in each.values()), 0.0)
        for tag in sorted({SOURCE, item.locale}):
            if tag not in given:
                given[tag] = {name: searcher.written(tag, texts) for name, texts in _given(content, tag).items()}
            seen = _UNSEEN / (math.sqrt(2) if tag == item.locale else 1)
            for name, new, names in _as_if_new(searcher, item, given[tag]):
                lead = new.lead - (seen if name in item.right else 0.0)
                # All of them may be new, or the wrong one alone.
                for gone in [names] if name in item.right else [names, {name}]:
                    rival = max((share for other, share in likely.items() if other not in gone), default=0.0)
                    rows.append({"standing_lead": lead, "rival": rival, "length": length})
                    labels.append(name in item.right)
    return rows, labels


def _as_if_new(
    searcher: Searcher, item: _Asked, given: Mapping[str, Written]
) -> Iterator[tuple[str, Standing, Collection[str]]]:
    """The right entries and some wrong ones, how each stands if they are all new, and which they are."""
    all_of_them = searcher.standing(item.text, item.locale, given)
    others = sorted(all_of_them.keys() - item.right, key=lambda name: -all_of_them[name].score)
    names = [*(all_of_them.keys() & item.right), *(others[at] for at in _FARTHER if at < len(others))]
    written = {name: given[name] for name in names}
    for name, new in searcher.standing(item.text, item.locale, names, written).items():
        yield name, new, set(names)


def _given(content: Content, locale: str) -> dict[str, list[str]]:
    """A title, a text and three questions of each entry."""
    texts = {
        answer.entry: [answer.title, answer.answer] for answer in content.answers.values() if answer.locale == locale
    }
    for example in content.examples:
        if example.locale == locale and len(texts.get(example.intent, ())) in (2, 3, 4):
            texts[example.intent].append(example.text)
    return texts


def _right(question: Question) -> frozenset[str]:
    if question.kind in ("entry", "followup"):
        return question.right
    return frozenset(("out_of_scope",)) if question.kind == "oos" else frozenset((question.intent,))


def _thresholds(ranked: list[_Ranked], risks: dict[str, str]) -> tuple[dict[str, float], dict[str, float]]:
    """The lowest thresholds that keep wrong answers and answers to unanswerable questions within bounds, found by
    letting the policy itself decide; then the highest threshold for choices that costs next to no right ones."""
    danger, alarms = _danger_threshold(ranked)
    fixed = {"act": 0.4, "follow_up": 0.25, "danger": danger}
    asked = [item for item in ranked if item[0].kind in ("entry", "oos")]
    chosen = {"answer": 0.95, "answer_high": 0.97, "clarify": 0.05}
    for step in range(94, 19, -1):
        level = {"answer": step / 100, "answer_high": min(0.97, step / 100 + _HIGH_RISK), "clarify": 0.05}
        _, wrong, outside = _outcome(asked, risks, {**fixed, **level})
        if wrong > _WRONG or outside > _OOS_ANSWERED:
            break
        chosen = level
    most, _, _ = _outcome(asked, risks, {**fixed, **chosen})
    for step in range(6, 60, 2):
        helped, _, _ = _outcome(asked, risks, {**fixed, **chosen, "clarify": step / 100})
        if helped < most - 0.01:
            break
        chosen["clarify"] = step / 100
    helped, wrong, outside = _outcome(asked, risks, {**fixed, **chosen})
    rates = {"helped": helped, "answered_wrong": wrong, "out_of_scope_answered": outside, "danger_false_alarms": alarms}
    return {name: round(value, 2) for name, value in {**chosen, **fixed}.items()}, {
        name: round(rate, 4) for name, rate in rates.items()
    }


def _outcome(asked: list[_Ranked], risks: dict[str, str], thresholds: dict[str, float]) -> tuple[float, float, float]:
    """Shares of entry questions helped and answered wrong, and of out-of-scope questions answered."""
    counts = {"helped": 0, "wrong": 0, "outside": 0}
    for question, right, candidates in asked:
        situation = Situation(question.turns[0], Session("", "cli"), risks.keys(), risks.__getitem__)
        decision = decide(candidates, situation, thresholds)
        if question.kind == "oos":
            counts["outside"] += decision.kind == "answer"
        elif decision.kind == "answer":
            counts["helped" if decision.entry in right else "wrong"] += 1
        elif decision.kind == "clarify":
            counts["helped"] += bool({item.intent for item in decision.candidates} & right)
    entries = sum(question.kind == "entry" for question, _, _ in asked) or 1
    return counts["helped"] / entries, counts["wrong"] / entries, counts["outside"] / max(len(asked) - entries, 1)


def _follow_up_threshold(
    ranked: list[_Ranked], risks: dict[str, str], thresholds: dict[str, float]
) -> tuple[float, float]:
    """The lowest threshold at which few new questions are taken for follow-ups to another entry, and the share of
    follow-ups (those that ask for a part of the entry) that it finds."""
    asked = [item for item in ranked if item[0].kind == "followup" and item[0].section]
    new = [item for item in ranked if item[0].kind == "entry"]

    def followed(items: list[_Ranked], level: float, own: bool) -> float:
        count = 0
        for question, right, candidates in items:
            last = min(right) if own else next(entry for entry in risks if entry not in right)
            situation = Situation(
                question.turns[-1], Session("", "cli", last_entry=last), risks.keys(), risks.__getitem__
            )
            decision = decide(candidates, situation, {**thresholds, "follow_up": level})
            count += decision.entry == last and (not own or decision.section == question.section)
        return count / max(len(items), 1)

    level = next((step / 100 for step in range(2, 200, 2) if followed(new, step / 100, False) <= _HIJACKED), 2.0)
    return level, round(followed(asked, level, True), 4)


def _danger_threshold(ranked: list[_Ranked]) -> tuple[float, float]:
    """The lowest threshold with at most one percent of false alarms: these cost a paragraph, a missed danger a life."""
    calm = [
        sum(item.confidence for item in candidates if item.intent.startswith("danger."))
        for question, right, candidates in ranked
        if question.kind != "emergency" and not any(entry.startswith("emergency/") for entry in right)
    ]
    for step in range(10, 96):
        alarms = sum(score >= step / 100 for score in calm) / max(len(calm), 1)
        if alarms <= 0.01:
            return step / 100, round(alarms, 4)
    return 0.95, 0.0


def save(engine: str, fusion: dict[str, Any], path: Path) -> None:
    """Writes one engine's fusion beside the others'."""
    others = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**others, engine: fusion}, indent=1) + "\n", encoding="utf-8")
