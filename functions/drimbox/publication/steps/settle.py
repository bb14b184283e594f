"""Last step: archive the DMP's answer, and name the series to cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from functions.drimbox.errors import Held
from functions.drimbox.images.cache import study_prefix
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.ports import CONTINUE, Cache, Change, Outcome, Site
from functions.drimbox.publication.record import Current, Withdrawal
from functions.drimbox.publication.steps.outcome import set_outcome
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.report.model import Action


def settle_publication(site: Site, change: Change, cache: Cache) -> dict[str, Any]:
    """Record the end of this change; the workflow then fills the cache where the state says so.

    Images cached for a former manifest are deleted: they may be rejected, or withdrawn.
    """
    submission = Submission.begin(site, change)
    record = submission.record
    current, withdrawn = record.current, record.withdrawn
    if current is not None and current.message_id == change.message_id:
        if current.version > 1:
            cache.delete_under(study_prefix(change.study_instance_uid))
        archive_settled(site, current)
        set_outcome(site, change, Outcome.PUBLISHED)
        return _state(change, Outcome.PUBLISHED, _to_cache(site, current))
    if withdrawn is not None and withdrawn.message_id == change.message_id:
        cache.delete_under(study_prefix(change.study_instance_uid))
        archive_settled(site, withdrawn)
        set_outcome(site, change, Outcome.WITHDRAWN)
        return _state(change, Outcome.WITHDRAWN)
    if submission.pending is not None or record.revision == 0:
        raise Held("internal_error", "settled before the DMP said so")
    # A later message took the study over before this execution came to its end.
    set_outcome(site, change, Outcome.SUPERSEDED)
    return _state(change, Outcome.SUPERSEDED)


def _to_cache(site: Site, current: Current) -> tuple[Uid, ...]:
    """The series to cache, none where the tenant caches none."""
    if not site.tenant.cache_on_publication:
        return ()
    study = archive.study_of(site.archive, current.intent_id)
    return tuple(one.series_instance_uid for one in study.series)


def _state(change: Change, settled: Outcome, series: Sequence[Uid] = ()) -> dict[str, Any]:
    return change.state(
        outcome=CONTINUE,
        settled=str(settled),
        fill_cache=bool(series),
        series=[str(uid) for uid in series],
    )


def archive_settled(site: Site, settled: Current | Withdrawal) -> None:
    """Write down the outcome of this intent, once."""
    if isinstance(settled, Current):
        action, at, entry_uuid = settled.edition.action, settled.published_at, settled.entry_uuid
    else:
        # Not the edition's: images that are gone withdraw the manifest of a report.
        action, at, entry_uuid = Action.WITHDRAW, settled.withdrawn_at, ""
    site.archive.put_once(
        archive.key_of(settled.intent_id, archive.SETTLED),
        json.dumps(
            {
                "action": action,
                "manifest_uid": settled.manifest_uid,
                "entry_uuid": entry_uuid,
                "version": settled.version,
                "at": at.isoformat(),
            }
        ).encode(),
        "application/json",
    )
