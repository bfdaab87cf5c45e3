"""The translators' side of the console from the outside: what is out of date, the grid, files, questions, offices, the guide."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot import tables
from bot.accounts import Accounts
from bot.compose import ROME
from bot.copies import OWN, WAITING, Copies, WorkingCopy, own_copy
from bot.people import People
from bot.rows import field_hashes
from bot.service_checks import Invitation, ServiceChecks
from bot.store import Conflict
from bot.translating import Translations, hashes
from connectors.console.catalogue import Filters
from connectors.console.front import Account
from connectors.console.grid import lines
from connectors.console.work import Scene, work
from tests.console.house import COST, HEALTH, House, content, hidden

ENTRY = "legal/permit-cost"


def change_italian(house: House, minor: bool = False, **texts: str) -> None:
    answer = house.store.content().answers[ENTRY, "it"]
    house.store.publish_answer(replace(answer, **texts), "bruno", answer.version, minor=minor)  # type: ignore[arg-type]


# ---- field by field --------------------------------------------------------------------------------------------------


def test_the_editor_shows_how_the_italian_has_changed(mediator: House) -> None:
    assert "changed in Italian" not in mediator.browser.get(f"{COST}/en").text
    change_italian(mediator, answer="Paghi {fee} alla posta.")
    text = mediator.browser.get(f"{COST}/en").text
    assert text.count(">changed in Italian<") == 1 and text.count(">up to date<") == 2
    assert "Paghi {fee}<ins> alla posta</ins>." in re.sub(r"\n *", "", text)
    assert ">missing<" in mediator.browser.get(f"{HEALTH}/en").text


@pytest.mark.parametrize("answer", ["Paghi  {fee}", "paghi «{fee}» .", "Paghi,\n{fee}!"])
def test_commas_spaces_case_and_quotation_marks_make_nothing_stale(mediator: House, answer: str) -> None:
    change_italian(mediator, answer=answer)
    assert mediator.store.stale() == {}


def test_a_minor_edit_keeps_what_was_up_to_date_and_only_that(mediator: House) -> None:
    translations = Translations(mediator.store)
    change_italian(mediator, title="Quanto costa")
    change_italian(mediator, minor=True, answer="Paghi subito {fee}.")
    found = translations.one(ENTRY, "en")
    assert found is not None and found.states() == {"title": "changed", "answer": "current", "steps": "current"}
    assert translations.italian_then(found) == {"title": "Costo del permesso"}


def test_a_minor_edit_binds_again_what_somebody_is_translating_at_that_moment(mediator: House) -> None:
    copies, translations = Copies(mediator.store), Translations(mediator.store)
    typed = mediator.form(f"{COST}/en") | {"answer": "Pay {fee} now.", "italian_version": "1"}
    assert mediator.browser.post(f"{COST}/en/copy", data=typed).status_code == 200
    change_italian(mediator, minor=True, answer="Paghi subito {fee}.")
    seen = hashes(mediator.store.content().answers[ENTRY, "it"].fields())
    saved = copies.find(ENTRY, "en", "amina")
    assert saved is not None and saved.made_from == seen
    # The page is still open, with the Italian of before: what it saves next is bound to the minor edit as well.
    again = mediator.browser.post(f"{COST}/en/copy", data=typed | {"answer": "Pay {fee} today.", "number": "1"})
    assert again.json()["number"] == 2
    saved = copies.find(ENTRY, "en", "amina")
    assert saved is not None and saved.made_from == seen
    # A change of the meaning is none: neither what was saved nor what is saved next counts as up to date.
    change_italian(mediator, title="Quanto costa")
    mediator.browser.post(f"{COST}/en/copy", data=typed | {"answer": "Pay {fee} soon.", "number": "2"})
    saved = copies.find(ENTRY, "en", "amina")
    assert saved is not None and saved.made_from == seen
    copies.publish(saved, "amina", replace(mediator.store.content().answers[ENTRY, "en"], answer="Pay {fee} soon."))
    found = translations.one(ENTRY, "en")
    assert found is not None and found.states() == {"title": "changed", "answer": "current", "steps": "current"}


def test_a_translation_of_a_begun_entry_is_bound_to_the_italian_that_its_author_saw(mediator: House) -> None:
    first = {"topic": "daily", "name": "bus-pass", "title": "Abbonamento", "answer": "Vada in biglietteria.",
             "url": "https://bus.example", "page": "Bus"}  # fmt: skip
    address = "/console/entries/daily/bus-pass"
    assert mediator.post("/console/new", **first).status_code == 303
    elena = mediator.new_browser()
    mediator.sign_in("elena", browser=elena)
    page = elena.get(f"{address}/en").text
    assert "Vada in biglietteria." in page
    names = ("csrf", "base_version", "number", "italian_version", "italian.title", "italian.answer")
    typed = {name: hidden(page, name) for name in names} | {"title": "Bus pass", "answer": "Go to the ticket office."}
    assert elena.post(f"{address}/en/copy", data=typed).status_code == 200
    mediator.browser.post(f"{address}/it", data=mediator.form(f"{address}/it") | {"answer": "Vada al bar.", "number": "1"})
    look = mediator.browser.get(f"{address}/it/look").text
    sent = {name: hidden(look, name) for name in ("number", "author", "own_number")}
    assert mediator.post(f"{address}/it/look", action="publish", **sent).status_code == 303
    assert mediator.store.content().answers["daily/bus-pass", "it"].answer == "Vada al bar."
    elena.post(f"{address}/en/copy", data=typed | {"answer": "Go to the office.", "number": "1"})  # still open
    look = elena.get(f"{address}/en/look").text
    assert "The Italian text has changed since this translation was made" in look
    done = mediator.post(f"{address}/en/look", elena, action="publish", author="elena", number=hidden(look, "number"))
    assert done.status_code == 303 and mediator.store.stale() == {"daily/bus-pass": ["en"]}
    found = Translations(mediator.store).one("daily/bus-pass", "en")
    assert found is not None and found.states() == {"title": "current", "answer": "changed"}


def test_still_right_is_one_click_for_the_italian_that_was_seen(mediator: House) -> None:
    change_italian(mediator, title="Quanto costa")
    page = mediator.browser.get(f"{COST}/en").text
    fields = {
        name: hidden(page[: page.index("This is still right")], name)
        for name in ("csrf", "base_version", "italian_version")
    }
    done = mediator.browser.post(f"{COST}/en/still-right", data=fields)
    assert done.headers["location"] == f"{COST}/en?done=still_right"
    assert mediator.store.stale() == {}
    assert mediator.desk.entry(ENTRY, "en").state == "unconfirmed"  # type: ignore[union-attr]
    row = mediator.store.history(ENTRY, "en")[0]
    assert (row.version, row.author, row.data["title"]) == (2, "amina", "Cost of the permit")
    assert "This is still right" not in mediator.browser.get(f"{COST}/en").text
    change_italian(mediator, title="Il prezzo")  # after the page was read: what nobody has seen stays out of date
    again = mediator.browser.post(f"{COST}/en/still-right", data=fields | {"base_version": "2"})
    assert again.status_code == 303 and mediator.store.stale() == {ENTRY: ["en"]}
    assert mediator.browser.post(f"{COST}/en/still-right", data=fields).status_code == 409
    assert mediator.browser.post(f"{COST}/it/still-right", data=fields).status_code == 404
    assert mediator.browser.post(f"{COST}/en/still-right", data=fields | {"csrf": "x"}).status_code == 403


def test_many_are_published_all_or_none(mediator: House) -> None:
    translations = Translations(mediator.store)
    answers = mediator.store.content().answers
    english, italian = answers[ENTRY, "en"], field_hashes(answers[ENTRY, "it"])
    new = replace(answers["health/card", "it"], locale="en", version=0)
    before = mediator.store.revision()
    made_from = {ENTRY: italian, "health/card": field_hashes(answers["health/card", "it"])}
    with pytest.raises(Conflict):
        translations.publish([new, replace(english, title="Price", version=7)], made_from, "amina", "")
    assert mediator.store.revision() == before and ("health/card", "en") not in mediator.store.content().answers
    translations.publish([new, replace(english, title="Price")], made_from, "amina", "")
    assert mediator.store.revision() == before + 1 and mediator.store.content().answers[ENTRY, "en"].title == "Price"


# ---- the work page, the grid and the list ------------------------------------------------------------------------------


def test_the_cards_heed_the_limits_of_language_and_place(town: House) -> None:
    copies, checks = Copies(town.store), ServiceChecks(town.store)
    town.restrict(ENTRY, ("puglia",))
    for locale in ("it", "en"):
        copies.save(WorkingCopy(ENTRY, locale, "bruno", {"title": "T", "answer": "{fee}"}, 1))
        copies.send(ENTRY, locale, "bruno")
    entry = town.desk.compose.content.entries[ENTRY]
    copies.save(own_copy(replace(entry, risk="low"), "bruno", 2))
    copies.send(ENTRY, OWN, "bruno")
    assert checks.answer(Invitation("na-desk", 0), {"phone": "081 7654321"}, "")
    seen = {}
    for who, locales, places in (("all", (), ()), ("english", ("en",), ()), ("puglia", (), ("puglia",)), ("napoli", (), ("napoli",))):
        account = Account(who, "mediator", "", locales, places, regions={"foggia": "puglia", "napoli": "campania"})
        scene = Scene(town.store, copies, None, town.desk.compose, date(2026, 12, 5), account)
        counts = {card.kind: card.count for card in work(scene, ())}
        seen[who] = (counts["copies"], counts["offices"], counts["changes"], counts["values"])
    assert seen == {"all": (3, 1, 1, 2), "english": (1, 1, 0, 0), "puglia": (3, 1, 0, 2), "napoli": (0, 0, 1, 0)}
    People(Accounts(town.store)).change("amina", "mediator", (), ("napoli",), "amina")
    page = town.browser.get("/console/reviews").text
    assert page.index("Nothing waits.") < page.index("Your colleagues are writing") < page.index("bruno")
    assert "Sportello di Foggia" not in town.browser.get("/console/offices").text
    assert "{fee}" not in town.browser.get("/console/due-values").text


def test_the_work_page_counts_what_waits(town: House) -> None:
    change_italian(town, title="Quanto costa")
    with town.store.transaction() as connection:
        for number in range(3):
            row = {"day": date(2026, 11, 22), "locale": "it", "text": f"domanda {number}", "reason": "unanswered"}
            connection.execute(insert(tables.unanswered).values(row))
    cards = work(Scene(town.store, Copies(town.store), None, town.desk.compose, date(2026, 12, 5)), ())
    assert {card.kind: card.count for card in cards} == {
        "stale": 1, "missing": 2 * 23 - 1, "review": 0, "values": 2, "unanswered": 3, "changes": 0, "offices": 2,
        "copies": 0,
    }  # fmt: skip
    mine = work(Scene(town.store, Copies(town.store), None, town.desk.compose, date(2028, 1, 1)), ("en", "ar"))
    assert [(card.kind, card.locale, card.count) for card in mine[:4]] == [
        ("stale", "en", 1), ("missing", "en", 1), ("stale", "ar", 0), ("missing", "ar", 2),
    ]  # fmt: skip
    assert {card.kind: card.count for card in mine}["review"] == 2
    page = town.browser.get("/console").text
    addresses = re.findall(r'<h3><a href="(/console/[^"]+)">', page)
    assert len(addresses) == 8
    idle = [" idle" in kind for kind in re.findall(r'<li class="card work([^"]*)">', page)]
    assert idle == sorted(idle) and len(set(idle)) == 2  # what waits comes first
    for address in addresses:
        assert town.browser.get(address.replace("&amp;", "&")).status_code == 200


def test_the_grid_shows_every_state_in_a_word(mediator: House) -> None:
    compose = mediator.desk.compose
    assert [line.entry for line in lines(compose, "en", Filters(sort="work"))] == ["health/card", ENTRY]
    change_italian(mediator, title="Quanto costa")
    page = mediator.browser.get("/console/translations", params={"locale": "en"}).text
    row = next(row for row in page.split("<tr>") if f"/entries/{ENTRY}/en" in row)
    assert row.count("missing</span>") == 22 and row.count("out of date</span>") == 1 and row.count("<a ") == 25
    compose = mediator.desk.compose
    assert [line.entry for line in lines(compose, "en", Filters())] == [ENTRY, "health/card"]
    assert [line.entry for line in lines(compose, "en", Filters(state="stale"))] == [ENTRY]
    assert lines(compose, "en", Filters(state="stale", locale="fr")) == []
    assert [line.work for line in lines(compose, "en", Filters(topic="legal"))] == [23]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"risk": "medium"}, ["permit-cost"]),
        ({"risk": "x", "age": "x"}, ["permit-cost", "card"]),
        ({"age": "overdue"}, []),
        ({"age": "90"}, ["permit-cost"]),
        ({"age": "90", "locale": "en"}, ["permit-cost", "card"]),
    ],
)
def test_the_list_knows_risk_and_age(mediator: House, query: dict[str, str], found: list[str]) -> None:
    answer = mediator.store.content().answers["health/card", "it"]
    today = datetime.now(ROME).date()
    mediator.store.publish_answer(replace(answer, state="confirmed", confirmed_by="a", confirmed_on=today), "a", 1)
    page = mediator.browser.get("/console/entries", params=query).text
    assert [name for name in ("permit-cost", "card") if f"/{name}/" in page] == found


def exported(house: House, kind: str, **query: str) -> bytes:
    done = house.browser.get("/console/files/export", params={"locale": "en", "format": kind} | query)
    assert done.status_code == 200 and "attachment" in done.headers["content-disposition"]
    return done.content


def send(house: House, data: bytes, name: str, path: str = "/console/files") -> str:
    """The address of the page that shows what a file would change."""
    token = hidden(house.browser.get(path).text, "csrf")
    done = house.browser.post(path, data={"csrf": token}, files={"file": (name, data)})
    assert done.status_code == 303
    return str(done.headers["location"])


@pytest.mark.parametrize("kind", ["xliff", "po"])
def test_a_file_goes_out_comes_back_and_is_published_after_a_look(mediator: House, kind: str) -> None:
    data = exported(mediator, kind)
    assert "There is nothing to do." in mediator.browser.get(send(mediator, data, "same.xlf")).text
    changed = data.decode().replace("Cost of the permit", "Price of the permit")
    address = send(mediator, changed.encode(), "prezzi.xlf")
    page = mediator.browser.get(address).text
    assert "Texts that change: 1" in page and "<del>Cost</del><ins>Price</ins>" in page
    assert mediator.store.content().answers[ENTRY, "en"].title == "Cost of the permit"  # nothing yet
    fields = {name: hidden(page, name) for name in ("csrf", "revision")}
    assert mediator.browser.post(address, data=fields).headers["location"] == "/console/files?done=imported"
    assert mediator.store.content().answers[ENTRY, "en"].title == "Price of the permit"
    row = mediator.store.history(ENTRY, "en")[0]
    assert (row.author, row.note) == ("amina", "From the file prezzi.xlf")
    assert mediator.browser.get(address).status_code == 404


def test_a_file_does_not_go_round_the_second_person(mediator: House) -> None:
    entry = mediator.store.content().entries[ENTRY]
    mediator.store.publish_entry(replace(entry, risk="high"), "bruno", 1)
    data = exported(mediator, "po").decode().replace("Cost of the permit", "Price of the permit").encode()
    copies = Copies(mediator.store)
    own = copies.save(WorkingCopy(ENTRY, "en", "amina", {"title": "Mine", "answer": "Pay {fee}."}, 1))
    address = send(mediator, data, "f.po")
    fields = {name: hidden(mediator.browser.get(address).text, name) for name in ("csrf", "revision")}
    assert mediator.browser.post(address, data=fields).status_code == 409
    assert copies.find(ENTRY, "en", "amina") == own  # nothing typed is lost
    copies.discard(ENTRY, "en", "amina")
    assert mediator.browser.post(address, data=fields).headers["location"] == "/console/reviews?done=sent"
    assert mediator.store.content().answers[ENTRY, "en"].title == "Cost of the permit"
    kept = copies.find(ENTRY, "en", "amina")
    assert kept is not None and (kept.state, kept.data["title"]) == (WAITING, "Price of the permit")
    assert mediator.browser.get(address).status_code == 404


def test_an_agreement_is_for_what_was_shown(mediator: House) -> None:
    data = exported(mediator, "po").decode().replace("Cost of the permit", "Price of the permit")
    address = send(mediator, data.encode(), "f.po")
    fields = {name: hidden(mediator.browser.get(address).text, name) for name in ("csrf", "revision")}
    answer = mediator.store.content().answers[ENTRY, "en"]
    mediator.store.publish_answer(replace(answer, title="What it costs"), "bruno", 1)
    page = mediator.browser.post(address, data=fields)
    assert page.status_code == 409 and "Changed here since the file was made" in page.text
    assert "What it costs" in page.text and "Price of the permit" in page.text
    assert mediator.store.content().answers[ENTRY, "en"].title == "What it costs"


def test_a_file_with_broken_values_is_refused_by_name(mediator: House) -> None:
    data = exported(mediator, "po").decode().replace('msgstr "Pay {fee}."', 'msgstr "Pay {fees}."')
    address = send(mediator, data.encode(), "rotto.po")
    page = mediator.browser.get(address).text
    assert "rotto.po" in page and f"{ENTRY}#answer: please put in {{fee}}." in page
    assert f"{ENTRY}#answer: please take out {{fees}}." in page and 'name="revision"' not in page
    done = mediator.browser.post(address, data={"csrf": hidden(mediator.browser.get("/console/files").text, "csrf"),
                                                "revision": str(mediator.store.revision())})  # fmt: skip
    assert done.status_code == 422 and mediator.store.content().answers[ENTRY, "en"].answer == "Pay {fee}."


def test_files_that_cannot_be_read_or_are_not_there(mediator: House) -> None:
    token = {"csrf": hidden(mediator.browser.get("/console/files").text, "csrf")}
    page = mediator.browser.post("/console/files", data=token, files={"file": ("foto.xlf", b"<xliff")})
    assert page.status_code == 422 and "foto.xlf:1" in page.text and "This is no XML." in page.text
    assert mediator.browser.post("/console/files", data=token).status_code == 422
    assert mediator.browser.post("/console/files", data={"csrf": "x"}, files={"file": ("a", b"<")}).status_code == 403
    assert mediator.browser.get("/console/files/nothing").status_code == 404
    assert mediator.browser.get("/console/files/export", params={"locale": "it"}).status_code == 404
    assert mediator.browser.get("/console/files/export", params={"locale": "en", "topic": "work"}).status_code == 422
    chosen = mediator.browser.get(
        "/console/files/export", params={"locale": "ar", "entry": ["health/card"], "todo": "1"}
    )
    assert chosen.text.count("<unit") == 2 and ENTRY not in chosen.text
    too_much = mediator.browser.post("/console/files", data=token, files={"file": ("a.xlf", b" " * (5 << 20))})
    assert too_much.status_code == 413


def test_utterances_are_added_after_a_look_and_stay(mediator: House) -> None:
    data = mediator.browser.get("/console/utterances/export", params={"locale": "it"}).content
    assert data.decode("utf-8-sig").count("\r\n") == 3
    address = send(mediator, data + b"it,health/card,plain,tesserino della salute\r\n", "d.csv", "/console/utterances")
    page = mediator.browser.get(address).text
    assert "New questions: 1" in page and "there already: 2" in page
    assert mediator.browser.post(address, data={"csrf": hidden(page, "csrf")}).status_code == 303
    found = [passage.intent for passage in mediator.store.passages(-1) if passage.text == "tesserino della salute"]
    assert found == ["health/card"]
    mediator.store.import_content(content())
    texts = [item.text for item in mediator.store.content(examples=True).examples]
    assert texts.count("tesserino della salute") == 1


def test_readers_see_no_forms_that_write(house: House) -> None:
    house.sign_in("vito")
    for path in ("/console/files", "/console/utterances"):
        text = house.browser.get(path).text
        assert 'type="file"' not in text
        done = house.browser.post(path, data={"csrf": hidden(text, "csrf")}, files={"file": ("a.po", b"x")})
        assert done.status_code == 403


# ---- the guide -------------------------------------------------------------------------------------------------------


def test_the_guide_is_a_page_from_the_same_file(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    (tmp_path / "it" / "bussola.po").write_text(head, encoding="utf-8")
    house = House(prepared, tmp_path)
    house.sign_in("amina")
    for header, sentence in (("it", "Cominciare la giornata"), ("ar,en;q=0.5", "Begin the day")):
        page = house.browser.get("/console/guide", headers={"Accept-Language": header})
        assert page.status_code == 200 and f"<h2>{sentence}</h2>" in page.text and page.text.count("<script") == 1
        pictures = re.findall(r'src="(/console/guide/[\w-]+\.png)" alt="[^"]+"', page.text)
        assert len(pictures) == 6
        assert {house.browser.get(picture).headers["content-type"] for picture in pictures} == {"image/png"}
    assert house.browser.get("/console/guide/..%2fwidget-it.png").status_code == 404
    assert house.new_browser().get("/console/guide").headers["location"] == "/console/sign-in"
    house.store.engine.dispose()


def test_every_page_says_what_it_is_for(town: House) -> None:
    for path in ("", "/translations", "/files", "/utterances", "/due-values", "/offices", "/guide"):
        text = town.browser.get(f"/console{path}").text
        assert len(re.findall(r'<p class="purpose">[^<]{20,}</p>', text)) == 1 and text.count("<h1") == 1, path
        assert len(re.findall(r'<a href="/console/guide"', text)) >= 1
