"""The filling of the image cache: one series of a published study, while it may be served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from functions.drimbox.images.cache import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.oid import Uid
from functions.drimbox.ports import CacheStore, SeriesSource
from functions.drimbox.publication.asking_pacs import IMAGES, asking_pacs
from functions.drimbox.publication.ports import Site
from functions.drimbox.publication.serving import served


def fill_cache(
    site: Site, cache: CacheStore, source: SeriesSource, study: Uid, series: Uid, *, spool: Path
) -> dict[str, Any]:
    """Cache a series of the manifest in force; the outcome says whether it is there.

    Nothing is fetched of a series that may not be served. A series whose study changed in the
    meantime does not stay in the cache. Raises as :func:`fill_series` does, and PacsUnavailable
    while the circuit of the images is open.
    """
    current = served(site.records.get(study), site.archive)
    if current is None or current.manifest.find_series(series) is None:
        return {"outcome": "withdrawn"}
    with asking_pacs(site.breaker, IMAGES):
        index = fill_series(
            source, cache, current.manifest, series, spool=spool, notes=current.notes
        )
    after = served(site.records.get(study), site.archive)
    if after is None or after.edition != current.edition:
        # It is of no use any more, and a URL that was signed before could still name it.
        keys = SeriesKeys(study, current.manifest.sop_instance_uid, series, current.notes)
        cache.delete_under(keys.prefix)
        return {"outcome": "superseded"}
    site.audit.record(
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
