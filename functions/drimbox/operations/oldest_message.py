"""The oldest message that is not at its end yet: how long somebody waits for a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.publication.ports import Site

_PAGE: Final = 100
# The most pages that are read; beyond, the answer says that an older message may be there.
PAGES: Final = 10


@frozen
class OldestMessage:
    """``received_at``: when it came. ``whole``: whether every message in progress was looked at."""

    received_at: datetime
    whole: bool


def oldest_message(site: Site) -> OldestMessage | None:
    """The oldest of those in progress, waiting ones among them; None where there is none.

    Raises StorageUnavailable.
    """
    oldest: datetime | None = None
    after: str | None = None
    for _ in range(PAGES):
        page = site.messages.find(str(Outcome.IN_PROGRESS), limit=_PAGE, after=after)
        times = [entry.received_at for entry in page.entries]
        oldest = min([*times, *([oldest] if oldest else [])], default=None)
        after = page.next
        if after is None:
            break
    return None if oldest is None else OldestMessage(oldest, after is None)
