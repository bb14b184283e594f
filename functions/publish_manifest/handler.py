"""Step 4 of a publication: send the submission to the DMP, exactly once."""

from __future__ import annotations

from typing import Any

from functions.aws import connections, entry
from functions.aws.connections import StructureDmp
from functions.aws.sites import open_site
from functions.aws.structure_keys import TenantKeys
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.identity.tenant import Structure
from functions.drimbox.publication.ports import Change
from functions.drimbox.publication.publishing import publish_manifest
from functions.drimbox.publication.speaker import vihf_facts
from functions.drimbox.report.model import Report
from functions.publish_manifest.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Publish."""
    change = Change.read(event)
    settings = Settings.current()
    site = open_site(settings, change.tenant)
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]

    def connect(report: Report, structure: Structure) -> StructureDmp:
        keys = TenantKeys(
            settings.structure_secrets, change.tenant, settings.trust_anchors_secret, site.clock
        ).of(structure)
        signer = keys.signer()
        facts = vihf_facts(report, structure, connections.lps(settings.lps_secret))
        client = connections.open_dmp(settings.dmp_url, settings.trust_anchors_secret, keys)
        return StructureDmp(client, vihf.builder(facts, signer, algorithms))

    device = connections.device(settings.lps_secret)
    return publish_manifest(site, change, connect, device)
