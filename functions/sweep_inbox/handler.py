"""On schedule: the inbox of every tenant is swept, the one that was swept longest ago first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, for_every_tenant
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.publication.sweeping import sweep
from functions.sweep_inbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.publication.sweeping import SweepDesk

# No tenant's sweep begins later; the last one has five minutes more.
_BUDGET: Final = timedelta(minutes=10)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant that cannot be swept does not stop the others; the rest has its turn next time."""
    over, swept = CLOCK.now() + _BUDGET, 0
    for tenant, desk, since in sorted(_desks(), key=lambda one: one[2] or _NEVER):
        if CLOCK.now() > over:
            break
        try:
            _sweep(tenant, desk, since)
            swept += 1
        except Exception as error:  # noqa: BLE001  # whatever is kept there stops no other
            _failed(tenant, error)
    logging.event("inboxes swept", count=swept)
    return {"outcome": "swept"}


def _desks() -> Iterator[tuple[str, SweepDesk, datetime | None]]:
    for tenant, stores in for_every_tenant(Settings.current()):
        try:
            if stores is None:
                raise ConfigurationError("the tenant's file is wrong")
            desk = stores.sweep_desk
            yield tenant, desk, desk.last.get()
        except Exception as error:  # noqa: BLE001  # the same
            _failed(tenant, error)


def _sweep(tenant: str, desk: SweepDesk, since: datetime | None) -> None:
    for message_id in sweep(desk, since).queued:
        logging.warning("queued again", tenant=tenant, message_id=message_id)
        metrics.count("RequeuedMessages", tenant)


def _failed(tenant: str, error: Exception) -> None:
    logging.error("not swept", tenant=tenant, error=entry.place(error))
    metrics.count("InternalFailures", tenant)
