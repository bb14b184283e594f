"""functions.drimbox.breaker: permissions to call, their times, and the effect of answers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.breaker import (
    IDENTITY,
    LEASE,
    SERVICE,
    Breaker,
    Circuit,
    CircuitState,
    Pass,
)
from functions.drimbox.errors import StorageUnavailable
from tests.fakes.memory import MemoryCircuits, VirtualClock

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Desk:
    """A breaker on a virtual clock, and its stored circuits."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    circuits: MemoryCircuits = field(default_factory=MemoryCircuits)

    @property
    def breaker(self) -> Breaker:
        """Another function each time: nothing is shared but the table."""
        return Breaker(self.circuits, self.clock, MINUTE)

    def ask(self, *, forced: bool = False, policy: object = SERVICE) -> Pass | None:
        return self.breaker.admit("dmp", policy, forced=forced)  # type: ignore[arg-type]

    def leave(self, **more: object) -> Pass:
        found = self.ask(**more)  # type: ignore[arg-type]
        assert found is not None
        return found

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.failed(self.leave())

    def circuit(self) -> Circuit:
        return self.state.circuit

    @property
    def state(self) -> CircuitState:
        return self.circuits.get("dmp")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_service_that_answers_costs_no_write(desk: Desk) -> None:
    for _ in range(5):
        desk.breaker.answered(desk.leave())
    assert desk.circuits.circuits == {}


def test_three_failures_in_a_row_open_it(desk: Desk) -> None:
    desk.fail(2)
    assert desk.circuit() is Circuit.CLOSED
    desk.fail()
    assert desk.circuit() is Circuit.OPEN
    assert desk.ask() is None


def test_an_answer_between_failures_forgets_them(desk: Desk) -> None:
    for _ in range(4):
        desk.fail(2)
        desk.breaker.answered(desk.leave())
    assert desk.circuit() is Circuit.CLOSED


def test_failures_far_apart_are_not_one_outage(desk: Desk) -> None:
    for _ in range(9):
        desk.fail()
        desk.clock.advance(timedelta(minutes=11))
    assert desk.circuit() is Circuit.CLOSED


def test_an_unreachable_service_is_probed_once_a_minute_by_one(desk: Desk) -> None:
    desk.fail(3)
    asked: list[datetime] = []
    for _ in range(60 * 20):
        desk.clock.advance(SECOND)
        leave = desk.ask()
        if leave is not None:
            asked.append(desk.clock.now())
            assert desk.ask() is None
            desk.breaker.failed(leave)
    assert len(asked) == 20
    assert all(b - a >= MINUTE for a, b in itertools.pairwise(asked))


