"""Circuit breakers: an unreachable PACS or DMP is probed once per pause (a minute) and tenant.

One circuit per service or identity that can fail, shared by every function of a tenant through
conditional writes (:class:`Circuits`). It is closed (all pass), open (one probe at a time, and not
before its time) or recovering (a growing number pass, so that thousands of waiting executions do
not arrive at once). An execution that may not pass waits and asks again: nothing is lost, nothing
is done twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.retry_after import wait
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.ports import Clock

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A probe that has not reported by then is dead, or long at work: another may leave, no sooner than
# after a probe that failed.
LEASE: Final = timedelta(minutes=1)
# Failures further apart than this do not belong to one outage.
_SAME_OUTAGE: Final = timedelta(minutes=10)
# Recovery: the number of slots in a pause, the most passes in one slot (one in the first, two in
# the next, then four…), and the length of the recovery in pauses. A publication that passes makes
# two calls: a service that returns has a hundred in ten seconds at most, new reports included.
SLOTS: Final = 6
MOST_PASSES: Final = 45
_RECOVERY: Final = 30
# A service whose recovery fails sooner was never back: its outage goes on.
_BACK: Final = timedelta(minutes=15)
# While a call goes on for longer, others may fail, and its answer counts between their failures.
_BRIEF: Final = timedelta(seconds=5)
# After a conflict with another writer, read again at most this many times.
_TRIES: Final = 5


class Circuit(StrEnum):
    """The state of a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    RECOVERING = "recovering"


@frozen
class CircuitState:
    """The stored state of one circuit.

    ``failures``: in a row, while closed. ``since``: when it entered ``circuit``. ``began``: when
    the outage began, while it goes on. ``failed_at``: the last failure that counted. While open,
    ``asked_at`` is when the last call left (None: another may leave now) and ``leased_until`` says
    that it is on its way. While recovering, ``passed`` left in the slot ``slot``. ``not_before``:
    the service asked to be left alone until then. ``subjects``: those for which it failed since its
    last answer, and perhaps for them alone, at most one less than open the circuit.
    """

    name: str
    revision: int = 0
    circuit: Circuit = Circuit.CLOSED
    failures: int = 0
    since: datetime = _NEVER
    began: datetime | None = None
    failed_at: datetime | None = None
    asked_at: datetime | None = None
    leased_until: datetime | None = None
    not_before: datetime | None = None
    slot: int = 0
    passed: int = 0
    subjects: tuple[str, ...] = ()

    @property
    def away_since(self) -> datetime:
        """When the outage of an open circuit began: one that an earlier version opened says only
        when it opened.
        """
        return self.began or self.since

    def is_away(self, at: datetime) -> bool:
        """Whether its outage goes on: open, or answering for too short a while to be back."""
        recovers = self.circuit is Circuit.RECOVERING and at - self.since < _BACK
        return self.circuit is Circuit.OPEN or recovers


class Circuits(Protocol):
    """The circuits of one tenant. All raise StorageUnavailable."""

    def get(self, name: str) -> CircuitState:
        """Read consistently; one of revision 0 when nothing is known of it."""
        ...

    def several(self, names: Sequence[str]) -> Mapping[str, CircuitState]:
        """Each of them as :meth:`get` gives it, read at once."""
        ...

    def put(self, state: CircuitState) -> bool:
        """Store ``state`` as the next revision if the stored one is still its own; False if not."""
        ...


@frozen
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
# One study of which the service said when to come back (:meth:`Breaker.silenced`).
SUBJECT: Final = Policy(1, 1, ramps=False)


@frozen
class Room:
    """``calls`` would pass a circuit in the state ``circuit`` now; of an open one, ``asked_at`` is
    when the last call left (None: another may leave now).
    """

    circuit: Circuit
    calls: int
    asked_at: datetime | None = None


