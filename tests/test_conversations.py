"""Golden conversations, as data, on the real content; and the floors under the measured quality."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.build import Bussola
from bot.model import ACTS, Content, Utterance
from bot.text import normal
from bot.training.evaluate import evaluate, read

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.yml"))
FLOORS: dict[str, dict[str, float]] = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))


def _conversations() -> list[Any]:
    return [
        pytest.param(path.stem, item, id=f"{path.stem}-{item['name']}")
        for path in GOLDEN
        for item in yaml.safe_load(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize(("locale", "conversation"), _conversations())
def test_a_golden_conversation(bussola: Bussola, locale: str, conversation: dict[str, Any]) -> None:
    session = f"golden-{locale}-{conversation['name']}"
    for step in conversation["turns"]:
        said = {"payload": step["press"]} if "press" in step else {"text": step["say"]}
        turn = bussola.assistant.reply(Utterance("cli", session, **said, place=step.get("from")))
        reply = turn.replies[-2 if turn.decision.also else -1]
        seen = {"kind": turn.replies[0].kind, "entry": turn.decision.entry, "locale": turn.locale, "act": turn.decision.act,
                "danger": turn.decision.danger, "section": turn.decision.section, "place": turn.place, "dir": reply.dir,
                "also": turn.decision.also}  # fmt: skip
        expected = {name: step[name] for name in seen if name in step}
        assert expected, "a step that expects nothing"
        assert {name: seen[name] for name in expected} == expected, (step, turn.decision.why)
        if seen["kind"] == "answer":
            assert reply.sources and any(reply.notices)


def test_there_are_golden_conversations_in_every_locale(written: Content) -> None:
    assert {path.stem for path in GOLDEN} == set(written.locales())


def test_no_test_question_was_trained_on(written: Content) -> None:
    trained = {normal(example.text) for example in written.examples}
    validation = {normal(text) for question in read(HERE.parent / "nlu_data/validation") for text in question.turns}
    questions, stories = read(HERE / "eval"), read(HERE / "eval_long")
    long = [
        text
        for question in (*questions, *stories)
        for text in question.turns
        if question.kind != "function" and len(normal(text)) > 12
    ]
    assert len(questions) == 180 * len(written.locales()) == 24 * 180
    assert [text for text in long if normal(text) in trained] == []
    assert [text for text in long if normal(text) in validation] == []


def test_stories_are_understood_and_of_two_questions_both(bussola: Bussola) -> None:
    styles = evaluate(bussola.assistant, read(HERE / "eval_long"), lambda items, _: items)["style"]
    story, two = styles["story"], styles["two"]
    assert story["helped"] >= 0.75 and two["helped"] >= 0.88 and two["both_shown"] >= 0.62
    assert story["danger_found"] >= 0.83 and story["false_alarms"] <= 0.3


def test_every_locale_has_its_questions() -> None:
    for path in sorted((HERE / "eval").glob("*.jsonl")):
        questions = read(path)
        kinds = {
            kind: sum(question.kind == kind for question in questions)
            for kind in ("entry", "oos", "emergency", "function", "followup")
        }
        assert kinds == {"entry": 134, "oos": 20, "emergency": 10, "function": 10, "followup": 6}, path
        assert {question.intent for question in questions if question.kind == "function"} <= set(ACTS)


def test_no_language_falls_below_its_floor(bussola: Bussola) -> None:
    result = evaluate(bussola.assistant, read(HERE / "eval"), lambda items, _: items)
    measured = {"all": result["all"], **result["language"]}
    fallen = [f"{group} {name}: {measured[group][name]} < {floor}" for group, rates in FLOORS.items() for name, floor in rates.items()
              if name not in ("answered_wrong", "out_of_scope_answered", "false_alarms") and measured[group][name] < floor]  # fmt: skip
    risen = [f"{group} {name}: {measured[group][name]} > {most}" for group, rates in FLOORS.items() for name, most in rates.items()
             if name in ("answered_wrong", "out_of_scope_answered", "false_alarms") and measured[group][name] > most]  # fmt: skip
    assert (fallen, risen) == ([], [])
    assert set(FLOORS) == {"all", *(path.stem for path in GOLDEN)}
