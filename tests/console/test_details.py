"""What is the same in every language of an entry: sources, risk, related entries; high risk through a second person."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.accounts import Accounts
from bot.compose import ROME
from bot.copies import OWN, Copies, WorkingCopy
from bot.model import Session, Source
from tests.console.house import COST, HEALTH, PASSWORD, House, hidden
from tests.console.publishing import publish

DETAILS = f"{HEALTH}/details"


def _fields(house: House, address: str = DETAILS) -> dict[str, str]:
    page = house.browser.get(address).text
    fields = {name: hidden(page, name) for name in ("csrf", "base_version")}
    return fields | {
        "url.0": "https://b.example",
        "title.0": "B",
        "published.0": "",
        "risk": "low",
        "review_by": "2027-05-01",
    }


def test_sources_risk_review_and_relations_are_published_at_once(mediator: House) -> None:
    changed = {
        "url.1": "https://c.example/page", "title.1": "C", "published.1": "2026-03", "risk": "medium", "review_by": "2027-06-01",
        "related.legal/permit-cost": "1", "service.help-desk": "1",
    }  # fmt: skip
    done = publish(mediator, DETAILS, _fields(mediator) | changed)
    assert (done.status_code, done.headers["location"]) == (303, f"{DETAILS}?done=published")
    entry = mediator.store.content().entries["health/card"]
    assert entry.sources == (Source("https://b.example", "B"), Source("https://c.example/page", "C", "2026-03"))
    assert (entry.risk, entry.review_by, entry.related, entry.services) == (
        "medium", date(2027, 6, 1), ("legal/permit-cost",), ("help-desk",),
    )  # fmt: skip
    same = _fields(mediator) | changed
    assert publish(mediator, DETAILS, same).headers["location"].endswith("done=unchanged")
    assert publish(mediator, DETAILS, same | {"risk": "low", "base_version": "1"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url.0": "javascript:alert(1)"}, "Write the whole address"),
        ({"title.0": ""}, "Write the whole address"),
        ({"url.0": "", "title.0": ""}, "Name at least one page"),
        ({"published.0": "maggio"}, "Write the date as year"),
        ({"review_by": "x"}, "Write the date as year"),
    ],
)
def test_details_that_are_wrong_are_refused_with_a_sentence(
    mediator: House, change: dict[str, str], sentence: str
) -> None:
    page = publish(mediator, DETAILS, _fields(mediator) | change)
    assert page.status_code == 422 and sentence in page.text
    assert mediator.store.entry_version("health/card") == 1


def test_a_source_is_checked_with_one_click_and_people_are_told_when(mediator: House) -> None:
    token = hidden(mediator.browser.get(DETAILS).text, "csrf")
    done = publish(mediator, DETAILS, {"csrf": token, "url": "https://b.example"})
    assert done.headers["location"] == f"{DETAILS}?done=checked"
    today = datetime.now(ROME).date()
    assert mediator.desk.entry("health/card", "it").sources[0]["checked"] == today.isoformat()  # type: ignore[union-attr]
    page = mediator.browser.get(DETAILS).text
    assert "by amina" in page and "I checked it today" not in page
    assert publish(mediator, DETAILS, _fields(mediator) | {"published.0": "2026"}).status_code == 303
    assert mediator.store.content().entries["health/card"].sources == (Source("https://b.example", "B", "2026", today),)


def test_confirming_is_one_act_that_people_are_told_of(mediator: House) -> None:
    page = mediator.browser.get(f"{HEALTH}/it/look").text
    form = {"csrf": hidden(page, "csrf"), "base_version": hidden(page, "base_version"), "action": "confirm"}
    assert mediator.browser.post(f"{HEALTH}/it/look", data=form | {"base_version": "7"}).status_code == 409
    assert mediator.browser.post(f"{HEALTH}/it/look", data=form).headers["location"] == f"{HEALTH}/it?done=confirmed"
    reply = mediator.desk.entry("health/card", "it")
    assert (
        reply is not None
        and reply.state == "confirmed"
        and reply.notices[0].startswith("A cultural mediator confirmed this on")
    )
    assert ("amina", "confirm") in mediator.audit() and ("amina", "check source") in mediator.audit()


def test_values_and_older_versions_of_a_high_risk_entry_wait_for_a_second_person(mediator: House) -> None:
    entry = mediator.store.content().entries["legal/permit-cost"]
    mediator.store.publish_entry(replace(entry, risk="high"), "bruno", 1)
    done = mediator.browser.post(f"{COST}/values", data=mediator.form(f"{COST}/values") | {"amount.fee.": "41.50"})
    look = "/console/entries/legal/permit-cost/own/look"
    assert done.headers["location"] == f"{look}?done=saved"
    page = mediator.browser.get(look).text
    assert "41.50" in page and 'value="publish"' not in page
    token = {"csrf": hidden(page, "csrf"), "number": hidden(page, "number"), "author": "amina"}
    assert mediator.browser.post(look, data=token | {"action": "publish"}).status_code == 403
    assert "30.46" in mediator.desk.entry("legal/permit-cost", "en").text  # type: ignore[union-attr]
    answer = mediator.store.content().answers["legal/permit-cost", "it"]
    mediator.store.publish_answer(replace(answer, answer="Paghi ora {fee}."), "bruno", 1)
    restored = {"csrf": token["csrf"], "version": "1", "base_version": "2"}
    assert mediator.browser.post(f"{COST}/it/history", data=restored).headers["location"] == f"{COST}/it/look"
    Accounts(mediator.store).create("carla", PASSWORD, "mediator")
    carla = mediator.new_browser()
    mediator.sign_in("carla", browser=carla)
    for address in (look, f"{COST}/it/look"):
        page = carla.get(f"{address}?author=amina").text
        form = {"csrf": hidden(page, "csrf"), "number": hidden(page, "number"), "author": "amina", "action": "publish"}
        assert carla.post(address, data=form | {"number": "99"}).status_code == 409
        assert carla.post(address, data=form).status_code == 303
    assert "41.50" in mediator.desk.entry("legal/permit-cost", "en").text  # type: ignore[union-attr]
    assert mediator.store.content().answers["legal/permit-cost", "it"].answer == "Paghi {fee}."
    assert [item for item in mediator.audit() if item[1] == "approve"] == [("carla", "approve")] * 2


def test_a_working_copy_is_thrown_away(mediator: House) -> None:
    fields = mediator.form(f"{HEALTH}/it") | {"answer": "Altro.", "number": "0"}
    assert mediator.browser.post(f"{HEALTH}/it/copy", data=fields).json()["number"] == 1
    assert mediator.browser.post(f"{HEALTH}/it/copy", data=fields).json()["number"] == 1  # the same again
    assert mediator.browser.post(f"{HEALTH}/it/copy", data=fields | {"answer": "Di più."}).status_code == 409
    assert "Altro." in mediator.browser.get("/console/entries/health/card/it").text
    page = mediator.browser.get("/console/reviews").text
    assert "Tessera sanitaria" in page or "card" in page
    mediator.browser.post(f"{HEALTH}/it/discard", data={"csrf": fields["csrf"]})
    assert Copies(mediator.store).all() == [] and "Altro." not in mediator.browser.get(f"{HEALTH}/it").text
    assert Copies(mediator.store).find("health/card", OWN, "amina") is None


def test_a_colleagues_copy_opens_whatever_their_name_holds(mediator: House) -> None:
    Copies(mediator.store).save(WorkingCopy("health/card", "it", "Anna & Luca", {"title": "T", "answer": "Altro."}, 1))
    (address,) = re.findall(r'href="([^"]*/look\?author=[^"]*)"', mediator.browser.get("/console/reviews").text)
    assert "Altro." in mediator.browser.get(html.unescape(address)).text


def test_one_question_of_a_group_is_deleted(mediator: House) -> None:
    for text in ("dove vado per il bus", "Dove vado per il bus?"):
        mediator.store.keep_unanswered(Session("s", "web", "it", last_text=text), "thumbs down")
    page = mediator.browser.get("/console/questions").text
    assert "asked 2 times" in page and "the answer did not help" in page and page.count("Delete this question<") == 2
    token = hidden(page, "csrf")
    assert (
        mediator.browser.post("/console/questions", data={"csrf": token, "ids": "1", "forget": "1"}).status_code == 303
    )
    page = mediator.browser.get("/console/questions").text
    assert "asked once" in page and "Dove vado per il bus?" in page
    refused = mediator.browser.post("/console/questions", data={"csrf": token, "ids": "2", "entry": "no/entry"})
    assert refused.status_code == 422 and "Choose an entry." in refused.text
    assert (
        mediator.browser.post("/console/questions", data={"csrf": token, "ids": "x", "forget": "1"}).status_code == 404
    )


def test_a_new_entry_wants_a_name_of_its_own_and_a_source(mediator: House) -> None:
    token = hidden(mediator.browser.get("/console/new").text, "csrf")
    fields = {
        "csrf": token,
        "topic": "health",
        "name": "card",
        "title": "T",
        "answer": "A",
        "url": "https://x.example",
        "page": "X",
    }
    for change, sentence in (
        ({}, "There is an entry of this name already."),
        ({"name": "Due Parole"}, "Use small letters a to z"),
        ({"name": "new", "url": "x"}, "Write the whole address"),
    ):
        page = mediator.browser.post("/console/new", data=fields | change)
        assert page.status_code == 422 and sentence in page.text
    assert mediator.browser.post("/console/new", data=fields | {"name": "new"}).status_code == 303
    assert "health/new" not in mediator.desk.compose.content.entries
    pages = [
        mediator.browser.get(f"/console/entries/health/new/{page}")
        for page in ("it", "it/look", "it/try?q=T", "details", "it/replay")
    ]
    assert [page.status_code for page in pages] == [200] * 5
    assert mediator.browser.get("/console/entries/health/new/values").status_code == 404


@pytest.mark.parametrize(
    ("locale", "change", "sentence"),
    [
        ("it", {"cost": "Costa 30 euro."}, "The number 30 stands in the text."),
        ("it", {"cost": "Vada **subito**."}, "Write plain sentences and lists"),
        (
            "ar",
            {"title": "البطاقة", "answer": "Vada subito in posta con tutti i documenti."},
            "not in the letters of its language",
        ),
        ("en", {"answer": "Pay at the post office."}, "The Italian text has the value {fee} here."),
        ("en", {"steps": "1. Go there with {wait}."}, "The Italian text does not have the value {wait}."),
    ],
)
def test_what_the_check_refuses_is_refused_at_the_field(
    mediator: House, locale: str, change: dict[str, str], sentence: str
) -> None:
    page = mediator.browser.post(f"{COST}/{locale}", data=mediator.form(f"{COST}/{locale}") | change)
    assert page.status_code == 422 and sentence in page.text
