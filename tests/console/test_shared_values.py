"""Values that several entries share: found when they expire, changed once, looked over, reviewed, restored, exported."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from pydantic import TypeAdapter
from sqlalchemy import create_engine, insert

from bot import migrations
from bot.accounts import Accounts
from bot.copies import OWN, Copies
from bot.export import dump
from bot.knowledge import load
from bot.model import Answer, Content, Source, Value
from bot.people import People
from bot.shared import holder
from bot.store import migrate, open_store
from bot.tables import directory
from tests.console.house import House, content, hidden
from tests.console.publishing import publish

DUTY = "/console/entries/values/stamp_duty"
NEXT = {"amount.stamp_duty.": "18", "review_by.stamp_duty.": "2027-12-31"}
STAMP = Value("stamp_duty", "money", Decimal(16), "EUR", date(2026, 12, 1))


def said(risk: str = "low") -> Content:
    """Two entries that use the stamp duty, one of them in two languages."""
    base = content()
    texts = (("legal/permit-cost", "it", "Paghi {fee} e {stamp_duty}."), ("legal/permit-cost", "en", "Pay {fee} and {stamp_duty}."),
             ("health/card", "it", "Porti {stamp_duty}."))  # fmt: skip
    answers = {(entry, tag): Answer(entry, tag, base.answers[entry, tag].title, text) for entry, tag, text in texts}
    card = replace(base.entries["health/card"], risk=risk)
    values = {**base.values, "stamp_duty": (STAMP,)}
    return replace(base, answers={**base.answers, **answers}, entries={**base.entries, card.id: card}, values=values)


@pytest.fixture
def desk(mediator: House) -> House:
    """A mediator's console over entries that share a value."""
    mediator.store.import_content(said())
    return mediator


def typed(desk: House) -> dict[str, str]:
    """The form of the stamp duty, as a person sends it."""
    return desk.form(f"{DUTY}/values")


def duties(desk: House) -> dict[str | None, Any]:
    """The amounts that people read now, by place."""
    return {value.applies_to: value.amount for value in desk.store.content().values["stamp_duty"]}


def test_an_expiring_shared_value_is_opened_changed_and_read_in_every_entry_at_once(desk: House) -> None:
    assert f'href="{DUTY}/values"' in desk.browser.get("/console/due-values").text
    page = desk.browser.get(f"{DUTY}/values").text
    assert "Entries that use it: 2" in page and "Tessera sanitaria" in page and "A second person" not in page
    done = desk.browser.post(f"{DUTY}/values", data=typed(desk) | {"note": "new law"} | NEXT)
    assert done.headers["location"] == f"{DUTY}/own/look?done=saved"
    look = desk.browser.get(f"{DUTY}/own/look").text
    assert "Languages in which people then read another \u2066{stamp_duty}\u2069: 2" in look
    assert "Entries that use it: 2" in look and "new law" in look
    assert duties(desk) == {None: 16}
    before = desk.store.revision()
    assert publish(desk, f"{DUTY}/values", typed(desk)).headers["location"] == f"{DUTY}/values?done=published"
    assert (duties(desk), desk.store.revision()) == ({None: 18}, before + 1)
    values = {item.id: desk.desk.compose.answer(item.id, "it", None).text for item in said().entries.values()}
    assert all("18" in text for text in values.values()) and len(values) == 2
    assert f'href="{DUTY}/values"' not in desk.browser.get("/console/due-values").text
    assert desk.audit()[-1] == ("amina", "publish values")


def test_the_day_in_the_notice_below_answers_says_who_reads_it(desk: House) -> None:
    base = said()
    written = Value("facts_collected", "date", date(2026, 11, 22), review_by=date(2027, 5, 22))
    desk.store.import_content(replace(base, values={**base.values, "facts_collected": (written,)}))
    Copies(desk.store).confirm(desk.store.content().answers["health/card", "it"], "bruno", date(2026, 11, 23))
    address = "/console/entries/values/facts_collected"
    assert "no working copy any more" in desk.browser.get(f"{address}/own/look").text
    desk.browser.post(f"{address}/values", data=desk.form(f"{address}/values") | {"amount.facts_collected.": "2026-12-01"})
    look = desk.browser.get(f"{address}/own/look").text
    assert "Entries that use it: 1" in look and "Cost of the permit" in look and "Tessera sanitaria" not in look
    assert "Languages in which people then read another \u2066{facts_collected}\u2069: 2" in look
    assert "No text uses" not in look


