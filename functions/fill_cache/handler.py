"""Fill the study cache with one series: from the PACS, in order, ready to be served."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from functions.aws import entry, stores
from functions.aws.connections import open_pacs
from functions.drimbox.identity.oid import Uid
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.manifest.read import read
from functions.drimbox.publication import archive
from functions.fill_cache.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``event``: tenant, study_instance_uid, series_instance_uid, correlation_id."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, event["tenant"])
    study, series = Uid(event["study_instance_uid"]), Uid(event["series_instance_uid"])
    record = site.records(settings.studies_table).get(study)
    if record.current is None:
        return {"outcome": "withdrawn"}  # nothing may be served of it: nothing is cached
    manifest = read(
        archive.require(
            site.blobs(settings.archive_bucket),
            archive.key_of(record.current.intent_id, archive.MANIFEST),
        )
    )
    pacs = DicomwebPacs(open_pacs(settings.trust_anchors_secret), site.tenant.pacs_url)
    index = fill_series(
        pacs,
        site.cache(settings.cache_bucket),
        manifest,
        series,
        spool=Path(tempfile.gettempdir()),
    )
    site.audit(settings.audit_bucket).record(
        "series.cached",
        key=f"{record.current.manifest_uid}/{series}",
        result="success",
        who="drimbox",
        facts={"study_instance_uid": str(study), "manifest_uid": str(manifest.sop_instance_uid)},
    )
    return {"outcome": "cached", "bytes": index.size}
