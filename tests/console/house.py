"""A small Bussola with a browser in front of it, for the tests of the console."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from bot import ranking, tables
from bot.assistant import Assistant
from bot.build import FUSION, NoNlu, handoff, language_names
from bot.desk import Desk
from bot.language import LanguageIdentifier
from bot.model import Answer, Content, Entry, Example, Place, Service, Source, Value
from bot.phrases import Phrases
from bot.retriever import Retriever
from bot.settings import Settings
from bot.store import SqlStore, open_store
from connectors.console import console
from connectors.web.app import create_app

PASSWORD = "una frase lunga e facile"
NOON = datetime(2026, 11, 22, 12)
COST, HEALTH = "/console/entries/legal/permit-cost", "/console/entries/health/card"
FEE = Value("fee", "money", Decimal("30.46"), "EUR", date(2027, 1, 31))
WAIT = Value("wait", "duration", Decimal(60), "days", date(2027, 1, 31))
PLACES = (
    Place("foggia", "Foggia", "FG", "puglia", 41.46, 15.54, "provincial-capital", {}),
    Place("napoli", "Napoli", "NA", "campania", 40.85, 14.27, "provincial-capital", {}),
)

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


def content() -> Content:
    entries = {
        "legal/permit-cost": Entry(
            "legal/permit-cost",
            "medium",
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
        PLACES,
        (),
        (),
        examples,
        {},
    )


class House:
    """A small Bussola with a browser in front of it; with a clock (UTC) it has mediators whom people can write to."""

    def __init__(
        self,
        prepared: Path,
        folder: Path,
        environment: str = "development",
        clock: Callable[[], datetime] | None = None,
        **settings: Any,
    ) -> None:
        made = Settings(data=folder, environment=environment, rate_limit=0, **settings)
        self.store: SqlStore = open_store(f"sqlite:///{shutil.copy(prepared, folder / 'test.sqlite3')}")
        self.folder, phrases = folder, Phrases(folder)
        self.assistant = Assistant(
            self.store,
            LanguageIdentifier(content().examples),
            NoNlu(),
            Retriever(self.store, None),
            ranking.load(FUSION),
            phrases,
            language_names(),
            b"secret",
            lambda: NOON,
            handoff(made, self.store, clock) if clock else None,
        )
        self.desk = Desk(self.assistant, self.store)
        self.app = create_app(self.assistant, self.desk, made, (console.router(self.store, self.desk, made),))
        self.browser = self.new_browser()

    def read_phrases(self) -> None:
        """Looks again at which catalogues there are."""
        self.desk.compose.phrases.__init__(self.folder)  # type: ignore[misc]

    def restrict(self, entry: str, applies_to: tuple[str, ...]) -> None:
        """Publishes an entry for these regions and places only."""
        found = self.desk.compose.content.entries[entry]
        self.store.publish_entry(replace(found, applies_to=applies_to), "ada", self.store.entry_version(entry))

    def regional(self, value: str, regions: tuple[str, ...]) -> None:
        """Publishes a value of the permit's cost for each of these regions, beside the one for everywhere."""
        found = self.desk.compose.content.entries["legal/permit-cost"]
        values = tuple(
            replace(item, applies_to=region) for item in found.values if item.name == value for region in regions
        )
        kept = tuple(item for item in found.values if item.name != value)
        self.store.publish_entry(replace(found, values=values + kept), "ada", self.store.entry_version(found.id))

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

    def post(self, address: str, browser: Any = None, **fields: str) -> Any:
        """Sends a form with the token that the browser's own account page holds."""
        browser = browser or self.browser
        token = hidden(browser.get("/console/me").text, "csrf")
        return browser.post(
            address, data={"csrf": token} | {name.replace("__", "."): text for name, text in fields.items()}
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
