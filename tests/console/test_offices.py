"""Offices are asked whether what we say about them is still true; what they change waits for a mediator."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from bot.accounts import Accounts
from bot.compose import ROME
from bot.model import Service
from bot.people import People
from bot.service_checks import Invitation, ServiceChecks
from connectors.console.offices import SEAL
from tests.console.house import DESK, OTHER, House, content, hidden


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
