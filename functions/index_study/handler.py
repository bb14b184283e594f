"""Step 2 of a publication: find the study in the PACS and check that it is the report's."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.connections import open_pacs
from functions.aws.known_patients import known_traits
from functions.aws.sites import open_site
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.publication.ports import Change
from functions.drimbox.publication.steps import index_study
from functions.index_study.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Index the study."""
    change = Change.read(event)
    settings = Settings.current()
    site = open_site(settings, change.tenant)
    pacs = DicomwebPacs(open_pacs(settings.trust_anchors_secret), site.tenant.pacs_url)
    known = known_traits(settings.patients_table, settings.traits_secrets, change.tenant)
    return index_study(site, change, pacs, known)
