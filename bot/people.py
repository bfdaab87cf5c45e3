"""What is done to accounts once they are there: by an admin to anybody's, by each person to their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, false, or_, select, update

from bot import tables as t
from bot.accounts import PASSWORD_WRONG, Accounts, hashed
from bot.model import BussolaError
from bot.roles import ROLES, roles_that
from bot.sentences import mark

GONE = mark("There is no such account.")
LAST_ADMIN = mark("This is the last administrator. Make somebody else an administrator first.")
CODE_WRONG = mark(
    "This code is not right, or it was used before. Wait for the next one, and check the clock of your telephone."
)
EMAIL_WRONG = mark("This is not an e-mail address.")
_EMAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,180}")


@dataclass(frozen=True, slots=True)
class Person:
    """An account as an admin sees it."""

    name: str
    role: str
    locales: tuple[str, ...]
    places: tuple[str, ...]
    email: str
    disabled: bool
    factor: bool
    elsewhere: bool
    signed_in: int
    language: str | None = None


class People:
    """Verbs on accounts. Each is one transaction that writes the audit; `by` is who does it."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts, self._store = accounts, accounts.store

    def all(self) -> list[Person]:
        """Every account, by name."""
        with self._store.transaction() as connection:
            rows = connection.execute(select(t.account).order_by(t.account.c.name)).all()
            query = select(t.sign_in.c.account).where(
                t.sign_in.c.expires > self._accounts.now(), t.sign_in.c.waiting == false()
            )
            holding = list(connection.execute(query).scalars())
        return [
            Person(row.name, row.role, tuple(row.locales), tuple(row.places), row.email or "", row.disabled,
                   row.factor is not None, row.subject is not None, holding.count(row.name), row.language)
            for row in rows
        ]  # fmt: skip

    def find(self, name: str) -> Person:
        """One account. Raises BussolaError when there is none of this name."""
        found = next((person for person in self.all() if person.name == name), None)
        if found is None:
            raise BussolaError(GONE, "account")
        return found

    def change(self, name: str, role: str, locales: Sequence[str], places: Sequence[str], by: str) -> None:
        """Gives another role and other limits; who administers no more loses the links they made. Raises
        BussolaError for an unknown role, or the last admin's."""
        if role not in ROLES:
            raise BussolaError(f"unknown role {role!r}", "account", f"use one of {', '.join(ROLES)}")
        limits = ", ".join((*locales, *places)) or "no limits"
        values: dict[str, object] = {"role": role, "locales": list(locales), "places": list(places)}
        self._write(name, values, by, "change account", f"{name}: {role}, {limits}")

    def disable(self, name: str, by: str, disabled: bool = True) -> None:
        """Lets an account in no more, or again. Raises BussolaError for the last admin's."""
        self._write(
            name, {"disabled": disabled}, by, "disable account" if disabled else "enable account", name, disabled
        )

    def end_sign_ins(self, name: str, by: str, but: str = "") -> None:
        """Signs an account out everywhere; `but` names a token that stays."""
        with self._store.transaction() as connection:
            self._end(connection, name, but)
            self._accounts.audit(connection, by, "end sign-ins", name)

    def language(self, name: str, locale: str | None) -> None:
        """Keeps the language of the console; None: the browser's."""
        self._write(name, {"language": locale}, name, "choose language", locale or "the browser's")

    def email(self, name: str, address: str, present: str) -> None:
        """Keeps or forgets (empty) the address for links to a new password, for who knows the present one: such a link
        opens the account. Raises BussolaError for a wrong password and for what is no address."""
        address = address.strip()
        if address and not _EMAIL.fullmatch(address):
            raise BussolaError(EMAIL_WRONG, "account")
        self._proved(name, present)
        self._write(name, {"email": address or None}, name, "change e-mail address")

    def password(self, name: str, present: str, new: str, token: str) -> None:
        """A new password for who knows the present one; every other sign-in and every link to it ends. Raises BussolaError otherwise."""
        digest = self._proved(name, present, new)
        with self._store.transaction() as connection:
            connection.execute(update(t.account).where(t.account.c.name == name).values(password_hash=digest))
            self._end(connection, name, token)
            connection.execute(delete(t.invitation).where(t.invitation.c.account == name))
            self._accounts.audit(connection, name, "change password")

    def add_factor(self, name: str, secret: str, code: str) -> list[str]:
        """Sets a second factor up and returns the recovery codes. Raises BussolaError for a wrong code."""
        with self._store.transaction() as connection:
            codes = self._accounts.factors.keep(connection, name, secret, code)
            if codes is None:
                raise BussolaError(CODE_WRONG, "account")
            self._accounts.audit(connection, name, "set up second factor")
        return codes

    def recovery_codes(self, name: str, present: str) -> list[str]:
        """Ten new recovery codes for who knows the password. Raises BussolaError otherwise."""
        self._proved(name, present)
        with self._store.transaction() as connection:
            codes = self._accounts.factors.new_recovery_codes(connection, name)
            self._accounts.audit(connection, name, "new recovery codes")
        return codes

    def remove_factor(self, name: str, by: str, present: str | None = None) -> None:
        """Takes the second factor away: an admin from anybody whose telephone is lost, or a person (with their password,
        `present`) from themselves. Raises BussolaError for a wrong password."""
        if present is not None:
            self._proved(name, present)
        with self._store.transaction() as connection:
            self._accounts.factors.remove(connection, name)
            self._accounts.audit(connection, by, "remove second factor", name)

    def _proved(self, name: str, present: str, new: str | None = None) -> str:
        digest = self._accounts.digest(new) if new is not None else ""
        if not self._accounts.proves(name, present):
            raise BussolaError(PASSWORD_WRONG, "account")
        return digest

    def _end(self, connection: Connection, name: str, but: str = "") -> None:
        connection.execute(delete(t.sign_in).where(t.sign_in.c.account == name, t.sign_in.c.token_hash != hashed(but)))

    def _write(self, name: str, values: dict[str, object], by: str, action: str, detail: str = "", end: bool = False) -> None:  # fmt: skip
        admins = select(t.account.c.name).where(t.account.c.role == "admin", t.account.c.disabled == false())
        with self._store.transaction() as connection:
            before = connection.execute(admins.with_for_update()).all()
            if not connection.execute(update(t.account).where(t.account.c.name == name).values(**values)).rowcount:
                raise BussolaError(GONE, "account")
            if before and not connection.execute(admins).all():
                raise BussolaError(LAST_ADMIN, "account")  # which takes the change back
            if "role" in values and values["role"] not in roles_that("administer"):
                connection.execute(delete(t.invitation).where(t.invitation.c.made_by == name))
            if end:  # with it go the links that it handed out, and those to it
                self._end(connection, name)
                links = or_(t.invitation.c.made_by == name, t.invitation.c.account == name)
                connection.execute(delete(t.invitation).where(links))
            self._accounts.audit(connection, by, action, detail)