@frozen
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

    def look(self, names: Sequence[str]) -> Mapping[str, CircuitState]:
        """The states of these circuits for :meth:`admit` at once. Raises StorageUnavailable."""
        return self._circuits.several(names)

    def admit(
        self,
        name: str,
        policy: Policy,
        *,
        forced: bool = False,
        seen: CircuitState | None = None,
    ) -> Pass | None:
        """Permission to call now, None for "wait". ``forced``: an operator says that the cause is
        removed. ``seen``: its state as the caller has just read it (:meth:`look`).

        Raises StorageUnavailable.
        """
        for _ in range(_TRIES):
            at = self._clock.now()
            state, seen = seen or self._circuits.get(name), None
            pause = self._pause * (1 if forced else policy.pauses)
            wished = _admitted(state, at, pause, self._pause)
            if wished is None:
                return None
            if wished is state or self._circuits.put(wished):
                return Pass(policy, self._pause, wished, at)
        return None

    def room(self, name: str, policy: Policy) -> Room:
        """How many calls would pass now; none of them is counted by this look.

        Raises StorageUnavailable.
        """
        at, state = self._clock.now(), self._circuits.get(name)
        if state.circuit is Circuit.OPEN:
            admitted = _admitted(state, at, self._pause * policy.pauses, self._pause)
            return Room(state.circuit, 0 if admitted is None else 1, state.asked_at)
        if _has_recovered(state, at, self._pause):
            return Room(state.circuit, MOST_PASSES)
        slot, passed = _passed(state, at, self._pause)
        return Room(state.circuit, max(0, _most(slot) - passed))

    def answered(self, leave: Pass) -> None:
        """The called service has answered, with any content."""
        seen = leave.seen
        was_calm = seen.circuit is Circuit.CLOSED and not seen.failures and not seen.subjects
        if was_calm and self._clock.now() - leave.given_at < _BRIEF:
            return  # nothing to forget
        self._report(leave, _answered)

    def failed(self, leave: Pass, retry_after: tuple[str, ...] = ()) -> None:
        """The called service did not answer, or refused.

        ``retry_after``: when it asked to be left alone, in its own words (Retry-After). One such
        answer opens the circuit, and no call leaves before its time, not even a forced one.
        """

        def change(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
            asked = wait(retry_after, at)
            return _silenced(state, leave, at, at + asked) if asked else _failed(state, leave, at)

        self._report(leave, change)

    def failed_for(
        self,
        leave: Pass,
        subject: str,
        retry_after: tuple[str, ...] = (),
        *,
        answers: bool = False,
    ) -> None:
        """The called service failed for ``subject``, and perhaps for it alone. However often, that
        is one fault; as many subjects in a row as the policy's threshold open the circuit.

        ``answers``: it has answered another question since, so that a probe has found it.
        ``retry_after``: obeyed by all once the circuit is open; before, it is the subject's alone
        (:meth:`silenced`).
        """

        def change(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
            if state.circuit is Circuit.OPEN:
                after = _answered(state, leave, at) if answers else _failed(state, leave, at)
            else:
                after = _failed_for(state, leave, at, subject)
            asked = wait(retry_after, at)
            if asked and after.circuit is Circuit.OPEN:
                return _silenced(after, leave, at, at + asked)
            return after

        self._report(leave, change)

    def silenced(self, leave: Pass, retry_after: tuple[str, ...]) -> None:
        """The called service asked to be left alone about the subject of this circuit, and no call
        leaves before its time. Words that ask for nothing say nothing: as :meth:`unused`."""

        def change(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
            asked = wait(retry_after, at)
            return _silenced(state, leave, at, at + asked) if asked else _unused(state, leave, at)

        self._report(leave, change)

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
        if any(end is not None and at < end for end in (state.leased_until, state.not_before)):
            return None
        # A probe whose lease ran out has said nothing: nobody waits for it as after a failure.
        failed_at = state.asked_at if state.leased_until is None else None
        if failed_at is not None and at < failed_at + pause:
            return None
        return replace(state, asked_at=at, leased_until=at + LEASE)
    if _has_recovered(state, at, unit):
        return state
    slot, passed = _passed(state, at, unit)
    if passed >= _most(slot):
        return None
    return replace(state, slot=slot, passed=passed + 1)


def _passed(state: CircuitState, at: datetime, unit: timedelta) -> tuple[int, int]:
    """The slot of a recovery, and how many calls have passed in it."""
    slot = (at - state.since) // (unit / SLOTS)
    return slot, state.passed if slot == state.slot else 0


def _most(slot: int) -> int:
    """The most calls that pass in a slot of a recovery."""
    return min(1 << min(slot, 10), MOST_PASSES)


def _answered(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:
    probe = leave.seen.circuit is Circuit.OPEN
    if probe and state.circuit is Circuit.OPEN:
        if not leave.policy.ramps:
            return CircuitState(state.name, state.revision, since=at)
        began = state.away_since
        return CircuitState(state.name, state.revision, Circuit.RECOVERING, since=at, began=began)
    if state.circuit is Circuit.CLOSED and (state.failures or state.subjects):
        return CircuitState(state.name, state.revision, since=at)
    return replace(state, subjects=()) if state.subjects else state


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
    return _opened(state, at)


def _failed_for(state: CircuitState, leave: Pass, at: datetime, subject: str) -> CircuitState:
    """It counts if its subject is not counted yet."""
    if leave.given_at < state.since:
        return state  # as in _failed
    again = state.failed_at is not None and at - state.failed_at <= _SAME_OUTAGE
    known = state.subjects if again else ()
    if subject in known:
        return state
    if len(known) + 1 >= leave.policy.threshold:
        return _opened(state, at)
    return replace(state, subjects=(*known, subject), failed_at=at)


def _silenced(state: CircuitState, leave: Pass, at: datetime, until: datetime) -> CircuitState:
    """Open until ``until`` at least: the longest wait that the service asked for."""
    if state.circuit is Circuit.OPEN:
        until = max(until, state.not_before or until)
        return replace(_unleased(state, leave, state.asked_at), not_before=until)
    return replace(_opened(state, at), not_before=until)


def _opened(state: CircuitState, at: datetime) -> CircuitState:
    began = state.away_since if state.is_away(at) else at
    return CircuitState(
        state.name, state.revision, Circuit.OPEN, since=at, began=began, asked_at=at
    )


def _unused(state: CircuitState, leave: Pass, at: datetime) -> CircuitState:  # noqa: ARG001
    return _unleased(state, leave, None)


def _unleased(state: CircuitState, leave: Pass, asked_at: datetime | None) -> CircuitState:
    """``state`` without the lease of ``leave``; unchanged while another probe holds the lease."""
    if state.leased_until is None or state.leased_until != leave.seen.leased_until:
        return state
    return replace(state, asked_at=asked_at, leased_until=None)


def _has_recovered(state: CircuitState, at: datetime, unit: timedelta) -> bool:
    return state.circuit is Circuit.CLOSED or at - state.since > _RECOVERY * unit
