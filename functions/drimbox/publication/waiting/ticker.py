"""The ticker of a tenant: while a change waits, one numbered message is under way to look at it.

The messages are sent before the ticker's item names them, so the item never promises a message
that nobody has sent; and a message is dropped only if its number is older than the item's. So each
of these may be lost or done twice, and a change still waits with a message under way:

* a step that parks writes the wait, then reads the ticker;
* a tick that finds no wait makes the ticker idle, then reads the waits again;
* a message may come before its sender has written the item that names it: the tick counts as
  under way no message that is not later than its own;
* a tick that fails is delivered again; a chain that is lost for good is begun anew by the next
  parking after LATE, and by the sweep of each hour.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.ports import Clock
    from functions.drimbox.publication.waiting.wait import Wait

# A queue holds a message back for no longer (SQS).
LONGEST_DELAY: Final = timedelta(minutes=15)
# The longest pause between two ticks while a change waits, in units.
LONGEST: Final = 10
# A message that is due for longer than this is lost, or will be dropped.
LATE: Final = timedelta(minutes=15)
# A tick so little later than the wished one is soon enough.
_SOON: Final = timedelta(seconds=10)
# So many writers at once are a fault of the store.
TRIES: Final = 5


@frozen
class Probe:
    """The probes of an open circuit that waiting changes have made: ``count``; none leaves before
    ``not_before``."""

    count: int
    not_before: datetime


@frozen
class Ticker:
    """``number`` counts the writes of the item, and is the number of the message under way.

    ``due_at``: when that message is delivered; None: no message is under way. ``probes``: by open
    circuit.
    """

    number: int = 0
    due_at: datetime | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)

    def is_coming_by(self, due_at: datetime, now: datetime) -> bool:
        """Whether a message is under way that will be there by then, or soon after."""
        if self.due_at is None or now >= self.due_at + LATE:
            return False
        return self.due_at <= max(due_at, now) + _SOON


class Waits(Protocol):
    """The waits of one tenant, and its ticker. Every method raises StorageUnavailable."""

    def put(self, wait: Wait) -> bool:
        """Store it as the only wait of its message and study; False when a later one stands there:
        of a later replay, or of a later wake of the same one.
        """
        ...

    def all(self) -> tuple[Wait, ...]:
        """Every wait, read consistently, in no order."""
        ...

    def of(self, message_id: str) -> tuple[Wait, ...]:
        """The waits of one message, read consistently."""
        ...

    def forget(self, wait: Wait) -> None:
        """Delete it unless another one of its message and study has taken its place."""
        ...

    def ticker(self) -> Ticker:
        """Read consistently; one of number 0 when there never was one."""
        ...

    def put_ticker(self, ticker: Ticker) -> bool:
        """Store ``ticker`` as the next number if the stored one is still its own; False if not."""
        ...


class Ticks(Protocol):
    """The queue of ticks of one tenant."""

    def send(self, number: int, *, after: timedelta) -> None:
        """Delivered once ``after`` is over, at least once. Raises StorageUnavailable."""
        ...


def ring(
    waits: Waits, ticks: Ticks, clock: Clock, due_at: datetime, *, enough_at: datetime
) -> None:
    """See to it that a tick comes: at ``due_at``, unless one is under way that comes by
    ``enough_at``.

    Raises StorageUnavailable: the caller tries again.
    """
    for _ in range(TRIES):
        now = clock.now()
        ticker = waits.ticker()
        wished = min(max(due_at, now), now + LONGEST_DELAY)
        if ticker.is_coming_by(max(wished, enough_at), now):
            return
        if send_next(waits, ticks, now, ticker, wished):
            return
    raise StorageUnavailable("waits: too many writers")


def send_next(waits: Waits, ticks: Ticks, now: datetime, ticker: Ticker, due_at: datetime) -> bool:
    """Send the message that is due then, and let the item that was read as ``ticker`` name it;
    False when another writer was faster."""
    ticks.send(ticker.number + 1, after=max(due_at - now, timedelta(0)))
    return waits.put_ticker(replace(ticker, due_at=due_at))
