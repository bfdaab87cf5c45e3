"""The mediators' console, from the outside: who gets in, what a publication changes, and that nothing typed is lost."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from bot import ranking, tables
from bot.accounts import Accounts, SignInRefused
from bot.assistant import Assistant
from bot.build import FUSION, NoNlu, language_names
from bot.desk import Desk, value_from_form
from bot.language import LanguageIdentifier
from bot.model import Answer, BussolaError, Content, Entry, Example, Source, Utterance, Value
from bot.phrases import Phrases
from bot.retriever import Retriever
from bot.settings import Settings
from bot.store import SqlStore, migrate, open_store
from connectors.console import console
from connectors.console.difference import difference
from connectors.web.app import create_app

PASSWORD = "una frase lunga e facile"
COST, HEALTH = "/console/entries/legal/permit-cost", "/console/entries/health/card"
FEE = Value("fee", "money", Decimal("30.46"), "EUR", date(2027, 1, 31))
WAIT = Value("wait", "duration", Decimal(60), "days", date(2027, 1, 31))


def content() -> Content:
    entries = {
        "legal/permit-cost": Entry(
            "legal/permit-cost",
            "high",
            date(2027, 5, 1),
            values=(FEE, WAIT),
            sources=(Source("https://a.example", "A"),),
        ),
        "health/card": Entry("health/card", "low", date(2027, 5, 1), sources=(Source("https://b.example", "B"),)),
    }
    answers = [
        Answer("legal/permit-cost", "it", "Costo del permesso", "Paghi {fee}.", {"steps": "1. Vada alla posta."}),
        Answer("legal/permit-cost", "en", "Cost of the permit", "Pay {fee}.", {"steps": "1. Go to the post office."}),
        Answer("health/card", "it", "Tessera sanitaria", "Vada alla ASL."),
    ]
    examples = (
        Example("legal/permit-cost", "it", "quanto costa il permesso"),
        Example("legal/permit-cost", "en", "what does the permit cost"),
        Example("health/card", "it", "come faccio la tessera sanitaria"),
    )
    return Content(
        entries,
        {(item.entry, item.locale): item for item in answers},
        {"phone_112": (Value("phone_112", "phone", "112"),)},
        (),
        (),
        (),
        (),
        examples,
        {},
    )


class House:
    """A small Bussola with a browser in front of it."""

    def __init__(self, prepared: Path, folder: Path, environment: str = "development") -> None:
        self.store: SqlStore = open_store(f"sqlite:///{shutil.copy(prepared, folder / 'test.sqlite3')}")
        phrases = Phrases(folder)
        self.assistant = Assistant(
            self.store,
            LanguageIdentifier(content().examples),
            NoNlu(),
            Retriever(self.store, None),
            ranking.load(FUSION),
            phrases,
            language_names(),
            b"secret",
            lambda: datetime(2026, 11, 22, 12),
        )
        self.desk = Desk(self.assistant, self.store)
        settings = Settings(data=folder, environment=environment, rate_limit=0)
        self.app = create_app(self.assistant, self.desk, settings, (console.router(self.store, self.desk, settings),))
        self.browser = self.new_browser()

    def new_browser(self, scheme: str = "http") -> TestClient:
        return TestClient(self.app, base_url=f"{scheme}://testserver", follow_redirects=False)

    def sign_in(self, name: str, password: str = PASSWORD, browser: TestClient | None = None) -> int:
        browser = browser or self.browser
        fields = {"name": name, "password": password, "csrf": hidden(browser.get("/console/sign-in").text, "csrf")}
        return browser.post("/console/sign-in", data=fields).status_code

    def form(self, address: str) -> dict[str, str]:
        """The fields of the form on a page, as a browser would send them."""
        page = self.browser.get(address)
        assert page.status_code == 200
        text = page.text[page.text.index('name="base_version"') - 200 :]
        fields = {name: hidden(page.text, name) for name in ("csrf", "base_version")}
        fields |= {
            name: html.unescape(value)
            for name, value in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', text, re.S)
        }
        return (
            fields
            | {
                name: html.unescape(value)
                for name, value in re.findall(r'<input id="[^"]*" name="([^"]+)"[^>]*? value="([^"]*)"', text)
            }
            | {
                name: html.unescape(value)
                for name, value in re.findall(r'name="((?:amount|review_by)\.[^"]+)"[^>]*? value="([^"]*)"', text)
            }
        )

    def audit(self) -> list[tuple[str, str]]:
        with self.store.engine.connect() as connection:
            rows = connection.execute(
                select(tables.audit.c.account, tables.audit.c.action).order_by(tables.audit.c.id)
            ).all()
        return [(row.account, row.action) for row in rows if row.account != "import" and row.action != "create account"]


def hidden(text: str, name: str) -> str:
    """The value of a hidden field; of the last form that has one."""
    return str(re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)[-1])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with content and accounts, made once: each test gets a copy of its own."""
    path = tmp_path_factory.mktemp("console") / "prepared.sqlite3"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    store.import_content(content())
    accounts = Accounts(store)
    for name, role in (("amina", "mediator"), ("vito", "viewer")):
        accounts.create(name, PASSWORD, role)
    store.engine.dispose()  # the last connection closes: SQLite folds its log into the one file that is copied
    return path


