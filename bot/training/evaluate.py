"""Measures understanding on questions that were never trained on: ranking, and what was decided."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.model import BussolaError, Turn, Utterance
from bot.training.reliability import bins, calibration_error

KINDS = ("entry", "oos", "emergency", "function", "followup")


@dataclass(frozen=True)
class Question:
    """One line of an evaluation file."""

    kind: str
    turns: tuple[str, ...]
    lang: str
    style: str
    entry: str = ""
    also: tuple[str, ...] = ()
    intent: str = ""
    section: str | None = None

    @property
    def right(self) -> frozenset[str]:
        """The entries that count as right."""
        return frozenset((self.entry, *self.also))


@dataclass
class Score:
    """Counts of one group of questions; rates are shares of those that the rate is about."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def rates(self) -> dict[str, float | int]:
        """Rates in 0..1 by name, and how many questions of each kind there were."""
        count, result = self.counts, {"questions": self.counts["questions"]}
        pairs = [
            ("hit@1", "hit1", "entry"),
            ("hit@3", "hit3", "entry"),
            ("answered_right", "right", "entry"),
            ("helped", "helped", "entry"),
            ("answered_wrong", "wrong", "entry"),
            ("unanswered", "silent", "entry"),
            ("both_shown", "both", "two"),
            ("out_of_scope_answered", "oos_answered", "oos"),
            ("danger_found", "danger", "emergency"),
            ("false_alarms", "alarm", "calm"),
            ("acts_right", "act", "function"),
            ("followups_right", "follow", "followup"),
            ("language_right", "language", "languages"),
        ]
        return result | {name: round(count[part] / count[whole], 4) for name, part, whole in pairs if count[whole]}


