"""The pages of accounts in a real browser: accessible, nothing sticks out, and the way to a sign-on and back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
import uvicorn

from bot.accounts import Accounts
from bot.invitations import Invitations
from bot.people import People
from tests import axe
from tests.console.house import PASSWORD, House
from tests.console.provider import real

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRANSLATIONS = Path(__file__).parent.parent.parent / "translations"
STRANGERS = ("/sign-in", "/forgotten")
INSIDE = ("/accounts", "/accounts/invite", "/accounts/one?name=amina", "/me", "/me/second-factor", "/record")


@contextmanager
def served(prepared: Path, folder: Path, **settings: Any) -> Iterator[tuple[House, str]]:
    """A house on a free port, with all translations."""
    for locale in ("it", "ar"):
        (folder / locale).symlink_to(TRANSLATIONS / locale)
    house = House(prepared, folder, **settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(house.app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield house, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            house.store.engine.dispose()


def _sign_in(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/console/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main form button")


def _faults(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button, .admin a, .who a, .people h2 a, select, input:not([type=hidden], [type=checkbox], [type=radio], [hidden])')]"
        ".filter(item => item.offsetParent && item.getBoundingClientRect().height < 43.9).map(item => item.outerHTML.slice(0, 99))"
    )
    return axe.violations(page) + ["wider than the screen"] * wide + [f"too small: {item}" for item in small]


@pytest.mark.parametrize(("locale", "width", "scheme"), [("it", 1280, "light"), ("ar", 390, "dark")])
def test_every_page_is_accessible_and_fits(
    browser: Browser, prepared: Path, tmp_path: Path, locale: str, width: int, scheme: Any
) -> None:
    with served(
        prepared, tmp_path, oidc_issuer="https://login.example.org", oidc_client_id="b", oidc_client_secret="c"
    ) as (house, base):
        accounts = Accounts(house.store)
        People(accounts).disable("vito", "ada")
        link = Invitations(accounts).invite("translator", ("uk",), ("puglia",), "ada")
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        loud: list[str] = []
        page.on("console", lambda line: loud.append(line.text) if line.type in ("error", "warning") else None)
        faults, looked = {}, 0
        for address in (*STRANGERS, f"/link/{link}"):
            page.goto(f"{base}/console{address}")
            faults[address], looked = _faults(page), looked + 1
        _sign_in(page, base, "ada")
        for address in INSIDE:
            page.goto(f"{base}/console{address}")
            assert page.get_attribute("html", "dir") == ("rtl" if locale == "ar" else "ltr")
            faults[address], looked = _faults(page), looked + 1
        assert {address: found for address, found in faults.items() if found} == {}
        assert (looked, loud) == (9, [])
        context.close()


def test_a_person_connects_a_telephone_and_comes_in_with_it(browser: Browser, prepared: Path, tmp_path: Path) -> None:
    with served(prepared, tmp_path) as (_, base):
        context = browser.new_context(locale="en")
        page = context.new_page()
        _sign_in(page, base, "amina")
        page.goto(f"{base}/console/me")
        page.click("text=Connect my telephone")
        key = page.inner_text("form code").replace(" ", "")
        assert page.evaluate(
            "document.querySelector('.qr img').naturalWidth > 100"
        )  # the policy lets the picture be seen
        page.fill("#code", pyotp.TOTP(key).now())
        page.click("main form button")
        codes = page.locator(".codes code").all_inner_texts()
        assert (len(codes), _faults(page)) == (10, [])
        page.click("text=I have kept them")
        assert "Your telephone is connected." in page.inner_text("[role=status]")
        page.click("text=Sign out >> nth=0")
        _sign_in(page, base, "amina")
        assert page.inner_text("h1") == "Second step" and _faults(page) == []
        page.fill("#code", codes[0])
        page.click("main form button")
        page.wait_for_selector("text=Signed in as amina")
        context.close()


def test_a_sign_on_on_another_site_and_back(browser: Browser, prepared: Path, tmp_path: Path) -> None:
    with (
        real({"sub": "17", "preferred_username": "Rosa Greco"}) as issuer,  # localhost: another site than 127.0.0.1
        served(prepared, tmp_path, oidc_issuer=issuer, oidc_client_id="b", oidc_client_secret="c", oidc_role="viewer") as (_, base),
    ):  # fmt: skip
        context = browser.new_context(locale="en")
        page = context.new_page()
        page.goto(f"{base}/console/sign-in")
        page.click("text=Sign in with your organisation")
        page.wait_for_url(f"{issuer}/**")
        page.click('text="17"')  # the whole of it: an address may hold these digits too
        page.wait_for_selector("text=Signed in as Rosa Greco (reader)")
        assert page.url == f"{base}/console"
        page.click("text=Sign out >> nth=0")
        page.click("text=Sign out there too")
        page.wait_for_url(f"{issuer}/**")
        page.goto(f"{base}/console")
        assert page.url == f"{base}/console/sign-in"
        context.close()
