"""Every update answered once: over restarts, floods, silences of the network and too many messages."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.telegram.desks import ODD, PERMIT, RENEW, Desks, running, sent_to, served
from tests.telegram.fake_bot_api import FakeBotApi

TOO_MANY = "Too many messages. Please wait a minute."
UNSURE = "I am not sure that my answer reached you. If you do not see it, please ask again."


def starts(api: FakeBotApi, chat: int = 7) -> list[str]:
    return [call.text[:9] for call in sent_to(api, chat)]


# ---- once, over restarts ---------------------------------------------------------------------------------------------


def test_the_same_update_after_a_restart_is_answered_once(api: FakeBotApi, desks: Desks) -> None:
    update = api.update(message=api.message(text=RENEW))
    for _ in range(2):
        with running(desks.door(api)):
            api.deliver(update)
            api.write("odd", chat=8)
            api.until(lambda: api.confirmed > api._last_update, "both are confirmed")
    assert desks.nlu.heard.count(RENEW) == 1


def test_an_update_that_a_program_took_and_never_answered_is_answered(api: FakeBotApi, desks: Desks) -> None:
    update = api.update(message=api.message(text=RENEW))
    desks.updates.known[update["update_id"]] = "busy"
    with running(desks.door(api)):
        api.deliver(update)
        api.wait("sendMessage")
    assert desks.updates.known == {update["update_id"]: "done"}


def test_an_update_is_confirmed_only_when_it_is_answered(opened: FakeBotApi, desks: Desks) -> None:
    go_on = threading.Event()
    desks.nlu.before[RENEW] = lambda: go_on.wait(15)
    opened.write(RENEW)
    number = opened._last_update
    opened.write("odd", chat=8)
    opened.until(lambda: len(sent_to(opened, 8)) == 1, "the other chat")
    polls = len(opened.made("getUpdates"))
    opened.wait("getUpdates", polls + 2)
    assert opened.confirmed <= number
    go_on.set()
    opened.until(lambda: opened.confirmed == number + 2, "both are confirmed")


def test_what_a_flood_limit_holds_back_while_the_door_closes_is_answered_after_the_next_start(
    api: FakeBotApi, desks: Desks
) -> None:
    api.fault("sendMessage", 429, "Too Many Requests", retry_after=600)
    api.write(RENEW)
    api.write("odd", chat=8)
    with running(desks.door(api)):
        api.wait("sendMessage", 2)
        api.until(lambda: "done" in desks.updates.known.values(), "the other one is answered")
    refused = api.made("sendMessage")[0].chat
    with running(desks.door(api)):
        api.wait("sendMessage", 3)
        api.until(lambda: api.confirmed > api._last_update, "both are confirmed")
    assert sorted(call.chat for call in api.made("sendMessage")) == sorted([7, 8, refused])
    assert set(desks.updates.known.values()) == {"done"}


def test_people_are_answered_while_the_database_forgets_what_was_answered(opened: FakeBotApi, desks: Desks) -> None:
    desks.updates.broken = True
    update = opened.update(message=opened.message(text=RENEW))
    opened.deliver(update, update)
    opened.write("odd")
    opened.wait("sendMessage", 2)
    assert desks.nlu.heard == [RENEW, "odd"]


def test_many_waiting_updates_do_not_hide_new_ones(opened: FakeBotApi, desks: Desks) -> None:
    go_on = threading.Event()
    desks.nlu.before[RENEW] = lambda: go_on.wait(15)
    opened.write(RENEW)
    for chat in range(100, 230):
        opened.write("odd", chat=chat)
    opened.wait("sendMessage", 130)
    assert sent_to(opened, 7) == []
    go_on.set()
    opened.wait("sendMessage", 131)
    assert starts(opened) == ["<b>Renew "]


def test_an_update_that_another_machine_answers_comes_again_later(api: FakeBotApi, desks: Desks) -> None:
    door = desks.door(api, "https://desk.example/")
    with served(door) as address:
        right = {"X-Telegram-Bot-Api-Secret-Token": api.wait("setWebhook")[0].params["secret_token"]}
        update = api.update(message=api.message(text=RENEW))
        desks.updates.known[update["update_id"]] = "busy"
        assert httpx.post(address + door.path, json=update, headers=right).status_code == 503
        desks.updates.known[update["update_id"]] = "done"
        assert httpx.post(address + door.path, json=update, headers=right).status_code == 200
    assert desks.nlu.heard == []


# ---- silences of the network -----------------------------------------------------------------------------------------


def test_a_message_that_may_have_arrived_is_not_sent_twice_and_can_be_had_again(api: FakeBotApi, desks: Desks) -> None:
    api.silences = 1
    with running(desks.door(api, read=0.5)):
        api.write(RENEW)
        answer, told = api.wait("sendMessage", 2)
    assert answer.text.startswith("<b>Renew your permit</b>")
    assert (told.text, told.buttons) == (UNSURE, {"Try again": f"/entry {PERMIT}", "Topics": "/topics"})


@pytest.mark.parametrize("came", [0, 10, 80])  # nothing, a part of the status line, a part of the answer
def test_a_message_whose_answer_breaks_off_is_not_sent_twice(opened: FakeBotApi, desks: Desks, came: int) -> None:
    opened.breaks = [came]
    opened.write(RENEW)
    answer, told = opened.wait("sendMessage", 2)
    assert answer.text.startswith("<b>Renew your permit</b>")
    assert (told.text, told.buttons) == (UNSURE, {"Try again": f"/entry {PERMIT}", "Topics": "/topics"})


def test_danger_is_rather_said_twice_than_not_at_all(api: FakeBotApi, desks: Desks) -> None:
    api.silences = 1
    with running(desks.door(api, read=0.5)):
        api.write("my husband beats me")
        first, second = api.wait("sendMessage", 2)
    assert first == second
    assert "In danger now: call" in first.text


# ---- too many messages -----------------------------------------------------------------------------------------------


def test_too_many_messages_get_one_sentence_and_then_silence_but_danger_an_answer(
    api: FakeBotApi, desks: Desks
) -> None:
    with running(desks.door(api, rate_limit=2)):
        for _ in range(5):
            api.write("odd")
        api.write("my husband beats me")
        api.write(RENEW, chat=8)
        api.until(lambda: len(sent_to(api, 8)) == 1 and len(sent_to(api, 7)) == 4, "everybody")
    texts = [call.text for call in sent_to(api, 7)]
    assert [text[:9] for text in texts[:2]] == ["<b>Signs "] * 2
    assert texts[2] == TOO_MANY
    assert "In danger now: call" in texts[3]
    assert desks.nlu.heard.count("odd") == 5  # two to answer, three in which danger was looked for


def test_too_many_taps_get_a_notice_and_are_acknowledged(api: FakeBotApi, desks: Desks) -> None:
    with running(desks.door(api, rate_limit=1)):
        api.write(RENEW)
        api.wait("sendMessage")
        number = api.last_message()
        for entry in (ODD, PERMIT):
            api.deliver(api.press(f"/entry {entry}", number))
        calls = api.wait("answerCallbackQuery", 2)
    assert [call.text for call in calls] == [TOO_MANY, ""]
    assert len(api.made("sendMessage")) == 1


@pytest.mark.parametrize(
    ("text", "counted"),
    [(RENEW, ("telegram", "answer", "en")), ("my husband beats me", ("telegram", "handoff", "en"))],
)
def test_every_turn_is_counted(opened: FakeBotApi, desks: Desks, text: str, counted: tuple[str, str, str]) -> None:
    opened.write(text)
    opened.wait("sendMessage")
    assert desks.turns == [counted]
