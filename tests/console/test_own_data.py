"""What is the same in every language: what a change changes for people, two people at once, and the history."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.accounts import Accounts
from bot.copies import OWN, Copies, own_copy
from bot.model import Source
from bot.people import People
from bot.store import Conflict
from connectors.console.own_data import reach, rebased
from tests.console.house import COST, FEE, HEALTH, WAIT, House, content, hidden
from tests.console.publishing import publish

ENTRY = "legal/permit-cost"
CARD = "health/card"
HISTORY = f"{HEALTH}/details/history"
BASE = content().entries[ENTRY]


def details(house: House, **changes: str) -> dict[str, str]:
    """The form of the health card's details, as a person sends it."""
    page = house.browser.get(f"{HEALTH}/details").text
    part = page[page.index('class="details-form"') :]
    found = {name: hidden(part, name) for name in ("csrf", "base_version", "number")}
    typed = {"url.0": "https://b.example", "title.0": "B", "published.0": "", "risk": "low", "review_by": "2027-05-01"}
    return found | typed | {name.replace("__", "."): text for name, text in changes.items()}


def marked(page: Any) -> tuple[list[str], list[str]]:
    """What a page shows as taken out and as put in."""
    return (re.findall(r"<del>([^<]*)</del>", page.text), re.findall(r"<ins>([^<]*)</ins>", page.text))


