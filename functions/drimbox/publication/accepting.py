"""The judgement of a series that the site's agent has brought, or gave up (decision 0093).

A body that is not that of the manifest is refused, told and recorded; its publication is held, as
for objects that can never be served.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from functions.drimbox.agents.site_pacs import failure
from functions.drimbox.agents.told import AGENT_FAILED
from functions.drimbox.errors import Held, ObjectUnservable, PacsUnavailable
from functions.drimbox.images.accepting import Body, BodyRefused, accept_series
from functions.drimbox.images.cache import encode_unservable
from functions.drimbox.jobs.job import LONG_REST, Result, State
from functions.drimbox.oid import Uid
from functions.drimbox.publication.filling import (
    CACHED,
    CORRECTION_WINDOW,
    HELD,
    SUPERSEDED,
    name_objects,
    record_cached,
)
from functions.drimbox.publication.serving import wished
from functions.drimbox.publication.site_fills import Words
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    from functions.drimbox.images.accepting import Incoming
    from functions.drimbox.jobs.job import Job
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.serving import Served

    class Store(CacheStore, Incoming, Protocol):
        """The tenant's cache, and the place where its agents put bodies."""


_REFUSED: Final = "agent_body_refused"


def accept(site: Site, store: Store, job: Job, *, spool: Path) -> Result:
    """Judge what the agent has said of the series that a job wishes; the job's result, as that of
    ``filling.fill``; ``held:agent_body_refused`` for a body that is none of this series.

    Raises the transient error for which the agent gave up, and StorageUnavailable.
    """
    if not job.told:
        raise PacsUnavailable("the site's agent has said nothing yet")
    facts, words = job.wish.facts, Words.decode(job.told)
    study, series = Uid(facts["study"]), Uid(facts["series"])
    of = wished(site.records.get(study), site.archive, facts["edition"])
    if of is None or series not in of.series:
        return Result(State.FAILED, SUPERSEDED)
    try:
        _Judge(site, store, spool).require(of, series, words)
    except ObjectUnservable as error:
        name_objects(site, of.intent_id, error)
        told = encode_unservable(error.objects)
        store.put(of.keys(series).unservable, BytesIO(told), "application/json")
        return Result(State.FAILED, f"{HELD}{error.code}", CORRECTION_WINDOW)
    except Held as error:
        return Result(State.FAILED, f"{HELD}{error.code}", LONG_REST)
    if wished(site.records.get(study), site.archive, of.edition) is None:
        return Result(State.FAILED, SUPERSEDED)
    record_cached(site, of, series)
    return Result(State.ANSWERED, CACHED)


@frozen
class _Judge:
    site: Site
    store: Store
    spool: Path

    def require(self, of: Served, series: Uid, words: Words) -> None:
        """The series is in the cache, whole; the error for which it is not."""
        if words.body is None:
            raise _given_up(of, series, words)
        store = self.store
        body = Body(words.body.key, words.body.size, words.body.sha256)
        try:
            accept_series(store, store, of.manifest, series, body, spool=self.spool, notes=of.notes)
        except BodyRefused as error:
            self._audit(of, series, body, error)
            # Nobody knows whose images it holds.
            store.delete_under(body.key)
            raise Held(_REFUSED) from None

    def _audit(self, of: Served, series: Uid, body: Body, error: BodyRefused) -> None:
        self.site.audit.record(
            "series.refused",
            key=f"{of.edition}/{series}/{body.sha256}",
            result=_REFUSED,
            who="agent",
            facts={
                "study_instance_uid": str(of.manifest.study_instance_uid),
                "series_instance_uid": str(series),
                "manifest_uid": str(of.manifest.sop_instance_uid),
                "fault": str(error),
            },
        )


def _given_up(of: Served, series: Uid, words: Words) -> Exception:
    """An agent may name objects of this series alone."""
    if words.reason != ObjectUnservable.code:
        return failure(words.reason)
    named = of.manifest.find_series(series)
    ours = {str(one.sop_instance_uid) for one in named.instances} if named else set[str]()
    at_fault = tuple(sorted(ours.intersection(words.objects)))
    return ObjectUnservable(at_fault) if at_fault else Held(AGENT_FAILED)
