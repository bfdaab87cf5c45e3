"""One-time links: invitations, new passwords by hand and by e-mail, and that nobody learns who has an account."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from bot.accounts import Accounts, SignInRefused
from bot.invitations import Invitations
from bot.model import BussolaError
from bot.people import People
from bot.settings import Settings
from connectors.console.letters import Letters
from tests.console.house import PASSWORD, House, hidden

NEW = "un'altra frase lunga"


class Mailbox(MessageHandler):
    """Keeps the letters that arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.letters.append(message)


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, dict[str, Any]]]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]  # aiosmtpd must be told a port that is free
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield mailbox, {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none",
                        "smtp_from": "desk@example.org", "public_url": "https://desk.example.org"}  # fmt: skip
    finally:
        server.stop()


def _link(page: str) -> str:
    found = re.search(r"http://testserver(/console/link/[\w-]+)", page)
    assert found is not None
    return found[1]


def _use(house: House, link: str, **fields: str) -> Any:
    browser = house.new_browser()
    token = hidden(browser.get(link).text, "csrf")
    return browser.post(link, data={"csrf": token, "password": NEW, "again": NEW} | fields)


def test_an_invited_person_chooses_name_and_password_and_has_the_role_and_limits(admin: House) -> None:
    made = admin.post("/console/accounts/invite", role="mediator", locale__bn="1", region__puglia="1", towns="napoli")
    link = _link(made.text)
    page = admin.new_browser().get(link).text
    assert "ada has invited you" in page and "You will be: mediator" in page
    assert _use(admin, link, name=" Rosa  Greco ").headers["location"] == "/console/sign-in?done=ready"
    found = People(Accounts(admin.store)).find("Rosa Greco")
    assert (found.role, found.locales, found.places) == ("mediator", ("bn",), ("puglia", "napoli"))
    assert admin.sign_in("Rosa Greco", NEW, admin.new_browser()) == 303
    assert admin.new_browser().get(link).status_code == 404  # it worked once
    with pytest.raises(BussolaError):
        Invitations(Accounts(admin.store)).use(link.rsplit("/", 1)[1], "another", NEW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "amina"}, "This name is taken."),
        ({"name": "AMINA"}, "This name is taken."),  # too alike to be told apart
        ({"name": " "}, "The name must have 1 to 80 characters."),
        ({"name": "Rosa", "password": "short", "again": "short"}, "at least 12 characters"),
        ({"name": "Rosa", "again": "another"}, "The two passwords are not the same."),
    ],
)
def test_a_mistake_does_not_use_the_link_up(admin: House, fields: dict[str, str], sentence: str) -> None:
    link = _link(admin.post("/console/accounts/invite", role="viewer").text)
    page = _use(admin, link, **fields)
    assert page.status_code == 422 and sentence in page.text
    assert _use(admin, link, name="Rosa").status_code == 303


def test_a_link_to_a_new_password_ends_the_old_sign_ins(admin: House) -> None:
    amina = admin.new_browser()
    assert admin.sign_in("amina", browser=amina) == 303
    link = _link(admin.post("/console/accounts/one/link?name=amina").text)
    assert "for the account amina" in admin.new_browser().get(link).text
    assert amina.get("/console").status_code == 200  # until it is used, nothing changes
    assert _use(admin, link, name="ada").status_code == 303  # the name in the form says nothing
    assert amina.get("/console").status_code == 303
    assert admin.sign_in("amina", NEW, admin.new_browser()) == 303
    assert admin.sign_in("amina", PASSWORD, admin.new_browser()) == 401
    assert admin.sign_in("ada", PASSWORD, admin.new_browser()) == 303


def test_links_end_after_seven_days_and_with_who_made_them(house: House) -> None:
    now = [datetime(2026, 11, 22, 12)]
    accounts = Accounts(house.store, lambda: now[0])
    links = Invitations(accounts)
    token, reset = links.invite("admin", (), (), "elena"), links.reset("amina", "ada")
    now[0] += timedelta(days=7, minutes=-1)
    assert links.find(token) is not None
    People(accounts).disable("elena", "ada")  # what somebody handed out who is not trusted any more
    assert links.find(token) is None and links.find(reset) is not None
    now[0] += timedelta(minutes=1)
    assert links.find(reset) is None
    with pytest.raises(BussolaError):
        links.use(reset, "", NEW)
    with pytest.raises(SignInRefused):
        accounts.sign_in("amina", NEW)


def test_links_end_with_the_role_that_made_them_and_with_a_new_password(house: House) -> None:
    accounts = Accounts(house.store)
    links, people = Invitations(accounts), People(accounts)
    people.change("elena", "admin", (), (), "ada")
    token, reset = links.invite("admin", (), (), "elena"), links.reset("vito", "ada")
    people.change("elena", "admin", ("it",), (), "ada")
    assert links.find(token) is not None
    people.change("elena", "editor", (), (), "ada")  # or she could make herself an administrator again
    assert links.find(token) is None and links.find(reset) is not None
    people.password("vito", PASSWORD, NEW, "")
    assert links.find(reset) is None


