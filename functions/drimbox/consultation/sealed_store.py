"""Small sealed records of a page: each opens at its own place alone, and ends with its session."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.identity.sealing import NONCE_BYTES
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock

# No session is longer: a record of a page ends with its session, and at this time at the latest.
BOUND: Final = timedelta(hours=8)
SEALED: Final = "sealed"


class TextStore(Protocol):
    """Small texts by key, within one tenant. Raises StorageUnavailable."""

    def put(self, key: str, facts: Mapping[str, str], ends_at: datetime) -> None:
        """Keep ``facts``; they may be forgotten any time after ``ends_at``."""
        ...

    def get(self, key: str) -> Mapping[str, str] | None:
        """The stored facts, read consistently; None when absent."""
        ...


@frozen
class SealedStore:
    """Records of one tenant and one purpose (the seal's). ``unguessable`` gives 32 random bytes in
    base64url.
    """

    store: TextStore
    clock: Clock
    unguessable: Callable[[], str]
    seal: Seal

    def close(self, place: str, content: bytes) -> str:
        """The sealed text of ``content``, which opens at ``place`` alone."""
        nonce = urlsafe_b64decode(self.unguessable() + "=")[:NONCE_BYTES]
        return self.seal.close(place, content, nonce)

    def open(self, place: str, sealed: str) -> bytes | None:
        """The content; None for a text that was not sealed for this place."""
        return self.seal.open(place, sealed)

    def put(self, key: str, content: bytes, life: timedelta = BOUND) -> None:
        """Keep ``content`` as the record at ``key``, in place of a former one."""
        self.store.put(key, {SEALED: self.close(key, content)}, self.clock.now() + life)

    def get(self, key: str) -> bytes | None:
        """The content of the record at ``key``; None where none is kept, or none that we made."""
        kept = self.store.get(key)
        return None if kept is None else self.open(key, kept.get(SEALED, ""))
