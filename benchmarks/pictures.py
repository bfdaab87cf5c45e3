"""The pictures in docs/: the desk with an answer in four languages; the console's main pages on all content, wide and
narrow, in Italian and Arabic.

python benchmarks/pictures.py [--data FOLDER]

Starts a server of its own on a copy of FOLDER (without: it learns everything first, some minutes), gives it an account and
some work, and writes docs/widget-*.png, docs/console/ and the guide's pictures. Needs Chromium, as the tests do.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from sqlalchemy import delete

from benchmarks.serving import server
from bot import tables
from bot.accounts import Accounts
from bot.build import handoff, prepare
from bot.copies import Copies, WorkingCopy
from bot.model import Session
from bot.service_checks import Invitation, ServiceChecks
from bot.settings import Settings
from bot.store import SqlStore

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

ROOT = Path(__file__).parent.parent
NAME, PASSWORD = "rosa", secrets.token_urlsafe(16)
COST, RENEW = "legal/permit-cost", "legal/permit-renewal"
WIDTHS = {"wide": (1280, 860), "phone": (390, 760)}
PAGES = {
    "work": "/console",
    "entries": "/console/entries?topic=legal",
    "editor": f"/console/entries/{COST}/ar",
    "grid": "/console/translations",
    "look": f"/console/entries/{COST}/it/look",
    "try": f"/console/entries/{RENEW}/it/try?q=থাকার+পারমিট+কীভাবে+নবায়ন+করব&as=bn&place=foggia",
    "questions": "/console/questions",
    "inbox": "/console/inbox",
    "conversation": "/console/inbox/{talk}",
    "offices": "/console/offices",
}
GUIDE = {"work": "/console", "inbox": "/console/inbox/{talk}", "questions": "/console/questions", "try": PAGES["try"]}
DESK = {"it": "come rinnovo il permesso di soggiorno? abito a Foggia", "ar": "كيف أجدد تصريح الإقامة؟ أنا في فوجا",
        "bn": "আমি ফোজ্জায় থাকি, পারমেসো রিনিউ করতে কী লাগে?", "zh": "居留证快到期了，怎么续签？"}  # fmt: skip
ASKED = (("it", "foggia", "dove trovo un avvocato gratis per lo sfratto"), ("en", "bari", "my landlord wants me out, who can help"),
         ("it", "napoli", "posso guidare con la patente del mio paese"), ("ar", "foggia", "هل أستطيع القيادة برخصة بلدي"),
         ("fr", None, "puis-je conduire avec le permis de mon pays"))  # fmt: skip


def main() -> None:
    """Makes every picture."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if chosen.data:
            shutil.copytree(chosen.data, data)
        settings = Settings(data=data)
        store, _ = prepare(settings)
        talk = _fill(store, settings)
        store.engine.dispose()
        environment = {**os.environ, "BUSSOLA_DATA": str(data), "BUSSOLA_RATE_LIMIT": "0", "BUSSOLA_TELEGRAM_TOKEN": ""}
        with server([sys.executable, "-m", "bot", "serve"], environment, b'{"text": "ciao"}') as (port, _, _pid):
            _draw(f"http://127.0.0.1:{port}", talk)


def _draw_desk(browser: Browser, base: str) -> None:
    for locale, question in DESK.items():
        size: ViewportSize = {"width": 1280, "height": 900} if locale == "it" else {"width": 360, "height": 740}
        page = browser.new_page(
            locale=locale, viewport=size, device_scale_factor=1 if locale == "it" else 1.5, color_scheme="light"
        )
        page.goto(base)
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.wait_for_selector(".reply.answer")
        page.wait_for_load_state("networkidle")
        path = ROOT / f"docs/widget-{locale}.png"
        page.screenshot(path=path)
        Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)
        page.close()


def _fill(store: SqlStore, settings: Settings) -> int:
    """An account, and work that waits for it; the number of a conversation."""
    Accounts(store).create(NAME, PASSWORD, "mediator")
    italian = store.content().answers[COST, "it"]
    words = italian.answer.split(" ")
    store.publish_answer(replace(italian, answer=" ".join([*words, "Conservi la ricevuta."])), "bruno", italian.version)
    changed = {**italian.fields(), "answer": " ".join([*words, "Conservi sempre la ricevuta."])}
    Copies(store).save(WorkingCopy(COST, "it", NAME, changed, italian.version + 1))
    with store.transaction() as connection:
        connection.execute(delete(tables.unanswered))
    for number, (locale, place, text) in enumerate(ASKED):
        store.keep_unanswered(Session(str(number), "web", locale, place=place, last_text=text), "unanswered")
    offices = [service for service in store.content().services if service.city == "Foggia"]
    ServiceChecks(store).answer(
        Invitation(offices[0].id, 0), {"phone": "0881 654321"}, "Da lunedì abbiamo un nuovo numero."
    )
    return _talk(store, settings)


def _talk(store: SqlStore, settings: Settings) -> int:
    now = datetime.now(UTC).replace(tzinfo=None)
    clock = [now - timedelta(hours=3)]
    way = handoff(settings, store, lambda: clock[0])
    talks = way.conversations
    for session, locale, place in (("1", "ar", "foggia"), ("2", "bn", "bari"), ("3", "it", None)):
        talks.open(
            session,
            "telegram" if session != "3" else "web",
            locale,
            place,
            RENEW if session == "1" else None,
            {"to": ""},
        )
        clock[0] += timedelta(minutes=50)
    first = talks.of("1")
    assert first is not None
    talks.hear(first, "السلام عليكم، فقدت إيصال طلب التجديد. ماذا أفعل؟", "ar")
    talks.claim(first.id, NAME)
    talks.reply(first.id, NAME, "وعليكم السلام. هل لديك صورة من الإيصال؟")
    talks.hear(first, "نعم، على الهاتف.", "ar")
    return first.id


def _draw(base: str, talk: int) -> None:
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        _draw_desk(browser, base)
        for locale in ("it", "ar"):
            for width, (across, down) in WIDTHS.items():
                context = browser.new_context(
                    locale=locale,
                    viewport={"width": across, "height": down},
                    color_scheme="light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.set_default_timeout(120_000)
                page.goto(f"{base}/console/sign-in")
                page.fill("#name", NAME)
                page.fill("#password", PASSWORD)
                page.click("main form button")
                page.wait_for_url(f"{base}/console")
                for name, address in PAGES.items():
                    path = ROOT / f"docs/console/{name}-{locale}-{width}.png"
                    _shoot(page, base + address.format(talk=talk), path, 960 if width == "wide" else 1300)
                if (locale, width) == ("it", "wide"):
                    page.set_viewport_size({"width": 1000, "height": 760})
                    for name, address in GUIDE.items():
                        _shoot(page, base + address.format(talk=talk), ROOT / f"docs/guide/{name}.png", 900)
                context.close()
        browser.close()


def _shoot(page: Page, address: str, path: Path, most: int) -> None:
    """A picture of a page from its top, at most so many points high, in 32 colours."""
    page.goto(address)
    path.parent.mkdir(exist_ok=True)
    height = min(most, int(page.evaluate("document.documentElement.scrollHeight")))
    size = page.viewport_size
    assert size is not None
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": size["width"], "height": height})
    Image.open(path).convert("RGB").quantize(32).save(path, optimize=True)


if __name__ == "__main__":
    main()
