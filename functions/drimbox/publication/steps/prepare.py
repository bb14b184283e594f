"""Fourth step, where the tenant caches on publication: the series are in the cache, or named.

A series is a job (decision 0050). This step asks for those of the manifest that is about to be
published, and looks at them: it waits by failing, and the workflow calls it again. An object that
can never be served, or a PACS that refuses the gateway, holds the publication before the DMP is
told (decision 0046). Nothing else does: a series that the PACS does not give now is fetched after
the publication, by the same job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Held, SeriesNotReady
from functions.drimbox.jobs.job import OPEN, State
from functions.drimbox.publication import patience
from functions.drimbox.publication.change import CONTINUE, Change
from functions.drimbox.publication.filling import held_for
from functions.drimbox.publication.record import State as ChangeState
from functions.drimbox.publication.record import pending_of
from functions.drimbox.publication.serving import intended

if TYPE_CHECKING:
    from functions.drimbox.jobs.desk import JobDesk
    from functions.drimbox.jobs.job import Job, Wish
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import StudyRecord

# Some twenty seconds of a PACS that does not give a series, or two workers that were killed by it:
# images can come after the report.
_ATTEMPTS: Final = 4
_LOST: Final = 2
# The changes that a process looks at by turns.
_MOST_CHANGES: Final = 64


@dataclass(slots=True)
class Wishes:
    """The series that the last changes wait for, by their UIDs alone: a look after the first one
    reads no manifest. A record of the same revision asks for the same series.
    """

    _known: dict[tuple[str, Uid, int], tuple[Wish, ...]] = field(default_factory=dict)

    def of(self, site: Site, record: StudyRecord) -> tuple[Wish, ...]:
        """Those of the record's pending change; none without a manifest that it will publish.

        Raises StorageUnavailable without the archive.
        """
        key = (site.tenant.tenant, record.study_instance_uid, record.revision)
        known = self._known.get(key)
        if known is None:
            coming = intended(record, site.archive)
            known = () if coming is None else tuple(map(coming.filling, coming.series))
            if len(self._known) >= _MOST_CHANGES:
                del self._known[next(iter(self._known))]
            self._known[key] = known
        return known


def prepare_series(site: Site, fills: JobDesk, wishes: Wishes, change: Change) -> dict[str, Any]:
    """Go on once every series is cached, or was given up for another reason than its content.

    Nothing is prepared once the change has moved on, or when the DMP may know its manifest. Raises
    Held ``object_unservable`` or ``pacs_refused``; SeriesNotReady while a series is on its
    way, for an hour at most after it was asked for; StorageUnavailable.
    """
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    goes_on = change.state(outcome=CONTINUE)
    if pending is None or pending.state is not ChangeState.INTENT or pending.in_doubt:
        return goes_on
    jobs = fills.ask_all(wishes.of(site, record), change.message_id)
    for code in filter(None, map(held_for, jobs)):
        raise Held(code)
    waited_for = [job for job in jobs if _is_waited_for(site, job)]
    if waited_for:
        error = SeriesNotReady(f"{len(waited_for)} of {len(jobs)} series are on their way")
        first = min(job.asked_at for job in waited_for)
        error.until = patience.end_of(patience.SERIES, site, first)
        raise error
    return goes_on


def _is_waited_for(site: Site, job: Job) -> bool:
    """Whether the job may end soon: neither the PACS nor its workers failed too often."""
    in_vain = job.attempts - (job.state is State.TAKEN)
    is_tried = in_vain >= _ATTEMPTS or job.lost >= _LOST
    is_over = patience.is_over(patience.SERIES, site, job.asked_at)
    return job.state in OPEN and not is_tried and not is_over
