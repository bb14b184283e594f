"""A signal tells a process to stop at every moment, also at the one at which it begins to wait."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from infra.local.stopping import Stopping


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR2)
    yield
    signal.signal(signal.SIGUSR2, before)


def test_it_waits_its_time_and_ends_at_once_when_it_is_told() -> None:
    stopping = Stopping.by_signals([signal.SIGUSR2])
    begun = time.monotonic()
    assert not stopping.wait(0.02)
    assert time.monotonic() - begun >= 0.02
    signal.raise_signal(signal.SIGUSR2)
    assert stopping.is_set()
    assert stopping.wait(3600)


def test_signals_never_block_the_thread_that_waits() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    stopping = Stopping.by_signals([signal.SIGVTALRM])
    # A signal for each few microseconds of work: an event's lock is held at one of them.
    signal.setitimer(signal.ITIMER_VIRTUAL, 1e-5, 1e-5)
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            stopping.wait(0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert stopping.is_set()
