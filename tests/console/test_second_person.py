"""Ways round the second person that are closed: files, "still right", restoring, and what danger means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.accounts import Accounts
from bot.copies import WAITING, Copies, Elsewhere, SecondPerson, WorkingCopy
from bot.model import Example
from bot.rows import field_hashes
from bot.translating import Translations
from tests.console.house import COST, PASSWORD, House, hidden

ENTRY = "legal/permit-cost"
DANGER = b"locale,intent,style,text\r\nit,danger.fire,plain,brucia tutto\r\nit,greet,plain,salve\r\nit,out_of_scope,plain,chi ha vinto\r\n"


def make_high(house: House) -> None:
    entry = house.store.content().entries[ENTRY]
    house.store.publish_entry(replace(entry, risk="high"), "bruno", house.store.entry_version(ENTRY))


def change_italian(house: House, title: str) -> None:
    answer = house.store.content().answers[ENTRY, "it"]
    house.store.publish_answer(replace(answer, title=title), "bruno", answer.version)


def send_csv(house: House, data: bytes) -> str:
    token = hidden(house.browser.get("/console/utterances").text, "csrf")
    done = house.browser.post("/console/utterances", data={"csrf": token}, files={"file": ("d.csv", data)})
    return str(done.headers["location"])


def intents(house: House) -> set[str]:
    return {item.intent for item in Translations(house.store).examples()}


@pytest.mark.parametrize(("name", "taught"), [("amina", set()), ("elena", {"danger.fire", "greet", "out_of_scope"})])
def test_what_is_danger_an_act_or_out_of_scope_is_taught_by_editors(house: House, name: str, taught: set[str]) -> None:
    house.sign_in(name)
    before = intents(house)
    address = send_csv(house, DANGER + b"it,health/card,plain,tesserino\r\n")
    page = house.browser.get(address).text
    assert page.count("There is no such intent.") == (0 if taught else 3)
    house.browser.post(address, data={"csrf": hidden(page, "csrf")})
    assert intents(house) - before == taught
    assert "tesserino" in {item.text for item in Translations(house.store).examples("it")}


def test_two_who_add_the_same_file_at_once_make_no_doubles(mediator: House) -> None:
    translations = Translations(mediator.store)
    new = Example("health/card", "it", "tesserino della salute")
    translations.add_examples([new], "amina")
    translations.add_examples(
        [new, replace(new, text="Tesserino della salute?"), replace(new, text="il tesserino")], "bruno"
    )
    texts = [item.text for item in translations.examples("it", "health/card")]
    assert texts == ["come faccio la tessera sanitaria", "tesserino della salute", "il tesserino"]


def test_still_right_waits_for_a_second_person_where_a_mistake_does_great_harm(mediator: House) -> None:
    change_italian(mediator, "Quanto costa")
    make_high(mediator)
    page = mediator.browser.get(f"{COST}/en").text
    part = page[: page.index("This is still right")]
    fields = {name: hidden(part, name) for name in ("csrf", "base_version", "italian_version")}
    change_italian(mediator, "Il prezzo")  # nobody has seen this beside the translation
    done = mediator.browser.post(f"{COST}/en/still-right", data=fields)
    assert done.headers["location"] == "/console/reviews?done=sent"
    assert mediator.store.stale() == {ENTRY: ["en"]}
    kept = Copies(mediator.store).find(ENTRY, "en", "amina")
    assert kept is not None and (kept.state, kept.data["title"]) == (WAITING, "Cost of the permit")
    assert mediator.browser.post(f"{COST}/en/still-right", data=fields).status_code == 409  # it waits already
    Accounts(mediator.store).create("carla", PASSWORD, "mediator")
    carla = mediator.new_browser()
    mediator.sign_in("carla", browser=carla)
    page = carla.get(f"{COST}/en/look?author=amina").text
    assert "The Italian text has changed since this translation was made" in page
    sent = {name: hidden(page, name) for name in ("csrf", "number", "author")}
    assert carla.post(f"{COST}/en/look", data=sent | {"action": "publish"}).status_code == 303
    found = Translations(mediator.store).one(ENTRY, "en")
    assert found is not None and found.state("title") == "changed"  # bound to the Italian that was seen


def test_still_right_of_a_risk_raised_meanwhile_is_refused_inside_the_transaction(mediator: House) -> None:
    change_italian(mediator, "Quanto costa")
    translations = Translations(mediator.store)
    found = translations.one(ENTRY, "en")
    assert found is not None
    make_high(mediator)
    with pytest.raises(SecondPerson):
        translations.still_right(found, 2, "amina", "")
    assert mediator.store.stale() == {ENTRY: ["en"]}


def test_a_copy_from_a_file_keeps_the_italian_it_was_made_from(mediator: House) -> None:
    make_high(mediator)
    older = field_hashes(mediator.store.content().answers[ENTRY, "it"])
    answer = replace(mediator.store.content().answers[ENTRY, "en"], title="Price of the permit")
    copies = Copies(mediator.store)
    copies.propose(answer, "bruno", "From the file", older)
    look = f"{COST}/en/look?author=bruno"
    assert "The Italian text has changed since this translation was made" not in mediator.browser.get(look).text
    change_italian(mediator, "Quanto costa")
    assert "The Italian text has changed since this translation was made" in mediator.browser.get(look).text
    with pytest.raises(Elsewhere):
        copies.propose(answer, "bruno", "", older)
    kept = copies.find(ENTRY, "en", "bruno")
    assert kept is not None and kept.made_from == older
    copies.publish(kept, "amina", replace(answer, version=1))
    assert mediator.store.stale() == {ENTRY: ["en"]}


def test_restoring_reads_the_risk_in_its_transaction(mediator: House) -> None:
    answer = mediator.store.content().answers[ENTRY, "en"]
    make_high(mediator)
    with pytest.raises(SecondPerson):
        Copies(mediator.store).restore(answer, "amina", 1, "")
    assert mediator.store.history(ENTRY, "en")[0].version == 1


def test_restoring_an_older_text_does_not_overwrite_what_its_finder_is_writing(mediator: House) -> None:
    change_italian(mediator, "Quanto costa")
    make_high(mediator)
    copies = Copies(mediator.store)
    own = copies.save(WorkingCopy(ENTRY, "it", "amina", {"title": "Mio", "answer": "Paghi {fee}."}, 2))
    fields = {
        "csrf": hidden(mediator.browser.get(f"{COST}/it/history").text, "csrf"),
        "version": "1",
        "base_version": "2",
    }
    page = mediator.browser.post(f"{COST}/it/history", data=fields)
    assert page.status_code == 409 and "publish your working copy or throw it away first" in page.text
    assert copies.find(ENTRY, "it", "amina") == own


@pytest.mark.parametrize("saved", ["", "/copy"])
def test_a_translation_is_made_from_the_italian_that_stood_beside_it(mediator: House, saved: str) -> None:
    page = mediator.browser.get(f"{COST}/en").text
    fields = {name: hidden(page, name) for name in ("csrf", "base_version", "number", "italian_version")}
    fields |= {"title": "Price of the permit", "answer": "Pay {fee}.", "steps": "1. Go to the post office."}
    assert mediator.browser.post(f"{COST}/en{saved}", data=fields).status_code == (200 if saved else 303)
    change_italian(mediator, "Quanto costa")
    page = mediator.browser.get(f"{COST}/en/look").text
    assert "The Italian text has changed since this translation was made" in page
    sent = {name: hidden(page, name) for name in ("csrf", "number", "author")}
    assert mediator.browser.post(f"{COST}/en/look", data=sent | {"action": "publish"}).status_code == 303
    assert mediator.store.content().answers[ENTRY, "en"].title == "Price of the permit"
    assert mediator.store.stale() == {ENTRY: ["en"]}


def test_the_same_text_looked_over_beside_the_new_italian_is_up_to_date(mediator: House) -> None:
    fields = {"title": "Price of the permit", "answer": "Pay {fee}."}
    for italian in ("Quanto costa", ""):
        page = mediator.browser.get(f"{COST}/en").text
        fields |= {name: hidden(page, name) for name in ("csrf", "base_version", "number", "italian_version")}
        assert mediator.browser.post(f"{COST}/en", data=fields).status_code == 303
        if italian:
            change_italian(mediator, italian)
    page = mediator.browser.get(f"{COST}/en/look").text
    sent = {name: hidden(page, name) for name in ("csrf", "number", "author")}
    assert mediator.browser.post(f"{COST}/en/look", data=sent | {"action": "publish"}).status_code == 303
    assert mediator.store.stale() == {}


def test_what_is_out_of_date_is_compared_and_not_confirmed(mediator: House) -> None:
    look = f"{COST}/en/look"
    assert f'href="{look}"' in mediator.browser.get(f"{COST}/en").text
    fields = {name: hidden(mediator.browser.get(look).text, name) for name in ("csrf", "base_version")}
    seen = mediator.store.content().answers[ENTRY, "en"]
    change_italian(mediator, "Quanto costa")
    assert f'href="{look}"' not in mediator.browser.get(f"{COST}/en").text
    page = mediator.browser.get(look)
    assert page.status_code == 200 and 'value="confirm"' not in page.text
    refused = mediator.browser.post(look, data=fields | {"action": "confirm"})
    assert refused.status_code == 409 and "Compare both and publish" in refused.text
    # Somebody may change the Italian between the check and the transaction.
    Copies(mediator.store).confirm(seen, "amina", date(2026, 11, 22))
    assert mediator.store.stale() == {ENTRY: ["en"]}


def test_what_is_published_at_once_and_what_waits_are_one_act(mediator: House) -> None:
    make_high(mediator)
    answers, copies = mediator.store.content().answers, Copies(mediator.store)
    own = copies.save(WorkingCopy(ENTRY, "en", "amina", {"title": "Mine", "answer": "Pay {fee}."}, 1))
    card = replace(answers["health/card", "it"], locale="en", version=0)
    made_from = {entry: field_hashes(answers[entry, "it"]) for entry in (ENTRY, "health/card")}
    translations, waiting = Translations(mediator.store), [replace(answers[ENTRY, "en"], title="Price")]
    before = mediator.store.revision()
    with pytest.raises(Elsewhere):
        translations.publish([card], made_from, "amina", "From the file", waiting)
    assert mediator.store.revision() == before and copies.all() == [own]
    assert ("health/card", "en") not in mediator.store.content().answers
    copies.discard(ENTRY, "en", "amina")
    translations.publish([card], made_from, "amina", "From the file", waiting)
    assert ("health/card", "en") in mediator.store.content().answers
    assert [(copy.state, copy.data["title"]) for copy in copies.all()] == [(WAITING, "Price")]
