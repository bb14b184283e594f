"""The views of the pages' lists, kept on the server: no filter stands in an address.

A view is sealed and lies under a key that only the page's identifier and its session's give
together: nobody else finds it, and a reader of the store learns nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from functions.drimbox.consultation.list_view import ListView, decode, encode
from functions.drimbox.consultation.sealed_store import SealedStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.consultation.sealed_store import TextStore
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock


class ListViews:
    """The views of one tenant. ``unguessable`` gives 32 random bytes in base64url."""

    def __init__(
        self, store: TextStore, clock: Clock, unguessable: Callable[[], str], seal: Seal
    ) -> None:
        self._sealed = SealedStore(store, clock, unguessable, seal)

    def keep(self, page: str, session: str, view: ListView) -> None:
        """Keep the view of a page that is bound to that session."""
        self._sealed.put(_key(page, session), encode(view).encode())

    def get(self, page: str, session: str) -> ListView:
        """The kept view, the first one where none is kept."""
        content = self._sealed.get(_key(page, session))
        return ListView() if content is None else decode(content.decode())


def _key(page: str, session: str) -> str:
    return f"view#{hmac.new(session.encode(), page.encode(), hashlib.sha256).hexdigest()}"
