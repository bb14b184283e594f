"""Last step: archive what the DMP now holds, and say which series to cache."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from functions.drimbox.errors import Held
from functions.drimbox.manifest import codec
from functions.drimbox.publication import archive
from functions.drimbox.publication.archive import require
from functions.drimbox.publication.ports import Change, Outcome, Site
from functions.drimbox.publication.record import Current, Withdrawal
from functions.drimbox.publication.steps import CONTINUE, pending_of, set_outcome


def settle_publication(site: Site, change: Change) -> dict[str, Any]:
    """Record the end of this change; the workflow then fills the cache where the state says so."""
    record = site.records.get(change.study_instance_uid)
    current, withdrawn = record.current, record.withdrawn
    if current is not None and current.message_id == change.message_id:
        _archive(site, current, current.published_at, entry_uuid=current.entry_uuid)
        set_outcome(site, change, Outcome.PUBLISHED)
        name = archive.key_of(current.intent_id, archive.STUDY)
        study = codec.decode(require(site.archive, name))
        return _state(change, [series.series_instance_uid for series in study.series], site)
    if withdrawn is not None and withdrawn.message_id == change.message_id:
        _archive(site, withdrawn, withdrawn.withdrawn_at, entry_uuid="")
        set_outcome(site, change, Outcome.WITHDRAWN)
        return _state(change, [], site)
    if pending_of(record, change) is not None or record.revision == 0:
        raise Held("internal_error", "settled before the DMP said so")
    # A later message took the study over before this execution came to its end.
    set_outcome(site, change, Outcome.SUPERSEDED)
    return _state(change, [], site)


def _state(change: Change, series: list[Any], site: Site) -> dict[str, Any]:
    return change.state(
        outcome=CONTINUE,
        fill_cache=site.tenant.cache_on_publication and bool(series),
        series=[str(uid) for uid in series],
    )


def _archive(site: Site, settled: Current | Withdrawal, at: datetime, *, entry_uuid: str) -> None:
    site.archive.put_once(
        archive.key_of(settled.intent_id, archive.SETTLED),
        json.dumps(
            {
                "action": settled.edition.action,
                "manifest_uid": settled.manifest_uid,
                "entry_uuid": entry_uuid,
                "version": settled.version,
                "at": at.isoformat(),
            }
        ).encode(),
        "application/json",
    )
