"""The second factor: codes of a telephone (TOTP), each good for one sign-in, and recovery codes for a lost telephone."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from bot import tables as t
from bot.cipher import Cipher, Unreadable
from bot.model import BussolaError

_STEP, _RECOVERY_CODES, _PATIENCE = 30, 10, 15 * 60


class Factors:
    """What is kept of second factors: the telephone's secret encrypted with a key of the installation's, recovery codes
    as hashes. Methods work inside a transaction of the caller's."""

    def __init__(self, secrets: Sequence[bytes], now: Callable[[], datetime]) -> None:
        self._secrets, self._now = secrets, now

    def begin(self, name: str) -> tuple[str, str]:
        """(secret to type, sealed): a new secret for a telephone. Nothing is kept until a first code proves that it
        arrived there; until then it travels, sealed, with the form."""
        secret = pyotp.random_base32()
        return secret, self._cipher().seal(json.dumps([name, secret]))

    def address(self, name: str, secret: str) -> str:
        """What the picture for the telephone's camera says."""
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Bussola")

    def unseal(self, name: str, sealed: str) -> str | None:
        """The secret that `begin` sealed for this account within the last quarter of an hour; None for anything else."""
        try:
            owner, secret = json.loads(self._cipher().open(sealed, within=_PATIENCE))
        except (Unreadable, ValueError):
            return None
        return str(secret) if owner == name else None

    def keep(self, connection: Connection, name: str, secret: str, code: str) -> list[str] | None:
        """Sets the factor up and returns the recovery codes, which are shown once; None when the code is not right."""
        step = self._step(secret, code, after=0)
        if step is None:
            return None
        sealed = self._cipher().seal(secret)
        connection.execute(update(t.account).where(t.account.c.name == name).values(factor=sealed, factor_step=step))
        return self.new_recovery_codes(connection, name)

    def new_recovery_codes(self, connection: Connection, name: str) -> list[str]:
        """Ten new codes; the old ones are worth nothing any more."""
        codes = [_grouped(secrets.token_hex(10)) for _ in range(_RECOVERY_CODES)]
        connection.execute(delete(t.recovery_code).where(t.recovery_code.c.account == name))
        connection.execute(insert(t.recovery_code), [{"account": name, "hash": _hash(code)} for code in codes])
        return codes

    def accept(self, connection: Connection, name: str, code: str) -> str:
        """What the code was: "code", "recovery code", or "" when it is not right or was used before."""
        row = connection.execute(
            select(t.account.c.factor, t.account.c.factor_step).where(t.account.c.name == name)
        ).one_or_none()
        if row is None or not row.factor:
            return ""
        used = connection.execute(
            delete(t.recovery_code).where(t.recovery_code.c.account == name, t.recovery_code.c.hash == _hash(code))
        )
        if used.rowcount:
            return "recovery code"
        step = self._step(self._open(row.factor), code, row.factor_step)
        if step is None:
            return ""
        # The condition again, in the database: of two requests with one code, only the first gets in.
        changed = connection.execute(
            update(t.account).where(t.account.c.name == name, t.account.c.factor_step < step).values(factor_step=step)
        )
        return "code" if changed.rowcount else ""

    def remove(self, connection: Connection, name: str) -> None:
        """Forgets the telephone and the recovery codes."""
        connection.execute(update(t.account).where(t.account.c.name == name).values(factor=None, factor_step=0))
        connection.execute(delete(t.recovery_code).where(t.recovery_code.c.account == name))

    def _step(self, secret: str, code: str, after: int) -> int | None:
        """The half minute that a code belongs to: now, or one before or after for clocks that are not quite right; None
        for a wrong code, or one that is not newer than the last that was used."""
        code = "".join(code.split())
        present = int(self._now().replace(tzinfo=UTC).timestamp()) // _STEP
        totp, found = pyotp.TOTP(secret), None
        for step in (present - 1, present, present + 1):
            if hmac.compare_digest(totp.at(step * _STEP).encode(), code.encode(errors="replace")) and step > after:
                found = step
        return found

    def _open(self, sealed: str) -> str:
        try:
            return self._cipher().open(sealed)
        except Unreadable as error:
            raise BussolaError(
                "the second factor cannot be read: the installation's secret is not the one it was sealed with",
                "BUSSOLA_SECRET",
                "name the old secret in BUSSOLA_SECRET_BEFORE, or sign in with a recovery code and set the factor up anew",
            ) from error

    def _cipher(self) -> Cipher:
        if not self._secrets:
            raise BussolaError("no secret to seal second factors with", "BUSSOLA_SECRET", "set it")
        return Cipher("second factor", *self._secrets)


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def _hash(code: str) -> str:
    """Recovery codes are random enough (80 bits) that a plain hash keeps them; case, spaces and hyphens do not count."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()
