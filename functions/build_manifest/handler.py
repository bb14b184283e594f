"""Step 3 of a publication: fix the intent and build everything that will be sent."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import UIDS, for_tenant
from functions.build_manifest.settings import Settings
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.steps.build import build_manifest


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Build and store."""
    change = Change.read(event)
    settings = Settings.current()
    stores = for_tenant(settings, change.tenant)
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]
    return stores.parking.attempt(
        change,
        Step.BUILD_MANIFEST,
        int(event["tries"]),
        lambda: build_manifest(
            stores.site, change, stores.keys, settings.db_url, algorithms, uids=UIDS
        ),
    )