def test_one_place_gets_another_value_and_loses_it_again(desk: House) -> None:
    new = {"amount.new": "20", "review_by.new": "2027-05-01"}
    page = desk.browser.post(f"{DUTY}/values", data=typed(desk) | new)
    assert page.status_code == 422 and "Choose a region or a town" in page.text and 'value="20"' in page.text
    assert publish(desk, f"{DUTY}/values", typed(desk) | new | {"place.new": "foggia"}).status_code == 303
    assert duties(desk) == {None: 16, "foggia": 20}
    again = desk.browser.post(f"{DUTY}/values", data=typed(desk) | new | {"place.new": "foggia"})
    assert again.status_code == 422
    desk.browser.post(f"{DUTY}/values", data=typed(desk) | {"amount.stamp_duty.foggia": " "})
    look = desk.browser.get(f"{DUTY}/own/look").text
    assert "only for Foggia" in look and [text.strip("\u2068\u2069") for text in re.findall(r"<ins>([^<]*)</ins>", look)][-1] == "€16"
    desk.post(f"{DUTY}/own/look", action="publish", author="amina", number=hidden(look, "number"))
    assert duties(desk) == {None: 16}


def test_the_value_of_a_place_is_moved_to_another_that_has_none(desk: House) -> None:
    new = {"amount.new": "20", "review_by.new": "2027-05-01"}
    for place in ("foggia", "campania"):
        assert publish(desk, f"{DUTY}/values", typed(desk) | new | {"place.new": place}).status_code == 303
    assert '<option value="foggia" selected>' in desk.browser.get(f"{DUTY}/values").text
    moved = {"place.stamp_duty.foggia": "campania"}
    page = desk.browser.post(f"{DUTY}/values", data=typed(desk) | moved)
    assert page.status_code == 422 and page.text.count("Choose a region or a town that has no value") == 1
    assert 'id="wrong-stamp_duty.foggia"' in page.text
    moved = {"place.stamp_duty.foggia": "puglia", "amount.stamp_duty.foggia": "21"}
    assert publish(desk, f"{DUTY}/values", typed(desk) | moved).status_code == 303
    assert duties(desk) == {None: 16, "puglia": 21, "campania": 20}
    People(Accounts(desk.store)).change("amina", "mediator", (), ("puglia",), "ada")
    away = {"place.stamp_duty.puglia": "napoli"}
    assert desk.browser.post(f"{DUTY}/values", data=typed(desk) | away).status_code == 403


def test_who_is_limited_to_a_place_changes_the_value_of_that_place_alone(desk: House) -> None:
    People(Accounts(desk.store)).change("amina", "mediator", (), ("puglia",), "ada")
    form = typed(desk)
    assert desk.browser.post(f"{DUTY}/values", data=form | {"amount.stamp_duty.": "18"}).status_code == 403
    page = desk.browser.get(f"{DUTY}/values").text
    assert '<option value="foggia">' in page and '<option value="napoli">' not in page
    new = {"amount.new": "20", "review_by.new": "2027-05-01"}
    assert desk.browser.post(f"{DUTY}/values", data=form | new | {"place.new": "napoli"}).status_code == 403
    assert publish(desk, f"{DUTY}/values", form | new | {"place.new": "puglia"}).status_code == 303
    assert duties(desk) == {None: 16, "puglia": 20}
    sources = {"csrf": form["csrf"], "base_version": "2", "number": "0", "url.0": "https://a.example", "title.0": "A"}
    assert publish(desk, f"{DUTY}/details", sources).status_code == 403  # it holds everywhere
    assert "stamp_duty" not in desk.store.content().value_sources


def test_a_value_of_an_entry_where_mistakes_do_great_harm_needs_a_second_person(desk: House) -> None:
    desk.store.import_content(said("high"), force=True)
    desk.browser.post(f"{DUTY}/values", data=typed(desk) | {"amount.stamp_duty.": "18"})
    look = desk.browser.get(f"{DUTY}/own/look").text
    assert 'value="publish"' not in look and 'value="send"' in look
    number = hidden(look, "number")
    mine = {"action": "publish", "author": "amina", "number": number}
    assert desk.post(f"{DUTY}/own/look", **mine).status_code == 403
    assert desk.post(f"{DUTY}/own/look", action="send", author="amina", number=number).status_code == 303
    other = desk.new_browser()
    desk.sign_in("elena", browser=other)
    assert "{stamp_duty}" in other.get("/console/reviews").text
    shown = hidden(other.get(f"{DUTY}/own/look?author=amina").text, "number")
    assert desk.post(f"{DUTY}/own/look", other, action="publish", author="amina", number=shown).status_code == 303
    assert duties(desk) == {None: 18}
    # What people in danger read is of high risk even where no entry says so.
    phone = "/console/entries/values/phone_112"
    desk.browser.post(f"{phone}/values", data=desk.form(f"{phone}/values") | {"amount.phone_112.": "113"})
    look = desk.browser.get(f"{phone}/own/look").text
    assert "People in danger read it before anything else." in look
    assert desk.post(f"{phone}/own/look", **mine | {"number": hidden(look, "number")}).status_code == 403


