"""The consumer of the jobs that fill the study cache: one series from the PACS, ready to serve; or
the judgement of one that the site's agent has brought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.errors import Absent
from functions.drimbox.publication.filling import fill, work
from functions.drimbox.tenants.model import Link
from functions.fill_cache.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.jobs.job import Job, Result


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Do the job of each record; one whose state could not be written comes back."""
    return entry.each_record(event, _work, "job failed", Settings.current().fill_jobs_queue_url)


def _do(stores: TenantStores[Settings], job: Job) -> Result:
    if stores.tenant.link is Link.AGENT:
        # Eleven modules that the other sites never need.
        from functions.drimbox.publication.accepting import accept  # noqa: PLC0415

        return accept(stores.site, stores.cache, job, spool=stores.spool)
    return fill(stores.site, stores.cache, stores.pacs, job, spool=stores.spool)


def _work(facts: entry.Event) -> None:
    tenant = facts["tenant"]
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:  # no such tenant any more
        return
    job, held = work(
        stores.site,
        stores.cache,
        stores.fills,
        facts["job"],
        lambda taken: _do(stores, taken),
    )
    if held:
        metrics.count("HeldPublications", tenant)
    if job is None:
        return
    logging.event(
        "job done",
        tenant=tenant,
        correlation_id=job.correlation_id,
        state=job.state,
        code=job.reason,
        attempt=job.attempts,
    )
