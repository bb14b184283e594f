"""The oldest message that is not at its end yet: how long somebody waits for a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.publication.ports import Site

# Beyond, the answer says that an older message may be there: it came first, and changed since.
_PAGE: Final = 100


@frozen
class OldestMessage:
    """``received_at``: when it came. ``whole``: whether every message in progress was looked at."""

    received_at: datetime
    whole: bool


def describe(oldest: OldestMessage | None) -> dict[str, Any] | None:
    """The same as JSON; ``received_at`` is ISO 8601."""
    if oldest is None:
        return None
    return {"received_at": oldest.received_at.isoformat(), "whole": oldest.whole}


def oldest_message(site: Site) -> OldestMessage | None:
    """The oldest of those in progress, waiting ones among them, as one page of those without a
    change for longest has it; None where there is none. Raises StorageUnavailable.
    """
    state = str(Outcome.IN_PROGRESS)
    page = site.messages.find(state, limit=_PAGE, after=None, oldest_first=True)
    oldest = min((entry.received_at for entry in page.entries), default=None)
    return None if oldest is None else OldestMessage(oldest, page.next is None)