def test_an_admin_withdraws_a_link(admin: House) -> None:
    link = _link(admin.post("/console/accounts/invite", role="viewer").text)
    page = admin.browser.get("/console/accounts").text
    assert link.rsplit("/", 1)[1] not in page  # it is not shown again
    assert admin.post("/console/accounts/withdraw", id=hidden(page, "id")).status_code == 303
    assert admin.new_browser().get(link).status_code == 404


# ---- forgotten -------------------------------------------------------------------------------------------------------


def _forgotten(house: House, name: str) -> str:
    browser = house.new_browser()
    token = hidden(browser.get("/console/forgotten").text, "csrf")
    page = browser.post("/console/forgotten", data={"csrf": token, "name": name})
    assert page.status_code == 200
    return page.text


def test_a_forgotten_password_is_replaced_by_a_link_in_a_letter(prepared: Path, tmp_path: Path) -> None:
    with mail_server() as (mailbox, settings):
        house = House(prepared, tmp_path, **settings)
        house.sign_in("amina")
        house.post("/console/me/email", email="amina@example.org", present=PASSWORD)
        told = {
            _forgotten(house, name) for name in ("AMINA@example.org", "amina", "nobody", "vito", "nobody@example.org")
        }
        assert len(told) == 1  # the same words, whether there is such an account or not
        assert "is on its way" in told.pop()
        assert [letter["To"] for letter in mailbox.letters] == ["amina@example.org"]  # once, however often asked
        text = mailbox.letters[0].get_payload(decode=True)
        assert isinstance(text, bytes)
        found = re.search(r"https://desk\.example\.org(/console/link/[\w-]+)", text.decode())
        assert found is not None and mailbox.letters[0]["From"] == "desk@example.org"
        assert _use(house, found[1]).status_code == 303
        assert house.sign_in("amina", NEW, house.new_browser()) == 303
        house.store.engine.dispose()


def test_a_link_in_a_letter_works_for_an_hour_and_another_can_be_had_after_a_while(house: House) -> None:
    now = [datetime(2026, 11, 22, 12)]
    accounts = Accounts(house.store, lambda: now[0])
    links = Invitations(accounts)
    assert links.forgotten("amina") == []  # she has no address
    People(accounts).email("amina", "amina@example.org", PASSWORD)
    ((address, token),) = links.forgotten("amina")
    assert address == "amina@example.org" and links.forgotten("amina") == []
    now[0] += timedelta(minutes=59)
    assert links.find(token) is not None and len(links.forgotten("amina")) == 1
    now[0] += timedelta(minutes=1)
    assert links.find(token) is None
    People(accounts).disable("amina", "ada")
    now[0] += timedelta(hours=1)
    assert links.forgotten("amina") == []


def test_a_closed_mail_server_is_no_fault_that_a_person_sees(prepared: Path, tmp_path: Path) -> None:
    with mail_server() as (_, settings):
        pass
    assert Letters(Settings(**settings)).send("amina@example.org", "A", "B") is False
    house = House(prepared, tmp_path, **settings)
    People(Accounts(house.store)).email("amina", "amina@example.org", PASSWORD)
    assert "is on its way" in _forgotten(house, "amina")
    house.store.engine.dispose()


def test_without_a_mail_server_the_page_says_whom_to_ask(house: House) -> None:
    page = house.browser.get("/console/forgotten").text
    assert "Ask an administrator for a link" in page and "<form" not in page
    assert (
        house.browser.post(
            "/console/forgotten",
            data={"csrf": hidden(house.browser.get("/console/sign-in").text, "csrf"), "name": "amina"},
        ).status_code
        == 303
    )


@pytest.mark.parametrize(
    "address", ["amina", "a@b@c", "amina@example.org\nBcc: x@example.org", "a b@example.org", "<a@b>"]
)
def test_what_is_no_address_is_not_kept(mediator: House, address: str) -> None:
    assert mediator.post("/console/me/email", email=address, present=PASSWORD).status_code == 422
    assert People(Accounts(mediator.store)).find("amina").email == ""


def test_the_address_for_links_is_changed_by_who_knows_the_password_only(mediator: House) -> None:
    before = People(Accounts(mediator.store)).find("amina").email
    refused = mediator.post("/console/me/email", email="other@example.org", present="not the password")
    assert (refused.status_code, People(Accounts(mediator.store)).find("amina").email) == (422, before)
    done = mediator.post("/console/me/email", email="other@example.org", present=PASSWORD)
    assert (done.status_code, People(Accounts(mediator.store)).find("amina").email) == (303, "other@example.org")
