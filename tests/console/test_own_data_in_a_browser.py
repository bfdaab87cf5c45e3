"""The pages of an entry's own data in a real browser: accessible, and nothing sticks out on a telephone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bot.copies import Copies, own_copy
from bot.model import Session
from bot.owners import Owners
from tests import axe
from tests.console.house import COST, FEE, WAIT, House
from tests.console.served import enter, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

ENTRY = "legal/permit-cost"
PAGES = (
    f"{COST}/details",
    f"{COST}/values",
    f"{COST}/own/look",
    f"{COST}/details/history?compare=1",
    "/console/entries?owner=amina",
    "/console/new?questions=1",
    "/console",
)


def _faults(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return axe.violations(page) + ["wider than the screen"] * wide


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(house: House, chromium: str, width: int, scheme: Any) -> None:
    from playwright.sync_api import sync_playwright

    Owners(house.store).give(ENTRY, "amina", "ada")
    house.store.keep_unanswered(Session("s", "web", "it", last_text="dove pago il bollo"), "unanswered")
    entry = house.store.content().entries[ENTRY]
    copies = Copies(house.store)
    copies.save(own_copy(replace(entry, values=(replace(FEE, amount=Decimal(50)), WAIT)), "amina", 1))
    found: dict[str, list[str]] = {}
    with served(house) as base, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium)
        page = opened.new_context(locale="en", viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        enter(page, base, "amina")
        for address in PAGES:
            page.goto(f"{base}{address}")
            found[address] = _faults(page)
        house.store.publish_entry(replace(entry, values=(FEE, replace(WAIT, amount=Decimal(90)))), "bruno", 1)
        page.goto(f"{base}{COST}/values")
        page.locator("text=Somebody else has published this meanwhile.").wait_for()
        page.fill("[name='amount.fee.']", "51")
        page.reload()
        page.locator("text=What you typed here before").wait_for()
        found["clash"] = _faults(page)
        opened.close()
    assert found == {address: [] for address in (*PAGES, "clash")}
