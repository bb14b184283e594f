"""Start the reconciliation of whose turn it is, or of the tenant that the event names."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging, metrics, tenants
from functions.aws.clock import SystemClock
from functions.aws.queues import ReconcileWorkflow
from functions.drimbox.reconciliation.scheduling import is_due, manual_run, scheduled_run
from functions.start_reconciliation.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{"tenant": …}`` by hand, anything else by the schedule; the runs that were started."""
    settings = Settings.current()
    workflow, at = ReconcileWorkflow(settings.reconcile_workflow_arn), SystemClock().now()
    if "tenant" in event:
        tenant = tenants.find(settings.tenant_parameters, str(event["tenant"]))
        workflow.start(tenant.tenant, manual_run(at), at)
        return {"started": {tenant.tenant: manual_run(at)}}
    started: dict[str, str] = {}
    for slug, found in tenants.every(settings.tenant_parameters):
        if found is None:  # one tenant must not stop the others
            logging.error("not started", error="configuration_error", tenant=slug)
            metrics.count("InternalFailures", slug)
        elif is_due(found, at):
            workflow.start(slug, scheduled_run(at), at)
            started[slug] = scheduled_run(at)
    logging.event("reconciliations started", count=len(started))
    return {"started": started}
