"""One page of a run, then the next one: the workflow goes on until ``outcome`` is ``done``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import entry, metrics
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import CONTINUE, DONE
from functions.drimbox.reconciliation.observing import Sides
from functions.drimbox.reconciliation.running import Tools, is_over, run_page
from functions.reconcile_studies.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.oid import Uid


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{tenant, run, page, correlation_id, tries}``; the state of the next page, and an outcome.

    ``tries``: how often the execution has called this page before."""
    tenant, run, number = str(event["tenant"]), str(event["run"]), int(event["page"])
    stores = for_tenant(Settings.current(), tenant)
    site = stores.site

    def sides(name: str, studies: Sequence[Uid]) -> Sides:
        pacs = stores.surveyed_pacs(name, studies)
        return Sides(pacs, stores.dmp_for_reports, stores.device)

    tools = Tools(sides, stores.queue, stores.pace)
    page = run_page(site, tools, run, number, int(event["tries"]))
    over = is_over(site, page)
    if over:
        metrics.count("ReconciliationDifferences", tenant, sum(page.totals.left.values()))
        metrics.count("ReconciliationRepairs", tenant, page.totals.repaired)
    return {
        "tenant": tenant,
        "run": run,
        "page": number + 1,
        "correlation_id": run,
        "outcome": DONE if over else CONTINUE,
    }
