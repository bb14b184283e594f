"""Step 4 of a publication: send the submission to the DMP, exactly once."""

from __future__ import annotations

from typing import Any

from functions.aws import connections, entry
from functions.aws.connections import StructureDmp
from functions.aws.secrets import StructureKeys
from functions.aws.sites import open_site
from functions.drimbox.dmp import vihf
from functions.drimbox.errors import Held
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

    def connect(report: Report, structure: Structure) -> StructureDmp:
        keys = StructureKeys(settings.structure_secrets, change.tenant, structure.id)
        signer = keys.signer()
        if signer is None:
            raise Held("no_certificate_for_structure")
        facts = vihf_facts(report, structure, connections.lps(settings.lps_secret))
        client = connections.open_dmp(settings.dmp_url, settings.trust_anchors_secret, keys)
        return StructureDmp(client, vihf.builder(facts, signer))

    device = connections.device(settings.lps_secret)
    return publish_manifest(open_site(settings, change.tenant), change, connect, device)