def test_what_a_changed_value_changes_is_shown_in_every_language_before_it_is_published(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values") | {"amount.fee.": "41,50"}
    done = mediator.browser.post(f"{COST}/values", data=fields)
    assert done.headers["location"] == f"{COST}/own/look?done=saved"
    page = mediator.browser.get(f"{COST}/own/look")
    assert "Languages in which people then read another \u2066{fee}\u2069: 2" in page.text
    assert [text.strip("\u2068\u2069") for text in marked(page)[1][-2:]] == ["41,50\xa0€", "€41.50"]
    assert "{wait}" not in page.text  # what stays as it is is not shown
    assert mediator.store.content().entries[ENTRY].values == (FEE, WAIT)  # nothing yet
    assert publish(mediator, f"{COST}/values", mediator.form(f"{COST}/values")).status_code == 303
    assert mediator.store.content().entries[ENTRY].values[0].amount == Decimal("41.50")


def test_details_and_values_of_one_person_go_into_one_copy(mediator: House) -> None:
    mediator.browser.post(f"{COST}/values", data=mediator.form(f"{COST}/values") | {"amount.fee.": "50"})
    page = mediator.browser.get(f"{COST}/details").text
    fields = {name: hidden(page[page.index("details-form") :], name) for name in ("csrf", "base_version", "number")}
    fields |= {"url.0": "https://a.example", "title.0": "A", "risk": "low", "review_by": "2027-05-01"}
    assert publish(mediator, f"{COST}/details", fields).status_code == 303
    entry = mediator.store.content().entries[ENTRY]
    assert (entry.risk, entry.values[0].amount) == ("low", Decimal(50))


def test_two_people_change_details_at_once_and_see_both_changes(mediator: House) -> None:
    fields = details(mediator, risk="medium", url__1="https://mine.example", title__1="Mine")
    entry = mediator.store.content().entries[CARD]
    mediator.store.publish_entry(replace(entry, review_by=date(2029, 9, 9)), "bruno", 1)
    page = mediator.browser.post(f"{HEALTH}/details", data=fields)
    assert page.status_code == 409 and 'value="https://mine.example"' in page.text
    assert 'value="medium" selected' in page.text and 'value="2027-05-01"' in page.text
    removed, added = marked(page)
    assert "2029" in " ".join(added) and "some" in " ".join(added) and "2029" in " ".join(removed)
    again = fields | {"base_version": hidden(page.text, "base_version")}
    assert publish(mediator, f"{HEALTH}/details", again).headers["location"] == f"{HEALTH}/details?done=published"
    entry = mediator.store.content().entries[CARD]
    assert (entry.risk, entry.review_by, len(entry.sources)) == ("medium", date(2027, 5, 1), 2)


def test_a_kept_copy_is_brought_on_top_of_what_others_published(mediator: House) -> None:
    mediator.browser.post(f"{HEALTH}/details", data=details(mediator, risk="medium"))
    entry = mediator.store.content().entries[CARD]
    mediator.store.publish_entry(replace(entry, review_by=date(2029, 9, 9)), "bruno", 1)
    page = mediator.browser.get(f"{HEALTH}/details")
    assert "Somebody else has published this meanwhile." in page.text
    assert 'value="medium" selected' in page.text and 'value="2029-09-09"' in page.text
    assert hidden(page.text[page.text.index("details-form") :], "base_version") == "2"


def test_the_later_of_two_tabs_is_told_and_nothing_is_overwritten(mediator: House) -> None:
    first, second = details(mediator, risk="medium"), details(mediator, review_by="2028-08-08")
    assert mediator.browser.post(f"{HEALTH}/details", data=first).status_code == 303
    page = mediator.browser.post(f"{HEALTH}/details", data=second)
    assert page.status_code == 409 and "changed in another tab" in page.text and 'value="2028-08-08"' in page.text
    copy = Copies(mediator.store).find(CARD, OWN, "amina")
    assert copy is not None and copy.changed_entry().risk == "medium"


def test_values_of_two_people_are_compared(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values") | {"amount.fee.": "50"}
    entry = mediator.store.content().entries[ENTRY]
    mediator.store.publish_entry(replace(entry, values=(FEE, replace(WAIT, amount=Decimal(90)))), "bruno", 1)
    page = mediator.browser.post(f"{COST}/values", data=fields)
    assert page.status_code == 409 and 'value="50"' in page.text
    removed, added = marked(page)
    assert any("90" in text for text in added) and any("90" in text for text in removed)


def test_a_change_is_rebased_field_by_field_and_value_by_value() -> None:
    base = replace(BASE, values=(FEE, WAIT))
    dearer, longer = replace(FEE, amount=Decimal(50)), replace(WAIT, amount=Decimal(90))
    checked = Source("https://a.example", "A", None, date(2026, 12, 1))
    theirs = replace(base, values=(FEE, longer), risk="high", sources=(checked,))
    mine = replace(base, values=(dearer, WAIT), sources=(*base.sources, Source("https://n.example", "N")))
    found = rebased(base, theirs, mine)
    assert (found.values, found.risk) == ((dearer, longer), "high")
    assert found.sources == (checked, Source("https://n.example", "N"))


def test_a_change_reaches_where_its_values_hold_or_wherever_the_entry_does() -> None:
    mine = replace(FEE, applies_to="puglia")
    entry = replace(BASE, values=(FEE, mine))
    assert reach(entry, replace(entry, values=(FEE, replace(mine, amount=Decimal(1))))) == ("puglia",)
    assert reach(entry, replace(entry, values=(replace(FEE, amount=Decimal(1)), mine))) == ()
    assert reach(entry, replace(entry, risk="high")) == ()
    local = replace(entry, applies_to=("foggia",))
    assert reach(local, replace(local, risk="high")) == ("foggia",)
    assert reach(local, replace(local, applies_to=("napoli",))) == ("foggia", "napoli")


# ---- history ---------------------------------------------------------------------------------------------------------


def test_the_history_says_who_changed_what_and_brings_a_version_back(mediator: House) -> None:
    publish(mediator, f"{HEALTH}/details", details(mediator, risk="medium", url__1="https://c.example", title__1="C"))
    today = date(2026, 12, 1)
    Copies(mediator.store).check_source(CARD, "https://b.example", "bruno", today)
    assert HISTORY in mediator.browser.get(f"{HEALTH}/details").text
    page = mediator.browser.get(f"{HISTORY}?compare=1")
    assert "from the files" in page.text and "amina" in page.text and "Sources checked" in page.text
    assert "some" in " ".join(marked(page)[1]) and "https://c.example" in " ".join(marked(page)[1])
    token = {"csrf": hidden(page.text, "csrf"), "version": "1"}
    assert mediator.browser.post(HISTORY, data=token | {"base_version": "1"}).status_code == 409
    assert mediator.browser.post(HISTORY, data=token | {"base_version": "3", "version": "9"}).status_code == 404
    before = mediator.store.revision()
    done = mediator.browser.post(HISTORY, data=token | {"base_version": "3"})
    assert done.headers["location"] == f"{HEALTH}/details?done=restored"
    entry = mediator.store.content().entries[CARD]
    assert (entry.risk, entry.sources) == (
        "low",
        (Source("https://b.example", "B", None, today),),
    )  # checked stays checked
    assert (mediator.store.revision(), mediator.store.entry_version(CARD)) == (before + 1, 4)
    assert mediator.audit()[-1] == ("amina", "publish values")
    assert mediator.store.history(CARD, "")[0].note == "Version 1 again"


def test_a_version_of_high_risk_waits_for_a_second_person(mediator: House) -> None:
    entry = mediator.store.content().entries[CARD]
    mediator.store.publish_entry(replace(entry, risk="high"), "bruno", 1)
    fields = {"csrf": hidden(mediator.browser.get(HISTORY).text, "csrf"), "version": "1", "base_version": "2"}
    done = mediator.browser.post(HISTORY, data=fields)
    assert done.headers["location"] == f"{HEALTH}/own/look?done=saved"
    assert mediator.store.content().entries[CARD].risk == "high"
    kept = Copies(mediator.store).find(CARD, OWN, "amina")
    assert kept is not None and kept.changed_entry().risk == "low"
    changed = Copies(mediator.store).save(replace(kept, note="and why"))
    assert mediator.browser.post(HISTORY, data=fields).status_code == 409  # their own copy is not overwritten
    assert Copies(mediator.store).find(CARD, OWN, "amina") == changed


def test_a_version_is_restored_by_those_whom_it_concerns_alone(house: House) -> None:
    house.restrict(CARD, ("foggia",))
    People(Accounts(house.store)).change("amina", "mediator", (), ("puglia",), "ada")
    house.sign_in("amina")
    assert house.post(HISTORY, version="1", base_version="2").status_code == 403  # version 1 held everywhere
    house.restrict(CARD, ("puglia",))
    assert house.post(HISTORY, version="2", base_version="3").status_code == 303
    assert house.store.content().entries[CARD].applies_to == ("foggia",)


def test_a_version_without_a_value_that_the_texts_use_is_not_restored(mediator: House) -> None:
    entry = mediator.store.content().entries[ENTRY]
    mediator.store.publish_entry(replace(entry, values=()), "import", 1)
    mediator.store.publish_entry(entry, "import", 2)
    fields = {
        "csrf": hidden(mediator.browser.get(f"{COST}/details/history").text, "csrf"),
        "version": "2",
        "base_version": "3",
    }
    page = mediator.browser.post(f"{COST}/details/history", data=fields)
    assert page.status_code == 422 and "The texts use {fee}, which this version does not have." in page.text
    assert mediator.store.entry_version(ENTRY) == 3


def test_risk_is_read_in_the_transaction_that_restores(mediator: House) -> None:
    copies, entry = Copies(mediator.store), mediator.store.content().entries[CARD]
    with pytest.raises(Conflict):
        copies.restore_entry(entry, "amina", 7, "")
    assert copies.restore_entry(replace(entry, risk="medium"), "amina", 1, "again") == mediator.store.revision()
    assert copies.find(CARD, OWN, "amina") is None
    assert copies.save(own_copy(entry, "amina", 2)).number == 1
