"""The Telegram door when things go wrong: limits, faults, stops and starts, the webhook."""

from __future__ import annotations

import logging
import re
import threading

import httpx
import pytest

from tests.telegram.desks import FAILED, LONG, ODD, RENEW, Desks, plain, running, sent_to, served
from tests.telegram.fake_bot_api import TOKEN, FakeBotApi

# ---- faults ----------------------------------------------------------------------------------------------------------


def test_a_flood_limit_is_waited_for(opened: FakeBotApi) -> None:
    opened.fault("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    opened.write(RENEW)
    first, second = opened.wait("sendMessage", 2)
    assert first == second


def test_a_server_error_is_tried_again(opened: FakeBotApi) -> None:
    opened.fault("sendMessage", 500, "Internal Server Error")
    opened.write(RENEW)
    first, second = opened.wait("sendMessage", 2)
    assert first == second


def test_a_person_who_blocked_the_bot_is_no_error(opened: FakeBotApi, caplog: pytest.LogCaptureFixture) -> None:
    opened.fault("sendMessage", 403, "Forbidden: bot was blocked by the user")
    opened.write(RENEW, chat=8)
    opened.wait("sendMessage")
    opened.write("odd", chat=8)
    assert [call.text[:9] for call in opened.wait("sendMessage", 2)] == ["<b>Renew ", "<b>Signs "]
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize("broken", ["engine", "database"])
def test_a_fault_in_the_core_is_a_sentence_and_a_log_line(
    opened: FakeBotApi, desks: Desks, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    desks.nlu.before[RENEW] = lambda: 1 / 0
    desks.store.broken = broken == "database"
    opened.write(RENEW)
    assert opened.wait("sendMessage")[0].text == FAILED
    assert any("could not be answered" in record.message for record in caplog.records)
    assert TOKEN not in caplog.text
    desks.store.broken, desks.nlu.before = False, {}
    opened.write(RENEW)
    assert opened.wait("sendMessage", 2)[1].text.startswith("<b>Renew your permit</b>")


def test_a_button_behind_which_something_breaks_is_acknowledged_and_works_later(
    opened: FakeBotApi, desks: Desks
) -> None:
    opened.write(RENEW)
    opened.wait("sendMessage")
    number = opened.last_message()
    desks.store.broken = True
    opened.deliver(opened.press(f"/entry {ODD}", number))
    assert opened.wait("sendMessage", 2)[1].text == FAILED
    opened.wait("answerCallbackQuery")
    desks.store.broken = False
    opened.deliver(opened.press(f"/entry {ODD}", number))
    assert opened.wait("sendMessage", 3)[2].text.startswith("<b>Signs")


def test_the_same_update_twice_is_answered_once(opened: FakeBotApi, desks: Desks) -> None:
    update = opened.update(message=opened.message(text=RENEW))
    opened.deliver(update, update)
    opened.write("odd")
    opened.wait("sendMessage", 2)
    assert desks.nlu.heard == [RENEW, "odd"]


def test_one_chat_keeps_its_order_and_does_not_hold_up_another(opened: FakeBotApi, desks: Desks) -> None:
    go_on = threading.Event()
    desks.nlu.before[RENEW] = lambda: go_on.wait(15)
    opened.write(RENEW, chat=7)
    opened.write("odd", chat=7)
    opened.write("long", chat=8)
    opened.until(lambda: any(call.chat == 8 for call in opened.made("sendMessage")), "the other chat")
    assert [call for call in opened.made("sendMessage") if call.chat == 7] == []
    go_on.set()
    opened.until(lambda: len(sent_to(opened, 7)) == 2, "both answers")
    assert [call.text[:9] for call in sent_to(opened, 7)] == ["<b>Renew ", "<b>Signs "]


def test_stopping_answers_what_was_fetched_and_leaves_the_rest_for_the_next_start(
    api: FakeBotApi, desks: Desks
) -> None:
    go_on, busy = threading.Event(), threading.Event()

    def work() -> None:
        busy.set()
        go_on.wait(15)

    desks.nlu.before[RENEW] = work
    with running(desks.door(api), closing=go_on.set):
        api.write(RENEW)
        assert busy.wait(15)
    assert len(api.made("sendMessage")) == 1
    assert api.confirmed == api.update()["update_id"]
    api.write("odd")
    with running(desks.door(api)):
        api.wait("sendMessage", 2)
    assert desks.nlu.heard == [RENEW, "odd"]
    assert all(
        call.params.get("drop_pending_updates") in (None, "false", "False") for call in api.made("deleteWebhook")
    )


def test_the_door_opens_when_telegram_comes_back(api: FakeBotApi, desks: Desks) -> None:
    api.fault("getMe", 502, "Bad Gateway")
    api.write("odd")
    with running(desks.door(api)):
        api.wait("sendMessage")
    assert len(api.made("getMe")) == 2


def test_a_refused_token_is_logged_without_the_token(
    api: FakeBotApi, desks: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    class Told(logging.Handler):
        said = threading.Event()

        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Telegram refuses the token"):
                self.said.set()

    told = Told()
    logging.getLogger("bussola").addHandler(told)
    api.fault("getMe", 401, "Unauthorized")
    with running(desks.door(api)):
        assert told.said.wait(15)
    logging.getLogger("bussola").removeHandler(told)
    assert TOKEN not in caplog.text


# ---- webhook ---------------------------------------------------------------------------------------------------------


def test_the_webhook_wants_its_secret_and_answers_an_update_once(api: FakeBotApi, desks: Desks) -> None:
    door = desks.door(api, "https://desk.example/")
    with served(door) as address:
        told = api.wait("setWebhook")[0].params
        assert told["url"] == f"https://desk.example{door.path}"
        assert TOKEN not in told["url"] and TOKEN not in told["secret_token"]
        update = api.update(message=api.message(text=RENEW))
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            assert httpx.post(address + door.path, json=update, headers=headers).status_code == 403
        right = {"X-Telegram-Bot-Api-Secret-Token": told["secret_token"]}
        assert [httpx.post(address + door.path, json=update, headers=right).status_code for _ in range(2)] == [200, 200]
        assert httpx.post(address + door.path, content=b"[", headers=right).status_code == 200
    assert desks.nlu.heard == [RENEW]
    assert api.wait("sendMessage")[0].text.startswith("<b>Renew your permit</b>")
    assert api.made("getUpdates", "deleteWebhook") == []


def test_without_a_webhook_there_is_no_route(api: FakeBotApi, desks: Desks) -> None:
    assert desks.door(api).router().routes == []
    assert len(desks.door(api, "https://desk.example").router().routes) == 1


# ---- long answers -----------------------------------------------------------------------------------------------------


def test_a_long_answer_is_cut_between_sections_and_nothing_is_lost(opened: FakeBotApi, desks: Desks) -> None:
    reply = desks.desk.compose.answer(LONG, "en")
    opened.write("long")
    opened.write("odd")
    opened.until(
        lambda: "Signs" in opened.made("sendMessage")[-1].text if opened.made("sendMessage") else False,
        "the next answer",
    )
    sent = opened.made("sendMessage")[:-1]
    assert len(sent) > 3
    assert all(len(call.text.encode("utf-16-le")) // 2 < 4096 for call in sent)
    assert [bool(call.buttons) for call in sent] == [False] * (len(sent) - 1) + [True]
    whole = re.sub(r"\s", "", "".join(plain(call.text) for call in sent))
    for section in reply.sections:
        assert re.sub(r"\s", "", f"{section['title']}{section['text']}") in whole
    assert all(call.text.count("<b>") == call.text.count("</b>") for call in sent)
