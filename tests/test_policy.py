"""The policy as a table: what was understood, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Candidate, Decision, Session
from bot.policy import Situation, answerable, danger_told, decide, leading, may_ask_more, with_parts

T = {"answer": 0.4, "answer_high": 0.6, "clarify": 0.2, "act": 0.5, "follow_up": 0.3, "danger": 0.4}
A, B, C, UNWRITTEN = "legal/permit-renewal", "legal/permit-cost", "health/pregnancy", "legal/permit-conversion"
ENTRIES = {A: "high", B: "low", C: "low"}


def _decide(ranking: dict[str, float], text: str = "a question of some length, so that it is no follow-up", last: str | None = None,
            danger: str | None = None, place: bool = False, term: bool = False) -> Decision:  # fmt: skip
    candidates = [
        Candidate(intent, confidence) for intent, confidence in sorted(ranking.items(), key=lambda item: -item[1])
    ]
    session = Session("key", "web", last_entry=last)
    return decide(candidates, Situation(text, session, ENTRIES.keys(), ENTRIES.__getitem__, danger, place, term), T)


@pytest.mark.parametrize(
    ("ranking", "kind", "entry"),
    [
        ({B: 0.5}, "answer", B),
        ({A: 0.5}, "clarify", None),  # high risk needs more
        ({A: 0.7}, "answer", A),
        ({B: 0.3, C: 0.2}, "clarify", None),
        ({B: 0.1, C: 0.05}, "handoff", None),
        ({}, "handoff", None),
        ({B: 0.5, "out_of_scope": 0.6}, "handoff", None),
        ({B: 0.5, UNWRITTEN: 0.6}, "handoff", None),  # understood, but not written: a person rather than a wrong answer
        ({"greet": 0.9}, "small_talk", None),
        ({"greet": 0.4, B: 0.1}, "handoff", None),
        ({"thank": 0.6, B: 0.8}, "answer", B),  # thanks and a question
        ({"talk_to_human": 0.9}, "handoff", None),
    ],
)
def test_the_bands(ranking: dict[str, float], kind: str, entry: str | None) -> None:
    decision = _decide(ranking)
    assert (decision.kind, decision.entry) == (kind, entry)
    assert decision.why


@pytest.mark.parametrize(
    ("ranking", "text", "last", "entry", "section"),
    [
        ({"ask.cost": 0.5, B: 0.2}, "how much?", A, A, "cost"),
        ({"ask.documents": 0.5}, "which papers?", A, A, "documents"),
        ({"ask.other_person": 0.5}, "and for my wife?", A, A, None),
        ({"ask.cost": 0.5, B: 0.7}, "how much is the permit?", A, B, None),  # names its own entry
        ({"ask.cost": 0.5, B: 0.5}, "how much?", None, B, None),  # nothing to follow
        ({"ask.cost": 0.5}, "a long question about money that says everything itself", "gone/entry", None, None),
    ],
)
def test_follow_ups(
    ranking: dict[str, float], text: str, last: str | None, entry: str | None, section: str | None
) -> None:
    decision = _decide(ranking, text, last)
    assert (decision.entry, decision.section) == (entry, section)


def test_a_place_alone_asks_the_last_entry_again() -> None:
    assert _decide({"set_place": 0.2}, "and in Foggia?", A, place=True).entry == A


def test_an_office_word_is_explained_only_when_its_meaning_is_asked() -> None:
    assert _decide({"ask.meaning": 0.6}, "what is a questura?", term=True).act == "ask.meaning"
    assert _decide({B: 0.9, "ask.meaning": 0.1}, "where is the questura?", term=True).entry == B


def test_danger_stands_beside_the_answer_from_phrases_or_from_the_classifier() -> None:
    named = _decide({A: 0.7}, danger="partner_violence")
    assert (named.danger, named.kind, named.entry) == ("partner_violence", "answer", A)
    seen = _decide({"danger.fire": 0.3, "danger.medical_emergency": 0.2})
    assert (seen.danger, seen.kind) == ("fire", "handoff")
    assert _decide({"danger.fire": 0.2, A: 0.7}).danger is None


def _part(entry: str, confidence: float, kind: str = "answer") -> Decision:
    return Decision(kind, (Candidate(entry, confidence),), entry if kind == "answer" else None)


def test_a_second_thing_that_is_asked_for_stands_beside_the_answer() -> None:
    whole = Decision("answer", (Candidate(A, 0.9), Candidate(B, 0.1)), A)
    assert with_parts(whole, [_part(A, 0.9), _part(B, 0.7), _part(C, 0.8, "clarify")]).also == B
    assert with_parts(whole, [_part(A, 0.9), _part(A, 0.8)]).also is None
    assert with_parts(whole, []) == whole


def test_what_parts_ask_for_is_among_the_choices_and_never_answered_alone() -> None:
    unsure = Decision("clarify", (Candidate(A, 0.3), Candidate(B, 0.2)))
    offered = with_parts(unsure, [_part(C, 0.7), _part(B, 0.8)])
    assert (offered.kind, offered.entry, [item.intent for item in offered.candidates]) == ("clarify", None, [B, C, A])
    likeliest = with_parts(unsure, [_part(C, 0.7)])
    assert [item.intent for item in likeliest.candidates] == [A, B, C]
    unknown = with_parts(Decision("handoff", (Candidate(A, 0.01),)), [_part(C, 0.7)])
    assert (unknown.kind, [item.intent for item in unknown.candidates]) == ("clarify", [C])
    person = Decision("handoff", act="talk_to_human")
    assert with_parts(person, [_part(C, 0.7)]) == person


def test_danger_in_a_story_takes_three_parts_that_tell_of_it() -> None:
    hard, calm = [Candidate("danger.suicide", 0.9)], [Candidate(A, 0.9), Candidate("danger.fire", 0.5)]
    other = [Candidate("danger.forced_labour", 0.85)]
    assert danger_told([hard, hard, calm], T) is None
    assert danger_told([hard, other, calm, hard], T) == "suicide"


@pytest.mark.parametrize(
    ("kind", "nlu", "more"), [("answer", 0.3, True), ("answer", 0.1, False), ("handoff", 0.0, True)]
)
def test_parts_are_looked_at_where_a_second_entry_is_likely(kind: str, nlu: float, more: bool) -> None:
    others = (Candidate(A, 0.9, {"nlu": 0.8}), Candidate(B, 0.1, {"nlu": nlu}))
    assert may_ask_more(Decision(kind, others, A if kind == "answer" else None)) is more


def test_the_choice_that_leads_is_what_a_follow_up_is_about() -> None:
    assert leading(Decision("clarify", (Candidate(A, 0.5), Candidate(B, 0.3)))) == A
    assert leading(Decision("clarify", (Candidate(A, 0.4), Candidate(B, 0.3), Candidate(C, 0.2)))) is None
    assert leading(Decision("answer", (Candidate(A, 0.9),), A)) is None


@pytest.mark.parametrize(
    ("lead", "third"),
    [(0.5, "daily/bus"), (-1.4, "daily/bus"), (-1.6, "a/c")],
)
def test_the_third_choice_is_an_entry_that_nothing_was_learnt_about_if_it_stands_nearly_as_well_as_all(
    lead: float, third: str
) -> None:
    learnt = [Candidate(name, 0.5 - at / 10) for at, name in enumerate(("a/a", "a/b", "a/c"))]
    worse = Candidate("daily/ship", 0.2, {"unlearnt": 1.0, "standing_lead": -3.0})
    new = Candidate("daily/bus", 0.1, {"unlearnt": 1.0, "standing_lead": lead})
    entries = {item.intent for item in (*learnt, worse, new)}
    found = [item.intent for item in answerable([*learnt, worse, new], entries)]
    assert found[:3] == ["a/a", "a/b", third] and sorted(found) == sorted(entries)
    assert [item.intent for item in answerable([new, *learnt], entries)] == ["daily/bus", "a/a", "a/b", "a/c"]


def _named(
    ranking: dict[str, float], length: float = 0.1, place_named: bool = False, language_named: bool = False
) -> str | None:
    candidates = [Candidate(name, 0.1, {"nlu": said, "length": length}) for name, said in ranking.items()]
    candidates = [replace(item, confidence=0.95) if item.intent == "out_of_scope" else item for item in candidates]
    situation = Situation("words", Session("key", "web"), ENTRIES.keys(), ENTRIES.__getitem__)
    situation = replace(situation, place_named=place_named, language_named=language_named)
    return decide(candidates, situation, T).act


def test_a_place_that_is_named_with_little_beside_it_says_where_somebody_is() -> None:
    assert _named({"set_place": 0.1}, place_named=True) == "set_place"
    assert _named({"set_place": 0.1}, length=0.3, place_named=True) is None
    assert _named({"set_place": 0.6}, length=0.3, place_named=True) == "set_place"
    assert _named({"set_place": 0.1}) is None


def test_a_language_that_is_named_is_wanted_unless_something_else_is_asked_for() -> None:
    assert _named({"change_language": 0.6}, language_named=True) == "change_language"
    assert _named({"change_language": 0.6}) is None
    assert _named({"change_language": 0.3}, language_named=True) is None
    assert _named({"change_language": 0.6, "out_of_scope": 1.0}, language_named=True) is None
    assert _named({"change_language": 0.6, "simplify": 0.7}, language_named=True) is None
