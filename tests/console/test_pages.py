"""The mediators' console from the outside: its pages, lists and words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.console.difference import difference
from tests.console.house import COST, House


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"permit-cost", "card"}),
        ({"q": "posta"}, set()),
        ({"q": "SANITARIA"}, {"card"}),
        ({"topic": "legal"}, {"permit-cost"}),
        ({"state": "missing"}, {"card"}),
        ({"state": "stale"}, set()),
        ({"locale": "en", "state": "unconfirmed"}, {"permit-cost"}),
        ({"locale": "ar", "state": "missing"}, {"permit-cost", "card"}),
        ({"topic": "x", "locale": "x", "state": "x"}, {"permit-cost", "card"}),
    ],
)
def test_the_list_is_searched_and_filtered(mediator: House, query: dict[str, str], found: set[str]) -> None:
    page = mediator.browser.get("/console/entries", params=query).text
    assert {name for name in ("permit-cost", "card") if f"/{name}/" in page} == found
    assert f"Entries found: {len(found)}" in page


@pytest.mark.parametrize(
    "address",
    ["/console/entries/legal/nothing/it", f"{COST}/xx", "/console/entries/legal/nothing/values", f"{COST}/xx/history"],
)
def test_an_address_without_a_page_is_a_page_that_says_so(mediator: House, address: str) -> None:
    page = mediator.browser.get(address)
    assert page.status_code == 404 and "This page does not exist" in page.text


def test_what_people_type_is_shown_as_text(mediator: House) -> None:
    attack = '"><script>alert(1)</script>'
    fields = mediator.form(f"{COST}/it") | {
        "title": f"Costo {attack}",
        "steps": f"1. {attack}</textarea>{attack}",
        "note": attack,
    }
    assert mediator.browser.post(f"{COST}/it", data=fields).status_code == 303
    mediator.browser.post(f"{COST}/it", data=mediator.form(f"{COST}/it") | {"steps": attack + attack})
    pages = [
        f"{COST}/it",
        f"{COST}/en",
        f"{COST}/it/history?compare=1",
        f"{COST}/it/history?compare=2",
        "/console/entries",
        f"{COST}/values",
    ]
    pages += [f"/console/entries?q={attack}", f"{COST}/it?done={attack}"]
    texts = [mediator.browser.get(address).text for address in pages]
    assert sum("&lt;script&gt;" in text for text in texts) >= 5
    assert not any("<script" in text for text in texts)


def test_pages_speak_the_browsers_language_and_direction(prepared: Path, tmp_path: Path) -> None:
    for tag, word in (("it", "Voci"), ("ar", "المواد")):
        (tmp_path / tag).mkdir()
        catalogue = (
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Entries"\nmsgstr "{word}"\n'
        )
        (tmp_path / tag / "bussola.po").write_text(catalogue, encoding="utf-8")
    house = House(prepared, tmp_path)
    house.sign_in("amina")
    for header, tag, direction, word in (
        ("ar-EG,en;q=0.8", "ar", "rtl", "المواد"),
        ("xx, en;q=0.3, it;q=0.9", "it", "ltr", "Voci"),
        ("en", "en", "ltr", "Entries"),
        ("", "it", "ltr", "Voci"),
        ("sw", "it", "ltr", "Voci"),
    ):
        page = house.browser.get("/console/entries", headers={"Accept-Language": header}).text
        assert f'<html lang="{tag}" dir="{direction}">' in page and f"<h1>{word}</h1>" in page
    house.store.engine.dispose()


def test_every_page_has_one_sentence_that_says_what_it_is_for(mediator: House) -> None:
    for address in (
        "/console",
        f"{COST}/it",
        f"{COST}/en",
        f"{COST}/values",
        f"{COST}/it/history",
        "/console/entries/x/y/it",
    ):
        text = mediator.browser.get(address).text
        assert len(re.findall(r'<p class="purpose">Th?[^<]+|<p class="purpose">Here [^<]+', text)) == 1
        assert text.count("<h1") == 1


def test_a_difference_is_made_of_words() -> None:
    found = [(piece.kind, piece.text) for piece in difference("Go to the post office.", "Go to the town hall.")]
    assert found == [
        ("same", "Go to the "),
        ("removed", "post office"),
        ("added", "town hall"),
        ("same", "."),
    ]
    assert [(piece.kind, piece.text) for piece in difference("去邮局", "去市政局")] == [
        ("same", "去"),
        ("removed", "邮"),
        ("added", "市政"),
        ("same", "局"),
    ]
