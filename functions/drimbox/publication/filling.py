"""The filling of the image cache: one series of a study, before its publication and after.

A series whose objects can never be served is known before the DMP is told of it (decision 0046);
where the manifest is published already, an operator is told. Neither says anything of the PACS
itself: an object at fault opens no circuit.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Held, ObjectUnservable
from functions.drimbox.images.fill import fill_series
from functions.drimbox.jobs.job import LONG_REST, Result, State
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.asking_pacs import IMAGES, asking_pacs
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.serving import edition_in_force, keys_of, wished
from functions.drimbox.publication.steps.hold import hold_publication

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from functions.drimbox.jobs.desk import JobDesk
    from functions.drimbox.jobs.job import Job
    from functions.drimbox.ports import CacheStore, SeriesSource
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.serving import Served

# The reasons of the jobs that end here.
CACHED: Final = "cached"
SUPERSEDED: Final = "superseded"
# Before the code for which a human must act: a publication is held for it, now or before the DMP is
# told.
HELD: Final = "held:"
# A series that was given up for the content of its objects is fetched once a day at most: somebody
# may have corrected it.
CORRECTION_WINDOW: Final = timedelta(days=1)


def held_for(job: Job) -> str:
    """The code for which this job demands that its publication is held, "" for none."""
    if job.state is not State.FAILED or not job.reason.startswith(HELD):
        return ""
    return job.reason.removeprefix(HELD)


def work(
    site: Site, cache: CacheStore, fills: JobDesk, key: str, do: Callable[[Job], Result]
) -> tuple[Job | None, bool]:
    """``do`` the job of a message, then :func:`finish` it if it failed; the job as
    :meth:`JobDesk.work` gives it, and whether its publication was held.

    The job's end is written first, and settle_publication records its outcome before it asks for
    the job: so it finds the job ended and begins it anew, or the hold comes after its outcome. A
    message of a job that has ended finishes it too: its worker may have been killed before.
    """
    job = fills.work(key, do)
    known = job if job is not None else fills.jobs.get(key)
    if known is None or known.state is not State.FAILED:
        return job, False
    return job, finish(site, cache, known)


def finish(site: Site, cache: CacheStore, job: Job) -> bool:
    """Draw the consequences of a job that failed; whether its publication was held.

    The publication is held for :func:`held_for` when the manifest is in force. The objects of a
    series that nobody wishes any more do not stay: a URL that was signed before could name them.
    """
    facts = job.wish.facts
    study, edition = Uid(facts["study"]), facts["edition"]
    record = site.records.get(study)
    current, code = record.current, held_for(job)
    if code and current is not None and edition_in_force(record) == edition:
        change = Change(site.tenant.tenant, current.message_id, study, replay=0)
        hold_publication(site, change, Held.__name__, code)
        return True
    if _wished(site, study, edition) is None:
        keys = keys_of(job.wish)
        cache.delete_under(keys.prefix)
        cache.delete_under(keys.incoming)
    return False


def fill(site: Site, cache: CacheStore, source: SeriesSource, job: Job, *, spool: Path) -> Result:
    """Cache the series that a job wishes (:meth:`Served.filling`); the job's result.

    ``cached``; or given up: ``held:object_unservable`` when the PACS gives objects that can never
    be served, ``held:`` and its code for anything else that only a human can mend, such as a PACS
    that refuses the request; ``superseded`` when the wish is for a series that may not be served,
    now or once the change under way is published. The archive names objects at fault under the
    intent. :func:`finish` does the rest.

    Raises as :func:`fill_series` does for the rest, and PacsUnavailable while the circuit of the
    images is open.
    """
    facts = job.wish.facts
    study, series = Uid(facts["study"]), Uid(facts["series"])
    of = _wished(site, study, facts["edition"])
    if of is None or series not in of.series:
        return Result(State.FAILED, SUPERSEDED)
    try:
        with asking_pacs(site.breaker, study, IMAGES):
            fill_series(source, cache, of.manifest, series, spool=spool, notes=of.notes)
    except ObjectUnservable as error:
        name_objects(site, of.intent_id, error)
        return Result(State.FAILED, f"{HELD}{error.code}", CORRECTION_WINDOW)
    except Held as error:
        return Result(State.FAILED, f"{HELD}{error.code}", LONG_REST)
    if _wished(site, study, of.edition) is None:
        return Result(State.FAILED, SUPERSEDED)
    record_cached(site, of, series)
    return Result(State.ANSWERED, CACHED)


def _wished(site: Site, study: Uid, edition: str) -> Served | None:
    return wished(site.records.get(study), site.archive, edition)


def record_cached(site: Site, of: Served, series: Uid) -> None:
    """Audit that the series is in the cache."""
    site.audit.record(
        "series.cached",
        key=f"{of.edition}/{series}",
        result="success",
        who="drimbox",
        facts={
            "study_instance_uid": str(of.manifest.study_instance_uid),
            "manifest_uid": str(of.manifest.sop_instance_uid),
        },
    )


def name_objects(site: Site, intent: str, error: ObjectUnservable) -> None:
    """Keep the objects' UIDs where the operator's page finds them."""
    site.archive.put(
        archive.key_of(intent, archive.UNSERVABLE),
        json.dumps(error.objects).encode(),
        "application/json",
    )
