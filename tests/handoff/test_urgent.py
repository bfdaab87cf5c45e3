"""Who waits too long: mediators who may answer are told by e-mail, once; and each counts only whom they may answer."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select, update

from bot import tables
from bot.accounts import Accounts
from bot.people import People as Persons
from bot.settings import Settings
from connectors.console.urgent import UrgentLetters
from tests.console.test_links import mail_server
from tests.handoff.people import PASSWORD, SECRET_CHAT, SECRET_TEXT, People
from tests.handoff.test_inbox import Colleague


@pytest.fixture
def staff(people: People) -> People:
    """Besides amina without an address: those who may answer in Italian in Foggia, and those who may not."""
    accounts = Accounts(people.store)
    persons = Persons(accounts)
    for name, role, locales, places in (
        ("rosa", "mediator", ("it", "ar"), ("puglia",)),
        ("bao", "mediator", ("zh",), ()),
        ("nino", "mediator", (), ("campania",)),
        ("edda", "editor", (), ()),
        ("gone", "mediator", (), ()),
    ):
        accounts.create(name, PASSWORD, role)
        persons.change(name, role, locales, places, "bruno")
        persons.email(name, f"{name}@example.org", PASSWORD)
    persons.disable("gone", "bruno")
    return people


def _letters(people: People, **settings: object) -> UrgentLetters:
    return UrgentLetters(people.store, people.desk, Settings(data=people.folder, **settings))  # type: ignore[arg-type]


def test_mediators_who_may_answer_are_told_once_and_not_what_was_said(staff: People) -> None:
    staff.press("/locale it")
    staff.press("/place foggia")
    number = staff.waiting()
    with mail_server() as (mailbox, settings):
        letters = _letters(staff, **settings)
        assert letters.send() == 0
        staff.clock.later(minutes=40)
        assert [letters.send(), letters.send()] == [1, 0]
        (letter,) = mailbox.letters
        text = letter.get_payload(decode=True).decode()  # type: ignore[union-attr]
        assert (letter["To"], letter["Subject"]) == ("rosa@example.org", "Somebody waits for a mediator")
        assert f"https://desk.example.org/console/inbox/{number}\n" in text.replace("\r\n", "\n")
        assert "Nov 23, 2026, 10:00" in text and "Language: Italiano" in text and "Place: Foggia" in text
        assert SECRET_TEXT not in text and SECRET_CHAT not in text
        staff.conversations.claim(number, "amina")
        staff.conversations.reply(number, "amina", "Eccomi")
        staff.say("Grazie, e poi?")
        assert letters.send() == 0
        staff.clock.later(minutes=40)
        assert letters.send() == 1  # again too long: another escalation
        assert len(mailbox.letters) == 2


def test_letters_that_do_not_go_out_are_tried_again(staff: People) -> None:
    staff.waiting()
    staff.clock.later(minutes=40)
    with mail_server() as (mailbox, settings):
        away = _letters(staff, **settings | {"smtp_security": "tls"})  # the server speaks no TLS
        assert away.send() == 0
        assert _letters(staff).send() == 0  # nobody has set up e-mail: nothing is taken for told
        assert _letters(staff, **settings).send() == 2  # nobody knows where the person is: rosa and nino
        assert sorted(letter["To"] for letter in mailbox.letters) == ["nino@example.org", "rosa@example.org"]


def test_a_letter_that_cannot_be_written_is_tried_again_too(staff: People) -> None:
    staff.waiting()
    staff.clock.later(minutes=40)
    with mail_server() as (_, settings):
        letters = _letters(staff, **settings)
        for spoken, sent in (("xx", 0), ("it", 2)):  # a language that this program does not know any more
            with staff.store.transaction() as connection:
                connection.execute(update(tables.conversation).values(locale=spoken))
            assert letters.send() == sent


def test_the_title_of_every_page_says_that_somebody_waits_too_long(staff: People) -> None:
    amina = Colleague(staff, "amina")
    staff.waiting()
    assert "<title>(" not in amina.client.get("/console").text
    staff.clock.later(minutes=40)
    for path in ("", "/entries", "/inbox"):
        assert "<title>(1) " in amina.client.get(f"/console{path}").text


def test_each_counts_whom_they_may_answer(staff: People) -> None:
    staff.press("/locale it")
    staff.press("/place foggia")
    staff.waiting()
    staff.clock.later(minutes=40)
    waiting = {}
    for name in ("amina", "rosa", "bao", "nino"):
        page = html.unescape(Colleague(staff, name).client.get("/console").text)
        waiting[name] = ("1 waiting" in page, '<span class="number">1</span> Messages' in page)
    assert waiting == {name: (name in ("amina", "rosa"),) * 2 for name in ("amina", "rosa", "bao", "nino")}


def test_who_reads_a_conversation_stands_in_the_log_and_not_what_they_read(staff: People) -> None:
    number = staff.waiting()
    amina, bruno = Colleague(staff, "amina"), Colleague(staff, "bruno")
    amina.get(f"/{number}")
    amina.do(number, "claim")
    amina.get(f"/{number}")  # it is hers: the log has said so
    bruno.get(f"/{number}")
    bruno.get(f"/{number}/new")  # the open page looks again by itself
    with staff.store.engine.connect() as connection:
        rows = [row for row in connection.execute(select(tables.audit)) if "conversation" in (row.detail or "")]
    assert [(row.account, row.action, row.detail) for row in rows] == [
        ("amina", "read conversation", f"conversation {number}"),
        ("amina", "claim", f"conversation {number}"),
        ("bruno", "read conversation", f"conversation {number}"),
    ]
    assert SECRET_TEXT not in str(rows)
