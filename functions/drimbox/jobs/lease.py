"""The lease of a worker that lives: it is renewed until the work is done (decision 0050)."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.jobs.job import State, renewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from functions.drimbox.jobs.job import Job
    from functions.drimbox.ports import Clock

# Only renewals of our own whose effect was not known can be in the way of a write.
_TRIES: Final = 3


class Jobs(Protocol):
    """The jobs of one tenant. Raises StorageUnavailable."""

    def get(self, key: str) -> Job | None:
        """The job, read consistently; None when there is none (any more)."""
        ...

    def several(self, keys: Iterable[str]) -> Mapping[str, Job]:
        """Those of these jobs that are there, by their keys, read consistently and at once."""
        ...

    def put(self, job: Job) -> bool:
        """Store ``job`` as the revision after its own; False when another writer was faster."""
        ...


class Lease:
    """A worker's hold on its job; the worker and the thread that renews may use it at once.

    A lease that ran out is still the worker's as long as nobody else has written the job. Once
    somebody has, or the job has ended, nothing is written any more.
    """

    def __init__(self, jobs: Jobs, clock: Clock, job: Job) -> None:
        self._jobs = jobs
        self._clock = clock
        self._job: Job | None = job
        self._worker = job.worker
        self._lock = threading.Lock()

    def renew(self) -> bool:
        """Prolong the lease; False once it is lost. A store that is away is asked again later."""
        try:
            return self.write(lambda job: renewed(job, self._clock.now())) is not None
        except StorageUnavailable:
            return True

    def write(self, change: Callable[[Job], Job]) -> Job | None:
        """Store the job with ``change``, over its newest revision; the job as it is stored, None
        once the lease is lost or given back. Raises StorageUnavailable."""
        with self._lock:
            for _ in range(_TRIES):
                if self._job is None:
                    break
                wanted = change(self._job)
                stored = replace(wanted, revision=wanted.revision + 1)
                # Refused: by another writer, or for our own write whose answer was lost.
                found = stored if self._jobs.put(wanted) else self._jobs.get(wanted.key)
                self._job = found if found is not None and self._is_ours(found) else None
                if found == stored:
                    return stored
        return None

    def _is_ours(self, found: Job) -> bool:
        return found.state is State.TAKEN and found.worker == self._worker
