"""The turn of one tenant in a sweep of the inboxes, and the lines that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_every_tenant
from functions.drimbox.agents import incoming
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.publication.sweeping import sweep
from functions.drimbox.tenants.model import Link
from functions.sweep_inbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from functions.drimbox.publication.sweeping import Position, SweepDesk


def desks() -> Iterator[tuple[str, SweepDesk, Position]]:
    """The desk of each tenant, and how far its sweeps have come; one that has none is told."""
    for tenant, stores in for_every_tenant(Settings.current()):
        try:
            if stores is None:
                raise ConfigurationError("the tenant's file is wrong")
            desk = stores.sweep_desk
            yield tenant, desk, desk.last.get()
        except Exception as error:  # noqa: BLE001  # the same
            failed(tenant, error)


def swept_whole(tenant: str, desk: SweepDesk, position: Position, until: datetime) -> bool:
    """Sweep the inbox until that time at most, and tell what was found."""
    swept = sweep(desk, position, until)
    for message_id in swept.queued:
        logging.warning("queued again", tenant=tenant, message_id=message_id)
        metrics.count("RequeuedMessages", tenant)
    if not swept.whole:
        logging.event("inbox swept in part", tenant=tenant, count=swept.looked)
    return swept.whole


def swept_incoming(until: datetime) -> int:
    """Erase the bodies that agents put and nobody accepted, site after site until that time; how
    many. More than a site puts within a day is counted, for an alarm.
    """
    erased = 0
    for tenant, stores in for_every_tenant(Settings.current()):
        if stores is None or stores.tenant.link is not Link.AGENT or stores.clock.now() > until:
            continue
        try:
            found = incoming.sweep(stores.incoming, stores.clock.now())
        except Exception as error:  # noqa: BLE001  # the same
            failed(tenant, error)
            continue
        erased += found.erased
        if found.is_too_much:
            logging.warning("agents put too much", tenant=tenant, bytes=found.fresh)
            metrics.count("IncomingBodies", tenant)
    return erased


def failed(tenant: str, error: Exception) -> None:
    """Tell that a tenant's inbox, or bodies, were not swept: they wait for the next sweep."""
    logging.error("not swept", tenant=tenant, error=entry.place(error))
    metrics.count("InternalFailures", tenant)
