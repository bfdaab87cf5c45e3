"""A new entry that answers what was asked in vain carries the questions along."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import tables
from bot.accounts import Accounts
from bot.copies import Copies, own_copy
from bot.model import Session, Source
from bot.people import People
from bot.translating import Translations
from bot.unanswered import Unanswered
from tests.console.house import House, hidden

BUS = {"topic": "daily", "name": "bus-pass", "title": "Abbonamento del bus", "answer": "Vada in biglietteria.",
       "url": "https://bus.example", "page": "Bus", "risk": "low"}  # fmt: skip
LOOK = "/console/entries/daily/bus-pass/it/look"


def ask(house: House, *asked: tuple[str, str]) -> None:
    for locale, text in asked:
        house.store.keep_unanswered(Session("s", "web", locale, last_text=text), "unanswered")


def begin(house: House, questions: str, *ticked: int) -> None:
    page = house.browser.get(f"/console/new?questions={questions}").text
    fields = BUS | {name: hidden(page, name) for name in ("csrf", "questions")}
    done = house.browser.post("/console/new", data=fields | {f"question.{number}": "1" for number in ticked})
    assert done.headers["location"] == "/console/entries/daily/bus-pass/it?done=saved"


def publish(house: House) -> None:
    page = house.browser.get(LOOK).text
    sent = {name: hidden(page, name) for name in ("csrf", "number", "own_number", "author")}
    assert house.browser.post(LOOK, data=sent | {"action": "publish"}).status_code == 303


def left(house: House) -> list[str]:
    return [item.text for item in reversed(Unanswered(house.store).newest()[0])]


def test_the_form_shows_the_questions_of_a_group_and_its_title(mediator: House) -> None:
    ask(mediator, ("it", "abbonamento del bus"), ("en", "bus pass [where]"), ("it", "???"), ("en", "something else"))
    page = mediator.browser.get("/console/questions").text
    assert "/console/new?questions=" in page
    page = mediator.browser.get("/console/new?questions=1,2,3,").text
    assert re.findall(r'name="(question\.\d)" value="1" checked', page) == ["question.2", "question.1"]
    assert 'id="title" name="title" value="abbonamento del bus"' in page
    token = {name: hidden(page, name) for name in ("csrf", "questions")}
    wrong = mediator.browser.post("/console/new", data=BUS | token | {"url": "x", "question.2": "1"})
    assert wrong.status_code == 422
    assert re.findall(r'name="(question\.\d)" value="1"( checked)?', wrong.text) == [
        ("question.2", " checked"),
        ("question.1", ""),
    ]


def test_the_ticked_questions_are_utterances_when_the_entry_is_published(mediator: House) -> None:
    ask(mediator, ("it", "abbonamento del bus"), ("en", "bus pass [where]"), ("it", "il prezzo del bus"))
    begin(mediator, "1,2,3", 1, 2)
    assert len(left(mediator)) == 3 and not Translations(mediator.store).examples(intent="daily/bus-pass")
    before = mediator.store.revision()
    publish(mediator)
    found = {(item.locale, item.text) for item in Translations(mediator.store).examples(intent="daily/bus-pass")}
    assert found == {("it", "abbonamento del bus"), ("en", "bus pass where")}
    assert left(mediator) == ["il prezzo del bus"] and mediator.store.revision() == before + 1
    hits = mediator.assistant.understood("bus pass where")[2]
    assert hits[0].intent == "daily/bus-pass"
    assert ("amina", "add utterance") in mediator.audit()


def test_what_a_colleague_settled_meanwhile_is_left_alone(mediator: House) -> None:
    ask(mediator, ("it", "abbonamento del bus"), ("it", "biglietto del bus"))
    begin(mediator, "1,2", 1, 2)
    Unanswered(mediator.store).forget([2], "elena")
    ask(mediator, ("it", "dove si vota"))  # which may get the number of the one that is gone
    publish(mediator)
    assert [item.text for item in Translations(mediator.store).examples(intent="daily/bus-pass")] == [
        "abbonamento del bus"
    ]
    assert left(mediator) == ["dove si vota"]


def test_questions_of_other_languages_stay_with_those_who_look_after_them(house: House) -> None:
    ask(house, ("it", "abbonamento del bus"), ("en", "bus pass"))
    People(Accounts(house.store)).change("amina", "mediator", ("it",), (), "ada")
    house.sign_in("amina")
    page = house.browser.get("/console/new?questions=1,2").text
    assert re.findall(r'name="(question\.\d)"', page) == ["question.1"]
    begin(house, "1,2", 1, 2)
    with house.store.engine.connect() as connection:
        kept = connection.execute(
            select(tables.working_copy.c.questions).where(tables.working_copy.c.locale == "")
        ).scalar()
    assert kept is not None and list(kept) == ["1"]


def test_a_colleagues_text_of_a_begun_entry_is_kept_and_not_published(mediator: House) -> None:
    begin(mediator, "")
    elena = mediator.new_browser()
    mediator.sign_in("elena", browser=elena)
    address = LOOK.removesuffix("/look")
    page = elena.get(address).text
    typed = {name: hidden(page, name) for name in ("csrf", "base_version", "number")} | {"title": "Bus", "answer": "Sì."}
    assert elena.post(address, data=typed).headers["location"] == LOOK
    page = elena.get(LOOK).text
    sent = {name: hidden(page, name) for name in ("csrf", "number", "author")}
    done = elena.post(LOOK, data=sent | {"action": "publish"})
    assert done.headers["location"] == f"{address}?done=saved"
    assert "There is no working copy any more" not in elena.get(done.headers["location"]).text
    assert "daily/bus-pass" not in mediator.store.content().entries
    assert Copies(mediator.store).find("daily/bus-pass", "it", "elena") is not None


@pytest.mark.parametrize(
    ("thrown", "left_over"),
    [("en", {"", "it"}), ("it", {"", "en"}), ("own", set()), ("en it", set())],
)
def test_what_is_thrown_away_of_a_begun_entry_leaves_nothing_that_cannot_be_opened(
    mediator: House, thrown: str, left_over: set[str]
) -> None:
    begin(mediator, "")
    entry = "/console/entries/daily/bus-pass"
    page = mediator.browser.get(f"{entry}/en").text
    typed = {name: hidden(page, name) for name in ("csrf", "base_version", "number")} | {"title": "Bus", "answer": "Go."}
    assert mediator.browser.post(f"{entry}/en", data=typed).status_code == 303
    for locale in thrown.split():
        assert mediator.post(f"{entry}/{locale}/discard").headers["location"] == "/console/reviews?done=discarded"
    assert {copy.locale for copy in Copies(mediator.store).all()} == left_over
    for locale in left_over:
        assert mediator.browser.get(f"{entry}/{locale or 'own'}/look").status_code == 200


def test_questions_of_other_places_stay_with_those_who_look_after_them(house: House) -> None:
    for place, text in (("foggia", "abbonamento del bus"), ("napoli", "abbonamento del metrò")):
        house.store.keep_unanswered(Session("s", "web", "it", place=place, last_text=text), "unanswered")
    People(Accounts(house.store)).change("amina", "mediator", (), ("foggia",), "ada")
    house.sign_in("amina")
    page = house.browser.get("/console/new?questions=1,2").text
    assert re.findall(r'name="(question\.\d)"', page) == ["question.1"] and "metrò" not in page


def test_a_colleague_approves_the_sources_and_the_risk_that_they_saw(mediator: House) -> None:
    begin(mediator, "")
    elena, copies = mediator.new_browser(), Copies(mediator.store)
    mediator.sign_in("elena", browser=elena)
    page = elena.get(f"{LOOK}?author=amina").text
    seen = {name: hidden(page, name) for name in ("csrf", "number", "own_number", "author")} | {"action": "publish"}
    own = copies.find("daily/bus-pass", "", "amina")
    assert own is not None and "https://bus.example" in page
    entry = replace(own.changed_entry(), sources=(Source("https://other.example", "Other"),))
    copies.save(own_copy(entry, "amina", 0, number=own.number))
    for sent in (seen, {name: text for name, text in seen.items() if name != "own_number"}):
        done = elena.post(LOOK, data=sent)
        assert done.status_code == 409 and "https://other.example" in done.text
        assert "daily/bus-pass" not in mediator.store.content().entries
    seen |= {"own_number": hidden(done.text, "own_number")}
    assert elena.post(LOOK, data=seen).status_code == 303
    assert mediator.store.content().entries["daily/bus-pass"] == entry
