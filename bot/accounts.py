"""Accounts of mediators: passwords, signing in and out, and who did it when."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot import tables as t
from bot.model import BussolaError

ROLES = ("admin", "mediator", "viewer")
SIGNED_IN_FOR, LOCKED_FOR = timedelta(hours=8), timedelta(minutes=15)
_FAILURES, _LEAST, _MOST, _PATIENCE = 5, 12, 1024, 5.0
_NOBODY = "?"  # the name of a failed attempt on no account: people type passwords into the name field


class Database(Protocol):
    """What accounts need of the store."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end, or not at all."""


class SignInRefused(BussolaError):
    """The one answer to an unknown name, a wrong password and a locked account: it must not tell which."""

    def __init__(self) -> None:
        super().__init__(
            "the name or the password is not right, or there were too many attempts",
            "sign in",
            f"check both; after {_FAILURES} failures wait {LOCKED_FOR.seconds // 60} minutes",
        )


class Accounts:
    """Who may use the console. Every method is one or two transactions on the store's database."""

    def __init__(self, store: Database, now: Callable[[], datetime] | None = None) -> None:
        self._store = store
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None))
        # OWASP's second choice (19 MiB, two passes), one at a time: a flood of attempts must not eat a 2 GB server.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._one = threading.Lock()
        self._decoy = self._hasher.hash(secrets.token_hex())

    def create(self, name: str, password: str, role: str) -> None:
        """Makes an account. Raises BussolaError for a name that is taken or empty, a short password, an unknown role."""
        name = name.strip()
        if not 1 <= len(name) <= 80 or name == _NOBODY:
            raise BussolaError("the name must have 1 to 80 characters", "account", "choose another name")
        if not _LEAST <= len(password) <= _MOST:
            raise BussolaError(
                f"the password must have at least {_LEAST} characters",
                "account",
                "choose a longer one: a short sentence is good",
            )
        if role not in ROLES:
            raise BussolaError(f"unknown role {role!r}", "account", f"use one of {', '.join(ROLES)}")
        digest = self._hasher.hash(_normal(password))
        try:
            with self._store.transaction() as connection:
                connection.execute(insert(t.account).values(name=name, role=role, password_hash=digest, failures=0))
                self._audit(connection, name, "create account", role)
        except IntegrityError as error:
            raise BussolaError(f"the name {name!r} is taken", "account", "choose another name") from error

    def sign_in(self, name: str, password: str) -> str:
        """A new token for the right name and password; only its hash is kept. Raises SignInRefused otherwise."""
        name = name.strip()[:80]
        digest = self._attempt(name)
        right = self._verify(digest or self._decoy, password) and digest is not None
        token = secrets.token_urlsafe(32)
        with self._store.transaction() as connection:
            if right:
                connection.execute(
                    update(t.account).where(t.account.c.name == name).values(failures=0, locked_until=None)
                )
                connection.execute(delete(t.sign_in).where(t.sign_in.c.expires <= self._now()))
                connection.execute(
                    insert(t.sign_in).values(
                        token_hash=_hash(token),
                        account=name,
                        csrf=secrets.token_hex(32),
                        expires=self._now() + SIGNED_IN_FOR,
                    )
                )
                self._audit(connection, name, "sign in")
            else:
                known = connection.execute(select(t.account.c.name).where(t.account.c.name == name)).scalar()
                self._audit(connection, known or _NOBODY, "sign in failed")
        if not right:
            raise SignInRefused
        return token

    def account(self, token: str) -> tuple[str, str, str] | None:
        """(name, role, csrf) of whoever holds this token; None when it is unknown or has expired."""
        query = (
            select(t.account.c.name, t.account.c.role, t.sign_in.c.csrf)
            .join(t.account, t.account.c.name == t.sign_in.c.account)
            .where(t.sign_in.c.token_hash == _hash(token), t.sign_in.c.expires > self._now())
        )
        with self._store.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return (row.name, row.role, row.csrf) if row else None

    def sign_out(self, token: str) -> None:
        """Ends a sign-in; an unknown token is nothing to do."""
        with self._store.transaction() as connection:
            name = connection.execute(
                select(t.sign_in.c.account).where(t.sign_in.c.token_hash == _hash(token))
            ).scalar()
            if name:
                connection.execute(delete(t.sign_in).where(t.sign_in.c.token_hash == _hash(token)))
                self._audit(connection, name, "sign out")

    def _attempt(self, name: str) -> str | None:
        """The password hash of an account that is not locked. The attempt counts as a failure before it is checked (the
        right password takes it back): otherwise many guesses sent at once would all be checked before any is counted."""
        now = self._now()
        this = t.account.c.name == name
        with self._store.transaction() as connection:
            counted = connection.execute(
                update(t.account)
                .where(this, or_(t.account.c.locked_until.is_(None), t.account.c.locked_until <= now))
                .values(failures=t.account.c.failures + 1, locked_until=None)
            )
            row = connection.execute(select(t.account.c.password_hash, t.account.c.failures).where(this)).one_or_none()
            if row is None or not counted.rowcount:
                return None
            if row.failures >= _FAILURES:
                connection.execute(update(t.account).where(this).values(failures=0, locked_until=now + LOCKED_FOR))
        return str(row.password_hash)

    def _verify(self, digest: str, password: str) -> bool:
        if not self._one.acquire(timeout=_PATIENCE):
            raise BussolaError("too many people are signing in at this moment", "sign in", "try again in a minute")
        try:
            return self._hasher.verify(digest, _normal(password[:_MOST]))
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._one.release()

    def _audit(self, connection: Connection, name: str, action: str, detail: str = "") -> None:
        connection.execute(insert(t.audit).values(at=self._now(), account=name, action=action, detail=detail))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _normal(password: str) -> str:
    """One form for the accents that keyboards compose differently (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
