"""Text that only this installation can read: what people write to a mediator, where an answer is sent to, and the
secrets of second factors."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.model import BussolaError

UNREADABLE = "…"


class Unreadable(BussolaError):
    """What was sealed with a secret that is gone, for another purpose, or too long ago."""

    def __init__(self) -> None:
        super().__init__(
            "a text cannot be read: it was sealed with another secret",
            "BUSSOLA_SECRET",
            "set the old secret again, or name it in BUSSOLA_SECRET_BEFORE",
        )


class Cipher:
    """Seals with the first secret; opens what was sealed with any of them, so that the secret can be changed. What is
    sealed for one `purpose` cannot be opened for another."""

    def __init__(self, purpose: str, *secrets: bytes) -> None:
        self._fernet = MultiFernet([Fernet(_key(purpose, secret)) for secret in secrets])

    def seal(self, text: str) -> str:
        """`text` as nobody can read it without the secret."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str, within: int | None = None) -> str:
        """The text, if it was sealed within so many seconds. Raises Unreadable."""
        try:
            return self._fernet.decrypt(sealed.encode(errors="replace"), ttl=within).decode()
        except InvalidToken as error:
            raise Unreadable from error

    def unseal(self, sealed: str) -> str:
        """The text; UNREADABLE when it was sealed with a secret that is gone: one lost text must not close the inbox."""
        try:
            return self.open(sealed)
        except Unreadable:
            return UNREADABLE


def _key(purpose: str, secret: bytes) -> bytes:
    # The secret also names sessions: what is derived for one purpose says nothing of the other.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"bussola {purpose}".encode()).derive(secret)
    return base64.urlsafe_b64encode(derived)
