"""Who looks after an entry: chosen on its details page, a filter of the list, first on the work page, never seen by people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.accounts import Accounts
from bot.copies import Copies
from bot.export import dump
from bot.knowledge import load
from bot.model import BussolaError
from bot.owners import Owners
from bot.people import People
from connectors.console.work import Scene, work
from tests.console.house import COST, HEALTH, House, content

ENTRY = "health/card"


def _listed(house: House, **query: str) -> list[str]:
    page = house.browser.get("/console/entries", params=query).text
    return [name for name in ("permit-cost", "card") if f"/{name}/" in page]


def test_an_owner_is_chosen_among_those_who_may_edit(mediator: House) -> None:
    page = mediator.browser.get(f"{HEALTH}/details").text
    chosen = page[page.index('id="owner"') : page.index("</select>")]
    assert re.findall(r'<option value="([^"]*)"', chosen) == ["", "ada", "amina", "elena"]
    before = mediator.store.revision()
    done = mediator.post(f"{HEALTH}/details", owner="elena")
    assert done.headers["location"] == f"{HEALTH}/details?done=owned"
    assert dict(Owners(mediator.store).all()) == {ENTRY: "elena"}
    assert mediator.post(f"{HEALTH}/details", owner="vito").status_code == 404
    assert mediator.audit() == [("amina", "sign in"), ("amina", "change owner")]
    assert (mediator.store.revision(), mediator.store.entry_version(ENTRY)) == (before, 1)
    assert 'value="elena" selected' in mediator.browser.get(f"{HEALTH}/details").text
    mediator.post(f"{HEALTH}/details", owner="")
    assert dict(Owners(mediator.store).all()) == {}


def test_who_may_not_edit_chooses_nobody(house: House) -> None:
    house.sign_in("vito")
    assert house.post(f"{HEALTH}/details", owner="ada").status_code == 403
    assert dict(Owners(house.store).all()) == {}
    with pytest.raises(BussolaError):
        Owners(house.store).give("no/entry", "ada", "ada")


def test_the_list_shows_and_filters_by_owner(mediator: House) -> None:
    owners = Owners(mediator.store)
    owners.give(ENTRY, "amina", "ada")
    assert "Looked after by amina" in mediator.browser.get("/console/entries").text
    assert _listed(mediator, owner="amina") == ["card"]
    assert _listed(mediator, owner="?") == ["permit-cost"]
    assert _listed(mediator, owner="elena") == []
    People(Accounts(mediator.store)).change("amina", "viewer", (), (), "ada")  # may no longer edit: looks after nothing
    assert _listed(mediator, owner="?") == ["permit-cost", "card"]


def test_the_work_page_begins_with_ones_own_entries_to_review(mediator: House) -> None:
    Owners(mediator.store).give(ENTRY, "amina", "ada")
    scene = Scene(mediator.store, Copies(mediator.store), None, mediator.desk.compose, date(2028, 1, 1))
    first = work(scene, (), "amina")[0]
    assert (first.kind, first.count, first.address) == ("own_review", 1, "/console/entries?age=overdue&owner=amina")
    assert "own_review" not in {card.kind for card in work(scene, (), "elena")}
    page = mediator.browser.get("/console").text
    assert page.index("Your entries to review") < page.index("Entries to review")


def test_an_owner_is_kept_by_a_publication_and_an_import_and_stays_out_of_the_files(
    house: House, tmp_path: Path
) -> None:
    Owners(house.store).give(ENTRY, "elena", "ada")
    entry = house.store.content().entries[ENTRY]
    house.store.publish_entry(replace(entry, risk="medium"), "ada", 1)
    house.store.import_content(content(), force=True)
    assert dict(Owners(house.store).all()) == {ENTRY: "elena"}
    dump(house.store.content(), tmp_path / "files")
    written = [path.read_text(encoding="utf-8") for path in (tmp_path / "files").rglob("*.*")]
    assert len(written) >= 5 and not any("elena" in text for text in written)
    again = load(tmp_path / "files").content.entries[ENTRY]
    assert again == house.store.content().entries[ENTRY]
    assert "elena" not in house.new_browser().get(f"/api/v1/entries/{ENTRY}").text
    assert house.new_browser().get(f"{COST}/details").status_code == 303
