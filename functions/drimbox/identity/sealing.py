"""Sealed records: encrypted and bound to their place, so that a moved or changed one does not open.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) derives from a secret. A nonce is
random: far fewer than 2^32 records are sealed under one secret.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12


class Seal:
    """The seal of one tenant's records. ``purpose`` tells apart the uses of one secret."""

    def __init__(self, secret: bytes, tenant: str, purpose: str) -> None:
        info = f"{purpose}\0{tenant}".encode()
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)
        self._cipher = AESGCM(key)
        self._tenant = tenant

    def close(self, place: str, content: bytes, nonce: bytes) -> str:
        """The sealed text of ``content`` for the record at ``place``; ``nonce`` is never reused."""
        return urlsafe_b64encode(self.close_bytes(place, content, nonce)).decode()

    def open(self, place: str, sealed: str) -> bytes | None:
        """The content; None when ``sealed`` was not made for this place, with this secret."""
        try:
            return self.open_bytes(place, urlsafe_b64decode(sealed))
        except ValueError:
            return None

    def close_bytes(self, place: str, content: bytes, nonce: bytes) -> bytes:
        """As :meth:`close`, for a store that keeps bytes: a third smaller."""
        return nonce + self._cipher.encrypt(nonce, content, self._bound(place))

    def open_bytes(self, place: str, sealed: bytes) -> bytes | None:
        """As :meth:`open`, of the bytes that :meth:`close_bytes` gave."""
        try:
            nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, self._bound(place))
        except (InvalidTag, ValueError):
            return None

    def _bound(self, place: str) -> bytes:
        return f"{self._tenant}\0{place}".encode()

    def __repr__(self) -> str:
        return "Seal(…)"
