"""Start the reconciliation of whose turn it is, or of the tenant that the event names."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, for_every_tenant, for_tenant
from functions.drimbox.reconciliation.scheduling import is_due, manual_run, scheduled_run
from functions.start_reconciliation.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{"tenant": …}`` by hand, anything else by the schedule; the runs that were started."""
    settings = Settings.current()
    at = CLOCK.now()
    if "tenant" in event:
        named = for_tenant(settings, str(event["tenant"]))
        named.reconciliations.start(manual_run(at))
        return {"started": {named.slug: manual_run(at)}}
    started: dict[str, str] = {}
    for slug, stores in for_every_tenant(settings):
        if stores is None:  # one tenant must not stop the others
            logging.error("not started", error="configuration_error", tenant=slug)
            metrics.count("InternalFailures", slug)
        elif is_due(stores.tenant, at):
            stores.reconciliations.start(scheduled_run(at))
            started[slug] = scheduled_run(at)
    logging.event("reconciliations started", count=len(started))
    return {"started": started}
