"""How near an entry stands to a question that nobody has learnt to answer with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.model import Answer, Example, Passage, Vectors
from bot.retriever import Overlay, Retriever
from bot.standing import Peers, Standing, standings
from tests.small import COST, RENEW, WordEmbedder, content, store

NEW = "daily/bus"


def _unit(*rows: tuple[float, ...]) -> Vectors:
    vectors = np.array(rows, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_an_entry_that_is_near_to_every_question_stands_no_higher_for_it() -> None:
    asked = _unit((1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1))
    peers = Peers({"a/common": _unit((1, 1, 0.3)), "a/rare": _unit((0, 0, 1))}, asked)
    query = _unit((1, 0, 0.75))[0]
    cosines = {"common": float(_unit((1, 1, 0.3))[0] @ query), "rare": float(query[2])}
    assert cosines["common"] > cosines["rare"]
    found = peers.scores(query)
    assert found["a/rare"] > found["a/common"]
    usual = np.array([0, 0, 0, 0.5**0.5])
    assert found["a/rare"] == pytest.approx((cosines["rare"] - usual.mean()) / usual.std(), abs=1e-4)


def test_the_nearest_three_passages_count() -> None:
    asked = _unit((1, 0), (0, 1))
    three = Peers({"a/x": _unit((1, 0), (1, 0), (1, 0))}, asked).scores(_unit((1, 0))[0])
    more = Peers({"a/x": _unit((1, 0), (1, 0), (1, 0), (0, -1), (0, -1))}, asked).scores(_unit((1, 0))[0])
    assert three == pytest.approx(more)


def test_a_lead_is_over_the_best_of_all_others() -> None:
    assert standings({"a/x": 3.0, "a/y": 1.0}, {"a/x": 9.0, "a/z": 2.0}) == {
        "a/x": Standing(3.0, 1.0),
        "a/y": Standing(1.0, -2.0),
    }
    assert standings({"a/x": 3.0}, {}) == {"a/x": Standing(3.0, 3.0)}


def test_an_entry_stands_among_those_of_a_language_that_it_is_written_in(tmp_path: Path) -> None:
    said = content()
    answers = {**said.answers, (NEW, "it"): Answer(NEW, "it", "Abbonamento autobus", "Si compra in biglietteria.")}
    entries = {**said.entries, NEW: replace(said.entries[COST], id=NEW)}
    examples = (*said.examples, Example(NEW, "it", "tessera autobus studenti"))
    opened = store(tmp_path, replace(said, entries=entries, answers=answers, examples=examples))
    retriever = Retriever(opened, WordEmbedder())
    retriever.refresh(opened.revision())
    bus = retriever.standing("where is the abbonamento autobus", "en", (NEW, COST, "legal/nothing"))
    assert bus.keys() == {NEW, COST} and bus[NEW].score > 2 > bus[COST].score
    assert bus[NEW].lead > 0
    assert retriever.standing("permesso", "en", (NEW,))[NEW].lead < 0
    assert retriever.standing("!", "en", (NEW,)) == {}


def test_what_is_not_published_stands_in_a_trial_alone(tmp_path: Path) -> None:
    opened = store(tmp_path)
    retriever = Retriever(opened, WordEmbedder())
    retriever.refresh(opened.revision())
    over = Overlay(retriever, (), [Passage(0, NEW, "it", "title", "Abbonamento autobus", 0)])
    found = over.standing("abbonamento autobus", "ar", (NEW, RENEW))
    assert found[NEW].lead > 0 > found[RENEW].lead
    assert retriever.standing("abbonamento autobus", "ar", (NEW,)) == {}


def test_without_an_encoder_nothing_stands_anywhere(tmp_path: Path) -> None:
    retriever = Retriever(store(tmp_path), None)
    retriever.refresh(1)
    assert retriever.standing("rinnovo", "it", (RENEW,)) == {}
