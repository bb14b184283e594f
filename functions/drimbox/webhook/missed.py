"""The messages of which the site's address never took the last state: operators see them listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# How long a message is listed; a later state that the address takes ends it sooner.
KEPT: Final = timedelta(days=30)
# As many are shown, the latest ones.
SHOWN: Final = 50


@frozen
class Missed:
    """``at``: when the gateway gave up the last state of that message; ``refused``: that state was
    a refusal, so that the message has no publication."""

    message_id: str
    at: datetime
    refused: bool = False


def describe(missed: Iterable[Missed]) -> list[dict[str, Any]]:
    """The same as JSON; ``at`` is ISO 8601."""
    return [
        {"message_id": one.message_id, "at": one.at.isoformat(), "refused": one.refused}
        for one in missed
    ]


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
