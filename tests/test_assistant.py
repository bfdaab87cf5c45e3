"""The way of a message, with fakes at the ports only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.model import Reply, Turn, Utterance
from bot.store import SqlStore
from bot.values import plain
from tests.small import COST, NUMBERS, RENEW, VIOLENCE, assistant, store


@pytest.fixture
def opened(tmp_path: Path) -> SqlStore:
    return store(tmp_path)


@pytest.fixture
def desk(opened: SqlStore) -> Assistant:
    return assistant(opened)


def _say(desk: Assistant, text: str, session: str = "one", **more: str) -> Turn:
    return desk.reply(Utterance("cli", session, text, **more))


def _press(desk: Assistant, payload: str, session: str = "one") -> Reply:
    return desk.reply(Utterance("cli", session, payload=payload)).replies[0]


def test_an_answer_has_values_sections_sources_state_offices_and_ways_on(desk: Assistant) -> None:
    reply = _say(desk, "come rinnovo il permesso di soggiorno", place="foggia").replies[0]
    assert (reply.kind, reply.entry, reply.locale, reply.dir, reply.state) == (
        "answer",
        RENEW,
        "it",
        "ltr",
        "unconfirmed",
    )
    assert plain(reply.text) == "Chieda il rinnovo almeno 60 giorni prima. Costo: 30,46\xa0€."
    assert [section["id"] for section in reply.sections] == ["documents", "cost"]
    assert reply.sources[0] == {
        "url": "https://example.org/renew",
        "title": "Example office",
        "published": "2019-04",
        "checked": None,
    }
    assert [(card["name"], card["about_km"], card["open_now"], card["phone"]) for card in reply.services] == [
        ("Desk in Foggia", 0, True, "0881 123456"), ("Desk in Bari", 116, None, None)]  # fmt: skip
    assert reply.services[1]["note"] == "Check before you go: this address was not confirmed."
    assert any("Not yet confirmed by a mediator" in notice for notice in reply.notices)
    assert [button.payload for button in reply.buttons] == [f"/entry {COST}", "/helpful yes", "/helpful no", "/human"]


def test_the_answer_is_in_the_persons_language_or_says_that_it_is_not(desk: Assistant) -> None:
    assert _say(desk, "كيف أجدد تصريح الإقامة").replies[0].dir == "rtl"
    english = _say(desk, "how much is the permit", "two").replies[0]
    assert (english.entry, english.locale) == (COST, "it")
    assert "This answer is not yet written in your language." in english.notices


def test_values_follow_the_place(desk: Assistant) -> None:
    reply = _say(desk, "come rinnovo il permesso di soggiorno", place="Naples").replies[0]
    assert "40" in reply.text and "30,46" not in reply.text


def test_danger_comes_first_and_the_answer_after_it(desk: Assistant) -> None:
    turn = _say(desk, "mi picchia, il mio permesso scade")
    assert turn.replies[0].kind == "emergency"
    assert turn.decision.danger == "partner_violence"
    assert [button.payload for button in turn.replies[0].buttons] == [f"/entry {VIOLENCE}"]


def test_a_follow_up_asks_the_last_entry_for_a_part(desk: Assistant) -> None:
    _say(desk, "come rinnovo il permesso di soggiorno")
    reply = _say(desk, "quanto costa").replies[0]
    assert (reply.entry, plain(reply.text)) == (RENEW, "Costo: 30,46\xa0€.")
    assert _say(desk, "e a Napoli?").replies[0].entry == RENEW


def test_a_follow_up_after_choices_is_about_the_one_that_leads(desk: Assistant) -> None:
    asked = _say(desk, "il mio permesso scade presto e non so che cosa fare adesso con la carta vecchia")
    assert asked.decision.kind == "clarify" and asked.decision.candidates[0].intent == RENEW
    assert _say(desk, "quanto costa").decision.section == "cost"


def test_repeat_simplify_and_the_meaning_of_a_word(desk: Assistant) -> None:
    _say(desk, "come rinnovo il permesso di soggiorno")
    assert _say(desk, "troppo difficile").replies[0].sections == ()
    assert _say(desk, "ripeti per favore").replies[0].entry == RENEW
    assert _say(desk, "cosa vuol dire questura").replies[0].text == "questura: L'ufficio della polizia per i permessi."


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "\x00\x07\x1b", "?!…", "\u200f"])
def test_what_is_no_text_gets_a_kind_sentence(desk: Assistant, text: str) -> None:
    turn = _say(desk, text)
    assert (turn.decision.kind, turn.replies[0].kind) == ("small_talk", "small_talk")
    assert turn.replies[0].text.startswith("I could not read a question in this.")


@pytest.mark.parametrize(
    "payload",
    ["/entry gone/entry", "/section", "/nonsense", "", "/locale xx", "/topic x", "/place atlantis", "/helpful maybe"],
)
def test_an_unknown_button_gets_a_kind_sentence(desk: Assistant, payload: str) -> None:
    assert _press(desk, payload).text.startswith("This button no longer works.")


def test_buttons_do_what_they_say(desk: Assistant, opened: SqlStore) -> None:
    assert _press(desk, f"/entry {RENEW}").entry == RENEW
    assert plain(_press(desk, f"/section {RENEW} cost").text) == "Costo: 30,46\xa0€."
    arabic = _press(desk, "/locale ar")
    assert (arabic.entry, arabic.locale) == (RENEW, "ar")
    assert _say(desk, "come rinnovo il permesso di soggiorno").locale == "ar"  # an explicit choice wins
    assert _press(desk, "/place foggia").services[0]["name"] == "Desk in Foggia"
    assert [button.payload for button in _press(desk, "/topic emergency").buttons] == [
        f"/entry {NUMBERS}",
        f"/entry {VIOLENCE}",
    ]
    assert _press(desk, "/human").kind == "handoff"


def test_a_language_named_in_the_text_switches(desk: Assistant) -> None:
    turn = _say(desk, "parli arabo")
    assert (turn.locale, turn.decision.act) == ("ar", "change_language")


def test_what_is_not_known_is_kept_without_personal_data_and_a_thumb_down_too(
    desk: Assistant, opened: SqlStore
) -> None:
    turn = _say(desk, "xyzzy plugh 333 1234567 grazie mille per tutto")
    assert turn.decision.kind == "handoff"
    _press(desk, "/helpful no")
    with opened.engine.connect() as connection:
        from bot import tables

        kept = [(row.text, row.reason) for row in connection.execute(tables.unanswered.select())]
    assert kept == [
        ("xyzzy plugh <number> grazie mille per tutto", "unanswered"),
        ("xyzzy plugh <number> grazie mille per tutto", "thumbs down"),
    ]


def test_deleting_forgets_everything(desk: Assistant, opened: SqlStore) -> None:
    _say(desk, "come rinnovo il permesso di soggiorno")
    assert opened.session(desk.session_key("cli", "one")) is not None
    assert _press(desk, "/delete").text == "This conversation is deleted."
    assert opened.session(desk.session_key("cli", "one")) is None


def test_web_sessions_are_made_by_us_and_never_by_the_client(desk: Assistant) -> None:
    first = desk.reply(Utterance("web", "chosen-by-me", "buongiorno"))
    assert first.session != "chosen-by-me" and len(first.session) >= 32
    assert desk.reply(Utterance("web", first.session, "buongiorno")).session == first.session


def test_a_publication_is_in_the_next_answer_also_in_other_languages(desk: Assistant, opened: SqlStore) -> None:
    before = _say(desk, "come rinnovo il permesso di soggiorno").replies[0]
    entry = opened.content().entries[RENEW]
    values = tuple(
        replace(value, amount=Decimal("35.46")) if value.kind == "money" else value for value in entry.values
    )
    opened.publish_entry(replace(entry, values=values), "anna", 1)
    assert "30,46" in before.text
    assert "35,46" in _say(desk, "come rinnovo il permesso di soggiorno").replies[0].text
    assert "35.46" in _say(desk, "how do I renew my permit", "two").replies[0].text


def test_with_both_engines_away_people_get_the_menu_and_a_human(opened: SqlStore) -> None:
    from bot.build import NoNlu
    from bot.language import LanguageIdentifier
    from bot.phrases import Phrases
    from bot.retriever import Retriever
    from tests.small import NOW, fusion

    class Nothing(Retriever):
        def search(self, text: str, locale: str, limit: int = 40) -> tuple[()]:
            return ()

    away = Assistant(opened, LanguageIdentifier(opened.content(examples=True).examples), NoNlu(), Nothing(opened, None), {"embedded": fusion()}, Phrases(Path("none")), {},
                     b"s", lambda: NOW)  # fmt: skip
    reply = _say(away, "come rinnovo il permesso di soggiorno").replies[0]
    assert reply.kind == "handoff"
    assert "/topic legal" in [button.payload for button in reply.buttons]
