"""functions.drimbox.jobs.lease: a lease is renewed, ended, or lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.jobs.job import (
    BEAT,
    LEASE,
    Job,
    Kind,
    Result,
    State,
    Wish,
    asked,
    asked_again,
    ended,
    taken,
)
from functions.drimbox.jobs.lease import Lease
from tests.fakes.memory import MemoryJobs, VirtualClock

WISH: Final = Wish(Kind.FILL, {"series": "1.2.3.1"})
CACHED: Final = Result(State.ANSWERED, "cached")


class Away(MemoryJobs):
    """Jobs of which some writes fail: ``fails`` says how, the next one first."""

    def __init__(self) -> None:
        super().__init__()
        self.fails: list[str] = []
        self.writes = 0

    def put(self, job: Job) -> bool:
        self.writes += 1
        how = self.fails.pop(0) if self.fails else "none"
        if how == "before":
            raise StorageUnavailable("jobs put")
        written = super().put(job)
        if how == "after":
            raise StorageUnavailable("jobs put")
        return written and how != "said to be another's"


class Place:
    """A worker that has its job."""

    def __init__(self) -> None:
        self.jobs, self.clock = Away(), VirtualClock()
        job = taken(asked(WISH, "c1", self.clock.now()), "w1", self.clock.now())
        assert job is not None
        assert self.jobs.put(job)
        self.lease = Lease(self.jobs, self.clock, self.job)

    @property
    def job(self) -> Job:
        (job,) = self.jobs.jobs.values()
        return job

    def end(self) -> Job | None:
        return self.lease.write(lambda job: ended(job, CACHED, self.clock.now()))

    def lose(self, worker: str = "w2") -> None:
        """The lease runs out, and another worker takes the job."""
        self.clock.advance(LEASE)
        job = taken(self.job, worker, self.clock.now())
        assert job is not None
        assert self.jobs.put(job)


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_lease_is_renewed_and_its_job_ended(place: Place) -> None:
    for _ in range(3):
        place.clock.advance(BEAT)
        assert place.lease.renew()
        assert place.job.due_at == place.clock.now() + LEASE
    assert place.end() == place.job
    assert (place.job.state, place.job.reason) == (State.ANSWERED, "cached")
    assert not place.lease.renew(), "the job has ended"
    assert place.job.state is State.ANSWERED


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_store_that_is_away_takes_no_lease(place: Place, effect: str) -> None:
    """Whether its write took effect or not, the worker goes on."""
    place.jobs.fails = [effect] * 3
    for _ in range(3):
        place.clock.advance(BEAT)
        assert place.lease.renew(), "asked again at the next beat"
    place.clock.advance(BEAT)
    assert place.lease.renew()
    assert place.job.due_at == place.clock.now() + LEASE
    place.jobs.fails = [effect]
    with pytest.raises(StorageUnavailable):
        place.end()
    if effect == "after":
        assert place.job.state is State.ANSWERED


def test_an_end_after_renewals_whose_effect_is_unknown_is_written(place: Place) -> None:
    place.jobs.fails = ["after"]
    place.clock.advance(BEAT)
    assert place.lease.renew()
    assert place.end() == place.job
    assert place.job.state is State.ANSWERED


def test_a_write_of_our_own_that_is_said_to_be_another_s_is_known_again(place: Place) -> None:
    """As the AWS SDK does, which sends a request again when it has lost the answer."""
    place.jobs.fails = ["said to be another's"] * 2
    place.clock.advance(BEAT)
    assert place.lease.renew()
    assert place.end() == place.job
    assert place.job.state is State.ANSWERED


@pytest.mark.parametrize("worker", ["w2", ""])
def test_a_lease_that_another_worker_has_is_lost(place: Place, worker: str) -> None:
    place.lose(worker)
    theirs = place.job
    assert not place.lease.renew()
    assert place.end() is None
    assert place.job == theirs


@pytest.mark.parametrize("state", ["asked again", "gone", "ended"])
def test_a_lease_is_lost_with_whatever_became_of_its_job(place: Place, state: str) -> None:
    place.clock.advance(LEASE)
    if state == "gone":
        place.jobs.jobs.clear()
    elif state == "ended":
        place.lose()
        assert place.jobs.put(ended(place.job, CACHED, place.clock.now()))
    else:
        assert place.jobs.put(asked_again(place.job, place.clock.now()))
    left = dict(place.jobs.jobs)
    assert not place.lease.renew()
    assert place.end() is None
    assert place.jobs.jobs == left


def test_a_lease_that_ran_out_is_ours_until_somebody_takes_the_job(place: Place) -> None:
    place.clock.advance(10 * LEASE)
    assert place.lease.renew()
    assert taken(place.job, "w2", place.clock.now() + LEASE - timedelta(seconds=1)) is None


def test_a_job_that_another_writes_all_the_time_is_left_alone(place: Place) -> None:
    put = place.jobs.put

    def overtaken(job: Job) -> bool:
        assert put(replace(place.job, reason=f"{place.jobs.writes}"))
        return put(job)

    place.jobs.put = overtaken  # type: ignore[method-assign]
    assert not place.lease.renew()
    assert place.job.state is State.TAKEN


def test_a_renewal_and_the_end_at_once_are_one_after_the_other(place: Place) -> None:
    """The end waits for the renewal that is on its way, and is written over it."""
    entered, go_on, put = threading.Event(), threading.Event(), place.jobs.put

    def slow(job: Job) -> bool:
        if job.state is State.TAKEN:
            entered.set()
            assert go_on.wait(60)
        return put(job)

    place.jobs.put = slow  # type: ignore[method-assign]
    renewing = threading.Thread(target=place.lease.renew)
    ends: list[Job | None] = []
    ending = threading.Thread(target=lambda: ends.append(place.end()))
    renewing.start()
    assert entered.wait(60)
    ending.start()
    go_on.set()
    for thread in (renewing, ending):
        thread.join()
    assert ends == [place.job]
    assert (place.job.state, place.job.revision) == (State.ANSWERED, 3)