def read(path: Path) -> list[Question]:
    """The questions of a .jsonl file, or of all in a folder. Raises BussolaError with file and line."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    questions = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise BussolaError(
                f"cannot be read: {error.strerror}", str(file), "give a .jsonl file or a folder of them"
            ) from error
        questions += [_question(line, f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise BussolaError("no questions", str(path), "give a .jsonl file or a folder of them")
    return questions


def _question(line: str, where: str) -> Question:
    try:
        raw = json.loads(line)
        turns = tuple(raw.get("turns") or [raw["q"]])
        question = Question(
            raw["kind"],
            turns,
            raw["lang"],
            raw.get("style", "plain"),
            raw.get("entry", ""),
            tuple(raw.get("also") or ()),
            raw.get("intent", ""),
            raw.get("section"),
        )
        if question.kind not in KINDS:
            raise ValueError(f"unknown kind {question.kind!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise BussolaError(f"not a question: {error}", where, "see README.md for the shape") from error
    return question


def evaluate(
    assistant: Assistant, questions: Sequence[Question], progress: Callable[[Iterable[Any], str], Iterable[Any]]
) -> dict[str, Any]:
    """Rates over all, by language, by style and by kind; how far confidences can be believed; the pairs of entries that
    are taken for one another; the worst questions; how many could not be asked because their entry is not written."""
    entries = assistant.view().compose.content.entries
    groups: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in ("all", "language", "style", "kind")}
    asked = [question for question in questions if not question.entry or question.right & entries.keys()]
    worst, said, confused = [], [], Counter[tuple[str, str]]()
    for number, question in enumerate(progress(asked, "asking")):
        turn = _ask(assistant, question, f"eval-{number}")
        marks = _marks(question, turn)
        best = next((item for item in turn.decision.candidates if "/" in item.intent), None)
        if question.kind in ("entry", "oos") and best:
            said.append((best.confidence, best.intent in question.right))
        if question.kind == "entry" and best and best.intent not in question.right:
            confused[question.entry, best.intent] += 1
        for group, key in (
            ("all", "all"),
            ("language", question.lang),
            ("style", question.style),
            ("kind", question.kind),
        ):
            for mark in marks:
                groups[group][key].counts[mark] += 1
        if marks & {"wrong", "oos_answered", "alarm", "danger_missed"}:
            worst.append(
                {
                    "lang": question.lang,
                    "kind": question.kind,
                    "q": question.turns[-1],
                    "expected": question.entry or question.intent,
                    "marks": sorted(marks - {"questions", "entry", "calm", "languages"}),
                }
            )
    result: dict[str, Any] = {
        name: {key: score.rates() for key, score in sorted(group.items())} for name, group in groups.items()
    }
    found = bins(said)
    return {
        **result,
        "all": result["all"]["all"],
        "calibration_error": round(calibration_error(found), 4),
        "reliability": [asdict(item) for item in found],
        "confused": [{"asked": a, "taken_for": b, "times": n} for (a, b), n in confused.most_common(15)],
        "skipped": len(questions) - len(asked),
        "worst": worst,
    }


def _ask(assistant: Assistant, question: Question, session: str) -> Turn:
    """The last turn of a conversation that is forgotten at once."""
    turns = [assistant.reply(Utterance("cli", session, text)) for text in question.turns]
    assistant.forget("cli", session)
    return turns[-1]


def _marks(question: Question, turn: Turn) -> set[str]:
    """What happened to one question, as marks that are counted."""
    marks = {"questions", question.kind, "languages"}
    spoken = max(turn.locale_scores, key=lambda tag: turn.locale_scores[tag], default=turn.locale)
    if question.kind != "followup" and spoken == question.lang:
        marks.add("language")
    if question.kind == "followup":
        marks.discard("languages")
    marks |= {"entry": _entry, "oos": _oos, "emergency": _emergency, "function": _function, "followup": _followup}[
        question.kind
    ](question, turn)
    if (
        question.kind != "emergency"
        and not question.entry.startswith("emergency/")
        and question.intent[:7] != "danger."
    ):
        marks |= {"calm", "alarm"} if turn.decision.danger else {"calm"}
    return marks


def _entry(question: Question, turn: Turn) -> set[str]:
    ranked = [candidate.intent for candidate in turn.decision.candidates if "/" in candidate.intent]
    choices = [
        button.payload.removeprefix("/entry ")
        for reply in turn.replies
        if reply.kind == "clarify"
        for button in reply.buttons
    ]
    if question.style == "two":  # both are asked for, not one or the other
        shown = question.right <= {turn.decision.entry, *choices}
        return _one_of(question, turn, ranked, choices) | ({"two", "both"} if shown else {"two"})
    return _one_of(question, turn, ranked, choices)


def _one_of(question: Question, turn: Turn, ranked: Sequence[str], choices: Sequence[str]) -> set[str]:
    marks = {f"hit{depth}" for depth in (1, 3) if set(ranked[:depth]) & question.right}
    if turn.decision.kind == "answer":
        marks |= {"right", "helped"} if turn.decision.entry in question.right else {"wrong"}
    elif set(choices[:3]) & question.right:
        marks.add("helped")
    elif turn.decision.kind != "clarify":
        marks.add("silent")
    return marks


def _oos(question: Question, turn: Turn) -> set[str]:
    return {"oos_answered"} if turn.decision.kind == "answer" else set()


def _emergency(question: Question, turn: Turn) -> set[str]:
    return {"danger"} if turn.decision.danger else {"danger_missed"}


def _function(question: Question, turn: Turn) -> set[str]:
    return {"act"} if turn.decision.act == question.intent else set()


def _followup(question: Question, turn: Turn) -> set[str]:
    right = turn.decision.entry in question.right and (
        question.section is None or turn.decision.section == question.section
    )
    return {"follow"} if right else set()


def table(result: dict[str, Any]) -> str:
    """The result as text: a row a group; of languages also by how much fewer are helped than in Italian."""
    names = (
        "questions",
        "hit@1",
        "hit@3",
        "answered_right",
        "helped",
        "answered_wrong",
        "unanswered",
        "both_shown",
        "out_of_scope_answered",
        "danger_found",
        "false_alarms",
        "acts_right",
        "followups_right",
        "language_right",
    )
    heads = (
        "n",
        "hit@1",
        "hit@3",
        "right",
        "helped",
        "wrong",
        "silent",
        "both",
        "oos ans.",
        "danger",
        "alarms",
        "acts",
        "follow",
        "language",
    )
    lines = [f"{'':14}" + "".join(f"{head:>9}" for head in (*heads, "to it"))]
    italian = result["language"].get("it", {}).get("helped")
    for group in ("all", "language", "style", "kind"):
        rows = {"all": result["all"]} if group == "all" else result[group]
        lines.append(f"-- {group}")
        for key, rates in rows.items():
            cells = [
                f"{rates[name]:>9}" if name == "questions" else f"{rates[name]:>9.3f}" if name in rates else f"{'':>9}"
                for name in names
            ]
            if group == "language" and italian is not None and "helped" in rates:
                cells.append(f"{rates['helped'] - italian:>+9.3f}")
            lines.append(f"{key:14}" + "".join(cells).rstrip())
    lines.append(f"calibration error {result['calibration_error']:.3f}")
    for item in result["confused"][:5]:
        lines.append(f"{item['asked']} was taken for {item['taken_for']} {item['times']} times")
    if result["skipped"]:
        lines.append(f"{result['skipped']} questions were not asked: their entry is not written yet")
    return "\n".join(lines)
