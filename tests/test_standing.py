"""How near an entry stands to a question that nobody has learnt to answer with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.model import Answer, Example, Passage, Vectors
from bot.overlay import Overlay
from bot.retriever import Retriever
from bot.standing import Peers, Standing, standings
from tests.small import COST, RENEW, WordEmbedder, content, store

NEW = "daily/bus"


def _unit(*rows: tuple[float, ...]) -> Vectors:
    vectors = np.array(rows, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _peers(passages: dict[str, Vectors], asked: Vectors) -> Peers:
    return Peers({name: rows @ asked.T for name, rows in passages.items()})


def test_an_entry_that_is_near_to_every_question_stands_no_higher_for_it() -> None:
    asked, query = _unit((1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1)), _unit((1, 0, 0.75))[0]
    passages = {"a/common": _unit((1, 1, 0.3)), "a/rare": _unit((0, 0, 1))}
    cosines = {name: rows @ query for name, rows in passages.items()}
    assert cosines["a/common"] > cosines["a/rare"]
    found = _peers(passages, asked).scores(cosines)
    assert found["a/rare"] > found["a/common"]
    usual = np.array([0, 0, 0, 0.5**0.5])
    assert found["a/rare"] == pytest.approx((query[2] - usual.mean()) / usual.std(), abs=1e-4)


def test_the_nearest_three_passages_count() -> None:
    asked, query = _unit((1, 0), (0, 1)), _unit((1, 0))[0]
    three, more = _unit((1, 0), (1, 0), (1, 0)), _unit((1, 0), (1, 0), (1, 0), (0, -1), (0, -1))
    found = [_peers({"a/x": rows}, asked).scores({"a/x": rows @ query}) for rows in (three, more)]
    assert found[0] == pytest.approx(found[1])


def test_what_was_measured_over_no_question_says_nothing() -> None:
    assert Peers({"a/x": _unit((1, 0))[:, :0]}).scores({"a/x": _unit((1, 0))[:, 0]}) == {"a/x": 0.0}


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


def test_in_its_own_language_letters_count_beside_meaning(tmp_path: Path) -> None:
    opened = store(tmp_path)
    retriever = Retriever(opened, WordEmbedder())
    retriever.refresh(opened.revision())
    written = retriever.written("it", ["Abbonamento autobus"])
    said = [retriever.standing("abbonamenti autobusse", tag, (NEW,), {NEW: written})[NEW].score for tag in ("it", "ar")]
    assert said[0] > said[1]
    near = [retriever.cosines("abbonamenti autobusse", tag, written)[0] for tag in ("it", "ar")]
    assert near[0][0] == near[1][0] and near[0][1] > 0.3 > near[1][1] == 0.0


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
