"""The translators' side of the console from the outside: what is out of date, the grid, files, questions, offices, the guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot import tables
from bot.accounts import Accounts
from bot.compose import ROME
from bot.copies import WAITING, Copies, WorkingCopy
from bot.model import Service
from bot.people import People
from bot.rows import field_hashes
from bot.service_checks import Invitation, ServiceChecks
from bot.store import Conflict, migrate, open_store
from bot.translating import Translations
from connectors.console.grid import Wanted, lines
from connectors.console.offices import SEAL
from connectors.console.work import Scene, work
from tests.console.house import COST, HEALTH, PASSWORD, House, content, hidden

ENTRY = "legal/permit-cost"
DESK = Service("fg-desk", "help-desk", "Sportello di Foggia", "puglia", "FG", "Foggia", "low", "https://a.example", "Via Roma 1",
               41.4, 15.5, email="sportello@comune.example", hours="Mo-Fr 09:00-12:00")  # fmt: skip
OTHER = Service(
    "na-desk",
    "help-desk",
    "Sportello di Napoli",
    "campania",
    "NA",
    "Napoli",
    "high",
    "https://b.example",
    phone="081 123456",
)


@pytest.fixture(scope="module")
def with_offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("offices") / "prepared.sqlite3"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    store.import_content(replace(content(), services=(DESK, OTHER)))
    Accounts(store).create("amina", PASSWORD, "mediator")
    store.engine.dispose()
    return path


@pytest.fixture
def town(with_offices: Path, tmp_path: Path) -> Iterator[House]:
    house = House(with_offices, tmp_path)
    assert house.sign_in("amina") == 303
    yield house
    house.store.engine.dispose()


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
    for address in addresses:
        assert town.browser.get(address.replace("&amp;", "&")).status_code == 200


def test_the_grid_shows_every_state_in_a_word(mediator: House) -> None:
    compose = mediator.desk.compose
    assert [line.entry for line in lines(compose, "en", Wanted(sort="work"))] == ["health/card", ENTRY]
    change_italian(mediator, title="Quanto costa")
    page = mediator.browser.get("/console/translations", params={"locale": "en"}).text
    row = next(row for row in page.split("<tr>") if f"/entries/{ENTRY}/en" in row)
    assert row.count("missing</span>") == 22 and row.count("out of date</span>") == 1 and row.count("<a ") == 25
    compose = mediator.desk.compose
    assert [line.entry for line in lines(compose, "en", Wanted())] == [ENTRY, "health/card"]
    assert [line.entry for line in lines(compose, "en", Wanted(state="stale"))] == [ENTRY]
    assert lines(compose, "en", Wanted(state="stale", locale="fr")) == []
    assert [line.work for line in lines(compose, "en", Wanted(topic="legal"))] == [23]


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


# ---- offices ---------------------------------------------------------------------------------------------------------


def link(house: House, service: Service = DESK, today: date | None = None) -> str:
    day = today or datetime.now(ROME).date()
    return "/office/" + ServiceChecks(house.store).tokens([service], day, partial(house.desk.seal, SEAL))[service.id]


def test_an_office_says_still_true_once(town: House) -> None:
    page = town.browser.get("/console/offices").text
    address = re.findall(r"http://testserver(/office/[\w.-]+)", page)[0]
    assert address == link(town) and "mailto:sportello@comune.example?subject=" in page
    office = town.new_browser()
    seen = office.get(address)
    assert seen.status_code == 200 and "Via Roma 1" in seen.text and "<script" not in seen.text
    assert (
        len(ServiceChecks(town.store).due(town.store.content().services, date(2026, 11, 22))) == 2
    )  # looking is nothing
    assert "Thank you." in office.post(address, data={"said": "yes"}).text
    desk = {service.id: service for service in town.store.content().services}["fg-desk"]
    assert desk.checked is not None and (desk.confidence, desk.checked) == ("high", datetime.now(ROME).date())
    assert town.desk.services("it", None, None, 9)[0]["checked"] == desk.checked.isoformat()  # type: ignore[index]
    assert office.get(address).status_code == 410 and office.post(address, data={"said": "yes"}).status_code == 410
    checks = ServiceChecks(town.store)
    assert [item.id for item in checks.due(town.store.content().services, desk.checked)] == ["na-desk"]
    later = desk.checked + timedelta(days=90)
    assert [item.id for item in checks.due(town.store.content().services, later)] == ["fg-desk", "na-desk"]
    town.store.import_content(replace(content(), services=(DESK, OTHER)))
    assert town.store.content().services[0].checked == desk.checked


def test_a_change_of_an_office_waits_for_a_mediator(town: House) -> None:
    office, address = town.new_browser(), link(town)
    fields = {
        "said": "change",
        "address": "Via Bari <2>",
        "phone": "0881 1",
        "email": DESK.email,
        "hours": "lunedì 9-12",
        "note": "ciao",
    }
    assert office.post(address, data=fields).status_code == 422  # an address without signs of HTML
    assert (
        office.post(address, data={"said": "change", "address": "Via Roma 1"}).status_code == 422
    )  # nothing has changed
    assert "A mediator will look" in office.post(address, data=fields | {"address": "Via Bari 2"}).text
    assert town.store.content().services[0].address == "Via Roma 1"
    page = town.browser.get("/console/offices").text
    assert 'value="Via Bari 2"' in page and "So far: Via Roma 1" in page and "ciao" in page
    answer = {"csrf": hidden(page, "csrf"), "id": hidden(page, "id"), "decision": "accept", "address": "Via Bari 2",
              "phone": "0881 123", "hours": "lunedì 9-12"}  # fmt: skip
    wrong = town.browser.post("/console/offices", data=answer)
    assert wrong.status_code == 422 and "Opening hours" in wrong.text and 'value="0881 123"' in wrong.text
    done = town.browser.post("/console/offices", data=answer | {"hours": "Mo 09:00-12:00"})
    assert done.headers["location"] == "/console/offices?done=accepted"
    desk = town.store.content().services[0]
    assert (desk.address, desk.phone, desk.hours, desk.lat) == ("Via Bari 2", "0881 123", "Mo 09:00-12:00", None)
    assert town.browser.post("/console/offices", data=answer).status_code == 404  # decided already


def test_a_refused_change_changes_nothing_and_the_office_can_be_asked_again(town: House) -> None:
    old = link(town)
    town.new_browser().post(old, data={"said": "change", "website": "https://new.example"})
    page = town.browser.get("/console/offices").text
    fields = {"csrf": hidden(page, "csrf"), "id": hidden(page, "id"), "decision": "refuse"}
    assert town.browser.post("/console/offices", data=fields).headers["location"].endswith("done=refused")
    assert town.store.content().services == (DESK, OTHER)
    assert town.new_browser().get(old).status_code == 410 and town.new_browser().get(link(town)).status_code == 200


def test_an_account_for_puglia_decides_on_offices_of_puglia_alone(town: House) -> None:
    checks = ServiceChecks(town.store)
    for office in ("fg-desk", "na-desk"):
        checks.answer(Invitation(office, 0), {"phone": "0881 1234567"}, "")
    People(Accounts(town.store)).change("amina", "mediator", (), ("puglia",), "ada")
    page = town.browser.get("/console/offices").text
    assert page.count(' value="accept"') == 1
    answers = [town.post("/console/offices", id=number, decision="accept", phone="0881 1234567") for number in "12"]
    assert [answer.status_code for answer in answers] == [303, 403]
    assert [row.service for row in checks.waiting()] == ["na-desk"]


def test_an_office_in_a_town_that_nobody_knows_belongs_to_the_capital_of_its_province(town: House) -> None:
    small = replace(DESK, city="Roseto", province="FG")
    nowhere = replace(OTHER, city="", province="", region="campania")
    town.store.import_content(replace(content(), services=(small, nowhere)))
    checks = ServiceChecks(town.store)
    for office in ("fg-desk", "na-desk"):
        checks.answer(Invitation(office, 0), {"phone": "0881 1234567"}, "")
    decided = {}
    for places in (("foggia",), ("napoli",), ("campania",)):
        People(Accounts(town.store)).change("amina", "mediator", (), places, "ada")
        decided[places[0]] = town.browser.get("/console/offices").text.count(' value="accept"')
    assert decided == {"foggia": 1, "napoli": 0, "campania": 1}


def test_links_are_ours_fresh_and_of_one_office(town: House) -> None:
    today = datetime.now(ROME).date()
    good = link(town)
    checks, seal = ServiceChecks(town.store), partial(town.desk.seal, SEAL)
    token = good.removeprefix("/office/")
    assert checks.open(token, today, seal) == Invitation("fg-desk", 0)
    assert checks.open(token, today + timedelta(days=60), seal) is not None
    assert checks.open(token, today + timedelta(days=61), seal) is None
    packed, _, signature = token.partition(".")
    stolen = link(town, OTHER).removeprefix("/office/").partition(".")[0]
    for wrong in ("", "x", packed, f"{packed}.{signature[:-1]}x", f"{stolen}.{signature}", "é.é", "%00"):
        assert checks.open(wrong, today, seal) is None
    assert town.new_browser().get("/office/x").status_code == 410
    assert checks.answer(Invitation("fg-desk", 0), {}, "") and not checks.answer(Invitation("fg-desk", 0), {}, "")


# ---- the guide -------------------------------------------------------------------------------------------------------


def test_the_guide_is_a_page_from_the_same_file(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    (tmp_path / "it" / "bussola.po").write_text(head, encoding="utf-8")
    house = House(prepared, tmp_path)
    house.sign_in("amina")
    for header, sentence in (("it", "Cominciare la giornata"), ("ar,en;q=0.5", "Begin the day")):
        page = house.browser.get("/console/guide", headers={"Accept-Language": header})
        assert page.status_code == 200 and f"<h2>{sentence}</h2>" in page.text and "<script" not in page.text
        pictures = re.findall(r'src="(/console/guide/[\w-]+\.png)" alt="[^"]+"', page.text)
        assert len(pictures) == 3
        assert {house.browser.get(picture).headers["content-type"] for picture in pictures} == {"image/png"}
    assert house.browser.get("/console/guide/..%2fwidget-it.png").status_code == 404
    assert house.new_browser().get("/console/guide").headers["location"] == "/console/sign-in"
    house.store.engine.dispose()


def test_every_page_says_what_it_is_for(town: House) -> None:
    for path in ("", "/translations", "/files", "/utterances", "/due-values", "/offices", "/guide"):
        text = town.browser.get(f"/console{path}").text
        assert len(re.findall(r'<p class="purpose">[^<]{20,}</p>', text)) == 1 and text.count("<h1") == 1, path
        assert len(re.findall(r'<a href="/console/guide"', text)) >= 1
