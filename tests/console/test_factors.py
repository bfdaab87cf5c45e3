"""The second factor: codes, their reuse, recovery codes, what is kept, and who must have one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from bot import tables
from bot.accounts import Accounts, SignInRefused
from bot.model import BussolaError
from bot.people import People
from bot.store import SqlStore
from tests.console.house import PASSWORD, House, hidden

NOON = datetime(2026, 11, 22, 12)


class Telephone:
    """Amina's telephone, connected at noon; her accounts with a clock that stands until it is moved."""

    def __init__(self, store: SqlStore) -> None:
        self.now = NOON
        self.accounts = Accounts(store, lambda: self.now, (b"a secret",))
        self.secret, self.sealed = self.accounts.factors.begin("amina")
        self.recovery_codes = People(self.accounts).add_factor("amina", self.secret, self.code())

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.now.replace(tzinfo=UTC) + timedelta(seconds=30 * steps))

    def sign_in(self, code: str) -> str:
        return self.accounts.complete(self.accounts.sign_in("amina", PASSWORD), code)


@pytest.fixture
def telephone(house: House) -> Telephone:
    return Telephone(house.store)


def test_a_password_alone_is_not_enough_any_more(telephone: Telephone) -> None:
    accounts = telephone.accounts
    waiting = accounts.sign_in("amina", PASSWORD)
    assert (accounts.account(waiting), accounts.waits(waiting)) == (None, True)
    telephone.now += timedelta(seconds=30)
    token = accounts.complete(waiting, telephone.code())
    found = accounts.account(token)
    assert found is not None and (found.name, found.factor) == ("amina", True)
    assert (accounts.account(waiting), accounts.waits(waiting), accounts.waits(token)) == (None, False, False)


def test_a_code_works_once_even_within_its_half_minute(telephone: Telephone) -> None:
    with pytest.raises(SignInRefused):
        telephone.sign_in(telephone.code())  # the one that connected the telephone
    telephone.now += timedelta(seconds=30)
    code = telephone.code()
    telephone.sign_in(code)
    with pytest.raises(SignInRefused):
        telephone.sign_in(code)
    with pytest.raises(SignInRefused):
        telephone.sign_in(telephone.code(-1))  # an older one neither
    telephone.now += timedelta(seconds=30)
    telephone.sign_in(telephone.code())


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(telephone: Telephone, steps: int, right: bool) -> None:
    telephone.now += timedelta(minutes=10)
    if right:
        assert telephone.sign_in(telephone.code(steps))
    else:
        with pytest.raises(SignInRefused):
            telephone.sign_in(telephone.code(steps))


@pytest.mark.parametrize("code", ["", "000000 ", "１２３４５６", "ключ", "1" * 64, "-"])
def test_nonsense_is_no_code(telephone: Telephone, code: str) -> None:
    with pytest.raises(SignInRefused):
        telephone.sign_in(code)


def test_ten_recovery_codes_work_once_each_however_they_are_typed(telephone: Telephone) -> None:
    codes = telephone.recovery_codes
    assert len(set(codes)) == 10
    telephone.sign_in(codes[0])
    telephone.sign_in(codes[1].upper().replace("-", " "))
    for used in codes[:2]:
        with pytest.raises(SignInRefused):
            telephone.sign_in(used)
    made = People(telephone.accounts).recovery_codes("amina", PASSWORD)
    with pytest.raises(SignInRefused):
        telephone.sign_in(codes[2])  # the old ones are worth nothing
    telephone.sign_in(made[0])


def test_the_right_password_does_not_buy_endless_guesses(telephone: Telephone) -> None:
    telephone.now += timedelta(minutes=1)
    wrong, tried = f"{(int(telephone.code()) + 1) % 1_000_000:06}", 0
    for _ in range(20):
        with pytest.raises(SignInRefused):
            waiting = telephone.accounts.sign_in("amina", PASSWORD)
            tried += 1
            telephone.accounts.complete(waiting, wrong)
    assert tried == 6
    with pytest.raises(SignInRefused):
        telephone.sign_in(telephone.code())
    telephone.now += timedelta(minutes=16)
    assert telephone.sign_in(telephone.code())


def test_one_password_does_not_buy_endless_guesses_either(telephone: Telephone) -> None:
    telephone.now += timedelta(minutes=1)
    waiting = telephone.accounts.sign_in("amina", PASSWORD)
    for _ in range(6):
        with pytest.raises(SignInRefused):
            telephone.accounts.complete(waiting, "000000000")
    with pytest.raises(SignInRefused):
        telephone.accounts.complete(waiting, telephone.code())


def test_the_step_between_password_and_code_ends_after_five_minutes(telephone: Telephone) -> None:
    waiting = telephone.accounts.sign_in("amina", PASSWORD)
    telephone.now += timedelta(minutes=5)
    with pytest.raises(SignInRefused):
        telephone.accounts.complete(waiting, telephone.code())


def test_neither_the_secret_nor_a_code_can_be_read_in_the_database(telephone: Telephone, tmp_path: Path) -> None:
    files = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite3*"))
    assert b"amina" in files
    assert telephone.secret.encode() not in files
    assert [code for code in telephone.recovery_codes if code.encode() in files] == []
    assert [code for code in telephone.recovery_codes if code.replace("-", "").encode() in files] == []


