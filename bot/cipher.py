"""Text that only this installation can read: what people write to a mediator, and where an answer is sent to."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

UNREADABLE = "…"


class Cipher:
    """Seals with the first secret; opens what was sealed with any of them, so that the secret can be changed."""

    def __init__(self, *secrets: bytes) -> None:
        self._fernet = MultiFernet([Fernet(_key(secret)) for secret in secrets])

    def seal(self, text: str) -> str:
        """`text` as nobody can read it without the secret."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text; UNREADABLE when it was sealed with a secret that is gone: one lost text must not close the inbox."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return UNREADABLE


def _key(secret: bytes) -> bytes:
    # The secret also names sessions: what is derived for one purpose says nothing of the other.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bussola conversations").derive(secret)
    return base64.urlsafe_b64encode(derived)
