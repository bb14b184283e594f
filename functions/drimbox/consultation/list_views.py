"""The views of the pages' lists, kept on the server: no filter stands in an address.

A view is sealed and lies under a key that only the page's identifier and its session's give
together: nobody else finds it, and a reader of the store learns nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.consultation.contexts import BOUND, Kept
from functions.drimbox.consultation.list_view import ListView, decode, encode
from functions.drimbox.identity.sealing import NONCE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock

_SEALED: Final = "sealed"


class ViewStore(Protocol):
    """Small texts by key, within one tenant. Raises StorageUnavailable."""

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        """Keep ``facts``; they may be forgotten any time after ``ends_at``."""
        ...

    def get(self, key: str) -> Kept | None:
        """The stored facts, read consistently; None when absent."""
        ...


class ListViews:
    """The views of one tenant. ``unguessable`` gives 32 random bytes in base64url."""

    def __init__(
        self, store: ViewStore, clock: Clock, unguessable: Callable[[], str], seal: Seal
    ) -> None:
        self._store = store
        self._clock = clock
        self._unguessable = unguessable
        self._seal = seal

    def keep(self, page: str, session: str, view: ListView) -> None:
        """Keep the view of a page that is bound to that session."""
        key = _key(page, session)
        nonce = urlsafe_b64decode(self._unguessable() + "=")[:NONCE_BYTES]
        sealed = self._seal.close(key, encode(view).encode(), nonce)
        self._store.put(key, {_SEALED: sealed}, self._clock.now() + BOUND)

    def get(self, page: str, session: str) -> ListView:
        """The kept view, the first one where none is kept."""
        key = _key(page, session)
        kept = self._store.get(key)
        content = None if kept is None else self._seal.open(key, kept[_SEALED])
        return ListView() if content is None else decode(content.decode())


def _key(page: str, session: str) -> str:
    return f"view#{hmac.new(session.encode(), page.encode(), hashlib.sha256).hexdigest()}"
