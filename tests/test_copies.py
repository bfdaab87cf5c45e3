"""Working copies in the store: nothing half, nothing silently overwritten, high risk with a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import tables
from bot.copies import OWN, Copies, Elsewhere, Gone, SecondPerson, WorkingCopy, own_copy
from bot.model import Answer, Entry, Source
from bot.store import Conflict
from tests.small import COST, RENEW, store

TODAY = date(2026, 11, 23)


def _copy(entry: str = COST, **changes: str) -> WorkingCopy:
    texts = {"title": "Quanto costa", "answer": "Si paga alla posta.", **changes}
    return WorkingCopy(entry, "it", "anna", texts, 1)


def _answer(copy: WorkingCopy) -> Answer:
    return Answer(copy.entry, copy.locale, copy.data["title"], copy.data["answer"])


def test_a_copy_is_kept_apart_and_the_later_of_two_tabs_is_told(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies, before = Copies(opened), opened.revision()
    first = copies.save(_copy())
    assert (first.number, first.state, copies.find(COST, "it", "anna")) == (1, "draft", first)
    assert copies.save(replace(first, data={"title": "B", "answer": "C"})).number == 2
    with pytest.raises(Elsewhere) as told:
        copies.save(replace(first, data={"title": "D", "answer": "E"}))
    assert told.value.current.data == {"title": "B", "answer": "C"}
    assert copies.find(COST, "it", "bruno") is None and [copy.author for copy in copies.all()] == ["anna"]
    assert opened.revision() == before and "C" not in {passage.text for passage in opened.passages(-1)}
    copies.discard(COST, "it", "anna")
    assert copies.all() == []


def test_saving_the_same_again_keeps_its_state_and_other_text_is_a_draft_again(tmp_path: Path) -> None:
    copies = Copies(store(tmp_path))
    saved = copies.save(_copy())
    copies.send(COST, "it", "anna")
    assert copies.save(saved).state == "waiting"
    assert copies.save(replace(saved, note="because")).state == "draft"
    copies.send_back(COST, "it", "anna", "bruno", "Which office?")
    back = copies.find(COST, "it", "anna")
    assert back is not None and (back.state, back.remark, back.remark_by) == ("back", "Which office?", "bruno")
    assert copies.save(replace(back, note="more")).remark == "Which office?"
    with pytest.raises(Gone):
        copies.send(COST, "en", "anna")


def test_publishing_a_copy_removes_it_and_can_confirm_answer_and_sources_as_one_act(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies = Copies(opened)
    saved = copies.save(_copy())
    with pytest.raises(Elsewhere):
        copies.publish(replace(saved, number=9), "bruno", _answer(saved))
    before = opened.revision()
    assert copies.publish(saved, "bruno", _answer(saved), TODAY) == before + 1 == opened.revision()
    content = opened.content()
    answer = content.answers[COST, "it"]
    assert (answer.title, answer.state, answer.confirmed_by, answer.confirmed_on, answer.version) == (
        "Quanto costa", "confirmed", "bruno", TODAY, 2,
    )  # fmt: skip
    assert [source.checked for source in content.entries[COST].sources] == [TODAY]
    assert copies.checks(COST) == {"https://example.org/cost": "bruno"}
    assert opened.history(COST, "it")[0].author == "anna" and copies.all() == []
    with pytest.raises(Gone):
        copies.publish(saved, "bruno", _answer(saved))


def test_high_risk_needs_a_second_person_however_it_is_published(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies = Copies(opened)
    saved = copies.save(_copy(RENEW))
    with pytest.raises(SecondPerson):
        copies.publish(saved, "anna", _answer(saved))
    with pytest.raises(SecondPerson):
        copies.restore(_answer(saved), "anna", 1, "")
    entry = opened.content().entries
    low = copies.save(own_copy(replace(entry[RENEW], risk="low"), "anna", 1))
    high = copies.save(own_copy(replace(entry[COST], risk="high"), "anna", 1))
    for own in (low, high):
        with pytest.raises(SecondPerson):
            copies.publish(own, "anna", None)
    assert opened.content().entries[RENEW].risk == "high"
    copies.publish(low, "bruno", None)
    assert opened.content().entries[RENEW].risk == "low"
    assert [copy.entry for copy in copies.all()] == [COST, RENEW]


def test_a_conflict_publishes_nothing_and_keeps_the_copy(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies = Copies(opened)
    saved = copies.save(_copy())
    opened.publish_answer(replace(opened.content().answers[COST, "it"], answer="Altro."), "carla", 1)
    before = opened.revision()
    with pytest.raises(Conflict):
        copies.publish(saved, "bruno", _answer(saved), TODAY)
    assert opened.revision() == before and copies.all() == [saved]
    assert opened.content().entries[COST].sources[0].checked is None


def test_a_new_entry_is_published_with_its_italian_text_or_not_at_all(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies, entry = Copies(opened), Entry("daily/driving", "low", TODAY, sources=(Source("https://c.example", "C"),))
    copies.save(own_copy(entry, "anna", 0))
    saved = copies.save(
        WorkingCopy(entry.id, "it", "anna", {"title": "Patente", "answer": "Vada alla motorizzazione."}, 0)
    )
    assert entry.id not in opened.content().entries
    copies.publish(saved, "anna", _answer(saved), own_number=1)
    content = opened.content()
    assert content.entries[entry.id] == entry and content.answers[entry.id, "it"].title == "Patente"
    assert copies.all() == [] and opened.entry_version(entry.id) == 1
    with opened.engine.connect() as connection:
        actions = connection.execute(select(tables.audit.c.action).order_by(tables.audit.c.id)).scalars().all()
    assert actions == ["import", "publish values", "publish"]


@pytest.mark.parametrize(("author", "locale"), [("bruno", "it"), ("bruno", "en"), ("anna", "en"), ("anna", OWN)])
def test_nothing_of_a_new_entry_is_published_before_the_italian_of_whoever_began_it(
    tmp_path: Path, author: str, locale: str
) -> None:
    opened = store(tmp_path)
    copies, entry = Copies(opened), Entry("daily/driving", "high", TODAY, sources=(Source("https://c.example", "C"),))
    own = copies.save(own_copy(entry, "anna", 0))
    texts = {"title": "Patente", "answer": "Vada alla motorizzazione."}
    saved = own if locale == OWN else copies.save(WorkingCopy(entry.id, locale, author, texts, 0))
    kept, before = copies.all(), opened.revision()
    for approver in ("bruno", "carla"):
        with pytest.raises(Gone):
            copies.publish(saved, approver, None if locale == OWN else _answer(saved))
    assert copies.all() == kept and opened.revision() == before
    assert entry.id not in opened.content().entries and (entry.id, locale) not in opened.content().answers


def test_a_source_is_checked_by_somebody_on_a_day(tmp_path: Path) -> None:
    opened = store(tmp_path)
    copies = Copies(opened)
    copies.check_source(RENEW, "https://example.org/renew", "anna", TODAY)
    assert opened.content().entries[RENEW].sources[0].checked == TODAY
    assert copies.checks(RENEW) == {"https://example.org/renew": "anna"}
    with pytest.raises(Gone):
        copies.check_source(RENEW, "https://other.example", "anna", TODAY)
    copies.confirm(opened.content().answers[RENEW, "en"], "bruno", TODAY)
    assert opened.content().answers[RENEW, "en"].confirmed_by == "bruno"
    assert copies.find(RENEW, OWN, "anna") is None
