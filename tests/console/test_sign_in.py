"""The mediators' console from the outside: who gets in, and what no form can do without its token."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import tables
from bot.accounts import Accounts, SignInRefused
from bot.model import BussolaError
from tests.console.house import COST, PASSWORD, House, hidden


def test_sign_in_leads_to_the_list_and_out_again(house: House) -> None:
    assert house.browser.get("/console").headers["location"] == "/console/sign-in"
    assert house.sign_in("amina", "wrong password") == 401
    assert house.sign_in("amina") == 303
    page = house.browser.get("/console/entries")
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
    assert found is not None and (found.name, found.role) == ("amina", "mediator")
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


def test_pages_allow_no_foreign_script_and_no_frame(mediator: House) -> None:
    policy = mediator.browser.get("/console").headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    page = mediator.browser.get(f"{COST}/en").text
    assert re.findall(r"<script[^>]*>", page) == [
        f'<script src="/console/static/{name}.js" defer>' for name in ("kept", "editor")
    ]
    assert not re.search(r" on[a-z]+=| style=", page)
    for name, kind in (("console.css", "text/css"), ("editing.css", "text/css"), ("editor.js", "text/javascript"),
                       ("kept.js", "text/javascript")):  # fmt: skip
        assert mediator.browser.get(f"/console/static/{name}").headers["content-type"].startswith(kind)
    assert mediator.browser.get("/console/static/front.py").status_code == 404


# ---- who may write ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "wrong", "ключ"])
@pytest.mark.parametrize("address", [
        f"{COST}/it", f"{COST}/values", f"{COST}/it/history", "/console/sign-out", f"{COST}/details", f"{COST}/it/copy",
        f"{COST}/it/preview", f"{COST}/it/look", f"{COST}/it/discard", f"{COST}/it/try", "/console/questions", "/console/new",
    ])  # fmt: skip
def test_a_form_without_its_token_is_refused(mediator: House, address: str, token: str | None) -> None:
    before = mediator.store.revision()
    fields = {"title": "X", "answer": "Y", "base_version": "1", "version": "1"} | (
        {} if token is None else {"csrf": token}
    )
    page = mediator.browser.post(address, data=fields)
    assert page.status_code == 403 and "<h1" in page.text
    assert mediator.store.revision() == before


@pytest.mark.parametrize("address", ["/console/forgotten", "/console/link/x", "/console/sign-in/code"])
def test_no_form_for_strangers_works_without_its_token(house: House, address: str) -> None:
    assert house.browser.post(address, data={"name": "amina", "csrf": "x"}).status_code == 403


def test_signing_in_needs_the_token_of_the_form(house: House) -> None:
    assert house.browser.post("/console/sign-in", data={"name": "amina", "password": PASSWORD}).status_code == 403


def test_a_viewer_reads_and_cannot_publish(house: House) -> None:
    assert house.sign_in("vito") == 303
    page = house.browser.get(f"{COST}/it")
    assert "Paghi {fee}." in page.text and 'name="base_version"' not in page.text
    token = hidden(page.text, "csrf")
    for address in (f"{COST}/it", f"{COST}/values", f"{COST}/it/history", f"{COST}/details", f"{COST}/it/copy", f"{COST}/it/look",
                    f"{COST}/it/discard", f"{COST}/it/try", "/console/questions", "/console/new"):  # fmt: skip
        fields = {"csrf": token, "title": "X", "answer": "Y", "base_version": "1", "version": "1"}
        assert house.browser.post(address, data=fields).status_code == 403
    assert house.desk.entry("legal/permit-cost", "it").title == "Costo del permesso"  # type: ignore[union-attr]


def test_a_sign_in_that_has_ended_publishes_nothing(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it")
    mediator.browser.cookies.clear()
    assert mediator.browser.post(f"{COST}/it", data=fields | {"answer": "Altro."}).status_code == 401


# ---- publishing ------------------------------------------------------------------------------------------------------
