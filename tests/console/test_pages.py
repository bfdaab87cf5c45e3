"""The mediators' console from the outside: its pages, lists and words."""

from __future__ import annotations

import re
from dataclasses import replace
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
    said = mediator.store.content().answers["legal/permit-cost", "it"]
    said = replace(said, title=f"Costo {attack}", sections={"steps": f"1. {attack}</textarea>{attack}"})
    mediator.store.publish_answer(said, attack, 1, attack)
    mediator.store.publish_answer(replace(said, answer=attack + attack), "amina", 2)
    typed = mediator.form(f"{COST}/it") | {"title": attack, "steps": attack, "note": attack, "number": "0"}
    refused = mediator.browser.post(f"{COST}/it", data=typed)
    assert refused.status_code == 422 and "<script>" not in refused.text and "without signs such as" in refused.text
    assert mediator.browser.post(f"{COST}/it/copy", data=typed | {"number": "1"}).status_code == 200
    pages = [
        f"{COST}/it",
        f"{COST}/en",
        f"{COST}/it/history?compare=1",
        f"{COST}/it/history?compare=2",
        "/console/entries",
        f"{COST}/values",
        f"{COST}/details",
        f"{COST}/it/look",
        f"{COST}/it/replay",
        f"{COST}/it/try?q={attack}&utterances={attack}",
        "/console/reviews",
        f"{COST}/details/history?compare=1",
        f"/console/new?questions={attack}",
    ]
    pages += [f"/console/entries?q={attack}", f"{COST}/it?done={attack}"]
    found = [mediator.browser.get(address).text for address in pages]
    assert sum("&lt;script&gt;" in text for text in found) >= 8
    assert not any("<script>" in text or "alert(1)</script" in text for text in found)


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
        f"{COST}/details",
        f"{COST}/details/history",
        f"{COST}/it/look",
        f"{COST}/it/try?q=quanto",
        "/console/reviews",
        "/console/questions",
        "/console/new",
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
