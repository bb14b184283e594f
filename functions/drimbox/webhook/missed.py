"""The messages of which the site's address never took the last state: operators see them listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

# How long a message is listed; a later state that the address takes ends it sooner.
KEPT: Final = timedelta(days=30)


@frozen
class Missed:
    """``at``: when the gateway gave up the last state of that message; ``refused``: that state was
    a refusal, so that the message has no publication."""

    message_id: str
    at: datetime
    refused: bool = False


class MissedNews(Protocol):
    """The list of one tenant. Each method raises StorageUnavailable."""

    def add(self, missed: Missed) -> None:
        """List it until KEPT after its time; once, however often it is added."""
        ...

    def remove(self, missed: Missed) -> None:
        """List it no longer; nothing where it is not listed."""
        ...

    def latest(self, limit: int, now: datetime) -> tuple[Missed, ...]:
        """Those that are listed at ``now``, the latest first, at most ``limit``."""
        ...