def test_its_sources_are_checked_and_its_history_brings_a_version_back(desk: House) -> None:
    fields = {"csrf": typed(desk)["csrf"], "base_version": "1", "number": "0", "url.0": "https://tax.example", "title.0": "Tax office"}
    assert publish(desk, f"{DUTY}/details", fields).headers["location"] == f"{DUTY}/values?done=published"
    assert desk.post(f"{DUTY}/details", url="https://tax.example").status_code == 303
    found = desk.store.content().value_sources["stamp_duty"]
    assert [(source.url, source.checked is None) for source in found] == [("https://tax.example", False)]
    publish(desk, f"{DUTY}/values", typed(desk) | {"amount.stamp_duty.": "18"})
    page = desk.browser.get(f"{DUTY}/details/history?compare=1").text
    assert "from the files" in page and "https://tax.example" in page
    restored = desk.post(f"{DUTY}/details/history", version="2", base_version="4")
    assert restored.headers["location"] == f"{DUTY}/details?done=restored"
    assert duties(desk) == {None: 16} and desk.store.content().value_sources["stamp_duty"][0].checked is not None
    for address in ("it", "it/look", "it/history", "it/try"):
        assert desk.browser.get(f"{DUTY}/{address}").status_code == 404
    assert desk.browser.get("/console/entries/values/nothing/values").status_code == 404


def test_two_people_change_it_for_two_places_and_nothing_is_lost(desk: House) -> None:
    new = {"amount.new": "20", "review_by.new": "2027-05-01", "place.new": "foggia"}
    desk.browser.post(f"{DUTY}/values", data=typed(desk) | new)
    held = holder(desk.store.content(), "stamp_duty")
    assert held is not None
    dearer = (replace(STAMP, amount=Decimal(17)), replace(STAMP, amount=Decimal(21), applies_to="campania"))
    desk.store.publish_entry(replace(held, values=dearer), "bruno", 1)
    page = desk.browser.get(f"{DUTY}/values").text
    assert "Somebody else has published this meanwhile." in page
    publish(desk, f"{DUTY}/values", typed(desk))
    assert duties(desk) == {None: 17, "campania": 21, "foggia": 20}
    assert Copies(desk.store).find("values/stamp_duty", OWN, "amina") is None


def test_what_was_changed_is_exported_read_again_and_not_overwritten(desk: House, tmp_path: Path) -> None:
    held = holder(desk.store.content(), "stamp_duty")
    assert held is not None
    source = Source("https://tax.example", "Tax office", "2026", date(2026, 12, 1))
    values = (STAMP, replace(STAMP, amount=Decimal("20.50"), applies_to="foggia"))
    desk.store.publish_entry(replace(held, values=values, sources=(source,)), "amina", 1)
    assert desk.store.import_content(said()) == []  # the files have not changed since: the edit stays
    assert desk.store.content().values["stamp_duty"] == values
    dump(desk.store.content(), tmp_path)
    read = load(tmp_path)
    assert (read.content.values, read.content.value_sources) == (desk.store.content().values, {"stamp_duty": (source,)})
    assert dump(read.content, tmp_path) == 0
    same = replace(said(), values=read.content.values, value_sources=read.content.value_sources)
    assert desk.store.import_content(same) == []
    newer = replace(said(), values={**said().values, "stamp_duty": (replace(STAMP, amount=Decimal(99)),)})
    assert desk.store.import_content(newer) == ["values/stamp_duty"]  # both changed: named, and left alone
    assert desk.store.content().values["stamp_duty"] == values


def test_a_database_of_before_keeps_its_shared_values_and_the_next_import_knows_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'before.sqlite3'}"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "0009_told")
    engine = create_engine(url)
    variants = TypeAdapter(tuple[Value, ...]).dump_python((STAMP, replace(STAMP, applies_to="foggia")), mode="json")
    with engine.begin() as connection:
        connection.execute(insert(directory).values(kind="value", id="stamp_duty", position=0, data=variants))
    engine.dispose()
    migrate(url)
    store = open_store(url)
    assert store.content().values == {"stamp_duty": (STAMP, replace(STAMP, applies_to="foggia"))}
    assert [row.author for row in store.history("values/stamp_duty", "")] == ["import"]
    newer = replace(STAMP, amount=Decimal(17))
    assert store.import_content(replace(said(), values={"stamp_duty": (newer,)})) == []
    assert store.content().values["stamp_duty"] == (newer,)
    store.engine.dispose()
