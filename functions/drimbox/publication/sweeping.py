"""The sweep of the inbox: a message that is there and whose turn never came is queued again.

An accepted message is in the inbox before it is queued. When its queue lost it, or its dead letters
have it, nothing else would look at it again. A message without an entry is looked at when it is
half an hour old, then each time at twice that age: one that waits in its queue, for a service of
AWS that is away, gets few copies of itself, and a copy has no effect of its own (decision 0082).

An inbox may be too large for one visit: the next one goes on behind the last object that this one
looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.publication.messages import FOLDERS, message_id_at
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.ports import Clock
    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.ports import MessageLog

# Later than any calm start of a publication.
FIRST_LOOK: Final = timedelta(minutes=30)
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Arrivals(Protocol):
    """The inbox of one tenant, as a list."""

    def under(self, folder: str, after: str = "") -> Iterator[tuple[str, datetime]]:
        """The key and the time of each object below ``folder`` whose key comes after ``after``, in
        the order of the keys. Raises StorageUnavailable."""
        ...


@frozen
class Part:
    """A sweep that a visit left unfinished: it ``began`` then, and goes on in ``folder`` behind the
    key ``after``."""

    began: datetime
    folder: str
    after: str


@frozen
class Position:
    """How far the sweeps of one tenant have come: the start of the last whole one (``swept_at``),
    the last visit (``seen_at``), and the sweep that goes on, None between two."""

    swept_at: datetime = NEVER
    seen_at: datetime = NEVER
    part: Part | None = None


class LastSweep(Protocol):
    """The position of one tenant's sweeps."""

    def get(self) -> Position:
        """That of no sweep before the first one. Raises StorageUnavailable."""
        ...

    def put(self, position: Position) -> None:
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
    """How many messages were ``looked`` at, and which of them were ``queued`` again; ``whole``
    unless the rest is left to the next visit."""

    looked: int
    queued: tuple[str, ...]
    whole: bool = True


def sweep(desk: SweepDesk, position: Position, until: datetime) -> Swept:
    """Look at each message of which a look fell due after the start of the last whole sweep; no
    longer than ``until``, but at one object at least.

    Raises StorageUnavailable: the next visit begins where this one did.
    """
    now = desk.clock.now()
    part = position.part or Part(now, FOLDERS[0], "")
    looked, queued = 0, []
    for folder in FOLDERS[FOLDERS.index(part.folder) :]:
        after = part.after if folder == part.folder else ""
        for key, at in desk.arrivals.under(folder, after):
            message_id = message_id_at(key)
            if message_id and _falls_due(at, position.swept_at, part.began):
                looked += 1
                if desk.messages.get(message_id) is None:
                    desk.queue.send(message_id, replay=0, received_at=at)
                    queued.append(message_id)
            if desk.clock.now() >= until:
                rest = Part(part.began, folder, key)
                desk.last.put(Position(position.swept_at, now, rest))
                return Swept(looked, tuple(queued), whole=False)
    desk.last.put(Position(part.began, now))
    return Swept(looked, tuple(queued))


def _falls_due(at: datetime, since: datetime, now: datetime) -> bool:
    """Whether the last look that is due by ``now``, at an age of 30 minutes or of a doubling of it,
    fell due after ``since``.
    """
    halves_of_an_hour = (now - at) // FIRST_LOOK
    if halves_of_an_hour < 1:
        return False
    due: datetime = at + FIRST_LOOK * 2 ** (halves_of_an_hour.bit_length() - 1)
    return due > since
