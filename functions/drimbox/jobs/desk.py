"""Asking for jobs and doing them: an item is the truth, a message only rings.

The item is written before its message is sent, and after the work is done: a message that is lost,
comes twice, or outlives its job changes nothing (decision 0050).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable, Transient
from functions.drimbox.jobs.job import (
    BEAT,
    INTERNAL_ERROR,
    LONG_REST,
    LOST_AFTER,
    Job,
    Result,
    State,
    Wish,
    asked,
    asked_again,
    ended,
    later,
    taken,
)
from functions.drimbox.jobs.lease import Lease
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from functions.drimbox.jobs.lease import Jobs
    from functions.drimbox.ports import Clock, Uids

_AT_ONCE: Final = timedelta(0)


class JobQueue(Protocol):
    """The queue that rings for the workers. Raises StorageUnavailable."""

    def send(self, job: Job, *, after: timedelta) -> None:
        """Deliver the job's key once ``after`` is over (at most a quarter of an hour), at least
        once."""
        ...


class Pulse(Protocol):
    """The sign of life of a worker."""

    def __call__(
        self, beat: Callable[[], bool], every: timedelta
    ) -> AbstractContextManager[object]:
        """Within the block ``beat`` is called so often, beside the block's own work, until it is
        False; it is not called any more once the block has ended."""
        ...


@frozen
class JobDesk:
    """The jobs of one tenant, and the queue that rings for them.

    ``uids`` name the workers. ``given_up`` is told once of each job that is given up because it
    kills its workers: none of them lived to say it. ``lost_after``: how long a first message is
    waited for.
    """

    jobs: Jobs
    queue: JobQueue
    clock: Clock
    uids: Uids
    pulse: Pulse
    given_up: Callable[[Job], object]
    lost_after: timedelta = LOST_AFTER

    def ask(
        self,
        wish: Wish,
        correlation_id: str,
        *,
        gone: bool = False,
        corrected: bool = False,
        lasts: timedelta | None = None,
    ) -> Job:
        """Want ``wish`` done; the job as it stands now.

        A job that is under way is not doubled, one whose message or worker was lost is sent again.
        One that was given up begins anew once its rest is over, or at once when its reason may be
        ``corrected``; one that was answered, only when the answer is ``gone``, or is older than an
        answer ``lasts``. Raises StorageUnavailable: the caller asks again.
        """
        known = self.jobs.get(wish.key)
        return self._ask(wish, known, correlation_id, gone=gone, corrected=corrected, lasts=lasts)

    def ask_all(
        self,
        wishes: Sequence[Wish],
        correlation_id: str,
        *,
        corrected: bool = False,
        lasts: timedelta | None = None,
    ) -> list[Job]:
        """As :meth:`ask` each of them; they are looked at at once."""
        known = self.jobs.several([wish.key for wish in wishes])
        return [
            self._ask(wish, known.get(wish.key), correlation_id, corrected=corrected, lasts=lasts)
            for wish in wishes
        ]

    def _ask(
        self,
        wish: Wish,
        job: Job | None,
        correlation_id: str,
        *,
        gone: bool = False,
        corrected: bool,
        lasts: timedelta | None,
    ) -> Job:
        now = self.clock.now()
        if job is None:
            wanted = asked(wish, correlation_id, now, self.lost_after)
        elif _stands(job, now, gone=gone or _is_old(job, now, lasts), corrected=corrected):
            return job
        else:
            wanted = asked_again(job, now, self.lost_after)
        if not self.jobs.put(wanted):
            # Another asker, or a worker, has just written: its word stands.
            return self.jobs.get(wish.key) or wanted
        stored = replace(wanted, revision=wanted.revision + 1)
        if stored.state is State.ASKED:
            self._ring(stored, _AT_ONCE)
        else:
            self.given_up(stored)
        return stored

    def work(self, key: str, do: Callable[[Job], Result]) -> Job | None:
        """Do the job of a message; the job as it ended, or as it is asked for again.

        None when it is not to be done, not yet, or another worker has it or took it over. A
        Transient of ``do`` asks again after a pause, a bounded number of times; any other error
        gives the job up and is raised. Raises StorageUnavailable when the job's own state cannot be
        written: the message is to be delivered again.
        """
        job = self._take(key)
        if job is None or job.state is not State.TAKEN:
            return job
        lease = Lease(self.jobs, self.clock, job)
        try:
            with self.pulse(lease.renew, BEAT):
                result = do(job)
        except Transient as error:
            return self._later(lease, error.code)
        except Exception:
            self._end(lease, Result(State.FAILED, INTERNAL_ERROR, LONG_REST))
            raise
        return self._end(lease, result)

    def _take(self, key: str) -> Job | None:
        """The job with this worker, or given up."""
        job = self.jobs.get(key)
        if job is None:
            return None
        mine = taken(job, self.uids.fresh(), self.clock.now())
        if mine is None:
            return None
        stored = replace(mine, revision=mine.revision + 1)
        written = self.jobs.put(mine)
        if stored.state is State.TAKEN:
            # Refused for our own write whose answer was lost: our name is on it.
            return stored if written or self.jobs.get(key) == stored else None
        if not written:
            return None
        self.given_up(stored)
        return stored

    def _later(self, lease: Lease, reason: str) -> Job | None:
        at = self.clock.now()
        stored = lease.write(lambda job: later(job, reason, at, self.lost_after))
        if stored is not None and stored.state is State.ASKED:
            self._ring(stored, stored.ready_at - at)
        return stored

    def _end(self, lease: Lease, result: Result) -> Job | None:
        return lease.write(lambda job: ended(job, result, self.clock.now()))

    def _ring(self, job: Job, after: timedelta) -> None:
        """Send the job's message; one that the queue does not take may be sent again at once."""
        try:
            self.queue.send(job, after=after)
        except StorageUnavailable:
            self.jobs.put(replace(job, due_at=self.clock.now()))
            raise


def _is_old(job: Job, now: datetime, lasts: timedelta | None) -> bool:
    return lasts is not None and now >= job.due_at + lasts


def _stands(job: Job, now: datetime, *, gone: bool, corrected: bool) -> bool:
    """Whether nothing is to be sent for a job that somebody asks for."""
    if job.state is State.ANSWERED:
        return not gone or now < job.due_at
    return now < job.due_at and not (corrected and job.state is State.FAILED)