def test_a_probe_that_dies_frees_itself(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    dead = desk.leave()
    desk.clock.advance(LEASE - SECOND)
    assert desk.ask() is None
    desk.clock.advance(SECOND)
    assert desk.leave().seen.leased_until != dead.seen.leased_until
    # Its late report says nothing about the probe that is on its way now.
    desk.breaker.failed(dead)
    desk.breaker.unused(dead)
    assert desk.ask() is None


def test_a_probe_that_asked_nothing_makes_room(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.unused(desk.leave())
    assert desk.ask() is not None


def test_those_who_waited_come_back_by_and_by(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    assert desk.circuit() is Circuit.RECOVERING
    passed = []
    for _ in range(8):
        passed.append(sum(desk.ask() is not None for _ in range(100)))
        desk.clock.advance(10 * SECOND)
    assert passed == [1, 2, 4, 8, 16, 32, 50, 50]
    desk.clock.advance(timedelta(minutes=30))
    written = desk.state
    assert sum(desk.ask() is not None for _ in range(100)) == 100
    assert desk.state == written


def test_a_failure_while_it_recovers_opens_it_again(desk: Desk) -> None:
    late = desk.leave()
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.breaker.failed(late)  # it had left before
    assert desk.circuit() is Circuit.RECOVERING
    desk.clock.advance(SECOND)
    desk.fail()
    assert desk.circuit() is Circuit.OPEN
    assert desk.ask() is None


def test_once_it_has_recovered_one_failure_is_one(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.clock.advance(timedelta(minutes=31))
    desk.fail(2)
    assert desk.circuit() is Circuit.CLOSED
    desk.fail()
    assert desk.circuit() is Circuit.OPEN


def test_an_answer_to_who_left_before_the_outage_opens_nothing(desk: Desk) -> None:
    early = desk.leave()
    desk.fail(3)
    desk.breaker.answered(early)
    desk.breaker.unused(early)
    desk.breaker.failed(early)
    assert desk.circuit() is Circuit.OPEN


def test_an_identity_is_asked_for_again_after_a_quarter_of_an_hour_or_on_demand(
    desk: Desk,
) -> None:
    desk.breaker.failed(desk.leave(policy=IDENTITY))
    desk.clock.advance(timedelta(minutes=14))
    assert desk.ask(policy=IDENTITY) is None
    forced = desk.leave(policy=IDENTITY, forced=True)
    assert desk.ask(policy=IDENTITY, forced=True) is None
    desk.breaker.failed(forced)
    assert desk.ask(policy=IDENTITY, forced=True) is None  # many replays are one try a minute
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave(policy=IDENTITY, forced=True))
    assert desk.circuit() is Circuit.CLOSED
    assert all(desk.ask(policy=IDENTITY) is not None for _ in range(100))


class _Busy(MemoryCircuits):
    """Somebody else is always faster."""

    def put(self, state: CircuitState) -> bool:
        return False


class _Away(MemoryCircuits):
    """Reads once, then nothing."""

    reads = 0

    def get(self, name: str) -> CircuitState:
        self.reads += 1
        if self.reads > 1:
            raise StorageUnavailable
        return super().get(name)


def test_an_execution_that_cannot_take_the_probe_waits() -> None:
    desk = Desk()
    desk.fail(3)
    desk.clock.advance(MINUTE)
    busy = Desk(desk.clock, _Busy(desk.circuits.circuits))
    assert busy.ask() is None
    busy.breaker.failed(Pass(SERVICE, MINUTE, CircuitState("dmp"), desk.clock.now()))
    assert busy.state == desk.state


def test_a_report_that_cannot_be_kept_is_left_out_and_a_leave_is_not_given() -> None:
    desk = Desk(circuits=_Away())
    leave = desk.leave()
    desk.breaker.failed(leave)
    with pytest.raises(StorageUnavailable):
        desk.ask()


# Seconds that pass, then how a call ends that many seconds after it left, None for never.
_STEPS = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from(["failed", "answered", "unused", None])),
    max_size=120,
)


@given(_STEPS)
def test_at_any_time_a_dead_service_has_one_probe_a_minute(
    steps: list[tuple[int, str | None]],
) -> None:
    desk, asked = Desk(), list[datetime]()
    for seconds, ending in steps:
        desk.clock.advance(timedelta(seconds=seconds))
        was_open = desk.circuit() is Circuit.OPEN
        leave = desk.ask()
        if leave is None:
            assert desk.circuit() is not Circuit.CLOSED
            continue
        if was_open:
            asked.append(desk.clock.now())
        if ending is not None:
            getattr(desk.breaker, ending)(leave)
        if ending == "unused" and was_open:
            asked.pop()
    assert all(b - a >= MINUTE for a, b in itertools.pairwise(asked))


@given(_STEPS)
def test_it_is_never_closed_for_good(steps: list[tuple[int, str | None]]) -> None:
    desk = Desk()
    for seconds, ending in steps:
        desk.clock.advance(timedelta(seconds=seconds))
        leave = desk.ask()
        if leave is not None and ending is not None:
            getattr(desk.breaker, ending)(leave)
    desk.clock.advance(LEASE + MINUTE)
    assert desk.ask() is not None


def test_a_circuit_that_others_always_write_first_stops_no_call() -> None:
    desk = Desk()
    leave, tries = desk.leave(), []

    def refuse(state: CircuitState) -> bool:
        tries.append(state)
        return False

    desk.circuits.put = refuse  # type: ignore[method-assign]
    desk.breaker.failed(leave)
    assert len(tries) > 1, "it was tried again, a bounded number of times"
    assert desk.circuit() is Circuit.CLOSED
