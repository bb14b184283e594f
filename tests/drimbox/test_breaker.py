"""functions.drimbox.breaker: permissions to call, their times, and the effect of answers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

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
    Policy,
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


@pytest.mark.parametrize("policy", [SERVICE, IDENTITY])
def test_a_probe_that_dies_costs_a_minute_whatever_the_pause(policy: Policy) -> None:
    desk = Desk()
    for _ in range(policy.threshold):
        desk.breaker.failed(desk.leave(policy=policy))
    desk.clock.advance(MINUTE * policy.pauses)
    desk.leave(policy=policy)
    desk.clock.advance(MINUTE)
    desk.breaker.failed(desk.leave(policy=policy))
    desk.clock.advance(MINUTE * policy.pauses - SECOND)
    assert desk.ask(policy=policy) is None, "after a failure the whole pause"
    desk.clock.advance(SECOND)
    assert desk.ask(policy=policy) is not None


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
    assert passed == [1, 2, 4, 8, 16, 32, 45, 45]
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


def test_a_state_that_was_read_before_is_as_good_as_one_that_is_read_now() -> None:
    desk = Desk()
    seen = desk.breaker.look(("dmp", "pacs"))
    assert set(seen) == {"dmp", "pacs"}
    assert desk.breaker.admit("dmp", SERVICE, seen=seen["dmp"]) is not None
    desk.fail(3)
    assert desk.breaker.admit("dmp", SERVICE, seen=desk.breaker.look(("dmp",))["dmp"]) is None


def test_a_probe_that_another_one_has_taken_since_is_not_taken_twice() -> None:
    desk = Desk()
    desk.fail(3)
    desk.clock.advance(MINUTE)
    seen = desk.breaker.look(("dmp",))["dmp"]
    assert desk.breaker.admit("dmp", SERVICE, seen=seen) is not None
    assert desk.breaker.admit("dmp", SERVICE, seen=seen) is None


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


TEN_MINUTES = ("600",)


def test_a_service_that_says_when_to_come_back_is_not_asked_before(desk: Desk) -> None:
    desk.breaker.failed(desk.leave(), TEN_MINUTES)
    assert desk.circuit() is Circuit.OPEN
    desk.clock.advance(10 * MINUTE - SECOND)
    assert desk.ask() is None
    assert desk.ask(forced=True) is None, "an operator knows no better"
    desk.clock.advance(SECOND)
    desk.breaker.answered(desk.leave())
    assert (desk.circuit(), desk.state.not_before) == (Circuit.RECOVERING, None)


def test_it_may_say_so_by_a_date(desk: Desk) -> None:
    at = desk.clock.now().replace(microsecond=0) + 5 * MINUTE
    desk.breaker.failed(desk.leave(), (format_datetime(at, usegmt=True),))
    assert desk.state.not_before == at


@pytest.mark.parametrize("value", ["0", "-5", "soon", "", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_words_that_ask_for_nothing_are_a_failure_like_another(desk: Desk, value: str) -> None:
    desk.breaker.failed(desk.leave(), (value,))
    assert (desk.circuit(), desk.state.failures) == (Circuit.CLOSED, 1)


def test_it_silences_us_for_an_hour_at_most(desk: Desk) -> None:
    desk.breaker.failed(desk.leave(), ("86400",))
    desk.clock.advance(timedelta(hours=1) - SECOND)
    assert desk.ask() is None
    desk.clock.advance(SECOND)
    assert desk.ask() is not None


def test_of_calls_on_their_way_the_longest_wait_counts(desk: Desk) -> None:
    calls = [desk.leave() for _ in range(4)]
    for call, value in zip(calls, ("60", "600", "1", ""), strict=True):
        desk.breaker.failed(call, (value,))
    desk.clock.advance(10 * MINUTE - SECOND)
    assert desk.ask() is None


def test_a_probe_that_is_asked_to_wait_gives_its_lease_back(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.failed(desk.leave(), ("90",))
    assert desk.state.leased_until is None
    desk.clock.advance(89 * SECOND)
    assert desk.ask() is None
    desk.clock.advance(SECOND)
    assert desk.ask() is not None


def test_a_recovering_service_may_ask_for_rest_too(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.clock.advance(MINUTE)
    desk.breaker.failed(desk.leave(), TEN_MINUTES)
    desk.clock.advance(9 * MINUTE)
    assert desk.ask() is None


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


def fail_for(desk: Desk, *subjects: str) -> None:
    for subject in subjects:
        desk.breaker.failed_for(desk.leave(), subject, answers=True)


def test_a_subject_that_fails_alone_is_one_fault_however_often(desk: Desk) -> None:
    fail_for(desk, *"aaaaabababa")
    assert (desk.circuit(), desk.state.subjects) == (Circuit.CLOSED, ("a", "b"))
    assert desk.state.revision == 2, "a fault that is known costs no write"


def test_three_subjects_in_a_row_are_an_outage(desk: Desk) -> None:
    fail_for(desk, *"aabc")
    assert desk.circuit() is Circuit.OPEN
    assert desk.ask() is None


def test_an_answer_about_another_subject_forgets_them(desk: Desk) -> None:
    for _ in range(3):
        fail_for(desk, *"ab")
        desk.breaker.answered(desk.leave())
        assert desk.state.subjects == ()
    assert desk.circuit() is Circuit.CLOSED


def test_a_long_call_that_left_before_them_forgets_failures_by_its_answer(desk: Desk) -> None:
    """A series takes minutes: others fail on their own while it comes, and it does come."""
    for subject in "abcdef":
        under_way = desk.leave()
        desk.clock.advance(6 * SECOND)
        fail_for(desk, subject)
        desk.breaker.answered(under_way)
        assert desk.state.subjects == ()
    for _ in range(3):
        under_way = desk.leave()
        desk.fail(2)
        desk.clock.advance(MINUTE)
        desk.breaker.answered(under_way)
    assert desk.circuit() is Circuit.CLOSED


def test_a_long_call_costs_a_read_and_no_write(desk: Desk) -> None:
    under_way = desk.leave()
    desk.clock.advance(MINUTE)
    desk.breaker.answered(under_way)
    assert desk.circuits.circuits == {}


def test_a_long_call_that_left_before_an_outage_says_nothing_of_it(desk: Desk) -> None:
    under_way = desk.leave()
    fail_for(desk, *"abc")
    desk.clock.advance(6 * SECOND)
    desk.breaker.answered(under_way)
    assert desk.circuit() is Circuit.OPEN


def test_subjects_that_fail_far_apart_are_no_outage(desk: Desk) -> None:
    for subject in "abcdef":
        fail_for(desk, subject)
        desk.clock.advance(timedelta(minutes=11))
    assert (desk.circuit(), desk.state.subjects) == (Circuit.CLOSED, ("f",))


def test_a_probe_that_fails_for_its_subject_has_found_the_service(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    fail_for(desk, "a")
    assert desk.circuit() is Circuit.RECOVERING
    desk.clock.advance(10 * SECOND)
    fail_for(desk, "a", "b")
    assert (desk.circuit(), desk.state.subjects) == (Circuit.RECOVERING, ("a", "b"))
    desk.clock.advance(10 * SECOND)
    desk.breaker.answered(desk.leave())
    assert (desk.circuit(), desk.state.subjects) == (Circuit.RECOVERING, ())
    fail_for(desk, *"abc")
    assert desk.circuit() is Circuit.OPEN


def test_a_probe_that_fails_for_its_subject_alone_perhaps_has_found_nothing(desk: Desk) -> None:
    desk.fail(3)
    for subject in "aab":
        desk.clock.advance(MINUTE)
        desk.breaker.failed_for(desk.leave(), subject)
        assert desk.ask() is None, "the next probe is a minute away"
    assert desk.circuit() is Circuit.OPEN


def test_a_failure_for_a_subject_may_name_a_time_which_holds_once_it_is_open(desk: Desk) -> None:
    for subject in "ab":
        desk.breaker.failed_for(desk.leave(), subject, ("300",))
    assert (desk.circuit(), desk.state.subjects) == (Circuit.CLOSED, ("a", "b"))
    desk.breaker.failed_for(desk.leave(), "c", ("300",))
    assert desk.circuit() is Circuit.OPEN
    desk.clock.advance(4 * MINUTE)
    assert desk.ask() is None
    desk.clock.advance(MINUTE)
    assert desk.ask() is not None


def test_a_service_may_be_silent_of_one_thing(desk: Desk) -> None:
    desk.breaker.silenced(desk.leave(), ("soon",))
    assert desk.state.revision == 0
    desk.breaker.silenced(desk.leave(), ("300",))
    desk.clock.advance(5 * MINUTE - SECOND)
    assert desk.ask() is None
    desk.clock.advance(SECOND)
    desk.breaker.silenced(desk.leave(), ("soon",))
    assert desk.ask() is not None, "a probe that heard nothing gives its lease back"


def test_a_subject_that_left_before_the_outage_counts_nothing(desk: Desk) -> None:
    early = [desk.leave() for _ in "ab"]
    desk.fail(3)
    desk.breaker.failed_for(early[0], "a")
    assert desk.circuit() is Circuit.OPEN
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.breaker.failed_for(early[1], "b")
    assert (desk.circuit(), desk.state.subjects) == (Circuit.RECOVERING, ())


def test_a_recovery_that_fails_soon_goes_on_as_the_same_outage(desk: Desk) -> None:
    desk.fail(3)
    began = desk.clock.now()
    assert (desk.state.since, desk.state.away_since) == (began, began)
    for _ in range(3):
        desk.clock.advance(14 * MINUTE)
        desk.breaker.answered(desk.leave())
        assert desk.circuit() is Circuit.RECOVERING
        assert desk.state.is_away(desk.clock.now())
        desk.clock.advance(14 * MINUTE)
        desk.fail()
        assert desk.circuit() is Circuit.OPEN
        assert (desk.state.since, desk.state.away_since) == (desk.clock.now(), began)


def test_a_silence_that_ends_a_recovery_is_the_same_outage(desk: Desk) -> None:
    desk.fail(3)
    began = desk.clock.now()
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.breaker.failed(desk.leave(), ("120",))
    assert desk.circuit() is Circuit.OPEN
    assert desk.state.away_since == began


def test_a_recovery_that_fails_late_is_another_outage(desk: Desk) -> None:
    desk.fail(3)
    desk.clock.advance(MINUTE)
    desk.breaker.answered(desk.leave())
    desk.clock.advance(15 * MINUTE)
    assert not desk.state.is_away(desk.clock.now())
    desk.fail()
    assert desk.circuit() is Circuit.OPEN
    assert desk.state.away_since == desk.clock.now()


def test_an_identity_that_is_taken_again_is_back_at_once(desk: Desk) -> None:
    desk.breaker.failed(desk.leave(policy=IDENTITY))
    desk.clock.advance(15 * MINUTE)
    desk.breaker.answered(desk.leave(policy=IDENTITY))
    assert not desk.state.is_away(desk.clock.now())


def test_a_circuit_that_an_earlier_version_opened_says_when_it_opened(desk: Desk) -> None:
    at = desk.clock.now()
    desk.circuits.put(CircuitState("dmp", circuit=Circuit.OPEN, since=at))
    assert desk.state.away_since == at
