"""
Sealed values: what the database holds of them cannot be read without the key.
"""

import base64
import json
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any

from storage.errors import UnsealableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = b"\x01"
NONCE_BYTES = 12
# Sealed lengths differ by this much at the least, so that none tells how many digits there are.
BLOCK_BYTES = 4096


class Sealer:
    """
    Seals and opens values with AES-256-GCM, under a key made for this purpose alone. Every
    bot has one, and few processes ever use it: `cryptography`, 7 MB, is loaded when one does.

    Args:
        secret_key: `HT_SECRET_KEY`: 32 bytes, URL-safe base64.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret = base64.urlsafe_b64decode(secret_key)

    @cached_property
    def print(self) -> str:
        """
        By which two keys are told apart, and from which none is worked out.
        """
        return _derived(self._secret, length=16, purpose=b"htbot key print").hex()

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(_derived(self._secret, length=32, purpose=b"htbot raw counts"))

    def seal(self, value: Any, *, context: str) -> bytes:
        """
        Return *value*, of JSON's types, sealed for *context* alone.

        Args:
            context: whose it is; what was sealed for another cannot be put in its place.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        padded = text + b" " * (-len(text) % BLOCK_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, padded, context.encode())

    def open(self, sealed: bytes, *, context: str) -> Any:
        """
        Return the value that was sealed.

        Raises:
            UnsealableError: if it was sealed with another key or for another context, or
                is damaged.
        """
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != FORMAT:
            raise UnsealableError(context)
        try:
            return json.loads(self._cipher.decrypt(nonce, rest, context.encode()))
        except (InvalidTag, ValueError):
            # No cause: an error of JSON's would carry what was opened.
            raise UnsealableError(context) from None

    def __repr__(self) -> str:
        return "Sealer()"


def _derived(secret: bytes, *, length: int, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)


def fresh_key() -> str:
    """
    Return a new key: 32 random bytes, URL-safe base64.
    """
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
