"""Circuit breakers: an unreachable PACS or DMP is probed once a minute per tenant.

One circuit per service or identity that can fail, shared by every function of a tenant through
conditional writes (:class:`Circuits`). It is closed (all pass), open (one probe at a time, and not
before its time) or recovering (a growing number pass, so that thousands of waiting executions do
not arrive at once). An execution that may not pass waits and asks again: nothing is lost, nothing
is done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.ports import Clock

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Lambda ends a step after two minutes: a probe that has not reported by then is dead.
LEASE: Final = timedelta(seconds=150)
# Failures further apart than this do not belong to one outage.
_SAME_OUTAGE: Final = timedelta(minutes=10)
# Recovery: the number of slots in a pause, the most passes in one slot (one in the first, two in
# the next, then four…), and the length of the recovery in pauses.
_SLOTS: Final = 6
_MOST: Final = 50
_RECOVERY: Final = 30
# After a conflict with another writer, read again at most this many times.
_TRIES: Final = 5


class Circuit(StrEnum):
    """The state of a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    RECOVERING = "recovering"


@dataclass(frozen=True, slots=True)
class CircuitState:
    """The stored state of one circuit.

    ``failures``: in a row, while closed. ``since``: when it entered ``circuit``. ``failed_at``: the
    last failure that counted. While open, ``asked_at`` is when the last call left (None: another
    may leave now) and ``leased_until`` says that it is on its way. While recovering, ``passed``
    left in the slot ``slot``.
    """

    name: str
    revision: int = 0
    circuit: Circuit = Circuit.CLOSED
    failures: int = 0
    since: datetime = _NEVER
    failed_at: datetime | None = None
    asked_at: datetime | None = None
    leased_until: datetime | None = None
    slot: int = 0
    passed: int = 0


class Circuits(Protocol):
    """The circuits of one tenant. Both raise StorageUnavailable."""

    def get(self, name: str) -> CircuitState:
        """Read consistently; one of revision 0 when nothing is known of it."""
        ...

    def put(self, state: CircuitState) -> bool:
        """Store ``state`` as the next revision if the stored one is still its own; False if not."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """``threshold``: failures in a row that open it. ``pauses``: probe interval, as a multiple of
    the deployment's pause (1 when an operator forces it). ``ramps``: re-admit callers gradually
    after recovery.
    """

    threshold: int
    pauses: int
    ramps: bool


# An unreachable service. A single fault does not open the circuit: its caller tries again.
SERVICE: Final = Policy(3, 1, ramps=True)
# A refused identity: one refusal is enough, and it seldom ends without an operator.
IDENTITY: Final = Policy(1, 15, ramps=False)


@dataclass(frozen=True, slots=True)
class Pass:
    """Permission to call. ``seen``: the circuit state that it wrote, including its lease."""

    policy: Policy
    pause: timedelta
    seen: CircuitState
    given_at: datetime


class Breaker:
    """Decides who may call; ``circuits`` stores the states. ``pause``: time between two probes of
    an unreachable service, the same in all functions of a deployment. A report that cannot be
    stored is left out: a probe's lease ends after LEASE.
    """

    def __init__(self, circuits: Circuits, clock: Clock, pause: timedelta) -> None:
        self._circuits = circuits
        self._clock = clock
        self._pause = pause

    def admit(self, name: str, policy: Policy, *, forced: bool = False) -> Pass | None:
        """Permission to call now, None for "wait". ``forced``: an operator says that the cause is
        removed.

        Raises StorageUnavailable.
        """
        for _ in range(_TRIES):
            at = self._clock.now()
            state = self._circuits.get(name)
            pause = self._pause * (1 if forced else policy.pauses)
            wished = _admitted(state, at, pause, self._pause)
            if wished is None:
                return None
            if wished is state or self._circuits.put(wished):
                return Pass(policy, self._pause, wished, at)
        return None

    def answered(self, leave: Pass) -> None:
        """The called service has answered, with any content."""
        if leave.seen.circuit is Circuit.CLOSED and not leave.seen.failures:
            return  # nothing to forget
        self._report(leave, _answered)

    def failed(self, leave: Pass) -> None:
        """The called service did not answer, or refused."""
        self._report(leave, _failed)

    def unused(self, leave: Pass) -> None:
        """No call was made, or its result says nothing: another probe may leave at once."""
        if leave.seen.circuit is Circuit.OPEN:
            self._report(leave, _unused)

    def _report(
        self, leave: Pass, change: Callable[[CircuitState, Pass, datetime], CircuitState]
    ) -> None:
        try:
            for _ in range(_TRIES):
                state = self._circuits.get(leave.seen.name)
                wished = change(state, leave, self._clock.now())
                if wished is state or self._circuits.put(wished):
                    return
        except StorageUnavailable:
            return  # the effect stands, even if the circuit does not hear of it


def _admitted(
    state: CircuitState, at: datetime, pause: timedelta, unit: timedelta
) -> CircuitState | None:
    """The state after one more pass (``state`` itself where passes are not counted), None for no.

    ``pause``: least time since the last probe; ``unit``: the deployment's pause.
    """
    if state.circuit is Circuit.OPEN:
        on_its_way = state.leased_until is not None and at < state.leased_until
        if on_its_way or (state.asked_at is not None and at < state.asked_at + pause):
            return None
        return replace(state, asked_at=at, leased_until=at + LEASE)
    if _has_recovered(state, at, unit):
        return state
    slot = (at - state.since) // (unit / _SLOTS)
    passed = state.passed if slot == state.slot else 0
    if passed >= min(2 ** min(slot, 10), _MOST):
        return None
    return replace(state, slot=slot, passed=passed + 1)


def _answered(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
    probe = leave.seen.circuit is Circuit.OPEN
    if probe and state.circuit is Circuit.OPEN:
        after = Circuit.RECOVERING if leave.policy.ramps else Circuit.CLOSED
        return CircuitState(state.name, state.revision, after, since=at)
    if state.circuit is Circuit.CLOSED and state.failures:
        return CircuitState(state.name, state.revision, since=at)
    return state


def _failed(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
    if state.circuit is Circuit.OPEN:
        return _unleased(state, leave, state.asked_at)
    if leave.given_at < state.since:
        return state  # this call left before the service recovered
    if _has_recovered(state, at, leave.pause):
        again = state.failed_at is not None and at - state.failed_at <= _SAME_OUTAGE
        failures = state.failures + 1 if again else 1
        if failures < leave.policy.threshold:
            closed = CircuitState(state.name, state.revision, since=state.since)
            return replace(closed, failures=failures, failed_at=at)
    return CircuitState(state.name, state.revision, Circuit.OPEN, since=at, asked_at=at)


def _unused(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:  # noqa: ARG001
    return _unleased(state, leave, None)


def _unleased(state: CircuitState, leave: Pass, asked_at: datetime | None) -> CircuitState:
    """``state`` without the lease of ``leave``; unchanged while another probe holds the lease."""
    if state.leased_until is None or state.leased_until != leave.seen.leased_until:
        return state
    return replace(state, asked_at=asked_at, leased_until=None)


def _has_recovered(state: CircuitState, at: datetime, unit: timedelta) -> bool:
    return state.circuit is Circuit.CLOSED or at - state.since > _RECOVERY * unit
