"""Accounts of those who work in the console: passwords, signing in and out, and who did it when."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, case, delete, false, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot import tables as t
from bot.factors import Factors
from bot.model import BussolaError
from bot.roles import ROLES
from bot.sentences import mark

SIGNED_IN_FOR, LOCKED_FOR = timedelta(hours=8), timedelta(minutes=15)
_CODE_WITHIN = timedelta(minutes=5)
_FAILURES, _LEAST, _MOST, _PATIENCE = 5, 12, 1024, 5.0
_NOBODY = "?"  # the name of a failed attempt on no account: people type passwords into the name field
NAME_WRONG = mark("The name must have 1 to 80 characters. Choose another name.")
NAME_TAKEN = mark("This name is taken. Choose another name.")
PASSWORD_SHORT = mark("The password must have at least 12 characters. A short sentence is good.")
PASSWORD_WRONG = mark("The password is not right. After five failures wait fifteen minutes.")


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


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who holds a token. `csrf` stands in each of their forms; `elsewhere`: they came from a municipality's sign-on."""

    name: str
    role: str
    csrf: str
    locales: tuple[str, ...]
    places: tuple[str, ...]
    language: str | None
    factor: bool
    elsewhere: bool


class Accounts:
    """Who may use the console. Every method is one or two transactions on the store's database."""

    def __init__(
        self, store: Database, now: Callable[[], datetime] | None = None, installation: Sequence[bytes] = ()
    ) -> None:
        """`installation`: its secret and those before it, without which there are no second factors."""
        self.store = store
        self.now = now or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self.factors = Factors(installation, self.now)
        # OWASP's second choice (19 MiB, two passes), one at a time: a flood of attempts must not eat a 2 GB server.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._one = threading.Lock()
        self._decoy = self._hasher.hash(secrets.token_hex())

    def create(self, name: str, password: str, role: str) -> None:
        """Makes an account. Raises BussolaError for a name that is taken or empty, a short password, an unknown role."""
        if role not in ROLES:
            raise BussolaError(f"unknown role {role!r}", "account", f"use one of {', '.join(ROLES)}")
        digest = self.digest(password)
        with self.store.transaction() as connection:
            self.add(connection, name, digest, role)

    def add(self, connection: Connection, name: str, digest: str, role: str, locales: Sequence[str] = (),
            places: Sequence[str] = (), subject: str | None = None, by: str = "") -> str:  # fmt: skip
        """Writes an account inside a transaction and returns its name. Raises BussolaError for a name that is taken, too
        long or empty. An empty `digest` is a password that nothing matches."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= 80 or name == _NOBODY:
            raise BussolaError(NAME_WRONG, "account")
        try:
            connection.execute(
                insert(t.account).values(name=name, role=role, password_hash=digest, failures=0, subject=subject,
                                         locales=list(locales), places=list(places), disabled=False, factor_step=0)
            )  # fmt: skip
        except IntegrityError as error:
            raise BussolaError(NAME_TAKEN, "account") from error
        self.audit(connection, by or name, "create account", f"{name}: {role or 'no role'}" if by else role)
        return name

    def digest(self, password: str) -> str:
        """The hash of a new password. Raises BussolaError for one that is too short."""
        if not _LEAST <= len(password) <= _MOST:
            raise BussolaError(PASSWORD_SHORT, "account")
        return self._hasher.hash(_normal(password))

    # ---- in and out --------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> str:
        """A new token for the right name and password; only its hash is kept. With a second factor the token is not good
        for anything but `complete`. Raises SignInRefused otherwise."""
        name = " ".join(name.split())[:80]
        digest = self._attempt(name)
        right = self._verify(digest or self._decoy, password) and bool(digest)
        with self.store.transaction() as connection:
            known = connection.execute(select(t.account).where(t.account.c.name == name)).one_or_none()
            if right and known and not known.disabled:
                self._take_back(connection, name, only_this=bool(known.factor))
                token = self._issue(connection, name, waiting=bool(known.factor))
                if not known.factor:
                    self.audit(connection, name, "sign in")
            else:
                token = ""
                self.audit(connection, known.name if known else _NOBODY, "sign in failed")
        if not token:
            raise SignInRefused
        return token

    def waits(self, token: str) -> bool:
        """Whether this token still waits for the code of a second factor."""
        query = select(t.sign_in.c.account).where(
            t.sign_in.c.token_hash == hashed(token), t.sign_in.c.waiting, t.sign_in.c.expires > self.now()
        )
        with self.store.transaction() as connection:
            return connection.execute(query).scalar() is not None

    def complete(self, token: str, code: str) -> str:
        """The token of a complete sign-in, for one that waits and the right code. Raises SignInRefused otherwise. A wrong
        code counts as a failure like a wrong password."""
        this = t.sign_in.c.token_hash == hashed(token)
        with self.store.transaction() as connection:
            name = connection.execute(
                select(t.sign_in.c.account).where(this, t.sign_in.c.waiting, t.sign_in.c.expires > self.now())
            ).scalar()
        if name is None or self._attempt(name) is None:
            raise SignInRefused
        with self.store.transaction() as connection:
            kind = self.factors.accept(connection, name, code)
            if kind:
                self._take_back(connection, name)
                connection.execute(delete(t.sign_in).where(this))
                complete = self._issue(connection, name)
                self.audit(connection, name, "sign in", f"with {kind}")
            else:
                self.audit(connection, name, "sign in failed", "second factor")
        if not kind:
            raise SignInRefused
        return complete

    def enter(self, subject: str, name: str, role: str) -> str:
        """A token for somebody whom a municipality's sign-on sent: `subject` is who they are there, for ever; `name` and
        `role` are for the first time. Raises SignInRefused when an admin has disabled the account."""
        with self.store.transaction() as connection:
            known = connection.execute(select(t.account).where(t.account.c.subject == subject)).one_or_none()
            if known is not None and known.disabled:
                raise SignInRefused
            found = known.name if known else self._new(connection, subject, name, role)
            token = self._issue(connection, found, elsewhere=True)
            self.audit(connection, found, "sign in", "at the sign-on")
        return token

    def _new(self, connection: Connection, subject: str, name: str, role: str) -> str:
        """An account for a stranger. A name that somebody here has already is never theirs: it gets a number."""
        name = " ".join(name.split())[:70] or "person"
        names = {known.lower() for known in connection.execute(select(t.account.c.name)).scalars()} | {_NOBODY}
        free = next(
            made for number in range(1, 10_000) if (made := f"{name} ({number})" if number > 1 else name).lower() not in names
        )
        return self.add(connection, free, "", role, subject=subject)

    def account(self, token: str) -> SignedIn | None:
        """Whoever holds this token; None when it is unknown, has expired or still waits for a second factor."""
        query = (
            select(t.account, t.sign_in.c.csrf, t.sign_in.c.elsewhere)
            .join(t.account, t.account.c.name == t.sign_in.c.account)
            .where(t.sign_in.c.token_hash == hashed(token), t.sign_in.c.expires > self.now())
            .where(t.sign_in.c.waiting == false(), t.account.c.disabled == false())
        )
        with self.store.transaction() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return SignedIn(row.name, row.role, row.csrf, tuple(row.locales), tuple(row.places), row.language,
                        row.factor is not None, row.elsewhere)  # fmt: skip

    def sign_out(self, token: str) -> None:
        """Ends a sign-in; an unknown token is nothing to do."""
        this = t.sign_in.c.token_hash == hashed(token)
        with self.store.transaction() as connection:
            name = connection.execute(select(t.sign_in.c.account).where(this)).scalar()
            if name:
                connection.execute(delete(t.sign_in).where(this))
                self.audit(connection, name, "sign out")

    # ---- what the neighbours use -------------------------------------------------------------------------------------

    def proves(self, name: str, password: str) -> bool:
        """Whether this is the account's password: asked again before what a stranger at an open screen must not do.
        Failures count as in signing in."""
        digest = self._attempt(name)
        right = self._verify(digest or self._decoy, password) and bool(digest)
        if right:
            with self.store.transaction() as connection:
                self._take_back(connection, name)
        return right

    def audit(self, connection: Connection, name: str, action: str, detail: str = "") -> None:
        """Writes a line of the audit log."""
        connection.execute(insert(t.audit).values(at=self.now(), account=name, action=action, detail=detail))

    def _issue(self, connection: Connection, name: str, waiting: bool = False, elsewhere: bool = False) -> str:
        token = secrets.token_urlsafe(32)
        connection.execute(delete(t.sign_in).where(t.sign_in.c.expires <= self.now()))
        connection.execute(
            insert(t.sign_in).values(
                token_hash=hashed(token),
                account=name,
                csrf=secrets.token_hex(32),
                expires=self.now() + (_CODE_WITHIN if waiting else SIGNED_IN_FOR),
                waiting=waiting,
                elsewhere=elsewhere,
            )
        )
        return token

    def _attempt(self, name: str) -> str | None:
        """The password hash of an account that is not locked. The attempt counts as a failure before it is checked (the
        right password takes it back): otherwise many guesses sent at once would all be checked before any is counted."""
        now = self.now()
        this = t.account.c.name == name
        with self.store.transaction() as connection:
            counted = connection.execute(
                update(t.account)
                .where(this, or_(t.account.c.locked_until.is_(None), t.account.c.locked_until <= now))
                .values(failures=t.account.c.failures + 1, locked_until=None)
            )
            row = connection.execute(select(t.account).where(this)).one_or_none()
            if row is None or not counted.rowcount:
                return None
            # A whole sign-in with a second factor is two attempts: the first is taken back only when it was right.
            if row.failures >= _FAILURES + (row.factor is not None):
                connection.execute(update(t.account).where(this).values(failures=0, locked_until=now + LOCKED_FOR))
        return str(row.password_hash)

    def _take_back(self, connection: Connection, name: str, only_this: bool = False) -> None:
        """Forgives failures. With a second factor still to come only the present attempt is forgiven, and no lock: the
        right password must not buy endless guesses at codes."""
        failures = t.account.c.failures
        changes = {"failures": case((failures > 0, failures - 1), else_=0)} if only_this else \
                  {"failures": 0, "locked_until": None}  # fmt: skip
        connection.execute(update(t.account).where(t.account.c.name == name).values(**changes))

    def _verify(self, digest: str, password: str) -> bool:
        if not self._one.acquire(timeout=_PATIENCE):
            raise BussolaError("too many people are signing in at this moment", "sign in", "try again in a minute")
        try:
            return self._hasher.verify(digest, _normal(password[:_MOST]))
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._one.release()


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _normal(password: str) -> str:
    """One form for the accents that keyboards compose differently (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
