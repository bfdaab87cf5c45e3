"""A working copy as if it were published: asked apart, replayed, and grouped questions that were asked in vain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot import tables
from bot.model import Answer, BussolaError, Entry, Example, Passage, Source, Utterance
from bot.overlay import Overlay
from bot.trial import Question
from bot.unanswered import Asked, Unanswered, groups
from tests.small import COST, RENEW, WordEmbedder, assistant, desk, store

DAY = date(2026, 11, 23)


def test_a_working_copy_is_asked_while_everybody_else_gets_what_is_published(tmp_path: Path) -> None:
    opened = store(tmp_path)
    live, made = desk(opened)
    answer = replace(
        opened.content().answers[COST, "it"], title="Marca da bollo", answer="Compri la marca in tabaccheria."
    )
    asked, before = "marca da bollo tabaccheria", (opened.revision(), live.view().compose.content.revision)
    turn = made.trial(answer, None, [Example(COST, "it", asked)]).ask(asked, "it")
    assert (turn.decision.entry, turn.replies[0].text) == (COST, "Compri la marca in tabaccheria.")
    assert live.reply(Utterance("cli", "s", asked)).decision.entry is None
    assert (opened.revision(), live.view().compose.content.revision) == before
    with opened.engine.connect() as connection:
        assert len(connection.execute(select(tables.turn)).all()) == 1


def test_what_is_laid_over_the_index_scores_as_if_it_were_in_it(tmp_path: Path) -> None:
    opened = store(tmp_path)
    live, _ = desk(opened)
    said = opened.content().answers[RENEW, "it"]
    keys = [(RENEW, "it", "title", said.title), (RENEW, "it", "answer", said.answer)]
    live.view()
    over = Overlay(live.searcher, keys, [Passage(0, *key, revision=0) for key in keys])
    for text in ("rinnovare il permesso", "Chieda il rinnovo"):
        under, same = (
            {(hit.kind, hit.text): hit for hit in found.search(text, "it")} for found in (live.searcher, over)
        )
        assert len(under) > 5 and under.keys() <= same.keys()
        for key, hit in under.items():
            assert (hit.dense, hit.lexical) == pytest.approx((same[key].dense, same[key].lexical), abs=0.01)


def test_an_entry_that_is_new_and_its_utterances_are_tried(tmp_path: Path) -> None:
    _, made = desk(store(tmp_path))
    entry = Entry("daily/bus", "low", DAY, sources=(Source("https://b.example", "B"),))
    answer = Answer(entry.id, "it", "Abbonamento", "Vada in biglietteria.")
    trial = made.trial(answer, entry, [Example(entry.id, "it", "tessera studenti autobus")])
    assert trial.ask("tessera studenti autobus", "it").decision.entry == entry.id
    assert made.entry(entry.id, "it") is None


def test_a_replay_says_which_questions_get_better_or_worse(tmp_path: Path) -> None:
    opened = store(tmp_path)
    _, made = desk(opened)
    answer = opened.content().answers[COST, "it"]
    trial = made.trial(answer, None, [Example(COST, "it", "cambio indirizzo patente")])
    better, worse = (
        Question("cambio indirizzo patente", "it", COST),
        Question("cambio patente indirizzo", "it", "legal/other"),
    )
    found = trial.replay(
        [better, worse, Question("cambio indirizzo patente", "it"), Question("mi piace il mare", "it", COST)]
    )
    assert [(item.question, item.verdict) for item in found] == [
        (worse, "worse"), (Question(better.text, "it"), "different"), (better, "better"),
    ]  # fmt: skip
    assert {(item.before.kind, item.after.entry) for item in found} == {("handoff", COST)}
    near = trial.nearest(Unanswered(opened).utterances(COST), [Question("asked in vain", "en")])
    assert Question("asked in vain", "en") in near and Question("quanto costa il permesso", "it", COST) in near
    assert made.trial(opened.content().answers[COST, "it"]).replay(near) == []


# ---- asked in vain ---------------------------------------------------------------------------------------------------


def _asked(number: int, text: str, locale: str = "it", place: str | None = None) -> Asked:
    return Asked(number, DAY, locale, place, text, "unanswered")


def test_questions_are_grouped_by_meaning_and_counted() -> None:
    asked = [
        _asked(5, "patente straniera convertire", "it", "foggia"), _asked(4, "convertire patente straniera", "en", "bari"),
        _asked(3, "Patente straniera, convertire!", "it", "foggia"), _asked(2, "cane viaggio"), _asked(1, "tessera autobus"),
    ]  # fmt: skip
    found = groups(asked, WordEmbedder().embed)
    assert [[item.id for item in group.questions] for group in found] == [[5, 3, 4], [2], [1]]
    assert (found[0].locales, found[0].places) == ({"it": 2, "en": 1}, {"foggia": 2, "bari": 1})
    without = groups(asked, lambda texts: WordEmbedder().embed(texts)[:, :0])
    assert [[item.id for item in group.questions] for group in without] == [[5, 3], [4], [2], [1]]
    assert groups([], WordEmbedder().embed) == []


def test_a_question_asked_in_vain_is_answered_once_it_is_an_utterance(tmp_path: Path) -> None:
    opened = store(tmp_path)
    live = assistant(opened)
    asked = "dove compro il bollettino postale"
    first = live.reply(Utterance("cli", "s", asked))
    assert first.decision.kind == "handoff"
    unanswered = Unanswered(opened)
    ((kept,), count) = unanswered.newest()
    assert (kept.text, kept.locale, kept.reason, count) == (asked, "it", "unanswered", 1)
    before = opened.revision()
    assert (
        unanswered.add([Example(COST, "it", f"{asked} [qui]")] * 2, "anna", [kept.id])
        == before + 1
        == opened.revision()
    )
    turn = live.reply(Utterance("cli", "s", f"{asked} qui"))
    assert (turn.decision.kind, turn.decision.entry) == ("answer", COST)
    assert unanswered.newest() == ([], 0)
    assert [item.text for item in unanswered.utterances(COST)][-1:] == [f"{asked} qui"]
    assert [passage.text for passage in opened.passages(before)] == [f"{asked} qui"]
    assert unanswered.add([Example(COST, "it", f"{asked} QUI")], "anna") == before + 2
    assert opened.passages(before + 1) == []
    with pytest.raises(BussolaError):
        unanswered.add([Example(COST, "it", "[]")], "anna")
    assert opened.revision() == before + 2


def test_a_question_is_deleted_for_good(tmp_path: Path) -> None:
    opened = store(tmp_path)
    with opened.transaction() as connection:
        for text in ("uno", "due"):
            connection.execute(insert(tables.unanswered).values(day=DAY, locale="it", text=text, reason="unanswered"))
    unanswered = Unanswered(opened)
    unanswered.forget([1], "anna")
    assert [item.text for item in unanswered.newest()[0]] == ["due"]
    with opened.engine.connect() as connection:
        said = connection.execute(
            select(tables.audit.c.action, tables.audit.c.detail).order_by(tables.audit.c.id)
        ).all()[-1]
    assert tuple(said) == ("forget questions", "1")
