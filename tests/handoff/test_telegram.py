"""There and back through a fake Bot API over real HTTP: a person on Telegram writes, a mediator answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.received import ReceivedUpdates
from bot.settings import Settings
from connectors.telegram import TelegramDoor
from tests.handoff.people import People
from tests.small import RENEW
from tests.telegram.desks import running
from tests.telegram.fake_bot_api import TOKEN, Call, FakeBotApi

WELCOME = "You are writing to a mediator now."


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi() as fake:
        yield fake


def _door(people: People, api: FakeBotApi) -> TelegramDoor:
    settings = Settings(telegram_token=TOKEN, telegram_api=api.url)
    return TelegramDoor(people.assistant, people.desk, settings, ReceivedUpdates(people.store), lambda *_: None)


def _sent(api: FakeBotApi, text: str) -> Call:
    """The message with this text in it, once it is sent."""
    api.until(lambda: any(text in call.text for call in api.made("sendMessage")), text)
    return next(call for call in api.made("sendMessage") if text in call.text)


def _begun(api: FakeBotApi, people: People) -> int:
    """Somebody asks for a person, says yes and writes; the conversation's number."""
    api.write("/human")
    offer = api.wait("sendMessage")[0]
    assert "/human yes" in offer.buttons.values()
    api.deliver(api.press("/human yes", api.last_message()))
    _sent(api, WELCOME)
    _write(api, "I lost the receipt")
    return people.conversations.listed()[0].id


def _write(api: FakeBotApi, text: str) -> None:
    """Somebody writes to the mediator. That is heard in silence: a menu asked for afterwards says that it was."""
    before = len(_menus(api))
    api.write(text)
    api.write("/topics")
    api.until(lambda: len(_menus(api)) > before, "the menu")


def _menus(api: FakeBotApi) -> list[Call]:
    return [call for call in api.made("sendMessage") if call.text == "Topics"]


def test_there_and_back(people: People, api: FakeBotApi) -> None:
    with running(_door(people, api)):
        number = _begun(api, people)
        people.inbox.claim(number, "amina")
        claimed = _sent(api, "A mediator reads your messages now.")
        assert (claimed.chat, claimed.buttons) == (7, {"Back to the bot": "/bot"})
        people.conversations.reply(number, "amina", "Go to the post office & ask for <a copy>.")
        people.conversations.reply(number, "amina", "", RENEW)
        assert _sent(api, "post office").text == (
            "<b>A mediator writes</b>\nGo to the post office &amp; ask for &lt;a copy&gt;."
        )
        assert _sent(api, "Renew your permit").chat == 7
        _write(api, "thank you")
        assert people.conversations.messages(number)[-1].text == "thank you"
        people.inbox.close(number, "amina")
        _sent(api, "The mediator has ended this conversation.")
        api.write("hello there")
        _sent(api, "Hello. Write your question")
        api.write("/bot")
        _sent(api, "You no longer write to a mediator.")
    assert len(api.made("sendMessage")) == 10  # nothing came twice, and but for two menus the bot was silent
    assert {call.chat for call in api.made("sendMessage")} == {7}


def test_what_could_not_be_sent_is_sent_after_a_restart_and_in_order(people: People, api: FakeBotApi) -> None:
    with running(_door(people, api)):
        number = _begun(api, people)
    people.inbox.claim(number, "amina")
    people.conversations.reply(number, "amina", "first")
    people.conversations.reply(number, "amina", "second")
    api.fault("sendMessage", 429, "Too Many Requests", retry_after=1)
    with running(_door(people, api)):
        _sent(api, "second")
    assert [message.delivery for message in people.conversations.messages(number)] == [None, "sent", "sent", "sent"]
    texts = [call.text for call in api.made("sendMessage")][3:]
    assert [text.split("\n")[-1] for text in dict.fromkeys(texts)] == [
        "A mediator reads your messages now.",
        "first",
        "second",
    ]
    assert len(texts) == 4  # the first was refused once by the flood limit


def test_who_has_blocked_the_bot_is_not_written_to_again(people: People, api: FakeBotApi) -> None:
    with running(_door(people, api)):
        number = _begun(api, people)
        api.fault("sendMessage", 403, "Forbidden: bot was blocked by the user")
        people.inbox.claim(number, "amina")
        api.until(lambda: len(api.made("sendMessage")) == 4, "the refused message")
    assert [message.delivery for message in people.conversations.messages(number)] == [None, "refused"]


def test_in_a_group_nobody_can_write_to_a_mediator(people: People, api: FakeBotApi) -> None:
    with running(_door(people, api)):
        api.write("/human@bussola_bot", chat=-5)
        assert "/human yes" not in api.wait("sendMessage")[0].buttons.values()
        assert people.conversations.listed() == []