@pytest.fixture
def house(prepared: Path, tmp_path: Path) -> Iterator[House]:
    house = House(prepared, tmp_path)
    yield house
    house.store.engine.dispose()


@pytest.fixture
def mediator(house: House) -> House:
    assert house.sign_in("amina") == 303
    return house


# ---- getting in ------------------------------------------------------------------------------------------------------


def test_sign_in_leads_to_the_list_and_out_again(house: House) -> None:
    assert house.browser.get("/console").headers["location"] == "/console/sign-in"
    assert house.sign_in("amina", "wrong password") == 401
    assert house.sign_in("amina") == 303
    page = house.browser.get("/console")
    assert page.status_code == 200 and "Costo del permesso" not in page.text and "Cost of the permit" in page.text
    assert house.browser.post("/console/sign-out", data={"csrf": hidden(page.text, "csrf")}).status_code == 303
    assert house.browser.get("/console").status_code == 303
    assert house.audit() == [("amina", "sign in failed"), ("amina", "sign in"), ("amina", "sign out")]


def test_an_unknown_name_and_a_wrong_password_look_the_same(house: House) -> None:
    def refused(name: str) -> str:
        browser = house.new_browser()
        token = hidden(browser.get("/console/sign-in").text, "csrf")
        page = browser.post("/console/sign-in", data={"name": name, "password": "wrong password", "csrf": token})
        assert page.status_code == 401
        return page.text.replace(token, "").replace(name, "")

    assert refused("amina") == refused("nobody at all")
    assert house.audit() == [("amina", "sign in failed"), ("?", "sign in failed")]


def test_five_failures_lock_an_account_for_fifteen_minutes(house: House) -> None:
    now = [datetime(2026, 11, 22, 12)]
    accounts = Accounts(house.store, lambda: now[0])
    for _ in range(5):
        with pytest.raises(SignInRefused):
            accounts.sign_in("amina", "wrong password")
    with pytest.raises(SignInRefused):
        accounts.sign_in("amina", PASSWORD)
    now[0] += timedelta(minutes=14)
    with pytest.raises(SignInRefused):
        accounts.sign_in("amina", PASSWORD)
    now[0] += timedelta(minutes=2)
    assert accounts.account(accounts.sign_in("amina", PASSWORD)) is not None


def test_the_right_password_takes_failures_back_and_a_token_lasts_eight_hours(house: House) -> None:
    now = [datetime(2026, 11, 22, 12)]
    accounts = Accounts(house.store, lambda: now[0])
    for failures in (3, 4):
        for _ in range(failures):
            with pytest.raises(SignInRefused):
                accounts.sign_in("amina", "wrong password")
        token = accounts.sign_in("amina", PASSWORD)
    with house.store.engine.connect() as connection:
        assert token not in connection.execute(select(tables.sign_in.c.token_hash)).scalars().all()
    now[0] += timedelta(hours=7, minutes=59)
    found = accounts.account(token)
    assert found is not None and found[:2] == ("amina", "mediator")
    now[0] += timedelta(minutes=2)
    assert accounts.account(token) is None


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("amina", PASSWORD, "admin"),
        ("new", "too short", "admin"),
        ("new", PASSWORD, "king"),
        (" ", PASSWORD, "admin"),
    ],
)
def test_accounts_that_cannot_be_made(house: House, name: str, password: str, role: str) -> None:
    with pytest.raises(BussolaError):
        Accounts(house.store).create(name, password, role)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(prepared: Path, tmp_path: Path) -> None:
    house = House(prepared, tmp_path, "production")
    browser = house.new_browser("https")
    token = hidden(browser.get("/console/sign-in").text, "csrf")
    cookie = (
        browser.post("/console/sign-in", data={"name": "amina", "password": PASSWORD, "csrf": token})
        .headers["set-cookie"]
        .lower()
    )
    assert all(word in cookie for word in ("httponly", "samesite=strict", "secure", "path=/console", "max-age=28800"))
    house.store.engine.dispose()


