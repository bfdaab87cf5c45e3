"""Signing in with a municipality's own sign-on: against a real provider, and against one that lies."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import ValidationError
from sqlalchemy import select

from bot import tables
from bot.accounts import Accounts
from bot.people import People
from bot.settings import Settings
from tests.console.house import House, hidden
from tests.console.provider import Liar, lying, real

OIDC: dict[str, Any] = {"oidc_client_id": "bussola", "oidc_client_secret": "a secret of theirs"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real(
        {"sub": "17", "preferred_username": "Rosa Greco"}, {"sub": "18", "preferred_username": "amina"}
    ) as address:
        yield address


def _house(prepared: Path, folder: Path, issuer: str, **settings: Any) -> Iterator[House]:
    house = House(prepared, folder, oidc_issuer=issuer, **OIDC, **settings)
    yield house
    house.store.engine.dispose()


@pytest.fixture
def house(prepared: Path, tmp_path: Path, issuer: str) -> Iterator[House]:
    yield from _house(prepared, tmp_path, issuer, oidc_role="mediator")


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as liar:
        yield liar


@pytest.fixture
def fooled(prepared: Path, tmp_path: Path, liar: Liar) -> Iterator[House]:
    yield from _house(prepared, tmp_path, liar.issuer)


def _there_and_back(house: House, who: str) -> Any:
    """The way to the real provider, its form, and back."""
    there = house.browser.get("/console/sign-on")
    assert there.status_code == 303
    back = httpx.post(there.headers["location"], data={"sub": who})
    return house.browser.get(re.sub(r"^http://testserver", "", back.headers["location"]))


def _role(house: House, name: str) -> str | None:
    with house.store.engine.connect() as connection:
        return connection.execute(select(tables.account.c.role).where(tables.account.c.name == name)).scalar()


def test_a_stranger_comes_in_with_the_role_of_the_settings_and_stays_the_same_person(house: House) -> None:
    assert "Sign in with your organisation" in house.browser.get("/console/sign-in").text
    page = _there_and_back(house, "17")
    # A page and not a redirect: the cookie is strict, and a chain of redirects from there would leave it out.
    assert page.status_code == 200 and 'content="0; url=/console"' in page.text
    assert "Signed in as Rosa Greco (mediator)" in house.browser.get("/console").text
    other = house.new_browser()
    other.cookies = house.browser.cookies
    assert _there_and_back(house, "17").status_code == 200
    assert _role(house, "Rosa Greco (2)") is None
    assert house.audit() == [("Rosa Greco", "sign in"), ("Rosa Greco", "sign in")]


def test_a_name_that_somebody_has_here_already_is_not_theirs(house: House) -> None:
    assert _there_and_back(house, "18").status_code == 200
    assert "Signed in as amina (2) (mediator)" in house.browser.get("/console").text


def test_a_name_in_other_letters_is_not_theirs_either(house: House) -> None:
    accounts = Accounts(house.store)
    named = {name: accounts.account(accounts.enter(f"there {name}", name, "viewer")) for name in ("ADA", "?")}
    assert {name: found and found.name for name, found in named.items()} == {"ADA": "ADA (2)", "?": "? (2)"}


def test_signing_out_leads_to_the_way_out_there(house: House, issuer: str) -> None:
    _there_and_back(house, "17")
    out = house.post("/console/sign-out")
    assert house.browser.get("/console").headers["location"] == "/console/sign-in"
    assert "/console/sign-on/out" in house.browser.get(out.headers["location"]).text
    there = house.browser.get("/console/sign-on/out").headers["location"]
    assert there.startswith(f"{issuer}/oauth2/end_session?")
    query = parse_qs(urlsplit(there).query)
    assert query == {"client_id": ["bussola"], "post_logout_redirect_uri": ["http://testserver/console/sign-in"]}
    assert httpx.get(there).status_code == 200


def test_a_closed_account_stays_out(house: House) -> None:
    _there_and_back(house, "17")
    People(Accounts(house.store)).disable("Rosa Greco", "ada")
    assert house.browser.get("/console").headers["location"] == "/console/sign-in"
    page = _there_and_back(house, "17")
    assert page.status_code == 403 and "This account is closed." in page.text


def test_a_password_opens_no_account_of_the_sign_on(house: House) -> None:
    _there_and_back(house, "17")
    assert house.sign_in("Rosa Greco", "", house.new_browser()) == 401


# ---- a provider that lies --------------------------------------------------------------------------------------------


def _back(house: House, liar: Liar, state: str | None = None) -> Any:
    asked = liar.asked(house.browser.get("/console/sign-on").headers["location"])
    return house.browser.get("/console/sign-on/back", params={"code": "x", "state": asked if state is None else state})


def test_one_that_says_the_truth_is_believed_and_without_a_role_there_is_nothing_but_ones_own_page(
    fooled: House, liar: Liar
) -> None:
    assert _back(fooled, liar).status_code == 200
    assert _role(fooled, "Rosa") == ""
    assert fooled.browser.get("/console").headers["location"] == "/console/me"
    page = fooled.browser.get("/console/me").text
    assert "Your account has no role yet." in page and "Your role: no role yet" in page
    fields = {"csrf": hidden(page, "csrf"), "title": "X", "answer": "Y", "base_version": "1"}
    assert fooled.browser.post("/console/entries/health/card/it", data=fields).status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["bussola", "another"]},  # with no word on whom it was made for
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"azp": "another"},
    ],
    ids=lambda lie: ",".join(f"{claim}={type(told).__name__}" for claim, told in lie.items()),  # no times: names must stay
)
def test_a_lie_in_the_token_lets_nobody_in(fooled: House, liar: Liar, lie: dict[str, Any]) -> None:
    liar.lies = lie
    page = _back(fooled, liar)
    assert page.status_code == 502 and "did not confirm who you are" in page.text
    assert fooled.browser.get("/console").headers["location"] == "/console/sign-in"
    assert _role(fooled, "Rosa") is None


def test_another_key_lets_nobody_in(fooled: House, liar: Liar) -> None:
    liar.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert _back(fooled, liar).status_code == 502


def test_a_key_that_is_shared_lets_nobody_in(fooled: House, liar: Liar) -> None:
    liar.signs_with, liar.algorithm = OctKey.import_key(OIDC["oidc_client_secret"] * 3), "HS256"
    assert _back(fooled, liar).status_code == 502


def test_another_state_or_none_lets_nobody_in(fooled: House, liar: Liar) -> None:
    assert _back(fooled, liar, "another").status_code == 502
    assert _back(fooled, liar, "").status_code == 502
    assert _role(fooled, "Rosa") is None


def test_another_verifier_lets_nobody_in(fooled: House, liar: Liar) -> None:
    state = liar.asked(fooled.browser.get("/console/sign-on").headers["location"])
    liar.challenge = "another"
    page = fooled.browser.get("/console/sign-on/back", params={"code": "x", "state": state})
    assert page.status_code == 502


def test_coming_back_without_having_gone_there_lets_nobody_in(fooled: House) -> None:
    assert fooled.browser.get("/console/sign-on/back", params={"code": "x", "state": "x"}).status_code == 400
    fooled.browser.cookies.set("bussola_console_sign_on", "forged", path="/console")
    assert fooled.browser.get("/console/sign-on/back", params={"code": "x", "state": "x"}).status_code == 400


def test_a_document_for_another_issuer_is_not_believed(fooled: House, liar: Liar) -> None:
    liar.discovery = {"issuer": "https://elsewhere.example"}
    page = fooled.browser.get("/console/sign-on")
    assert page.status_code == 502 and "<h1" in page.text


def test_without_an_issuer_there_is_no_sign_on(prepared: Path, tmp_path: Path) -> None:
    house = House(prepared, tmp_path)
    assert house.browser.get("/console/sign-on").status_code == 404
    assert "organisation" not in house.browser.get("/console/sign-in").text
    house.store.engine.dispose()


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "http://login.example.org", **OIDC},  # anybody on the way could read along
        {"oidc_issuer": "http://localhost.example.org", **OIDC},
        {"oidc_issuer": "https://login.example.org"},
        {"oidc_role": "admin"},
        {"smtp_host": "mail.example.org", "smtp_from": "desk@example.org"},
        {"second_factor": "sometimes"},
    ],
    ids=str,
)
def test_settings_that_would_not_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)
