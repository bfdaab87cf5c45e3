"""The Telegram door against a fake Bot API over real HTTP: the real assistant and desk, only the ports are fakes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.telegram.desks import ODD, ONLY_TEXT, PERMIT, RENEW, Desks, running
from tests.telegram.fake_bot_api import FakeBotApi

# ---- commands and menus ----------------------------------------------------------------------------------------------


def test_start_greets_in_the_clients_language_and_shows_the_languages_by_their_own_names(opened: FakeBotApi) -> None:
    opened.write("/start", language="fr-FR")
    greeting = opened.wait("sendMessage")[0]
    assert greeting.text.startswith("Hello. Write your question")  # English stands in until it is translated
    assert greeting.buttons == {"English": "/locale en", "Français": "/locale fr", "Topics": "/topics"}
    assert greeting.params["parse_mode"] == "HTML"
    assert greeting.params["link_preview_options"] == {"is_disabled": True}


def test_commands_are_announced_for_every_language_even_when_the_first_attempt_hits_a_limit(
    api: FakeBotApi, desks: Desks
) -> None:
    api.fault("setMyCommands", 429, "Too Many Requests", retry_after=1)
    with running(desks.door(api)):
        calls = api.wait("setMyCommands", 4)
    assert [call.params.get("language_code") for call in calls] == [None, None, "en", "fr"]
    assert [command["command"] for command in calls[1].params["commands"]] == [
        "topics",
        "language",
        "place",
        "human",
        "help",
        "delete",
    ]


def test_name_and_descriptions_are_told_in_every_language_and_only_what_is_new(api: FakeBotApi, desks: Desks) -> None:
    methods = ("setMyCommands", "setMyShortDescription", "setMyDescription", "setMyName")
    with running(desks.door(api)):
        told = api.wait(methods, 12)
    assert [call.params.get("language_code") for call in told if call.method == "setMyName"] == [None, "en", "fr"]
    assert {call.params["name"] for call in told if call.method == "setMyName"} == {"Bussola: Information desk"}
    assert [call.params["short_description"] for call in told if "short_description" in call.params] == [
        "Free information about living in Puglia and Campania, in your language."
    ] * 3
    assert all(call.params["description"].endswith("after a day.") for call in told if "description" in call.params)
    with running(desks.door(api)):
        api.wait("getMyName", 6)
        api.write("/topics")
        api.wait("sendMessage")
    assert len(api.made(*methods)) == 12


def test_a_name_that_may_not_be_set_now_leaves_the_rest(api: FakeBotApi, desks: Desks) -> None:
    api.fault("setMyDescription", 400, "Bad Request: no")
    with running(desks.door(api)):
        assert len(api.wait("setMyName", 3)) == 3


def test_commands_that_cannot_be_announced_do_not_stop_the_door(api: FakeBotApi, desks: Desks) -> None:
    api.fault("setMyCommands", 400, "Bad Request: no")
    with running(desks.door(api)):
        api.write("/topics")
        assert api.wait("sendMessage")[0].text == "Topics"


@pytest.mark.parametrize(("command", "text", "button"), [
    ("/language", "Choose your language.", "/locale fr"), ("/topics", "Topics", "/topic legal"),
    ("/help", "Write what you need", "/topic work"), ("/human", "People can help you, for free.", "/topic legal"),
    ("/delete", "Do you want to delete this conversation?", "/delete"),
    ("/HELP@Bussola_Bot", "Write what you need", "/topic legal"), ("/place Bari", "I will show you offices near Bari.", "/topic legal"),
])  # fmt: skip
def test_a_command_is_answered(opened: FakeBotApi, command: str, text: str, button: str) -> None:
    opened.write(command)
    reply = opened.wait("sendMessage")[0]
    assert reply.text.startswith(text)
    assert button in reply.buttons.values()


def test_place_offers_to_send_the_location(opened: FakeBotApi) -> None:
    opened.write("/place")
    reply = opened.wait("sendMessage")[0]
    assert reply.params["reply_markup"]["keyboard"] == [[{"text": "Send my location", "request_location": True}]]
    assert "It is not kept." in reply.text


def test_a_question_that_begins_with_a_slash_is_a_question(opened: FakeBotApi, desks: Desks) -> None:
    opened.write("/permesso di soggiorno")
    opened.wait("sendMessage")
    assert desks.nlu.heard == ["permesso di soggiorno"]


# ---- questions, buttons, places --------------------------------------------------------------------------------------


def test_a_question_gets_its_answer_with_sections_sources_and_buttons(opened: FakeBotApi) -> None:
    opened.write(RENEW)
    reply = opened.wait("sendMessage")[0]
    assert reply.text.startswith("<b>Renew your permit</b>\nGo to the post office.\n\n<b>What to do</b>\n1. Take the kit.\n\n"
                                 "<b>What to bring</b>\n- passport\n\n")  # fmt: skip
    assert '<a href="https://example.org/a?b=1&amp;c=2">Portal &lt;immigration&gt;</a> (2024-05)' in reply.text
    assert "<i>Not yet confirmed by a mediator." in reply.text
    assert reply.buttons == {"Signs < & >": f"/entry {ODD}", "This helped": "/helpful yes", "This did not help": "/helpful no",
                             "A person can help you": "/human"}  # fmt: skip


def test_a_button_of_a_menu_changes_the_menu_in_place_and_an_answer_stays(opened: FakeBotApi) -> None:
    opened.write("/topics")
    menu = opened.wait("sendMessage")[0]
    number = opened.last_message()
    opened.deliver(opened.press(menu.buttons["Residence permit and rights"], number))
    entries = opened.wait("editMessageText")[0]
    assert entries.params["message_id"] == str(number)
    assert entries.buttons["Renew your permit"] == f"/entry {PERMIT}"
    opened.deliver(opened.press(f"/entry {PERMIT}", number))
    assert opened.wait("editMessageText", 2)[1].text.startswith("<b>Renew your permit</b>")
    opened.deliver(opened.press(f"/entry {ODD}", number))  # under an answer: the answer must stay readable
    assert opened.wait("sendMessage", 2)[1].text.startswith("<b>Signs &lt; &amp; &gt;</b>")
    opened.wait("answerCallbackQuery", 3)
    assert len(opened.made("editMessageText")) == 2


def test_a_second_tap_on_a_button_changes_nothing_and_is_still_acknowledged(opened: FakeBotApi) -> None:
    opened.write(RENEW)
    opened.wait("sendMessage")
    taps = [opened.press(f"/entry {ODD}", opened.last_message()) for _ in range(2)]
    opened.deliver(*taps)
    opened.wait("answerCallbackQuery", 2)
    assert len(opened.made("sendMessage", "editMessageText")) == 2


def test_choosing_a_language_edits_the_greeting_and_holds(opened: FakeBotApi, desks: Desks) -> None:
    opened.write("/start")
    opened.wait("sendMessage")
    opened.deliver(opened.press("/locale fr", opened.last_message()))
    opened.wait("editMessageText")
    session = desks.session()
    assert session is not None
    assert (session.locale, session.locale_chosen) == ("fr", True)
    opened.write(RENEW)
    assert opened.wait("sendMessage", 2)[1].text.startswith("<b>Renouveler le permis</b>")


def test_a_menu_that_cannot_be_edited_any_more_is_sent_anew(opened: FakeBotApi) -> None:
    opened.write("/topics")
    opened.wait("sendMessage")
    opened.fault("editMessageText", 400, "Bad Request: message can't be edited")
    opened.deliver(opened.press("/topic legal", opened.last_message()))
    assert f"/entry {PERMIT}" in opened.wait("sendMessage", 2)[1].buttons.values()


def test_a_location_becomes_the_nearest_place_and_its_coordinates_go_nowhere(opened: FakeBotApi, desks: Desks) -> None:
    opened.deliver(opened.update(message=opened.message(location={"latitude": 41.2, "longitude": 16.8})))
    reply = opened.wait("sendMessage")[0]
    assert "I will show you offices near Bari." in reply.text
    assert "<b>Sportello &lt;Uno&gt;</b>\n\u2066Via Roma 1, Bari\u2069\n\u2066080 123456\u2069" in reply.text
    session = desks.session()
    assert session is not None
    assert session.place == "bari"
    assert "41.2" not in repr(desks.store.sessions)


def test_a_location_far_away_is_told_what_bussola_knows(opened: FakeBotApi, desks: Desks) -> None:
    opened.deliver(opened.update(message=opened.message(location={"latitude": 45.46, "longitude": 9.19})))
    assert opened.wait("sendMessage")[0].text.startswith("I know the offices of Puglia and Campania.")
    assert desks.session() is None


def test_only_confirmed_positions_are_shown_on_a_map(opened: FakeBotApi, desks: Desks) -> None:
    here: dict[str, Any] = {"location": {"latitude": 41.2, "longitude": 16.8}}
    opened.deliver(opened.update(message=opened.message(**here)))
    opened.wait("sendMessage")
    desks.place_offices(lat=41.12, lon=16.86)
    opened.deliver(opened.update(message=opened.message(**here)))
    pin = opened.wait("sendVenue")[0].params
    assert (pin["latitude"], pin["longitude"], pin["title"]) == ("41.12", "16.86", "Sportello <Uno>")
    assert pin["address"] == "Via Roma 1, Bari"
    desks.place_offices(lat=41.12, lon=16.86, confidence="medium")
    opened.deliver(opened.update(message=opened.message(**here)))
    opened.write("odd")
    opened.wait("sendMessage", 4)
    assert len(opened.made("sendVenue")) == 1


def test_a_pin_that_telegram_refuses_leaves_the_address(opened: FakeBotApi, desks: Desks) -> None:
    desks.place_offices(lat=41.12, lon=16.86)
    opened.fault("sendVenue", 400, "Bad Request: no")
    opened.deliver(opened.update(message=opened.message(location={"latitude": 41.2, "longitude": 16.8})))
    opened.write("odd")
    texts = [call.text for call in opened.wait("sendMessage", 2)]
    assert "Via Roma 1, Bari" in texts[0] and texts[1].startswith("<b>Signs")


def test_danger_is_answered_first(opened: FakeBotApi, desks: Desks) -> None:
    desks.nlu.intents["my husband beats me, how do I renew"] = PERMIT
    opened.write("my husband beats me, how do I renew")
    first, second = opened.wait("sendMessage", 2)
    assert "In danger now: call" in first.text
    assert second.text.startswith("<b>Renew your permit</b>")


def test_corrected_words_are_answered_once_and_an_edit_without_another_word_is_not(
    opened: FakeBotApi, desks: Desks
) -> None:
    message = opened.message(text="How do I reknew?")
    edited = message | {"text": RENEW, "edit_date": 1}
    opened.deliver(opened.update(message=message), opened.update(edited_message=edited))
    opened.deliver(opened.update(edited_message=edited | {"edit_date": 2}))
    opened.write("odd")
    opened.wait("sendMessage", 3)
    assert desks.nlu.heard == ["How do I reknew?", RENEW, "odd"]


def test_too_many_words_get_a_kind_sentence_and_danger_in_them_the_numbers(opened: FakeBotApi, desks: Desks) -> None:
    opened.write("word " * 810)
    assert opened.wait("sendMessage")[0].text == "This text is too long. Please write it shorter."
    opened.write("my husband beats me. " + "word " * 810)
    assert "In danger now: call" in opened.wait("sendMessage", 2)[1].text


@pytest.mark.parametrize("media", [
    {"photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]},
    {"voice": {"file_id": "a", "file_unique_id": "b", "duration": 1}},
    {"document": {"file_id": "a", "file_unique_id": "b"}},
    {"sticker": {"file_id": "a", "file_unique_id": "b", "type": "regular", "width": 1, "height": 1,
                 "is_animated": False, "is_video": False}},
])  # fmt: skip
def test_what_cannot_be_read_gets_a_kind_sentence(opened: FakeBotApi, media: dict[str, Any]) -> None:
    opened.deliver(opened.update(message=opened.message(**media)))
    assert opened.wait("sendMessage")[0].text == ONLY_TEXT


def test_an_album_gets_one_sentence_and_its_caption_an_answer(opened: FakeBotApi) -> None:
    photo: dict[str, Any] = {
        "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}],
        "media_group_id": "g",
    }
    opened.deliver(
        opened.update(message=opened.message(caption=RENEW, **photo)), opened.update(message=opened.message(**photo))
    )
    opened.write("odd")
    texts = [call.text for call in opened.wait("sendMessage", 3)]
    assert texts[0].startswith("<b>Renew your permit</b>")
    assert texts[1] == ONLY_TEXT
    assert texts[2].startswith("<b>Signs")


def test_in_a_group_only_words_for_the_bot_are_answered_each_person_apart(opened: FakeBotApi, desks: Desks) -> None:
    bot_said = opened.message(-9) | {"from": {"id": 123456, "is_bot": True, "first_name": "Bussola"}, "text": "x"}
    opened.write("good morning everybody", chat=-9)
    opened.write("/help@another_bot", chat=-9)
    opened.write("/roll 6", chat=-9)
    opened.write("/human", chat=-9)
    opened.write(f"@Bussola_bot {RENEW}", chat=-9)
    opened.write("odd", chat=-9, reply_to_message=bot_said)
    sent = opened.wait("sendMessage", 3)
    assert desks.nlu.heard == [RENEW, "odd"]
    assert [call.chat for call in sent] == [-9, -9, -9]
    assert sent[0].text == "People can help you, for free. Tell me your town, and I show you the offices near you."
    assert sent[0].params["reply_parameters"]["allow_sending_without_reply"] is True
    assert desks.session("-9:9") is not None


# ---- sharing ---------------------------------------------------------------------------------------------------------


def test_an_entry_can_be_shared_in_any_chat_and_leads_back_to_the_bot(opened: FakeBotApi) -> None:
    opened.deliver(opened.ask_inline("permit"))
    answer = opened.wait("answerInlineQuery")[0].params
    assert (answer["is_personal"], answer["cache_time"]) == ("true", "300")
    first = answer["results"][0]
    assert (first["title"], first["description"]) == ("Renew your permit", "Go to the post office.")
    assert first["input_message_content"]["message_text"].startswith("<b>Renew your permit</b>\nGo to the post office.")
    assert "Not yet confirmed by a mediator." in first["input_message_content"]["message_text"]
    [[button]] = first["reply_markup"]["inline_keyboard"]
    assert button == {"text": "Ask your own question", "url": "https://t.me/bussola_bot?start=legal_permit_renewal"}
    opened.write("/start legal_permit_renewal")
    assert opened.wait("sendMessage")[0].text.startswith("<b>Renew your permit</b>")


def test_what_is_shared_is_in_the_language_that_the_person_chose(opened: FakeBotApi) -> None:
    opened.write("/start")
    opened.wait("sendMessage")
    opened.deliver(opened.press("/locale fr", opened.last_message()))
    opened.wait("editMessageText")
    opened.deliver(opened.ask_inline(""))
    titles = [item["title"] for item in opened.wait("answerInlineQuery")[0].params["results"]]
    assert titles == ["Renouveler le permis", "Signs < & >", "A long story"]


def test_too_late_an_answer_to_share_is_no_error(opened: FakeBotApi, caplog: pytest.LogCaptureFixture) -> None:
    opened.fault("answerInlineQuery", 400, "Bad Request: query is too old")
    opened.deliver(opened.ask_inline("permit"))
    opened.write("odd")
    opened.wait("sendMessage")
    opened.wait("answerInlineQuery")
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
