"""The work of the agent: it beats, hears the queue, does each job, and posts the outcome.

A message is held for two minutes at a time while its job is done, and deleted once the outcome is
posted or nobody waits for it any more. An agent that stops, or that the cloud does not serve any
more, gives its messages back. Killed at any moment, the agent loses nothing: the message comes
again, to this agent or another, and the cloud takes one outcome of a job.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING, Final, TypeVar

from agent.work.doing import AGENT_FAILED
from agent.work.ports import CloudAway, NotServed, PackGone
from agent.work.wire import Failed, Kind, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.work.doing import Doing
    from agent.work.ports import Answers, Bell, Ring
    from agent.work.wire import Asked, Outcome

T = TypeVar("T")

# Seconds: the queue gives a message to another reader after 120.
HOLD_EVERY: Final = 60.0
# Seconds between two tries while the cloud is away.
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
# Jobs that are held at once. Fills and imports wait for their turn among them: a series takes
# minutes, an index a second.
AT_ONCE: Final = 8
FILLS_AT_ONCE: Final = 2
IMPORTS_AT_ONCE: Final = 1
# How often a job is read whose pack has gone.
_READINGS: Final = 3


class Stopped(Exception):
    """The agent stops, or is not served any more: it leaves the job under way to the next one."""


class Loop:
    """Does the jobs of one site until ``stopping`` is set. ``served`` is set while the cloud serves
    this agent (:class:`agent.work.beating.Beating`); ``say`` logs an event with its facts;
    ``told`` hears the kind and the outcome of each job that is done."""

    def __init__(
        self,
        bell: Bell,
        answers: Answers,
        doing: Doing,
        *,
        stopping: Event,
        served: Event,
        say: Callable[..., object],
        told: Callable[[str, str], object],
    ) -> None:
        self._bell = bell
        self._answers = answers
        self._doing = doing
        self._stopping = stopping
        self._served = served
        self._say = say
        self._told = told
        self._places = Semaphore(AT_ONCE)
        self._turns: Mapping[str, Semaphore] = {
            Kind.FILL: Semaphore(FILLS_AT_ONCE),
            Kind.IMPORT: Semaphore(IMPORTS_AT_ONCE),
        }

    def run(self) -> None:
        """Hear the queue until the agent stops, then wait for the jobs under way to be left."""
        threads: list[Thread] = []
        while not self._stopping.is_set():
            if not self._served.wait(1.0) or not self._places.acquire(timeout=1.0):
                continue
            ring = self._next()
            if ring is None:
                self._places.release()
                continue
            threads = [one for one in threads if one.is_alive()]
            thread = Thread(target=self._work, args=(ring,), name="job", daemon=True)
            threads.append(thread)
            thread.start()
        for thread in threads:
            thread.join()

    def _next(self) -> Ring | None:
        try:
            return self._bell.ring()
        except CloudAway as error:
            self._say("queue not heard", code=error.code, detail=error.detail)
        except Exception as error:  # noqa: BLE001 - the agent goes on hearing
            self._say("queue not heard", error=type(error).__name__)
        self._stopping.wait(_FIRST_PAUSE)
        return None

    def _work(self, ring: Ring) -> None:
        try:
            with self._held(ring):
                self._answered(ring)
        except Stopped:
            self._give_back(ring)
        except Exception as error:  # noqa: BLE001 - one job's fault may not end the agent
            self._say("job left", error=type(error).__name__)
        finally:
            self._places.release()

    def _give_back(self, ring: Ring) -> None:
        """Otherwise the queue keeps it for two minutes more, from another agent of the site too."""
        try:
            self._bell.give_back(ring)
        except CloudAway as error:
            self._say("message not given back", code=error.code)
        except Exception as error:  # noqa: BLE001 - the queue shows it again by itself
            self._say("message not given back", code=type(error).__name__)

    def _answered(self, ring: Ring) -> None:
        """The job of a message from its ask to its post; then the message goes."""
        pointer = ring.pointer
        asked: Asked | None = None
        if pointer is not None:
            try:
                asked = self._insist(lambda: self._answers.asked(pointer.job))
            except NotUnderstood:
                self._say("job not understood", kind=pointer.kind)
                return  # the cloud fails a job that comes back five times
        done = self._done(asked) if asked is not None else None
        if done is not None:
            found, outcome = done
            if not self._insist(lambda: self._answers.answer(found, outcome)):
                failed = Failed(AGENT_FAILED)
                self._insist(lambda: self._answers.answer(found, failed))
            self._doing.forget(found)
            told = outcome.reason if isinstance(outcome, Failed) else "answered"
            self._told(found.kind, told)
            self._say("job done", kind=found.kind, outcome=told, attempt=found.attempt)
        self._insist(lambda: self._bell.done(ring))

    def _done(self, asked: Asked) -> tuple[Asked, Outcome] | None:
        """The job as it was read last, and its outcome; None where nobody waits for it any more."""
        with self._turns.get(asked.kind) or nullcontext():
            job = asked.job
            for _ in range(_READINGS):
                try:
                    return asked, self._tried(asked)
                except PackGone:
                    fresh = self._insist(lambda: self._answers.asked(job))
                if fresh is None or fresh.key != asked.key:
                    self._doing.forget(asked)
                if fresh is None:
                    return None
                asked = fresh
        return asked, Failed(AGENT_FAILED)

    def _tried(self, asked: Asked) -> Outcome:
        try:
            return self._insist(lambda: self._doing.do(asked))
        except (Stopped, PackGone):
            raise
        except Exception as error:  # noqa: BLE001 - the cloud is told, and the agent goes on
            self._say("job failed", kind=asked.kind, error=type(error).__name__)
            return Failed(AGENT_FAILED)

    def _insist(self, call: Callable[[], T]) -> T:
        """The call's answer, however long the cloud stays away; Stopped where the agent stops or is
        not served any more."""
        pause = _FIRST_PAUSE
        while True:
            if self._stopping.is_set():
                raise Stopped
            try:
                return call()
            except CloudAway as error:
                if isinstance(error, NotServed):
                    self._served.clear()
                self._say("cloud away", code=error.code, detail=error.detail)
            if not self._served.is_set():
                raise Stopped
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    @contextmanager
    def _held(self, ring: Ring) -> Iterator[None]:
        """Within the block the queue gives the message to nobody else."""
        ended = Event()

        def hold() -> None:
            while not ended.wait(HOLD_EVERY):
                try:
                    self._bell.hold(ring)
                except CloudAway as error:
                    self._say("message not held", code=error.code)

        thread = Thread(target=hold, name="hold", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