def test_pages_allow_no_script_and_no_frame(mediator: House) -> None:
    policy = mediator.browser.get("/console").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script-src" not in policy
    assert "<script" not in mediator.browser.get(f"{COST}/en").text
    assert mediator.browser.get("/console/static/console.css").headers["content-type"].startswith("text/css")


# ---- who may write ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "wrong", "ключ"])
@pytest.mark.parametrize("address", [f"{COST}/it", f"{COST}/values", f"{COST}/it/history", "/console/sign-out"])
def test_a_form_without_its_token_is_refused(mediator: House, address: str, token: str | None) -> None:
    before = mediator.store.revision()
    fields = {"title": "X", "answer": "Y", "base_version": "1", "version": "1"} | (
        {} if token is None else {"csrf": token}
    )
    page = mediator.browser.post(address, data=fields)
    assert page.status_code == 403 and "<h1" in page.text
    assert mediator.store.revision() == before


def test_signing_in_needs_the_token_of_the_form(house: House) -> None:
    assert house.browser.post("/console/sign-in", data={"name": "amina", "password": PASSWORD}).status_code == 403


def test_a_viewer_reads_and_cannot_publish(house: House) -> None:
    assert house.sign_in("vito") == 303
    page = house.browser.get(f"{COST}/it")
    assert "Paghi {fee}." in page.text and 'name="base_version"' not in page.text
    token = hidden(page.text, "csrf")
    for address in (f"{COST}/it", f"{COST}/values", f"{COST}/it/history"):
        fields = {"csrf": token, "title": "X", "answer": "Y", "base_version": "1", "version": "1"}
        assert house.browser.post(address, data=fields).status_code == 403
    assert house.desk.entry("legal/permit-cost", "it").title == "Costo del permesso"  # type: ignore[union-attr]


