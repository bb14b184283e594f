"""The remembered health of a tenant's PACS: a probe every 15 seconds serves every caller.

The health check needs no credential, so its callers must not decide how often the PACS is asked.
The memory is shared by all functions (:class:`HealthStore`); of several callers at once one probes,
and the others get the last answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.ports import Clock

# An answer counts for this long, a negative one too.
KEPT: Final = timedelta(seconds=15)
# A probe that has not reported by then is dead: it takes less than a second.
LEASE: Final = timedelta(seconds=5)
# Beside a probe on its way, an answer counts for this long.
_STALE: Final = timedelta(minutes=1)


@frozen
class Health:
    """The last answer, None before the first. ``asked_at``: when a probe left that is on its way.

    ``revision`` counts the changes.
    """

    revision: int = 0
    ready: bool = False
    answered_at: datetime | None = None
    asked_at: datetime | None = None


class HealthStore(Protocol):
    """The health of one tenant's PACS. Both raise StorageUnavailable."""

    def get(self) -> Health:
        """Read consistently; revision 0 when nothing is known."""
        ...

    def put(self, health: Health) -> bool:
        """Store as the next revision if the stored one is still its own; False if not."""
        ...


def is_ready(store: HealthStore, clock: Clock, probe: Callable[[], bool]) -> bool:
    """Whether the PACS answers, by the last answer or by ``probe``; an unknown health is not ready.

    Raises StorageUnavailable, and calls no probe then.
    """
    known, at = store.get(), clock.now()
    if _within(KEPT, known.answered_at, at):
        return known.ready
    last = known.ready and _within(_STALE, known.answered_at, at)
    if _within(LEASE, known.asked_at, at) or not store.put(replace(known, asked_at=at)):
        return last
    ready = probe()
    store.put(Health(known.revision + 1, ready, clock.now()))
    return ready


def _within(span: timedelta, since: datetime | None, at: datetime) -> bool:
    """Whether ``since`` is less than ``span`` away; another host's clock may be a little ahead."""
    return since is not None and abs(at - since) < span
