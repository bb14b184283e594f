"""On schedule: the inbox of every tenant is swept, the one that was seen longest ago first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, for_every_tenant
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.publication.sweeping import sweep
from functions.sweep_inbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from functions.drimbox.publication.sweeping import Position, SweepDesk

# No tenant's sweep begins later; the last one has five minutes more.
_BUDGET: Final = timedelta(minutes=10)
# The most that one tenant gets of it: a large inbox is swept in parts, between the others.
_SHARE: Final = timedelta(minutes=2)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant that cannot be swept does not stop the others; the rest has its turn next time."""
    over, swept = CLOCK.now() + _BUDGET, 0
    desks = sorted(_desks(), key=lambda one: one[2].seen_at)
    for place, (tenant, desk, position) in enumerate(desks):
        now = CLOCK.now()
        if now > over:
            logging.warning("left for the next sweep", count=len(desks) - place)
            break
        try:
            swept += _sweep(tenant, desk, position, now + _SHARE)
        except Exception as error:  # noqa: BLE001  # whatever is kept there stops no other
            _failed(tenant, error)
    logging.event("inboxes swept", count=swept)
    return {"outcome": "swept"}


def _desks() -> Iterator[tuple[str, SweepDesk, Position]]:
    for tenant, stores in for_every_tenant(Settings.current()):
        try:
            if stores is None:
                raise ConfigurationError("the tenant's file is wrong")
            desk = stores.sweep_desk
            yield tenant, desk, desk.last.get()
        except Exception as error:  # noqa: BLE001  # the same
            _failed(tenant, error)


def _sweep(tenant: str, desk: SweepDesk, position: Position, until: datetime) -> bool:
    swept = sweep(desk, position, until)
    for message_id in swept.queued:
        logging.warning("queued again", tenant=tenant, message_id=message_id)
        metrics.count("RequeuedMessages", tenant)
    if not swept.whole:
        logging.event("inbox swept in part", tenant=tenant, count=swept.looked)
    return swept.whole


def _failed(tenant: str, error: Exception) -> None:
    logging.error("not swept", tenant=tenant, error=entry.place(error))
    metrics.count("InternalFailures", tenant)
