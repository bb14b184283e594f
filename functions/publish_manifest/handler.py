"""Step 4 of a publication: send the submission to the DMP, exactly once."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.publish_manifest.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Publish."""
    change = Change.read(event)
    stores = for_tenant(Settings.current(), change.tenant)
    return stores.parking.attempt(
        change,
        Step.PUBLISH_MANIFEST,
        int(event["tries"]),
        lambda: publish_manifest(stores.site, change, stores.dmp_for_reports, stores.device),
    )
