"""Fill the study cache with one series: from the PACS, in order, ready to be served."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.oid import Uid
from functions.drimbox.publication.filling import fill_cache
from functions.fill_cache.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``event``: tenant, study_instance_uid, series_instance_uid, correlation_id."""
    stores = for_tenant(Settings.current(), event["tenant"])
    study, series = Uid(event["study_instance_uid"]), Uid(event["series_instance_uid"])
    spool = Path(tempfile.gettempdir())
    return fill_cache(stores.site, stores.cache, stores.pacs, study, series, spool=spool)
