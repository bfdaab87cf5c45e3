"""The index: found by meaning and by letters, refreshed without reading again what it knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.retriever import Retriever
from tests.small import COST, RENEW, WordEmbedder, store


def test_hits_come_from_every_locale_by_meaning_and_from_ones_own_by_letters(tmp_path: Path) -> None:
    retriever = Retriever(store(tmp_path), WordEmbedder())
    retriever.refresh(1)
    hits = retriever.search("come rinnovo il permesso di soggiorno", "it")
    assert (hits[0].intent, hits[0].text, round(hits[0].dense, 2), round(hits[0].lexical, 1)) == (
        RENEW,
        "come rinnovo il permesso di soggiorno",
        1.0,
        1.0,
    )
    typo = retriever.search("rinovvo permeso sogiorno", "it")
    assert max(typo, key=lambda hit: hit.lexical).intent == RENEW
    assert {hit.locale for hit in hits if hit.lexical > 0} == {"it"}
    assert retriever.search("", "it") == retriever.search("😀", "it") == ()


def test_a_refresh_embeds_only_new_texts_and_forgets_withdrawn_ones(tmp_path: Path) -> None:
    opened, embedder = store(tmp_path), WordEmbedder()
    retriever = Retriever(opened, embedder)
    retriever.refresh(opened.revision())
    embedder.embedded.clear()
    answer = opened.content().answers[COST, "it"]
    opened.publish_answer(replace(answer, title="Prezzo della carta elettronica"), "anna", 1)
    retriever.refresh(opened.revision())
    assert embedder.embedded == ["Prezzo della carta elettronica"]
    found = retriever.search("prezzo carta elettronica", "it")
    assert found[0].text == "Prezzo della carta elettronica"
    assert "Quanto costa il permesso" not in {hit.text for hit in retriever.search("quanto costa il permesso", "it")}


def test_the_second_start_embeds_nothing(tmp_path: Path) -> None:
    opened = store(tmp_path)
    Retriever(opened, WordEmbedder()).refresh(opened.revision())
    again = WordEmbedder()
    Retriever(opened, again).refresh(opened.revision())
    assert again.embedded == []


def test_without_an_encoder_letters_still_find(tmp_path: Path) -> None:
    retriever = Retriever(store(tmp_path), None)
    retriever.refresh(1)
    assert retriever.search("come rinnovo il permesso", "it")[0].intent == RENEW


def test_a_changed_value_leaves_what_is_searched_as_it_is(tmp_path: Path) -> None:
    opened = store(tmp_path)
    retriever = Retriever(opened, WordEmbedder())
    retriever.refresh(opened.revision())
    before = retriever._snapshot
    entry = opened.content().entries[RENEW]
    opened.publish_entry(replace(entry, risk="low"), "amina", 1)
    retriever.refresh(opened.revision())
    assert retriever.revision == opened.revision() == before.revision + 1
    assert retriever._snapshot.dense is before.dense and retriever._snapshot.lexical is before.lexical