def test_a_sign_in_that_has_ended_publishes_nothing(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it")
    mediator.browser.cookies.clear()
    assert mediator.browser.post(f"{COST}/it", data=fields | {"answer": "Altro."}).status_code == 401


# ---- publishing ------------------------------------------------------------------------------------------------------


def test_a_published_edit_is_the_next_answer(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it")
    assert fields["steps"] == "1. Vada alla posta."
    done = mediator.browser.post(
        f"{COST}/it", data=fields | {"answer": "Paghi {fee} alla posta.\r\nTutto qui.", "note": "più chiaro"}
    )
    assert (done.status_code, done.headers["location"]) == (303, f"{COST}/it?done=published")
    assert "Published." in mediator.browser.get(done.headers["location"]).text
    reply = mediator.desk.entry("legal/permit-cost", "it")
    assert reply is not None and reply.state == "unconfirmed" and reply.text.endswith(" alla posta.\nTutto qui.")
    turn = mediator.assistant.reply(Utterance("cli", "s", payload="/entry legal/permit-cost"))
    assert turn.revision == mediator.store.revision()
    assert ("amina", "publish") in mediator.audit()
    english = mediator.desk.entry("legal/permit-cost", "en")
    assert english is not None and english.state == "stale"


def test_a_minor_edit_leaves_the_translations_up_to_date(mediator: House) -> None:
    mediator.browser.post(
        f"{COST}/it", data=mediator.form(f"{COST}/it") | {"answer": "Paghi subito {fee}.", "minor": "1"}
    )
    assert mediator.desk.entry("legal/permit-cost", "en").state == "unconfirmed"  # type: ignore[union-attr]


def test_an_edit_of_a_confirmed_answer_is_unconfirmed_again(mediator: House) -> None:
    answer = mediator.store.content().answers["health/card", "it"]
    mediator.store.publish_answer(
        replace(answer, state="confirmed", confirmed_by="amina", confirmed_on=date(2026, 11, 1)), "amina", 1
    )
    assert "amina confirmed this text" in mediator.browser.get(f"{HEALTH}/it").text
    mediator.browser.post(f"{HEALTH}/it", data=mediator.form(f"{HEALTH}/it"))
    assert mediator.desk.entry("health/card", "it").state == "confirmed"  # type: ignore[union-attr]  # nothing was different
    mediator.browser.post(f"{HEALTH}/it", data=mediator.form(f"{HEALTH}/it") | {"answer": "Vada all'ASL."})
    assert mediator.desk.entry("health/card", "it").state == "unconfirmed"  # type: ignore[union-attr]


def test_a_new_translation_and_a_stale_one_published_as_it_is(mediator: House) -> None:
    page = mediator.browser.get(f"{HEALTH}/ar").text
    assert "Vada alla ASL." in page and re.search(r'<textarea id="answer"[^>]* lang="ar" dir="rtl"', page)
    done = mediator.browser.post(
        f"{HEALTH}/ar",
        data=mediator.form(f"{HEALTH}/ar") | {"title": "البطاقة الصحية", "answer": "اذهب إلى مكتب الصحة."},
    )
    assert done.status_code == 303
    reply = mediator.desk.entry("health/card", "ar")
    assert reply is not None and (reply.locale, reply.title) == ("ar", "البطاقة الصحية")
    mediator.browser.post(f"{HEALTH}/it", data=mediator.form(f"{HEALTH}/it") | {"answer": "Vada subito alla ASL."})
    assert mediator.desk.entry("health/card", "ar").state == "stale"  # type: ignore[union-attr]
    assert (
        mediator.browser.post(f"{HEALTH}/ar", data=mediator.form(f"{HEALTH}/ar"))
        .headers["location"]
        .endswith("done=published")
    )
    assert mediator.desk.entry("health/card", "ar").state == "unconfirmed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "Write a title."),
        ({"title": "a" * 81}, "at most 80 characters"),
        ({"answer": ""}, "Write the answer."),
        ({"answer": "parola " * 61}, "it has 61 words"),
        ({"cost": "Paghi {fees}."}, "There is no value named {fees}."),
        ({"cost": "## Steps"}, "must not begin with #"),
        ({"cost": "a" * 3600}, "too long for one message"),
    ],
)
def test_faults_are_shown_and_nothing_typed_is_lost(mediator: House, change: dict[str, str], sentence: str) -> None:
    before = mediator.store.revision()
    fields = mediator.form(f"{COST}/it") | {"documents": "- Il passaporto <mio>", "note": "una nota"} | change
    page = mediator.browser.post(f"{COST}/it", data=fields)
    assert page.status_code == 422 and sentence in page.text
    assert "- Il passaporto &lt;mio&gt;" in page.text and 'value="una nota"' in page.text
    assert mediator.store.revision() == before


def test_a_conflict_shows_both_texts_and_the_second_attempt_goes_on_top(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it") | {"answer": "Il mio testo, {fee}."}
    theirs = replace(mediator.store.content().answers["legal/permit-cost", "it"], answer="Il loro testo, {fee}.")
    mediator.store.publish_answer(theirs, "bruno", 1)
    page = mediator.browser.post(f"{COST}/it", data=fields)
    assert page.status_code == 409
    assert "Il mio testo, {fee}." in page.text and "Il loro testo, {fee}." in page.text
    assert "<del>loro</del>" in page.text and "<ins>mio</ins>" in page.text
    assert mediator.desk.entry("legal/permit-cost", "it").text.startswith("Il loro testo")  # type: ignore[union-attr]
    again = fields | {"base_version": hidden(page.text, "base_version")}
    assert mediator.browser.post(f"{COST}/it", data=again).status_code == 303
    assert mediator.desk.entry("legal/permit-cost", "it").text.startswith("Il mio testo")  # type: ignore[union-attr]
    assert [row.author for row in mediator.store.history("legal/permit-cost", "it")] == ["amina", "bruno", "import"]


def test_history_compares_and_restores(mediator: House) -> None:
    mediator.browser.post(
        f"{COST}/it", data=mediator.form(f"{COST}/it") | {"answer": "Paghi subito {fee}.", "note": "più chiaro"}
    )
    page = mediator.browser.get(f"{COST}/it/history?compare=1").text
    assert "più chiaro" in page and "from the files" in page and "<ins>subito </ins>" in page
    token = {"csrf": hidden(page, "csrf"), "version": "1"}
    assert mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "1"}).status_code == 409
    assert (
        mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "2", "version": "9"}).status_code
        == 404
    )
    done = mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "2"})
    assert done.headers["location"] == f"{COST}/it?done=restored"
    answer = mediator.store.content().answers["legal/permit-cost", "it"]
    assert (answer.answer, answer.version) == ("Paghi {fee}.", 3)
    assert mediator.store.history("legal/permit-cost", "it")[0].note == "Version 1 again"


