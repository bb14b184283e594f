"""Wake the changes that wait outside the workflow: a tick of one tenant, or the sweep of all."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_every_tenant, for_tenant
from functions.drimbox.errors import Absent, ConfigurationError
from functions.wake_waits.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """The records of the queue, or anything else by the schedule; a tick that fails comes back."""
    settings = Settings.current()
    if "Records" in event:
        return entry.each_record(event, _tick, "tick failed", settings.ticks_queue_url)
    waiting = 0
    for slug, stores in for_every_tenant(settings):
        try:
            if stores is None:
                raise ConfigurationError("the tenant's file is wrong")
            swept = stores.waker.sweep()
            waiting += swept.waiting
            if swept.overdue:
                logging.error("waits overdue", tenant=slug, count=swept.overdue)
                metrics.count("InternalFailures", slug)
        except Exception as error:  # noqa: BLE001  # one tenant must not stop the others
            logging.error("not swept", error=entry.place(error), tenant=slug)
            metrics.count("InternalFailures", slug)
    logging.event("waits swept", count=waiting)
    return {"waiting": waiting}


def _tick(facts: entry.Event) -> None:
    tenant = facts["tenant"]
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:  # no such tenant any more
        return
    woken = stores.waker.tick(int(facts["tick"]))
    logging.event("waits woken", tenant=tenant, count=woken)
