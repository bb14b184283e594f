"""Fill the study cache with one series: from the PACS, in order, ready to be served."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from functions.aws import entry
from functions.aws.https import open_pacs
from functions.aws.stores import for_tenant
from functions.drimbox.images.cache import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.publication.asking_pacs import IMAGES, asking_pacs
from functions.drimbox.publication.serving import served
from functions.fill_cache.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``event``: tenant, study_instance_uid, series_instance_uid, correlation_id."""
    settings = Settings.current()
    stores = for_tenant(settings, event["tenant"])
    study, series = Uid(event["study_instance_uid"]), Uid(event["series_instance_uid"])
    current = served(stores.records.get(study), stores.archive)
    if current is None or current.manifest.find_series(series) is None:
        return {"outcome": "withdrawn"}  # nothing may be served of it: nothing is cached
    pacs = DicomwebPacs(open_pacs(settings.trust_anchors_secret), stores.tenant.pacs_url)
    with asking_pacs(stores.breaker, IMAGES):
        index = fill_series(
            pacs,
            stores.cache,
            current.manifest,
            series,
            spool=Path(tempfile.gettempdir()),
            notes=current.notes,
        )
    after = served(stores.records.get(study), stores.archive)
    if after is None or after.edition != current.edition:
        # It is of no use any more, and a URL that was signed before could still name it.
        keys = SeriesKeys(study, current.manifest.sop_instance_uid, series, current.notes)
        stores.cache.delete_under(keys.prefix)
        return {"outcome": "superseded"}
    stores.audit.record(
        "series.cached",
        key=f"{current.edition}/{series}",
        result="success",
        who="drimbox",
        facts={
            "study_instance_uid": str(study),
            "manifest_uid": str(current.manifest.sop_instance_uid),
        },
    )
    return {"outcome": "cached", "bytes": index.size}
