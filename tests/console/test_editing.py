"""The mediators' console from the outside: what a publication changes, and that nothing typed is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.desk import value_from_form
from bot.model import BussolaError, Utterance, Value
from tests.console.house import COST, FEE, HEALTH, WAIT, House, hidden
from tests.console.publishing import publish


def test_a_published_edit_is_the_next_answer(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it")
    assert fields["steps"] == "1. Vada alla posta."
    done = publish(
        mediator, f"{COST}/it", fields | {"answer": "Paghi {fee} alla posta.\r\nTutto qui.", "note": "più chiaro"}
    )
    assert (done.status_code, done.headers["location"]) == (303, f"{COST}/it?done=published")
    assert "Published." in mediator.browser.get(done.headers["location"]).text
    reply = mediator.desk.entry("legal/permit-cost", "it")
    assert reply is not None and reply.state == "unconfirmed" and reply.text.endswith(" alla posta.\nTutto qui.")
    turn = mediator.assistant.reply(Utterance("cli", "s", payload="/entry legal/permit-cost"))
    assert turn.revision == mediator.store.revision()
    assert ("amina", "publish") in mediator.audit()
    english = mediator.desk.entry("legal/permit-cost", "en")
    assert english is not None and english.state == "stale"


def test_a_minor_edit_leaves_the_translations_up_to_date(mediator: House) -> None:
    publish(mediator, f"{COST}/it", mediator.form(f"{COST}/it") | {"answer": "Paghi subito {fee}.", "minor": "1"})
    assert mediator.desk.entry("legal/permit-cost", "en").state == "unconfirmed"  # type: ignore[union-attr]


def test_an_edit_of_a_confirmed_answer_is_unconfirmed_again(mediator: House) -> None:
    answer = mediator.store.content().answers["health/card", "it"]
    mediator.store.publish_answer(
        replace(answer, state="confirmed", confirmed_by="amina", confirmed_on=date(2026, 11, 1)), "amina", 1
    )
    assert "amina confirmed this text" in mediator.browser.get(f"{HEALTH}/it").text
    publish(mediator, f"{HEALTH}/it", mediator.form(f"{HEALTH}/it"))
    assert mediator.desk.entry("health/card", "it").state == "confirmed"  # type: ignore[union-attr]  # nothing was different
    publish(mediator, f"{HEALTH}/it", mediator.form(f"{HEALTH}/it") | {"answer": "Vada all'ASL."})
    assert mediator.desk.entry("health/card", "it").state == "unconfirmed"  # type: ignore[union-attr]


def test_a_new_translation_and_a_stale_one_published_as_it_is(mediator: House) -> None:
    page = mediator.browser.get(f"{HEALTH}/ar").text
    assert "Vada alla ASL." in page and re.search(r'<textarea id="answer"[^>]* lang="ar" dir="rtl"', page)
    done = publish(
        mediator,
        f"{HEALTH}/ar",
        mediator.form(f"{HEALTH}/ar") | {"title": "البطاقة الصحية", "answer": "اذهب إلى مكتب الصحة."},
    )
    assert done.status_code == 303
    reply = mediator.desk.entry("health/card", "ar")
    assert reply is not None and (reply.locale, reply.title) == ("ar", "البطاقة الصحية")
    publish(mediator, f"{HEALTH}/it", mediator.form(f"{HEALTH}/it") | {"answer": "Vada subito alla ASL."})
    assert mediator.desk.entry("health/card", "ar").state == "stale"  # type: ignore[union-attr]
    assert (
        publish(mediator, f"{HEALTH}/ar", mediator.form(f"{HEALTH}/ar")).headers["location"].endswith("done=published")
    )
    assert mediator.desk.entry("health/card", "ar").state == "unconfirmed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "Write a title."),
        ({"title": "a" * 81}, "at most 80 characters"),
        ({"answer": ""}, "Write the answer."),
        ({"answer": "parola " * 61}, "it has 61 words"),
        ({"cost": "Paghi {fees}."}, "There is no value named {fees}."),
        ({"cost": "## Steps"}, "must not begin with #"),
        ({"cost": "a" * 3600}, "too long for one message"),
    ],
)
def test_faults_are_shown_and_nothing_typed_is_lost(mediator: House, change: dict[str, str], sentence: str) -> None:
    before = mediator.store.revision()
    fields = mediator.form(f"{COST}/it") | {"documents": "- Il passaporto <mio>", "note": "una nota"} | change
    page = publish(mediator, f"{COST}/it", fields)
    assert page.status_code == 422 and sentence in page.text
    assert "- Il passaporto &lt;mio&gt;" in page.text and 'value="una nota"' in page.text
    assert mediator.store.revision() == before


def test_a_conflict_shows_both_texts_and_the_second_attempt_goes_on_top(mediator: House) -> None:
    fields = mediator.form(f"{COST}/it") | {"answer": "Il mio testo, {fee}."}
    theirs = replace(mediator.store.content().answers["legal/permit-cost", "it"], answer="Il loro testo, {fee}.")
    mediator.store.publish_answer(theirs, "bruno", 1)
    page = publish(mediator, f"{COST}/it", fields)
    assert page.status_code == 409
    assert "Il mio testo, {fee}." in page.text and "Il loro testo, {fee}." in page.text
    assert "<del>loro</del>" in page.text and "<ins>mio</ins>" in page.text
    assert mediator.desk.entry("legal/permit-cost", "it").text.startswith("Il loro testo")  # type: ignore[union-attr]
    again = fields | {"base_version": hidden(page.text, "base_version")}
    assert publish(mediator, f"{COST}/it", again).status_code == 303
    assert mediator.desk.entry("legal/permit-cost", "it").text.startswith("Il mio testo")  # type: ignore[union-attr]
    assert [row.author for row in mediator.store.history("legal/permit-cost", "it")] == ["amina", "bruno", "import"]


def test_history_compares_and_restores(mediator: House) -> None:
    publish(
        mediator, f"{COST}/it", mediator.form(f"{COST}/it") | {"answer": "Paghi subito {fee}.", "note": "più chiaro"}
    )
    page = mediator.browser.get(f"{COST}/it/history?compare=1").text
    assert "più chiaro" in page and "from the files" in page and re.search(r"<ins>\s*subito\s*</ins>", page)
    token = {"csrf": hidden(page, "csrf"), "version": "1"}
    assert mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "1"}).status_code == 409
    assert (
        mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "2", "version": "9"}).status_code
        == 404
    )
    done = mediator.browser.post(f"{COST}/it/history", data=token | {"base_version": "2"})
    assert done.headers["location"] == f"{COST}/it?done=restored"
    answer = mediator.store.content().answers["legal/permit-cost", "it"]
    assert (answer.answer, answer.version) == ("Paghi {fee}.", 3)
    assert mediator.store.history("legal/permit-cost", "it")[0].note == "Version 1 again"


# ---- values ----------------------------------------------------------------------------------------------------------


def test_a_value_changes_in_every_locale(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values")
    assert (fields["amount.fee."], fields["review_by.wait."]) == ("30.46", "2027-01-31")
    done = publish(
        mediator, f"{COST}/values", fields | {"amount.fee.": "41,50", "review_by.fee.": "2028-01-31", "note": "2028"}
    )
    assert done.headers["location"] == f"{COST}/details?done=published"
    texts = [mediator.desk.entry("legal/permit-cost", locale).text for locale in ("it", "en")]  # type: ignore[union-attr]
    assert "41,50" in texts[0] and "41.50" in texts[1]
    values = mediator.store.content().entries["legal/permit-cost"].values
    assert values == (replace(FEE, amount=Decimal("41.50"), review_by=date(2028, 1, 31)), WAIT)
    assert ("amina", "publish values") in mediator.audit()


def test_values_conflict_and_keep_what_was_typed(mediator: House) -> None:
    fields = mediator.form(f"{COST}/values") | {"amount.fee.": "50"}
    entry = mediator.store.content().entries["legal/permit-cost"]
    mediator.store.publish_entry(replace(entry, values=(replace(FEE, amount=Decimal(45)), WAIT)), "bruno", 1)
    page = publish(mediator, f"{COST}/values", fields)
    assert page.status_code == 409 and 'value="50"' in page.text and "45" in page.text
    wrong = fields | {"base_version": hidden(page.text, "base_version"), "amount.wait.": "sixty"}
    page = publish(mediator, f"{COST}/values", wrong)
    assert page.status_code == 422 and 'value="sixty"' in page.text and "as a plain number" in page.text
    assert publish(mediator, f"{COST}/values", wrong | {"amount.wait.": "90"}).status_code == 303
    assert [value.amount for value in mediator.store.content().entries["legal/permit-cost"].values] == [50, 90]


@pytest.mark.parametrize(
    ("value", "amount", "review_by", "expected"),
    [
        (FEE, "30,46", "2027-01-31", FEE),
        (FEE, " 16 ", "2027-01-31", replace(FEE, amount=Decimal(16))),
        (FEE, "1.200", "2027-01-31", None),
        (FEE, "-3", "2027-01-31", None),
        (FEE, "NaN", "2027-01-31", None),
        (FEE, "1e9", "2027-01-31", None),
        (FEE, "30", "", None),
        (FEE, "30", "31/01/2027", None),
        (FEE, "30", "0027-01-31", None),
        (WAIT, "1.5", "2027-01-31", None),
        (WAIT, "99999", "2027-01-31", None),
        (WAIT, "30", "2027-01-31", replace(WAIT, amount=Decimal(30))),
        (Value("p", "phone", "112"), "800  290 290", "", Value("p", "phone", "800 290 290")),
        (Value("p", "phone", "112"), "ask", "", None),
        (
            Value("d", "date", date(2026, 1, 1), "", date(2027, 1, 1)),
            "2026-02-02",
            "2027-01-01",
            Value("d", "date", date(2026, 2, 2), "", date(2027, 1, 1)),
        ),
    ],
)
def test_values_from_a_form(value: Value, amount: str, review_by: str, expected: Value | None) -> None:
    if expected is None:
        with pytest.raises(BussolaError):
            value_from_form(value, amount, review_by)
    else:
        assert value_from_form(value, amount, review_by) == expected


# ---- reading ---------------------------------------------------------------------------------------------------------
