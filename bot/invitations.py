"""One-time links: to a new account, and to a new password for one that is there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from bot import tables as t
from bot.accounts import NAME_TAKEN, Accounts, hashed
from bot.model import BussolaError
from bot.roles import ROLES
from bot.sentences import mark

BY_HAND, BY_EMAIL = timedelta(days=7), timedelta(hours=1)
_AGAIN_AFTER = timedelta(minutes=15)
USED = mark("This link is no longer valid: it was used, or it is too old. Ask an administrator for a new one.")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is good for: a new account, or (when `account` is named) a new password for it."""

    id: str
    account: str | None
    role: str
    locales: tuple[str, ...]
    places: tuple[str, ...]
    made_by: str
    expires: datetime


class Invitations:
    """Verbs on one-time links. Only a link's hash is kept."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts, self._store = accounts, accounts.store

    def invite(self, role: str, locales: Sequence[str], places: Sequence[str], by: str) -> str:
        """The token of a link to a new account, good for seven days. Raises BussolaError for an unknown role."""
        if role not in ROLES:
            raise BussolaError(f"unknown role {role!r}", "account", f"use one of {', '.join(ROLES)}")
        return self._make(None, role, locales, places, by, BY_HAND, "invite")

    def reset(self, name: str, by: str) -> str:
        """The token of a link to a new password, for an admin to hand over; good for seven days."""
        return self._make(name, "", (), (), by, BY_HAND, "make reset link")

    def forgotten(self, said: str) -> list[tuple[str, str]]:
        """(e-mail address, token) for each account of this name or address that has an address; usually one or none. A
        second request within a quarter of an hour makes nothing: nobody's mailbox is to be flooded."""
        said = " ".join(said.split())[:254]
        query = select(t.account.c.name, t.account.c.email).where(
            or_(t.account.c.name == said, func.lower(t.account.c.email) == said.lower()),
            t.account.c.email.is_not(None),
            t.account.c.disabled.is_(False),
            t.account.c.subject.is_(None),
        )
        recent = select(t.invitation.c.account).where(
            t.invitation.c.made > self._accounts.now() - _AGAIN_AFTER, t.invitation.c.account.is_not(None)
        )
        with self._store.transaction() as connection:
            found, made = connection.execute(query.limit(3)).all(), set(connection.execute(recent).scalars())
        return [
            (row.email, self._make(row.name, "", (), (), row.name, BY_EMAIL, "ask for reset link"))
            for row in found
            if row.name not in made
        ]

    def find(self, token: str) -> Invitation | None:
        """What a link is good for; None when it was used or is too old."""
        query = select(t.invitation).where(
            t.invitation.c.token_hash == hashed(token), t.invitation.c.expires > self._accounts.now()
        )
        with self._store.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return _invitation(row) if row else None

    def open(self) -> list[Invitation]:
        """Links that nobody has used yet, the newest first."""
        query = select(t.invitation).where(t.invitation.c.expires > self._accounts.now())
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(t.invitation.c.expires.desc())).all()
        return [_invitation(row) for row in rows]

    def withdraw(self, id: str, by: str) -> None:
        """Makes a link worth nothing; one that is used or too old already is nothing to do."""
        with self._store.transaction() as connection:
            row = connection.execute(select(t.invitation).where(t.invitation.c.token_hash == id)).one_or_none()
            if row:
                connection.execute(delete(t.invitation).where(t.invitation.c.token_hash == id))
                self._accounts.audit(connection, by, "withdraw link", row.account or row.role)

    def use(self, token: str, name: str, password: str) -> str:
        """Makes the account, or sets the new password and ends the sign-ins of the old one; returns the account's name.
        The link is good for nothing afterwards. Raises BussolaError for a used link, a taken name, a short password."""
        invitation = self.find(token)
        if invitation is None:  # before the hashing, which is dear: strangers get none of it
            raise BussolaError(USED, "account")
        digest = self._accounts.digest(password)
        with self._store.transaction() as connection:
            # First of all it is taken away: of two who use it at once, only one finds it.
            taken = connection.execute(delete(t.invitation).where(t.invitation.c.token_hash == hashed(token)))
            if not taken.rowcount:
                raise BussolaError(USED, "account")
            if invitation.account is None:
                alike = func.lower(t.account.c.name) == " ".join(name.split()).lower()
                if connection.execute(select(t.account.c.name).where(alike)).first():
                    raise BussolaError(NAME_TAKEN, "account")
                return self._accounts.add(connection, name, digest, invitation.role, invitation.locales, invitation.places,
                                          by=invitation.made_by)  # fmt: skip
            connection.execute(
                update(t.account)
                .where(t.account.c.name == invitation.account)
                .values(password_hash=digest, failures=0, locked_until=None)
            )
            connection.execute(delete(t.sign_in).where(t.sign_in.c.account == invitation.account))
            connection.execute(delete(t.invitation).where(t.invitation.c.account == invitation.account))
            self._accounts.audit(connection, invitation.account, "change password", "with a link")
        return invitation.account

    def _make(self, account: str | None, role: str, locales: Sequence[str], places: Sequence[str], by: str,
              good_for: timedelta, action: str) -> str:  # fmt: skip
        token, now = secrets.token_urlsafe(32), self._accounts.now()
        with self._store.transaction() as connection:
            connection.execute(delete(t.invitation).where(t.invitation.c.expires <= now))
            connection.execute(
                insert(t.invitation).values(
                    token_hash=hashed(token), account=account, role=role, locales=list(locales), places=list(places),
                    made_by=by, made=now, expires=now + good_for,
                )
            )  # fmt: skip
            limits = ", ".join((*locales, *places))
            self._accounts.audit(connection, by, action, account or f"{role} {limits}".strip())
        return token


def _invitation(row: Any) -> Invitation:
    return Invitation(
        row.token_hash, row.account, row.role, tuple(row.locales), tuple(row.places), row.made_by, row.expires
    )
