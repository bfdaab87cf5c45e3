"""A small Bussola on which work has piled up, so that every page of its console has something to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.accounts import Accounts
from bot.compose import ROME
from bot.copies import Copies, WorkingCopy
from bot.exchange import sheet
from bot.inbox import Inbox
from bot.invitations import Invitations
from bot.model import Example, Session, Utterance
from bot.people import People
from bot.service_checks import ServiceChecks
from bot.translating import Translations
from connectors.console.offices import SEAL
from tests import small
from tests.console.house import PASSWORD, House
from tests.small import COST, RENEW

TRANSLATIONS = Path(__file__).parent.parent.parent / "translations"
MORNING = datetime(2026, 11, 23, 9)


class Clock:
    """UTC as the test says it is."""

    def __init__(self) -> None:
        self.at = MORNING

    def __call__(self) -> datetime:
        return self.at


def filled(folder: Path, **settings: Any) -> tuple[House, Mapping[str, tuple[str, ...]]]:
    """The house, and for each route with a hole in it the addresses below which something is found."""
    store = small.store(folder)
    accounts = Accounts(store)
    for name, role in (("amina", "mediator"), ("ada", "admin"), ("elena", "editor"), ("vito", "viewer")):
        accounts.create(name, PASSWORD, role)
    People(accounts).change("vito", "viewer", ("bn",), ("foggia",), "ada")
    accounts.create("tina", PASSWORD, "translator")
    People(accounts).change("tina", "translator", ("ar",), (), "ada")
    link = Invitations(accounts).invite("translator", ("uk",), ("puglia",), "ada")
    store.engine.dispose()
    for locale in ("it", "ar", "en"):
        (folder / locale).symlink_to(TRANSLATIONS / locale)
    house = House(folder / "bussola.sqlite3", folder, clock=(clock := Clock()), **settings)
    _write(house)
    talks = _talk(house, clock)
    today = datetime.now(ROME).date()
    checks, seal = ServiceChecks(house.store), partial(house.desk.seal, SEAL)
    services = house.desk.compose.content.services
    tokens = checks.tokens(services, today, seal)
    opened = checks.open(tokens["ba-desk"], today, seal)
    assert opened is not None
    checks.answer(opened, {"phone": "080 7654321", "hours": "Mo-Fr 09:00-12:00"}, "Abbiamo un nuovo numero.")
    parcels = _parcels(house)
    entry = f"/console/entries/{RENEW}"
    found = {
        "/console/link/{token}": (f"/console/link/{link}",),
        "/office/{token}": (f"/office/{tokens['fg-desk']}", "/office/over"),
        "/console/accounts/one": ("/console/accounts/one?name=vito",),
        "/console/files/{token}": (f"/console/files/{parcels[0]}",),
        "/console/utterances/{token}": (f"/console/utterances/{parcels[1]}",),
        "/console/inbox": ("/console/inbox", "/console/inbox?closed=1"),
        "/console/inbox/{number:int}": tuple(f"/console/inbox/{number}" for number in talks),
        "/console/new": ("/console/new", "/console/new?questions=1,2"),
        "/console/translations": ("/console/translations", "/console/translations?state=stale&sort=work"),
        "/console/entries": ("/console/entries", "/console/entries?q=permesso&state=stale&locale=en", "/console/entries?q=xyz"),
    }  # fmt: skip
    below = {
        "": (f"{entry}/it", f"{entry}/ar", f"{entry}/bn", f"/console/entries/{COST}/it"),
        "/look": (f"{entry}/it/look?author=elena", f"{entry}/ar/look", f"{entry}/own/look"),
        "/history": (f"{entry}/it/history", f"{entry}/it/history?compare=1"),
        "/try": (f"{entry}/it/try", f"{entry}/ar/try?q=mi+picchia&as=it&place=foggia", f"{entry}/it/try?q=il+mio+permesso+scade&as=bn&place=foggia&author=elena"),
        "/replay": (f"{entry}/it/replay?author=elena",),
    }  # fmt: skip
    answers = "/console/entries/{topic}/{name}/{locale}"
    found |= {answers + path: addresses for path, addresses in below.items()}
    own = "/console/entries/{topic}/{name}"
    found |= {own + path: (entry + path,) for path in ("/details", "/values")}
    shared = "/console/entries/values/phone_1522"
    found[f"{own}/values"] += (f"{shared}/values",)
    found[f"{own}/details"] += (f"{shared}/details",)
    found[f"{own}/details/history"] = (f"{entry}/details/history", f"{entry}/details/history?compare=1")
    return house, found


def _write(house: House) -> None:
    """A translation that is behind, texts that somebody is writing, and questions asked in vain."""
    italian = house.store.content().answers[RENEW, "it"]
    changed = replace(
        italian, answer="Chieda il rinnovo alla posta, almeno {renewal_before} prima. Costo: {permit_fee}."
    )
    house.store.publish_answer(changed, "amina", 1)
    entry = house.store.content().entries[RENEW]
    house.store.publish_entry(replace(entry, review_by=entry.review_by + timedelta(days=1)), "amina", 1)
    copies = Copies(house.store)
    copies.save(
        WorkingCopy(
            RENEW, "it", "elena", {**changed.fields(), "title": "Rinnovare il permesso di soggiorno"}, 2, note="Titolo"
        )
    )
    copies.send(RENEW, "it", "elena")
    copies.save(
        WorkingCopy(COST, "it", "amina", {"title": "Quanto costa", "answer": "Paghi alla posta o in banca."}, 1)
    )
    for key, locale, text, place in (("1", "it", "dove trovo un avvocato gratis", "foggia"), ("2", "en", "where do I find a free lawyer", "bari"),
                                     ("3", "ar", "أين أجد محاميا", None), ("4", "it", "dove trovo un avvocato gratis", "napoli")):  # fmt: skip
        house.store.keep_unanswered(Session(key, "web", locale, place=place, last_text=text), "unanswered")


def _talk(house: House, clock: Clock) -> list[int]:
    """Conversations: one waits for too long, one is with the administrator, one has ended; and an appointment."""
    assert house.desk.handoff is not None
    inbox = Inbox(house.desk, house.desk.handoff)
    numbers = []
    for session, text in (("7", "Ho perso la ricevuta, cosa faccio?"), ("8", "متى يفتح المكتب؟"), ("9", "Grazie")):
        for payload in (f"/entry {RENEW}", "/human yes"):
            house.assistant.reply(Utterance("telegram", session, payload=payload, address=session, locale_hint="it"))
        house.assistant.reply(Utterance("telegram", session, text, address=session))
        numbers.append(max(about.id for about in inbox.conversations.listed()))
    for number in numbers[1:]:
        inbox.claim(number, "ada")
        inbox.conversations.reply(number, "ada", "Buongiorno, venga domani con il passaporto.")
        inbox.conversations.reply(number, "ada", "", COST)
    inbox.close(numbers[2], "ada")
    clock.at += timedelta(hours=2)
    numbers.append(inbox.request("ar", "foggia", "legal", "morning", "333 7654321"))
    inbox.counts()
    return numbers


def _parcels(house: House) -> tuple[str, str]:
    """A file of translations and one of questions, both waiting for a yes of the administrator's."""
    from bot.exchange import parcel, po

    kept = Translations(house.store)
    wanted = parcel.chosen(kept.of("en"), [RENEW], [])
    packed = parcel.pack(wanted, "en", kept.italian_then, False)
    data = po.write(packed, datetime.now(UTC)).replace(b"Renew your permit", b"Renew your residence permit")
    rows = sheet.write(
        [Example(RENEW, "it", "la carta sta per finire"), Example(COST, "it", "quanto costa il permesso")]
    )
    return kept.keep_parcel("ada", "english.po", data), kept.keep_parcel("ada", "domande.csv", rows)
