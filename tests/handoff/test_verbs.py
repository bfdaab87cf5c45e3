"""Conversations with mediators: who may do what when, what is kept how, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import tables
from bot.build import Bussola
from bot.cipher import UNREADABLE, Cipher
from bot.conversations import Conversations, NotYours
from bot.handoff import DeskHours
from bot.model import BussolaError
from bot.serving import _forget
from bot.settings import Settings
from tests.handoff.people import MONDAY, SECRET_CHAT, SECRET_TEXT, People
from tests.small import RENEW

Verb = Callable[[Conversations, int], object]
CLAIM: Verb = lambda talks, number: talks.claim(number, "amina")  # noqa: E731
REPLY: Verb = lambda talks, number: talks.reply(number, "amina", "Buongiorno")  # noqa: E731
CLOSE: Verb = lambda talks, number: talks.close(number, "amina")  # noqa: E731
TO_BRUNO: Verb = lambda talks, number: talks.transfer(number, "amina", "bruno")  # noqa: E731
TO_VITO: Verb = lambda talks, number: talks.transfer(number, "amina", "vito")  # noqa: E731
OTHER_CLAIMS: Verb = lambda talks, number: talks.claim(number, "bruno")  # noqa: E731
OTHER_REPLIES: Verb = lambda talks, number: talks.reply(number, "bruno", "Io")  # noqa: E731
OTHER_TAKES: Verb = lambda talks, number: talks.transfer(number, "bruno", "bruno")  # noqa: E731


@pytest.mark.parametrize(
    ("done", "then", "state"),
    [
        ([], CLAIM, "claimed amina"),
        ([], REPLY, None),
        ([], CLOSE, None),
        ([], TO_BRUNO, None),
        ([CLAIM], REPLY, "claimed amina"),
        ([CLAIM], CLOSE, "closed amina"),
        ([CLAIM], CLAIM, None),
        ([CLAIM], OTHER_CLAIMS, None),
        ([CLAIM], OTHER_REPLIES, None),
        ([CLAIM], TO_BRUNO, "claimed bruno"),
        ([CLAIM], TO_VITO, None),
        ([CLAIM], OTHER_TAKES, "claimed bruno"),
        ([CLAIM, TO_BRUNO], REPLY, None),
        ([CLAIM, TO_BRUNO], OTHER_REPLIES, "claimed bruno"),
        ([CLAIM, CLOSE], REPLY, None),
        ([CLAIM, CLOSE], CLAIM, None),
    ],
)
def test_who_may_do_what_when(people: People, done: list[Verb], then: Verb, state: str | None) -> None:
    number = people.waiting()
    for verb in done:
        verb(people.conversations, number)
    if state is None:
        with pytest.raises(NotYours):
            then(people.conversations, number)
        return
    then(people.conversations, number)
    found = people.conversations.get(number)
    assert found is not None and f"{found.state} {found.claimed_by}" == state


def test_the_bot_offers_opens_is_silent_and_comes_back(people: People) -> None:
    people.say("come rinnovo il permesso di soggiorno")
    offer = people.press("/human")
    assert offer.text.startswith("You can write to a cultural mediator here.")
    assert offer.buttons[0].payload == "/human yes"
    assert people.conversations.listed() == []  # nothing is opened before the person says yes
    opened = people.press("/human yes")
    assert [button.payload for button in opened.buttons] == ["/bot"]
    assert people.say("quanto costa").replies == ()
    talk = people.conversations.listed()[0]
    assert (talk.state, talk.channel, talk.locale, talk.entry) == ("waiting", "telegram", "it", RENEW)
    assert [message.text for message in people.conversations.messages(talk.id)] == ["quanto costa"]
    assert people.press(f"/entry {RENEW}").entry == RENEW  # buttons go on working
    assert people.press("/bot").text.startswith("You no longer write to a mediator.")
    assert people.say("quanto costa il permesso").replies[0].kind == "answer"
    assert people.conversations.listed() == []


def test_human_again_ends_it_and_yes_twice_opens_one(people: People) -> None:
    people.press("/human yes")
    people.press("/human yes")
    assert len(people.conversations.listed()) == 1
    people.press("/human")
    assert [talk.state for talk in people.conversations.listed(closed=True)] == ["closed"]
    people.press("/human yes")
    assert len(people.conversations.listed()) == 1


def test_a_wish_in_words_gets_the_offer_and_an_unknown_question_the_way_there(people: People) -> None:
    asked = people.say("voglio parlare con una persona").replies[0]
    assert (asked.kind, asked.buttons[0].payload) == ("handoff", "/human yes")
    unknown = people.say("xyzzy plugh qwerty uiop").replies[0]
    assert (unknown.kind, unknown.buttons[0].payload) == ("handoff", "/human")


def test_danger_is_answered_at_once_and_a_mediator_reads_it_too(people: People) -> None:
    number = people.waiting()
    turn = people.say("mi picchia")
    assert [reply.kind for reply in turn.replies] == ["emergency"]
    assert people.conversations.messages(number)[-1].text == "mi picchia"


def test_who_cannot_be_written_to_is_offered_nothing(people: People) -> None:
    for channel, address in (("rest", None), ("cli", None), ("telegram", None)):
        payloads = [button.payload for button in people.press("/human", "9", channel, address).buttons]
        assert "/human yes" not in payloads
        people.press("/human yes", "9", channel, address)
    assert people.conversations.listed() == []


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_text_and_address_are_not_readable_in_the_database(people: People) -> None:
    number = people.waiting()
    people.conversations.claim(number, "amina")
    people.conversations.reply(number, "amina", "Risposta riservata")
    talk = people.conversations.get(number)
    assert talk is not None and talk.contact == {"to": SECRET_CHAT}  # the program can read both
    assert [message.text for message in people.conversations.messages(number)] == [SECRET_TEXT, "Risposta riservata"]
    files = sorted(people.folder.glob("bussola.sqlite3*"))
    kept = b"".join(path.read_bytes() for path in files)
    assert [path.name for path in files] == ["bussola.sqlite3", "bussola.sqlite3-shm", "bussola.sqlite3-wal"]
    assert b"conversation" in kept and b"amina" in kept
    for secret in (SECRET_TEXT, "Karim", SECRET_CHAT, "riservata"):
        assert secret.encode() not in kept


def test_the_secret_can_be_changed(people: People) -> None:
    number = people.waiting()
    later = Conversations(people.store, Cipher("conversations", b"new", b"secret"))
    assert later.messages(number)[0].text == SECRET_TEXT
    lost = Conversations(people.store, Cipher("conversations", b"new"))
    found = lost.get(number)
    assert (lost.messages(number)[0].text, found and found.contact) == (UNREADABLE, {})


def test_closed_conversations_are_deleted_after_days_and_silent_ones_are_closed(people: People) -> None:
    number = people.waiting()
    people.conversations.claim(number, "amina")
    people.conversations.close(number, "amina")
    people.press("/human yes", "8")
    people.clock.later(days=6, hours=23)
    assert people.conversations.forget(7) == 0
    people.clock.later(hours=1)
    assert people.conversations.forget(7) == 1
    assert people.conversations.get(number) is None and _rows(people) == (1, 0)
    people.clock.later(days=30)
    people.conversations.forget(7)
    assert [talk.session for talk in people.conversations.listed()] == []
    people.clock.later(days=7)
    assert people.conversations.forget(7) == 1
    assert _rows(people) == (0, 0)


@pytest.mark.parametrize("way", ["button", "door"])
def test_who_deletes_their_conversation_deletes_what_they_wrote_to_a_mediator(people: People, way: str) -> None:
    people.waiting()
    if way == "button":
        assert people.press("/delete").text == "This conversation is deleted."
    else:
        assert people.desk.delete("telegram", "7")
    assert _rows(people) == (0, 0)


def test_the_server_keeps_the_promise_by_itself(people: People) -> None:
    number = people.waiting()
    people.conversations.leave(people.desk.session_key("telegram", "7"))
    served = Bussola(
        Settings(data=people.folder, keep_conversations_days=0), people.store, people.assistant, people.desk
    )

    async def live() -> None:
        forgetting = asyncio.create_task(_forget(served))
        async with asyncio.timeout(15):
            while people.conversations.get(number):
                await asyncio.sleep(0)
        forgetting.cancel()

    asyncio.run(live())
    assert _rows(people) == (0, 0)


def _rows(people: People) -> tuple[int, int]:
    with people.store.engine.connect() as connection:
        return len(connection.execute(select(tables.conversation)).all()), len(
            connection.execute(select(tables.message)).all()
        )


def test_the_audit_says_who_did_what_without_text(people: People) -> None:
    number = people.waiting()
    for verb in (CLAIM, REPLY, TO_BRUNO):
        verb(people.conversations, number)
    people.conversations.close(number, "bruno")
    with people.store.engine.connect() as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.id)).all()
    assert [(row.account, row.action, row.detail) for row in rows][-4:] == [
        ("amina", "claim", f"conversation {number}"),
        ("amina", "reply", f"conversation {number}"),
        ("amina", "transfer", f"conversation {number} to bruno"),
        ("bruno", "close", f"conversation {number}"),
    ]


# ---- hours -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(prepared: Path, tmp_path: Path) -> Iterator[People]:
    made = People(prepared, tmp_path, "Mo-Fr 09:00-13:00", ("it", "ar"))
    yield made
    made.store.engine.dispose()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 23, 9, 0), "Mediators are there now."),
        (datetime(2026, 11, 21, 9, 0), "again on \u2068November 23, 2026\u2069 at \u206609:00\u2069."),
        (datetime(2026, 11, 23, 12, 30), "again on \u2068November 24, 2026\u2069 at \u206609:00\u2069."),
    ],
)
def test_people_are_told_when_somebody_is_there_and_what_they_speak(office: People, at: datetime, said: str) -> None:
    office.clock.at = at
    office.press("/locale en")
    for reply in (office.press("/human"), office.press("/human yes")):
        assert said in reply.text
        assert "The mediators speak: \u2068Italiano\u2069, \u2068العربية\u2069." in reply.text


def test_without_known_hours_nothing_is_open_or_closed(people: People) -> None:
    text = people.press("/human").text
    assert "A mediator answers as soon as possible." in text and "there now" not in text


def test_whoever_waits_too_long_is_marked_counted_in_the_desks_hours(office: People) -> None:
    office.clock.at = datetime(2026, 11, 23, 11, 50)  # ten minutes before the desk closes
    number = office.waiting()
    for later, marked in (({"minutes": 31}, 0), ({"hours": 19}, 0), ({"hours": 1}, 1), ({"hours": 1}, 0)):
        office.clock.later(**later)
        assert office.handoff.escalate() == marked
    assert office.conversations.counts() == (1, 1)
    office.conversations.claim(number, "amina")
    assert office.conversations.counts() == (0, 1)
    office.conversations.reply(number, "amina", "Eccomi")
    assert office.conversations.counts() == (0, 0)


def test_escalated_ones_stand_first_then_those_who_wait(people: People) -> None:
    for name in ("1", "2", "3"):
        people.press("/human yes", name)
        people.clock.later(minutes=20)
    first, second, third = sorted(talk.id for talk in people.conversations.listed())
    people.handoff.escalate()
    people.conversations.claim(second, "amina")
    people.conversations.reply(second, "amina", "Eccomi")
    assert [talk.id for talk in people.conversations.listed()] == [first, third, second]


@pytest.mark.parametrize(
    ("hours", "minutes"), [("", 24 * 60), ("Mo-Fr 09:00-13:00", 240), ("nonsense", 24 * 60), ("24/7", 24 * 60)]
)
def test_minutes_count_in_the_hours_or_all_of_them(hours: str, minutes: int) -> None:
    assert DeskHours(hours).minutes(MONDAY, MONDAY.replace(day=24)) == minutes


def test_wrong_settings_are_refused() -> None:
    for setting in ({"desk_hours": "some day"}, {"desk_languages": "it klingon"}, {"escalate_minutes": 0}):
        with pytest.raises(ValueError):
            Settings(**setting)


def test_a_fault_says_what_to_do() -> None:
    assert isinstance(NotYours(), BussolaError) and NotYours().todo == "load the page again"