# ---- values ----------------------------------------------------------------------------------------------------------


def test_a_value_changes_in_every_locale(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values")
    assert (fields["amount.fee."], fields["review_by.wait."]) == ("30.46", "2027-01-31")
    done = mediator.browser.post(
        f"{COST}/values", data=fields | {"amount.fee.": "41,50", "review_by.fee.": "2028-01-31", "note": "2028"}
    )
    assert done.headers["location"] == f"{COST}/values?done=published"
    texts = [mediator.desk.entry("legal/permit-cost", locale).text for locale in ("it", "en")]  # type: ignore[union-attr]
    assert "41,50" in texts[0] and "41.50" in texts[1]
    values = mediator.store.content().entries["legal/permit-cost"].values
    assert values == (replace(FEE, amount=Decimal("41.50"), review_by=date(2028, 1, 31)), WAIT)
    assert ("amina", "publish values") in mediator.audit()


def test_values_conflict_and_keep_what_was_typed(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values") | {"amount.fee.": "50"}
    entry = mediator.store.content().entries["legal/permit-cost"]
    mediator.store.publish_entry(replace(entry, values=(replace(FEE, amount=Decimal(45)), WAIT)), "bruno", 1)
    page = mediator.browser.post(f"{COST}/values", data=fields)
    assert page.status_code == 409 and 'value="50"' in page.text and "45" in page.text
    wrong = fields | {"base_version": hidden(page.text, "base_version"), "amount.wait.": "sixty"}
    page = mediator.browser.post(f"{COST}/values", data=wrong)
    assert page.status_code == 422 and 'value="sixty"' in page.text and "as a plain number" in page.text
    assert mediator.browser.post(f"{COST}/values", data=wrong | {"amount.wait.": "90"}).status_code == 303
    assert [value.amount for value in mediator.store.content().entries["legal/permit-cost"].values] == [50, 90]


@pytest.mark.parametrize(
    ("value", "amount", "review_by", "expected"),
    [
        (FEE, "30,46", "2027-01-31", FEE),
        (FEE, " 16 ", "2027-01-31", replace(FEE, amount=Decimal(16))),
        (FEE, "1.200", "2027-01-31", None),
        (FEE, "-3", "2027-01-31", None),
        (FEE, "NaN", "2027-01-31", None),
        (FEE, "1e9", "2027-01-31", None),
        (FEE, "30", "", None),
        (FEE, "30", "31/01/2027", None),
        (FEE, "30", "0027-01-31", None),
        (WAIT, "1.5", "2027-01-31", None),
        (WAIT, "99999", "2027-01-31", None),
        (WAIT, "30", "2027-01-31", replace(WAIT, amount=Decimal(30))),
        (Value("p", "phone", "112"), "800  290 290", "", Value("p", "phone", "800 290 290")),
        (Value("p", "phone", "112"), "ask", "", None),
        (
            Value("d", "date", date(2026, 1, 1), "", date(2027, 1, 1)),
            "2026-02-02",
            "2027-01-01",
            Value("d", "date", date(2026, 2, 2), "", date(2027, 1, 1)),
        ),
    ],
)
def test_values_from_a_form(value: Value, amount: str, review_by: str, expected: Value | None) -> None:
    if expected is None:
        with pytest.raises(BussolaError):
            value_from_form(value, amount, review_by)
    else:
        assert value_from_form(value, amount, review_by) == expected


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"permit-cost", "card"}),
        ({"q": "posta"}, set()),
        ({"q": "SANITARIA"}, {"card"}),
        ({"topic": "legal"}, {"permit-cost"}),
        ({"state": "missing"}, {"card"}),
        ({"state": "stale"}, set()),
        ({"locale": "en", "state": "unconfirmed"}, {"permit-cost"}),
        ({"locale": "ar", "state": "missing"}, {"permit-cost", "card"}),
        ({"topic": "x", "locale": "x", "state": "x"}, {"permit-cost", "card"}),
    ],
)
def test_the_list_is_searched_and_filtered(mediator: House, query: dict[str, str], found: set[str]) -> None:
    page = mediator.browser.get("/console", params=query).text
    assert {name for name in ("permit-cost", "card") if f"/{name}/" in page} == found
    assert f"Entries found: {len(found)}" in page