def test_with_another_secret_of_the_installation_recovery_codes_still_open(telephone: Telephone) -> None:
    other = Accounts(telephone.accounts.store, lambda: telephone.now, (b"another secret",))
    with pytest.raises(BussolaError, match="BUSSOLA_SECRET"):
        other.complete(other.sign_in("amina", PASSWORD), telephone.code())
    assert other.complete(other.sign_in("amina", PASSWORD), telephone.recovery_codes[0])


def test_after_a_change_of_the_secret_telephones_go_on(telephone: Telephone) -> None:
    telephone.now += timedelta(seconds=30)
    now = (b"a new secret", b"a secret")
    changed = Accounts(telephone.accounts.store, lambda: telephone.now, now)
    assert changed.complete(changed.sign_in("amina", PASSWORD), telephone.code())


def test_a_sealed_secret_is_for_one_account_and_not_for_ever(telephone: Telephone) -> None:
    factors = telephone.accounts.factors
    assert factors.unseal("amina", telephone.sealed) == telephone.secret
    assert factors.unseal("vito", telephone.sealed) is None
    assert factors.unseal("amina", telephone.sealed[:-2]) is None
    assert factors.unseal("amina", "ключ") is None


# ---- in the console --------------------------------------------------------------------------------------------------


def _connect(house: House) -> tuple[str, list[str]]:
    """Connects a telephone through the pages: (its secret, the recovery codes)."""
    page = house.browser.get("/console/me/second-factor").text
    found = re.search(r'<code dir="ltr">([A-Z2-7 ]+)</code>', page)
    assert found is not None and 'src="data:image/svg+xml' in page
    secret = found[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(int(time.time()) - 30)
    done = house.post("/console/me/second-factor", sealed=hidden(page, "sealed"), code=code)
    assert done.status_code == 200
    return secret, re.findall(r"<li><code>([0-9a-f-]+)</code>", done.text)


def test_a_person_connects_a_telephone_signs_in_with_it_and_disconnects_it(mediator: House) -> None:
    secret, codes = _connect(mediator)
    assert len(codes) == 10
    browser = mediator.new_browser()
    assert mediator.sign_in("amina", browser=browser) == 303
    assert browser.get("/console").headers["location"] == "/console/sign-in"
    page = browser.get("/console/sign-in/code")
    wrong = browser.post("/console/sign-in/code", data={"csrf": hidden(page.text, "csrf"), "code": "000000000"})
    assert wrong.status_code == 401 and "This code is not right" in wrong.text
    right = {"csrf": hidden(wrong.text, "csrf"), "code": pyotp.TOTP(secret).at(int(time.time()) + 30)}
    assert browser.post("/console/sign-in/code", data=right).headers["location"] == "/console"
    assert browser.get("/console").status_code == 200
    refused = mediator.post("/console/me/second-factor/remove", browser, present="a wrong password")
    assert refused.status_code == 422 and "The password is not right" in refused.text
    assert mediator.post("/console/me/second-factor/remove", browser, present=PASSWORD).status_code == 303
    assert mediator.sign_in("amina", browser=mediator.new_browser()) == 303
    assert mediator.audit() == [
        ("amina", "sign in"),
        ("amina", "set up second factor"),
        ("amina", "sign in failed"),
        ("amina", "sign in"),
        ("amina", "remove second factor"),
        ("amina", "sign in"),
    ]


def test_a_wrong_first_code_shows_the_same_picture_again(mediator: House) -> None:
    page = mediator.browser.get("/console/me/second-factor").text
    sealed = hidden(page, "sealed")
    again = mediator.post("/console/me/second-factor", sealed=sealed, code="000000000")
    assert again.status_code == 422 and hidden(again.text, "sealed") == sealed
    with mediator.store.engine.connect() as connection:
        assert connection.execute(select(tables.account.c.factor)).scalars().all() == [None] * 4


def test_a_second_telephone_does_not_push_the_first_one_out(mediator: House) -> None:
    sealed = hidden(mediator.browser.get("/console/me/second-factor").text, "sealed")
    secret, _ = _connect(mediator)
    assert mediator.browser.get("/console/me/second-factor").headers["location"] == "/console/me"
    assert mediator.post("/console/me/second-factor", sealed=sealed, code=pyotp.TOTP(secret).now()).status_code == 403


@pytest.fixture
def strict(prepared: Path, tmp_path: Path) -> Iterator[House]:
    house = House(prepared, tmp_path, second_factor="editors")
    yield house
    house.store.engine.dispose()


@pytest.mark.parametrize(("name", "location"), [("ada", "/console/me/second-factor"), ("elena", "/console/me/second-factor"),
                                                ("amina", None), ("vito", None)])  # fmt: skip
def test_where_it_is_demanded_of_editors_they_set_it_up_first(strict: House, name: str, location: str | None) -> None:
    assert strict.sign_in(name) == 303
    assert strict.browser.get("/console").headers.get("location") == location


def test_until_then_nothing_is_published_and_afterwards_everything_opens(strict: House) -> None:
    strict.sign_in("elena")
    fields = {"title": "X", "answer": "Y", "base_version": "1"}
    assert strict.post("/console/entries/health/card/it", **fields).status_code == 403
    _connect(strict)
    assert strict.browser.get("/console").status_code == 200
    assert strict.post("/console/entries/health/card/it", **fields).status_code == 303
