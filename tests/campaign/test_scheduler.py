"""Workers that take turns."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from threading import Lock, Thread

import pytest

from tests.campaign.scheduler import Hung, Scheduler
from tests.fakes.memory import VirtualClock


@pytest.mark.parametrize("seed", [None, *range(20)])
def test_a_worker_that_waits_for_a_lock_hands_over(seed: int | None) -> None:
    order = None if seed is None else Random(seed)  # noqa: S311
    scheduler = Scheduler(VirtualClock(), order)
    lock, inside, done = scheduler.lock(), [], []

    def work(name: str) -> None:
        with lock:
            inside.append(name)
            for _ in range(3):
                scheduler.give_way()
            assert inside == [name]
            inside.clear()
        done.append(name)

    for name in ("first", "second", "third"):
        scheduler.spawn(lambda name=name: work(name))  # type: ignore[misc]
    assert ended(scheduler)
    assert sorted(done) == ["first", "second", "third"]


def test_a_lock_is_given_back_by_a_worker_that_fails() -> None:
    scheduler = Scheduler(VirtualClock(), Random(1))  # noqa: S311
    lock = scheduler.lock()
    done = []

    def fails() -> None:
        with pytest.raises(ValueError, match="inside"), lock:
            raise ValueError("inside")

    def follows() -> None:
        scheduler.sleep(timedelta(seconds=1))
        with lock:
            done.append(True)

    scheduler.spawn(fails)
    scheduler.spawn(follows)
    assert ended(scheduler)
    assert done == [True]


def test_a_worker_that_waits_for_another_lock_is_told() -> None:
    scheduler = Scheduler(VirtualClock(), Random(1))  # noqa: S311
    scheduler.longest = 0.05
    lock = Lock()

    def work() -> None:
        with lock:
            scheduler.pause()

    scheduler.spawn(work)
    with lock, pytest.raises(Hung):
        scheduler.run()


def ended(scheduler: Scheduler) -> bool:
    """Whether the run ends; a test must not hang with it."""
    run = Thread(target=scheduler.run, daemon=True)
    run.start()
    run.join(30)
    return not run.is_alive()
