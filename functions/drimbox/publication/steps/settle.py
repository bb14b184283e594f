"""Last step: archive the DMP's answer, and ask for the series to cache."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from functions.drimbox.errors import Held
from functions.drimbox.images.cache_keys import edition_prefix, incoming_prefix, study_prefix
from functions.drimbox.publication.change import CONTINUE, Change
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.record import pending_of
from functions.drimbox.publication.serving import served
from functions.drimbox.publication.steps.archive_settled import archive_settled
from functions.drimbox.publication.steps.outcome import set_outcome

if TYPE_CHECKING:
    from functions.drimbox.jobs.desk import JobDesk
    from functions.drimbox.publication.ports import Cache, Site
    from functions.drimbox.publication.record import Current, StudyRecord


def settle_publication(site: Site, change: Change, cache: Cache, fills: JobDesk) -> dict[str, Any]:
    """Record the end of this change, and ask for the series that are to be cached.

    Images cached for a former manifest are deleted: they may be rejected, or withdrawn. Those that
    were prepared for this one stay.
    """
    record = site.records.get(change.study_instance_uid)
    current, withdrawn = record.current, record.withdrawn
    if current is not None and current.message_id == change.message_id:
        if current.version > 1:
            _forget_former(record, current, cache)
        archive_settled(site, current)
        set_outcome(site, change, Outcome.PUBLISHED)
        _fill(site, record, fills)
        return _state(change, Outcome.PUBLISHED)
    if withdrawn is not None and withdrawn.message_id == change.message_id:
        study = change.study_instance_uid
        cache.delete_under(study_prefix(study))
        cache.delete_under(incoming_prefix(study))
        archive_settled(site, withdrawn)
        set_outcome(site, change, Outcome.WITHDRAWN)
        return _state(change, Outcome.WITHDRAWN)
    if pending_of(record, change) is not None or record.revision == 0:
        raise Held("internal_error", "settled before the DMP said so")
    # A later message, or an override, took the study over before this execution came to its end.
    over = Outcome.SET_ASIDE if _is_set_aside(site, change) else Outcome.SUPERSEDED
    set_outcome(site, change, over)
    return _state(change, over)


def _is_set_aside(site: Site, change: Change) -> bool:
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    return known is not None and known.outcome is Outcome.SET_ASIDE


def _forget_former(record: StudyRecord, current: Current, cache: Cache) -> None:
    study = record.study_instance_uid
    mine = edition_prefix(study, current.manifest_uid, len(record.rejections))
    cache.delete_under(study_prefix(study), keep=mine)
    # A site may have left the agent that brought them.
    brought = incoming_prefix(study)
    kept = f"{brought}{mine.removeprefix(study_prefix(study))}"
    cache.delete_under(brought, keep=kept)


def _fill(site: Site, record: StudyRecord, fills: JobDesk) -> None:
    """Ask for the series that were not prepared, where the tenant caches on publication."""
    current = served(record, site.archive) if site.tenant.cache_on_publication else None
    if current is not None:
        # The DMP may have been away for longer than prepared images are kept.
        kept = timedelta(days=site.tenant.cache_days)
        # A replay says that an object at fault may have been corrected.
        wishes = [current.filling(one) for one in current.series]
        fills.ask_all(wishes, current.correlation_id, corrected=True, lasts=kept)


def _state(change: Change, settled: Outcome) -> dict[str, Any]:
    return change.state(outcome=CONTINUE, settled=str(settled))
