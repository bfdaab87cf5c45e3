"""Accounts as administrators see them, one's own account, limits on what is published, and the record of deeds."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from bot import tables
from bot.accounts import Accounts
from bot.audit import PAGE, Audit, Wanted, written
from bot.compose import ROME
from bot.model import BussolaError, Session, Source
from bot.people import People
from bot.unanswered import Unanswered
from tests.console.house import COST, HEALTH, NOON, PASSWORD, House, hidden
from tests.console.publishing import publish

ADMIN_PAGES = ("/console/accounts", "/console/accounts/invite", "/console/accounts/one?name=amina", "/console/record",
               "/console/record.csv")  # fmt: skip


@pytest.mark.parametrize("address", ADMIN_PAGES)
def test_only_administrators_see_accounts_and_the_record(house: House, address: str) -> None:
    seen = {}
    for name in ("ada", "elena", "amina", "vito"):
        browser = house.new_browser()
        house.sign_in(name, browser=browser)
        seen[name] = browser.get(address).status_code
    assert seen == {"ada": 200, "elena": 403, "amina": 403, "vito": 403}
    assert house.new_browser().get(address).headers["location"] == "/console/sign-in"


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/console/accounts/invite", {"role": "admin"}),
        ("/console/accounts/one?name=elena", {"role": "admin"}),
        ("/console/accounts/withdraw", {"id": "x"}),
        *((f"/console/accounts/one/{deed}?name=ada", {}) for deed in ("link", "factor", "end", "close", "open")),
    ],
)
def test_nobody_else_changes_accounts_and_no_form_without_its_token(
    house: House, address: str, fields: dict[str, str]
) -> None:
    house.sign_in("elena")
    assert house.post(address, **fields).status_code == 403
    admin = house.new_browser()
    house.sign_in("ada", browser=admin)
    assert admin.post(address, data=fields | {"csrf": "x"}).status_code == 403
    assert {action for _, action in house.audit()} == {"sign in"}


def test_a_change_of_role_and_limits_holds_at_once(admin: House) -> None:
    amina = admin.new_browser()
    admin.sign_in("amina", browser=amina)
    changed = admin.post(
        "/console/accounts/one?name=amina",
        role="translator",
        locale__bn="1",
        locale__ur="1",
        region__campania="1",
        towns="FOGGIA",
    )
    assert changed.headers["location"] == "/console/accounts/one?name=amina&done=saved"
    person = People(Accounts(admin.store)).find("amina")
    assert (person.role, person.locales, person.places) == ("translator", ("ur", "bn"), ("campania", "foggia"))
    page = admin.browser.get("/console/accounts/one?name=amina").text
    assert 'value="Foggia"' in page and page.count(" checked") == 4
    assert "Signed in as amina (translator)" in amina.get("/console").text
    assert admin.post(f"{COST}/it", amina, title="X", answer="Y", base_version="1").status_code == 403


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a role."),
        ({"role": "king"}, "Choose a role."),
        ({"role": "viewer", "towns": "Foggia, Atlantis"}, "There is no town named Atlantis."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(admin: House, fields: dict[str, str], sentence: str) -> None:
    for address in ("/console/accounts/one?name=amina", "/console/accounts/invite"):
        page = admin.post(address, **fields)
        assert page.status_code == 422 and sentence in page.text
    assert People(Accounts(admin.store)).find("amina").role == "mediator"


def test_the_last_administrator_can_neither_go_nor_be_closed(admin: House) -> None:
    people = People(Accounts(admin.store))
    for page in (
        admin.post("/console/accounts/one?name=ada", role="viewer"),
        admin.post("/console/accounts/one/close?name=ada"),
    ):
        assert page.status_code == 422 and "This is the last administrator." in page.text
    people.change("elena", "admin", (), (), "ada")
    people.disable("elena", "ada")  # one who is closed does not count
    with pytest.raises(BussolaError):
        people.change("ada", "viewer", (), (), "ada")
    people.disable("elena", "ada", False)
    people.change("ada", "viewer", (), (), "ada")
    assert (people.find("ada").role, people.find("elena").role) == ("viewer", "admin")


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(admin: House) -> None:
    amina = admin.new_browser()
    admin.sign_in("amina", browser=amina)
    assert admin.post("/console/accounts/one/close?name=amina").status_code == 303
    assert amina.get("/console").status_code == 303
    assert admin.sign_in("amina", browser=amina) == 401
    assert admin.post("/console/accounts/one/open?name=amina").status_code == 303
    assert admin.sign_in("amina", browser=amina) == 303
    assert admin.post("/console/accounts/one/end?name=amina").status_code == 303
    assert amina.get("/console").status_code == 303


@pytest.mark.parametrize("name", ["nobody", "", "a/b"])
def test_an_account_that_is_not_there_is_a_page_that_says_so(admin: House, name: str) -> None:
    assert admin.browser.get("/console/accounts/one", params={"name": name}).status_code == 404
    assert admin.post("/console/accounts/one/fly?name=amina").status_code == 404


def test_a_name_with_a_slash_has_a_page_too(admin: House) -> None:
    Accounts(admin.store).create("Rosa/Anna <b>", PASSWORD, "viewer")
    assert "one?name=Rosa%2FAnna+%3Cb%3E" in admin.browser.get("/console/accounts").text
    page = admin.browser.get("/console/accounts/one", params={"name": "Rosa/Anna <b>"})
    assert page.status_code == 200 and "<b>" not in page.text


# ---- one's own account -----------------------------------------------------------------------------------------------


def test_a_new_password_needs_the_present_one_and_ends_other_sign_ins(mediator: House) -> None:
    other = mediator.new_browser()
    mediator.sign_in("amina", browser=other)
    new = {"password": "un'altra frase lunga", "again": "un'altra frase lunga"}
    assert mediator.post("/console/me/password", present="a wrong password", **new).status_code == 422
    assert mediator.post("/console/me/password", present=PASSWORD, password="short", again="short").status_code == 422
    assert (
        mediator.post("/console/me/password", present=PASSWORD, password=new["password"], again="x").status_code == 422
    )
    assert mediator.post("/console/me/password", present=PASSWORD, **new).status_code == 303
    assert (mediator.browser.get("/console").status_code, other.get("/console").status_code) == (200, 303)
    assert mediator.sign_in("amina", new["password"], other) == 303


def test_the_language_of_the_console_is_kept_with_the_account(mediator: House) -> None:
    other = mediator.new_browser()
    mediator.sign_in("amina", browser=other)
    assert '<html lang="en"' in other.get("/console", headers={"Accept-Language": "en"}).text
    (mediator.folder / "it").mkdir()
    (mediator.folder / "it/bussola.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n')
    mediator.read_phrases()
    assert mediator.post("/console/me/language", language="it").status_code == 303
    assert '<html lang="it"' in other.get("/console", headers={"Accept-Language": "en"}).text
    assert mediator.post("/console/me/language", language="").status_code == 303
    assert '<html lang="en"' in other.get("/console", headers={"Accept-Language": "en"}).text


def test_signing_out_everywhere_else_leaves_this_one(mediator: House) -> None:
    other = mediator.new_browser()
    mediator.sign_in("amina", browser=other)
    assert mediator.post("/console/me/sign-out-others").status_code == 303
    assert (mediator.browser.get("/console").status_code, other.get("/console").status_code) == (200, 303)


# ---- limits ----------------------------------------------------------------------------------------------------------


def _limited(house: House, role: str, locales: tuple[str, ...] = (), places: tuple[str, ...] = ()) -> None:
    People(Accounts(house.store)).change("amina", role, locales, places, "ada")
    assert house.sign_in("amina") == 303


def _publish(house: House, address: str) -> int:
    token = hidden(house.browser.get("/console/me").text, "csrf")
    text = "Testo: {fee}." if address.startswith(COST) else "Testo."
    fields = {"csrf": token, "title": "Titolo", "answer": text, "base_version": "1"}
    return int(publish(house, address, fields).status_code)


def test_an_account_for_english_publishes_english_only_and_no_values(house: House) -> None:
    _limited(house, "mediator", locales=("en",))
    assert 'name="base_version"' in house.browser.get(f"{COST}/en").text
    for address in (f"{COST}/it", f"{COST}/values"):
        page = house.browser.get(address).text
        assert 'name="base_version"' not in page and "You may read this, but not change it." in page
    assert [_publish(house, address) for address in (f"{COST}/en", f"{COST}/it", f"{HEALTH}/it")] == [303, 403, 403]
    refused = house.post(f"{COST}/values", base_version="1", **{"amount.fee.": "31"})
    assert refused.status_code == 403 and "limited to some languages or places" in refused.text
    assert house.post(f"{COST}/it/history", base_version="1", version="1").status_code == 403


def test_an_account_for_puglia_publishes_what_holds_in_puglia_only(house: House) -> None:
    house.restrict("health/card", ("foggia",))
    _limited(house, "mediator", places=("puglia",))
    assert [_publish(house, address) for address in (f"{HEALTH}/it", f"{COST}/it")] == [303, 403]
    house.restrict("health/card", ("puglia", "campania"))
    assert _publish(house, f"{HEALTH}/it") == 403


def test_of_values_an_account_for_puglia_changes_its_own_alone(house: House) -> None:
    house.regional("fee", ("puglia", "campania"))
    _limited(house, "mediator", places=("puglia",))
    page = house.browser.get(f"{COST}/values").text
    assert 'name="base_version"' in page and page.count(" readonly") == 4  # Campania's and the one for everywhere
    version = hidden(page, "base_version")
    mine = {"base_version": version, "amount.fee.puglia": "31"}
    assert house.post(f"{COST}/values", **mine, **{"amount.fee.campania": "32"}).status_code == 403
    token = {"csrf": hidden(house.browser.get("/console/me").text, "csrf")}
    assert publish(house, f"{COST}/values", mine | token).headers["location"].endswith("?done=published")
    amounts = {item.applies_to: str(item.amount) for item in house.store.content().entries["legal/permit-cost"].values}
    assert amounts["puglia"] == "31" and amounts["campania"] == "30.46"


def test_the_details_that_a_limited_account_writes_wait_for_a_colleague(house: House) -> None:
    _limited(house, "mediator", places=("puglia",))
    form = {"base_version": "1", "url__0": "https://other.example", "title__0": "Other", "risk": "low"}
    done = house.post(f"{HEALTH}/details", **form, review_by="2027-05-01")
    assert done.headers["location"] == f"{HEALTH}/own/look?done=saved"
    assert house.store.content().entries["health/card"].sources == (Source("https://b.example", "B"),)
    house.restrict("health/card", ("foggia",))
    token = {
        "csrf": hidden(house.browser.get("/console/me").text, "csrf"),
        "url.0": "https://other.example",
        "title.0": "Other",
    }
    done = publish(house, f"{HEALTH}/details", form | token | {"base_version": "2", "review_by": "2027-05-01"})
    assert done.headers["location"] == f"{HEALTH}/details?done=published"


def test_an_account_for_english_settles_english_questions_alone(house: House) -> None:
    for locale, text in (("en", "where is the doctor"), ("it", "dove trovo un medico")):
        house.store.keep_unanswered(Session("s", "web", locale, last_text=text), "unknown")
    _limited(house, "mediator", locales=("en",))
    assert house.post("/console/questions", ids="2", forget="1").status_code == 403
    assert house.post("/console/questions", ids="1,2", entry="health/card").status_code == 303
    assert [item.text for item in Unanswered(house.store).newest()[0]] == ["dove trovo un medico"]
    added = [item.text for item in Unanswered(house.store).utterances("health/card")]
    assert added == ["come faccio la tessera sanitaria", "where is the doctor"]


def test_questions_of_other_languages_and_places_are_neither_shown_nor_counted(house: House) -> None:
    for number, (locale, place) in enumerate((("en", "foggia"), ("en", "napoli"), ("it", "foggia"), ("en", None))):
        text = f"question {number} of {place}"
        house.store.keep_unanswered(Session("s", "web", locale, place=place, last_text=text), "unknown")
    seen = {}
    for role in ("mediator", "translator", "viewer"):
        _limited(house, role, locales=("en",), places=("puglia",))
        page, work = (house.browser.get(f"/console{path}").text for path in ("/questions", ""))
        shown = [f"question {number}" in page for number in range(4)]
        seen[role] = (shown, '<span class="number">2</span> Unanswered questions' in work)
    assert seen == {role: ([True, False, False, True], True) for role in ("mediator", "translator", "viewer")}


def test_what_is_taken_away_and_brought_in_stands_in_the_log_by_name(house: House) -> None:
    house.sign_in("amina")
    csrf = {"csrf": hidden(house.browser.get("/console/me").text, "csrf")}
    house.browser.get("/console/files/export", params={"locale": "en", "format": "po"})
    house.browser.get("/console/utterances/export", params={"locale": "it", "entry": "health/card"})
    sheet = b"locale,intent,style,text\r\nit,health/card,plain,la mia tessera\r\n"
    done = house.browser.post("/console/utterances", data=csrf, files={"file": ("domande.csv", sheet)})
    assert house.post(done.headers["location"]).status_code == 303
    po = house.browser.get("/console/files/export", params={"locale": "en", "format": "po"}).content
    done = house.browser.post(
        "/console/files", data=csrf, files={"file": ("inglese.po", po.replace(b"Go to", b"Walk to"))}
    )
    fields = {name: hidden(house.browser.get(done.headers["location"]).text, name) for name in ("csrf", "revision")}
    assert house.browser.post(done.headers["location"], data=fields).status_code == 303
    house.sign_in("ada")
    house.browser.get("/console/record.csv")
    rows = [deed for deed in Audit(house.store).deeds(Wanted())[0] if deed.action in ("export", "import file")]
    export = f"bussola-en-{datetime.now(ROME).date()}.po: 5 texts"
    assert [(row.account, row.action, row.detail) for row in reversed(rows)] == [
        ("amina", "export", export),
        ("amina", "export", "bussola-utterances-it.csv health/card"),
        ("amina", "import file", "domande.csv"),
        ("amina", "export", export),
        ("amina", "import file", "inglese.po"),
        ("ada", "export", "audit log"),
    ]


def test_an_account_for_english_brings_in_english_utterances_alone(house: House) -> None:
    _limited(house, "mediator", locales=("en",))
    kept = {}
    for locale, text in (("en", "my health card"), ("it", "la mia tessera")):
        sheet = f"locale,intent,style,text\r\n{locale},health/card,plain,{text}\r\n".encode()
        csrf = {"csrf": hidden(house.browser.get("/console/me").text, "csrf")}
        done = house.browser.post("/console/utterances", data=csrf, files={"file": ("a.csv", sheet)})
        kept[locale] = house.post(done.headers["location"]).status_code
    assert kept == {"en": 303, "it": 403}
    added = [item.text for item in Unanswered(house.store).utterances("health/card")]
    assert added == ["come faccio la tessera sanitaria", "my health card"]


# ---- the record ------------------------------------------------------------------------------------------------------


def _deed(house: House, **fields: Any) -> None:
    with house.store.transaction() as connection:
        connection.execute(insert(tables.audit).values({"at": NOON, "account": "amina", "action": "publish"} | fields))


def test_the_record_is_filtered_by_account_entry_and_action(admin: House) -> None:
    _deed(admin, entry="legal/permit-cost", locale="it", detail="one")
    _deed(admin, entry="health/card", locale="bn", detail="two")
    _deed(admin, account="vito", entry="health/card", action="confirm", detail="three")
    audit = Audit(admin.store)

    def details(**wanted: str) -> set[str]:
        return {deed.detail for deed in audit.deeds(Wanted(**wanted))[0]} & {"one", "two", "three"}

    assert details() == {"one", "two", "three"}
    assert details(account="amina") == {"one", "two"}
    assert details(entry="health") == {"two", "three"}
    assert details(entry="health", account="vito", action="confirm") == {"three"}
    assert details(entry="%") == set()
    page = admin.browser.get("/console/record", params={"entry": "card"}).text
    assert "Deeds found: 2" in page and 'href="/console/entries/health/card/bn"' in page and "confirm" in page


def test_a_long_record_has_pages(admin: House) -> None:
    for number in range(PAGE + 5):
        _deed(admin, action="count", detail=str(number))
    first, second = (
        admin.browser.get("/console/record", params={"action": "count", "page": page}).text for page in ("1", "2")
    )
    assert (first.count("<tr><td>"), second.count("<tr><td>")) == (PAGE, 5)
    assert admin.browser.get("/console/record", params={"page": "x"}).status_code == 200


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", '=HYPERLINK("https://x")']
)
def test_no_cell_of_the_table_is_a_formula(cell: str) -> None:
    ((read, plain),) = csv.reader(io.StringIO(written([(cell, "1 = 1")]), newline=""))
    assert (read, plain) == (f"'{cell}", "1 = 1")


def test_the_table_is_what_the_filters_say(admin: House) -> None:
    _deed(admin, detail='=cmd|"/c calc"!A1', entry="health/card", locale="ar")
    table = admin.browser.get("/console/record.csv", params={"entry": "card"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(table.text.removeprefix("\ufeff"), newline="")))
    assert rows == [
        ["when (UTC)", "account", "action", "entry", "language", "detail"],
        ["2026-11-22 12:00:00", "amina", "publish", "health/card", "ar", '\'=cmd|"/c calc"!A1'],
    ]