@pytest.mark.parametrize(
    "address",
    ["/console/entries/legal/nothing/it", f"{COST}/xx", "/console/entries/legal/nothing/values", f"{COST}/xx/history"],
)
def test_an_address_without_a_page_is_a_page_that_says_so(mediator: House, address: str) -> None:
    page = mediator.browser.get(address)
    assert page.status_code == 404 and "This page does not exist" in page.text


def test_what_people_type_is_shown_as_text(mediator: House) -> None:
    attack = '"><script>alert(1)</script>'
    fields = mediator.form(f"{COST}/it") | {
        "title": f"Costo {attack}",
        "steps": f"1. {attack}</textarea>{attack}",
        "note": attack,
    }
    assert mediator.browser.post(f"{COST}/it", data=fields).status_code == 303
    mediator.browser.post(f"{COST}/it", data=mediator.form(f"{COST}/it") | {"steps": attack + attack})
    pages = [
        f"{COST}/it",
        f"{COST}/en",
        f"{COST}/it/history?compare=1",
        f"{COST}/it/history?compare=2",
        "/console",
        f"{COST}/values",
    ]
    pages += [f"/console?q={attack}", f"{COST}/it?done={attack}"]
    texts = [mediator.browser.get(address).text for address in pages]
    assert sum("&lt;script&gt;" in text for text in texts) >= 5
    assert not any("<script" in text for text in texts)


def test_pages_speak_the_browsers_language_and_direction(prepared: Path, tmp_path: Path) -> None:
    for tag, word in (("it", "Voci"), ("ar", "المواد")):
        (tmp_path / tag).mkdir()
        catalogue = (
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Entries"\nmsgstr "{word}"\n'
        )
        (tmp_path / tag / "bussola.po").write_text(catalogue, encoding="utf-8")
    house = House(prepared, tmp_path)
    house.sign_in("amina")
    for header, tag, direction, word in (
        ("ar-EG,en;q=0.8", "ar", "rtl", "المواد"),
        ("xx, en;q=0.3, it;q=0.9", "it", "ltr", "Voci"),
        ("en", "en", "ltr", "Entries"),
        ("", "it", "ltr", "Voci"),
        ("sw", "it", "ltr", "Voci"),
    ):
        page = house.browser.get("/console", headers={"Accept-Language": header}).text
        assert f'<html lang="{tag}" dir="{direction}">' in page and f"<h1>{word}</h1>" in page
    house.store.engine.dispose()


def test_every_page_has_one_sentence_that_says_what_it_is_for(mediator: House) -> None:
    for address in (
        "/console",
        f"{COST}/it",
        f"{COST}/en",
        f"{COST}/values",
        f"{COST}/it/history",
        "/console/entries/x/y/it",
    ):
        text = mediator.browser.get(address).text
        assert len(re.findall(r'<p class="purpose">Th?[^<]+|<p class="purpose">Here [^<]+', text)) == 1
        assert text.count("<h1") == 1


def test_a_difference_is_made_of_words() -> None:
    found = [(piece.kind, piece.text) for piece in difference("Go to the post office.", "Go to the town hall.")]
    assert found == [
        ("same", "Go to the "),
        ("removed", "post"),
        ("added", "town"),
        ("same", " "),
        ("removed", "office."),
        ("added", "hall."),
    ]
    assert [(piece.kind, piece.text) for piece in difference("去邮局", "去市政局")] == [
        ("same", "去"),
        ("removed", "邮"),
        ("added", "市政"),
        ("same", "局"),
    ]
