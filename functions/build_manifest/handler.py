"""Step 3 of a publication: fix the intent and build everything that will be sent."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.sites import open_site
from functions.aws.structure_keys import TenantKeys
from functions.build_manifest.settings import Settings
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.publication.building import build_manifest
from functions.drimbox.publication.ports import Change


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Build and store."""
    change = Change.read(event)
    settings = Settings.current()
    site = open_site(settings, change.tenant)
    keys = TenantKeys(
        settings.structure_secrets, change.tenant, settings.trust_anchors_secret, site.clock
    )
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]
    return build_manifest(site, change, keys, settings.db_url, algorithms)
