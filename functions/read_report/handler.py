"""Step 1 of a publication: read the report again and take the study for it."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.steps.admit import admit_report
from functions.read_report.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Admit the change."""
    change = Change.read(event)
    stores = for_tenant(Settings.current(), change.tenant)
    return stores.parking.attempt(
        change,
        Step.READ_REPORT,
        int(event["tries"]),
        lambda: admit_report(stores.site, change),
    )
