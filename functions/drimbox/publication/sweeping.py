"""The sweep of the inbox: a message that is there and whose turn never came is queued again.

An accepted message is in the inbox before it is queued. When its queue lost it, or its dead letters
have it, nothing else would look at it again. A message without an entry is looked at when it is
half an hour old, then each time at twice that age: one that waits in its queue, for a service of
AWS that is away, gets few copies of itself, and a copy has no effect of its own (decision 0082).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.publication.messages import FOLDERS, message_id_at
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from functions.drimbox.ports import Clock
    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.ports import MessageLog

# Later than any calm start of a publication.
FIRST_LOOK: Final = timedelta(minutes=30)


class Arrivals(Protocol):
    """The inbox of one tenant, as a list."""

    def under(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """The key and the time of each object below ``folder``. Raises StorageUnavailable."""
        ...


class LastSweep(Protocol):
    """When one tenant's inbox was swept last."""

    def get(self) -> datetime | None:
        """None before the first sweep. Raises StorageUnavailable."""
        ...

    def put(self, at: datetime) -> None:
        """Raises StorageUnavailable."""
        ...


@frozen
class SweepDesk:
    """The ports of one tenant that a sweep needs."""

    arrivals: Arrivals
    messages: MessageLog
    queue: Queue
    last: LastSweep
    clock: Clock


@frozen
class Swept:
    """How many messages were ``looked`` at, and how many of them were ``queued`` again."""

    looked: int
    queued: tuple[str, ...]


def sweep(desk: SweepDesk, since: datetime | None) -> Swept:
    """Look at each message of which a look fell due after ``since``, the start of the last sweep.

    Raises StorageUnavailable: the next sweep begins where this one did.
    """
    began = desk.clock.now()
    looked, queued = 0, []
    for folder in FOLDERS:
        for key, at in desk.arrivals.under(folder):
            message_id = message_id_at(key)
            if not message_id or not _falls_due(at, since, began):
                continue
            looked += 1
            if desk.messages.get(message_id) is None:
                desk.queue.send(message_id, replay=0, received_at=at)
                queued.append(message_id)
    desk.last.put(began)
    return Swept(looked, tuple(queued))


def _falls_due(at: datetime, since: datetime | None, now: datetime) -> bool:
    """Whether the last look that is due by ``now``, at an age of 30 minutes or of a doubling of it,
    fell due after ``since``.
    """
    halves_of_an_hour = (now - at) // FIRST_LOOK
    if halves_of_an_hour < 1:
        return False
    due = at + FIRST_LOOK * 2 ** (halves_of_an_hour.bit_length() - 1)
    return since is None or due > since
