"""Parking: a step that cannot go on leaves its change to a wait, and its execution ends.

A step that works stays in its execution; one that waits does not. For a minute the workflow tries
again by itself, since most waits are that short. A circuit that is open says at once that the wait
is longer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.breaker import SLOTS, Circuit
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    PacsUnavailable,
    StudyNotFoundYet,
    Transient,
)
from functions.drimbox.publication.asking_pacs import is_before
from functions.drimbox.publication.change import PARKED, Waited
from functions.drimbox.publication.waiting import wait as waits_of
from functions.drimbox.publication.waiting.ticker import LONGEST, ring
from functions.drimbox.publication.waiting.wait import AGENT, Wait
from functions.drimbox.tenants.model import Link
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from functions.drimbox.publication.change import Change, Step
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.waiting.ticker import Ticks

# The tries of a step that follow its first one in the same execution: infra/workflows/tasks.py
# spreads them over a minute.
QUICK_TRIES: Final = 5


@frozen
class Parking:
    """Where the changes of a tenant are left. ``unit``: the deployment's pause between two probes
    of an unreachable service, from which the pauses of all waits follow.
    """

    site: Site
    ticks: Ticks
    unit: timedelta

    def attempt(
        self, change: Change, at: Step, tries: int, work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """The state that ``work`` gives, which is the step ``at``; the outcome ``parked`` when the
        change waits outside the workflow from now on.

        ``tries``: how often this execution has called the step before. Raises as ``work`` does, and
        StorageUnavailable.
        """
        try:
            return work()
        except Transient as error:
            thing = self._thing(change, tries, error)
            if not thing:
                raise
            self._park(change, at, thing, error)
        return change.state(outcome=PARKED)

    def _thing(self, change: Change, tries: int, error: Transient) -> str:
        """The thing to wait for outside the workflow, "" for an error that is tried again."""
        circuit = waits_of.circuit_of(error)
        if circuit and waits_of.is_circuit(circuit) and self._is_shut(circuit, error):
            return circuit
        own = waits_of.own_thing_of(error, change.study_instance_uid)
        # Where the last wait was for the same, tries in a row have been in vain already.
        is_long = bool(error.circuit) or tries >= QUICK_TRIES or change.waited.thing == own
        return own if is_long or self._is_of_agent(error) else ""

    def _is_of_agent(self, error: Transient) -> bool:
        """Whether the site's agent has said so, or is to say it: it tries again by itself, and the
        next try of a step would read the same answer."""
        if self.site.tenant.link is not Link.AGENT:
            return False
        return isinstance(error, PacsUnavailable | StudyNotFoundYet)

    def _is_shut(self, circuit: str, error: Transient) -> bool:
        return circuit == AGENT or bool(error.circuit) or self._is_open(circuit)

    def _is_open(self, circuit: str) -> bool:
        if not is_before(self.site, circuit):
            return False
        room = self.site.breaker.room(circuit, waits_of.policy_of(circuit))
        return room.circuit is Circuit.OPEN

    def _park(self, change: Change, at: Step, thing: str, error: Transient) -> None:
        now, waited = self.site.clock.now(), change.waited
        again = waited.thing == thing
        looks = waited.looks + 1 if again else 0
        since = waited.since if again and waited.since is not None else now
        until = error.until or now + self.site.tenant.outage_patience
        # A step that goes on although its patience is over is not called without a pause.
        until = max(until, now + self.unit / SLOTS)
        pauses = not waits_of.is_circuit(thing)
        due_at = min(until, now + waits_of.pause_of(thing, looks, self.unit)) if pauses else until
        following = Waited(waited.wake + 1, thing, looks, since)
        if isinstance(error, AnswerAwaited):
            following = replace(waited, wake=waited.wake + 1, job=error.job)
        wait = Wait(
            replace(change, waited=following),
            at,
            thing,
            since,
            due_at,
            until,
            patience=waits_of.patience_with(thing, self.site.tenant),
        )
        self.site.waits.put(wait)
        if isinstance(error, AgentAway | AnswerAwaited) and error.has_come():
            # Its bringer may have looked for waits before this one was written.
            self.site.waits.put(replace(wait, due_at=now))
            ring(self.site.waits, self.ticks, self.site.clock, now, enough_at=now)
        else:
            self._ring(thing, now, due_at)

    def _ring(self, thing: str, now: datetime, due_at: datetime) -> None:
        """A tick is to come. It is asked for after the wait was written: a circuit that has closed
        since the step met it is seen here, or its next tick sees the wait.
        """
        site = self.site
        if not waits_of.is_circuit(thing):
            ring(site.waits, self.ticks, site.clock, due_at, enough_at=due_at)
        elif thing == AGENT or self._is_open(thing):
            enough_at = min(due_at, now + LONGEST * self.unit)
            ring(site.waits, self.ticks, site.clock, now + self.unit, enough_at=enough_at)
        else:
            soon = now + self.unit / SLOTS
            ring(site.waits, self.ticks, site.clock, soon, enough_at=soon)
