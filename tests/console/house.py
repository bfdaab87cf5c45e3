"""A small Bussola with a browser in front of it, for the tests of the console."""

from __future__ import annotations

import html
import re
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import select

from bot import ranking, tables
from bot.assistant import Assistant
from bot.build import FUSION, NoNlu, language_names
from bot.desk import Desk
from bot.language import LanguageIdentifier
from bot.model import Answer, Content, Entry, Example, Source, Value
from bot.phrases import Phrases
from bot.retriever import Retriever
from bot.settings import Settings
from bot.store import SqlStore, open_store
from connectors.console import console
from connectors.web.app import create_app

PASSWORD = "una frase lunga e facile"
COST, HEALTH = "/console/entries/legal/permit-cost", "/console/entries/health/card"
FEE = Value("fee", "money", Decimal("30.46"), "EUR", date(2027, 1, 31))
WAIT = Value("wait", "duration", Decimal(60), "days", date(2027, 1, 31))


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
