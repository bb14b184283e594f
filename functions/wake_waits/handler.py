"""Wake the changes that wait: a tick of a tenant, news of its agents, or the sweep of all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, for_every_tenant, for_tenant
from functions.drimbox.errors import Absent, ConfigurationError
from functions.wake_waits.settings import Settings

# No tenant's sweep begins later: the function ends after two minutes.
_BUDGET: Final = timedelta(seconds=100)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """The records of the queue, or anything else by the schedule; a tick that fails comes back."""
    settings = Settings.current()
    if "Records" in event:
        return entry.each_record(event, _tick, "tick failed", settings.ticks_queue_url)
    return {"waiting": _sweep(settings)}


def _sweep(settings: Settings) -> int:
    from functions.drimbox.publication.waiting.rounds import in_turn  # noqa: PLC0415  # no tick's

    begin, waiting = CLOCK.now(), 0
    tenants = in_turn(sorted(for_every_tenant(settings), key=lambda one: one[0]), begin)
    for place, (slug, stores) in enumerate(tenants):
        if CLOCK.now() - begin > _BUDGET:
            logging.warning("left for another hour", count=len(tenants) - place)
            break
        try:
            if stores is None:
                raise ConfigurationError("the tenant's file is wrong")
            swept = stores.waker.sweep()
            waiting += swept.waiting
            if swept.overdue:
                logging.error("waits overdue", tenant=slug, count=swept.overdue)
                metrics.count("InternalFailures", slug)
            stores.outage_watch.look_again()
            stores.agent_watch.look()
        except Exception as error:  # noqa: BLE001  # one tenant must not stop the others
            logging.error("not swept", error=entry.place(error), tenant=slug)
            metrics.count("InternalFailures", slug)
    logging.event("waits swept", count=waiting)
    return waiting


def _tick(facts: entry.Event) -> None:
    try:
        stores = for_tenant(Settings.current(), facts["tenant"])
    except Absent:  # no such tenant any more
        return
    woken = stores.waker.hear(facts)
    stores.outage_watch.look()
    stores.agent_watch.look()
    logging.event("waits woken", tenant=stores.slug, count=woken)
