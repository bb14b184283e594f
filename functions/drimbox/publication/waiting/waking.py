"""Waking: each tick of a tenant looks at its waits, and starts those whose time has come.

A change is woken by an execution whose name its wake number fixes, and only then its wait is
deleted, if no later one has taken its place: a tick that is delivered twice starts it once. So a
woken change is never lost, and a parked one is never deleted by the wake before.

======================  =============================================================
the wait                is woken
======================  =============================================================
its patience is over    at once: its step holds it with its reason, or goes on
its circuit is open     one change as the probe, each in its turn, after 1, 2, 4… at
                        most 10 units without any other call to the service; the PACS
                        is asked for the change's study instead, without an execution
its circuit recovers    as many as the circuit lets pass now, the longest wait first
its circuit is closed   45 in a sixth of a unit
a thing of one study    once it is there, or may be: looked for at its own pace
an agent                up to 50 in a sixth of a unit, once it is there
its site's link is      as soon: no circuit stands before an agent, and no agent
another one now         is before another link
an answer of an agent   when it comes, and once it is seen to be there
its start failed        after 10 units, behind the others
======================  =============================================================
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from zlib import crc32

from functions.drimbox.breaker import SLOTS, Circuit
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.asking_pacs import PACS, is_before
from functions.drimbox.publication.waiting import wait as waits_of
from functions.drimbox.publication.waiting.looking import Look, Looker
from functions.drimbox.publication.waiting.ticker import (
    LONGEST,
    LONGEST_DELAY,
    TRIES,
    Probe,
    Ticker,
    ring,
    send_next,
)
from functions.drimbox.publication.waiting.wait import AGENT, JOB, STUDY, TURN
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.start import Workflow
    from functions.drimbox.publication.waiting.ticker import Ticks
    from functions.drimbox.publication.waiting.wait import Wait

# The most changes that one tick wakes, and the most things of one study that it looks for.
MOST: Final = 50
# A tick that has looked for so long leaves the rest to the next one: its function ends after two
# minutes, and one look may be slow.
_LOOKS_FOR: Final = timedelta(seconds=40)
# A tick wakes a change within minutes of its patience.
_OVERDUE: Final = timedelta(hours=1)


class Starts(Protocol):
    """The ceiling of the starts of all tenants together."""

    def take(self, wanted: int) -> int:
        """How many of ``wanted`` starts may be made now. Raises StorageUnavailable."""
        ...


@frozen
class Swept:
    """The changes of a tenant that wait, and of these the ``overdue`` ones: their patience is over
    for long, and no tick has woken them.
    """

    waiting: int
    overdue: int


@frozen
class Waker:
    """Wakes the changes of one tenant. ``unit`` as in :class:`parking.Parking`; ``failed`` hears of
    each change that cannot be started for a reason of its own.
    """

    site: Site
    ticks: Ticks
    workflow: Workflow
    starts: Starts
    looker: Looker
    unit: timedelta
    failed: Callable[[Change, Exception], None]

    def hear(self, facts: Mapping[str, Any]) -> int:
        """Act on a message: the number of a ``tick``, the job that was ``answered`` with the
        message that may wait for it, or an agent that is ``back``; how many changes were woken.

        Raises StorageUnavailable: the same message is delivered again.
        """
        if "answered" in facts:
            return self.answered(facts["message_id"], facts["answered"])
        if "back" in facts:
            self.back()
            return 0
        return self.tick(int(facts["tick"]))

    def tick(self, number: int) -> int:
        """One tick; how many changes were woken. A tick that is older than the ticker does nothing.

        Raises StorageUnavailable: the same tick is delivered again.
        """
        ticker = self.site.waits.ticker()
        if number < ticker.number:
            return 0
        tenant = self.site.tenant
        waiting = tuple(waits_of.followed(one, tenant) for one in self.site.waits.all())
        plan = _Plan(self, waiting, ticker, number)
        plan.make()
        woken = self._wake(plan)
        self._go_on(plan, are_left=len(waiting) > woken)
        return woken

    def answered(self, message_id: str, job: str) -> int:
        """The site's agent has answered a job that this message's change may wait for; how many
        changes were woken. One that may not start now is left to the next tick.

        Raises StorageUnavailable: the same news is delivered again.
        """
        woken, now = 0, self.site.clock.now()
        waiting = [one for one in self.site.waits.of(message_id) if one.thing == f"{JOB}/{job}"]
        for wait in waiting:
            if not wait.may_start(now) or not self.starts.take(1):
                self.site.waits.put(replace(wait, due_at=now))
                self.back()
                continue
            try:
                self.workflow.start(wait.change, wait.at)
            except StorageUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  # as in a tick
                self._put_off(wait, error)
            else:
                self.site.waits.forget(wait)
                woken += 1
        return woken

    def back(self) -> None:
        """Something that changes wait for is there again: a tick looks at once. Raises
        StorageUnavailable."""
        now = self.site.clock.now()
        ring(self.site.waits, self.ticks, self.site.clock, now, enough_at=now)

    def sweep(self) -> Swept:
        """Begin ticking where a change waits and nothing ticks."""
        waiting = self.site.waits.all()
        now = self.site.clock.now()
        if waiting:
            longest = now + LONGEST * self.unit
            ring(self.site.waits, self.ticks, self.site.clock, now, enough_at=longest)
        return Swept(len(waiting), sum(now - one.until > _OVERDUE for one in waiting))

    def _wake(self, plan: _Plan) -> int:
        chosen = plan.chosen[:MOST]
        allowed = self.starts.take(len(chosen)) if chosen else 0
        woken = tried = 0
        for wait in chosen[:allowed]:
            try:
                self.workflow.start(wait.change, wait.at)
            except StorageUnavailable:
                break  # throttled, or away
            except Exception as error:  # noqa: BLE001  # one change must not stop the others
                self._put_off(wait, error)
            else:
                self.site.waits.forget(wait)
                plan.has_woken(wait)
                woken += 1
            tried += 1
        if chosen and not tried:
            # Other tenants have their turn: a tenant that is refused comes back more slowly.
            plan.not_before(self._refused_for(plan.ticker.number))
        elif tried < len(plan.chosen):
            plan.again_in(self.unit / SLOTS)
        return woken

    def _put_off(self, wait: Wait, error: Exception) -> None:
        """The change stays, for a release that can start it, and for the operators."""
        self.failed(wait.change, error)
        again_at = self.site.clock.now() + LONGEST * self.unit
        self.site.waits.put(replace(wait, not_before=again_at))

    def _refused_for(self, number: int) -> timedelta:
        """A pause of three sixths of a unit on average. Each tenant and tick has its own: tenants
        that came back together would be refused together, and other seconds would stay unused.
        """
        drawn = crc32(f"{self.site.tenant.tenant}/{number}".encode()) / 2**32
        return (1.5 + 3 * drawn) * self.unit / SLOTS

    def _go_on(self, plan: _Plan, *, are_left: bool) -> None:
        """Send the next tick. A step that parked meanwhile may have relied on this one, which has
        not seen its wait: where the next one is far away, the waits are read again."""
        now, waits = self.site.clock.now(), self.site.waits
        due_at, soon = plan.next_at(), now + self.unit / SLOTS
        if are_left:
            self._send_next(plan, now, due_at)
            if due_at <= soon:
                return
        else:
            self._rest(plan)
        if any(not plan.leaves(one) for one in waits.all()):
            ring(waits, self.ticks, self.site.clock, soon, enough_at=soon)

    def _send_next(self, plan: _Plan, now: datetime, due_at: datetime) -> None:
        """Of two ticks at once, one sends the next: else there would be two of each for ever."""
        waits = self.site.waits
        for _ in range(TRIES):
            ticker = waits.ticker()
            own = plan.of(ticker)
            if own is None and ticker.is_coming_by(due_at, now):
                return
            if send_next(waits, self.ticks, now, own or ticker, due_at):
                return
        raise StorageUnavailable("waits: too many writers")

    def _rest(self, plan: _Plan) -> None:
        """No tick is under way any more, unless one after this was sent meanwhile."""
        waits, own = self.site.waits, plan.of(plan.ticker)
        for _ in range(TRIES):
            if own is None or waits.put_ticker(replace(own, due_at=None)):
                return
            own = plan.of(waits.ticker())
        raise StorageUnavailable("waits: too many writers")


class _Plan:
    """The changes that one tick wakes (``chosen``), and the time of the next one."""

    def __init__(
        self, waker: Waker, waiting: tuple[Wait, ...], ticker: Ticker, number: int
    ) -> None:
        self._waker, self._unit, self._number = waker, waker.unit, number
        self._unwoken = set(map(_rank, waiting))
        self._now = waker.site.clock.now()
        self._waiting = [one for one in waiting if one.may_start(self._now)]
        self.ticker = ticker
        self.chosen: list[Wait] = []
        self._probing: dict[str, tuple[Wait, Probe]] = {}
        self._following: list[datetime] = [self._now + LONGEST * self._unit]
        self._not_before = self._now

    def again_in(self, pause: timedelta) -> None:
        """The next tick comes no later."""
        self._following.append(self._now + pause)

    def not_before(self, pause: timedelta) -> None:
        """The next tick comes no sooner."""
        self._not_before = self._now + pause

    def next_at(self) -> datetime:
        """When the next tick is due."""
        return min(max(min(self._following), self._not_before), self._now + LONGEST_DELAY)

    def of(self, ticker: Ticker) -> Ticker | None:
        """This tick's own ticker in the place of ``ticker``, which was read later; None where that
        one names a later message. One that names this very message promises nothing: its sender
        may have written it after the message came."""
        own = ticker.number <= self._number
        return replace(self.ticker, number=ticker.number) if own else None

    def leaves(self, wait: Wait) -> bool:
        """Whether the tick knows of this parking, and leaves it to the next one."""
        return _rank(wait) in self._unwoken

    def make(self) -> None:
        """Look at every wait."""
        self.chosen = [one for one in self._waiting if one.until <= self._now]
        rest = [one for one in self._waiting if one.until > self._now]
        self._following += [one.until for one in rest]
        self._of_agent([one for one in rest if one.thing == AGENT])
        circuits = {one.thing for one in rest if waits_of.is_circuit(one.thing)} - {AGENT}
        # The probes of an outage that is over are forgotten. One without a wait may go on: its only
        # change may be on its way as the probe.
        lately = self._now - 2 * LONGEST * self._unit
        probes = {name: one for name, one in self.ticker.probes.items() if one.not_before > lately}
        self.ticker = replace(self.ticker, probes=probes)
        for name in sorted(circuits):
            self._of_circuit(name, [one for one in rest if one.thing == name])
        self._of_studies([one for one in rest if not waits_of.is_circuit(one.thing)])
        # Those whose start has failed before stand behind the others.
        self.chosen.sort(key=lambda one: one.not_before is not None)

    def _of_agent(self, waiting: list[Wait]) -> None:
        """The agent rings when it is back."""
        looker = self._waker.looker
        if waiting and (looker.has_other_link or looker.agent.is_there()):
            self._freely(waiting)

    def _freely(self, waiting: list[Wait]) -> None:
        self.chosen += _oldest(waiting)[:MOST]
        self.again_in(self._unit / SLOTS)

    def _of_circuit(self, name: str, waiting: list[Wait]) -> None:
        if not is_before(self._waker.site, name):
            self._freely(waiting)
            return
        room = self._waker.site.breaker.room(name, waits_of.policy_of(name))
        probes = dict(self.ticker.probes)
        oldest = _oldest(waiting)
        if room.circuit is not Circuit.OPEN:
            probes.pop(name, None)
            self.ticker = replace(self.ticker, probes=probes)
            self.chosen += oldest[: room.calls]
            self.again_in(self._unit / SLOTS)
            return
        known = probes.get(name, Probe(0, self._now))
        # The service may fail for one change alone: the next probe is another one.
        probing = oldest[known.count % len(oldest)]
        pause = self._pause_after(known.count)
        # A step that has asked the service meanwhile has probed it for all.
        not_before = max(known.not_before, room.asked_at + pause if room.asked_at else self._now)
        if self._now < not_before:
            self._following.append(not_before)
        elif not room.calls:
            self.again_in(self._unit)
        else:
            count = known.count + 1
            probe = Probe(count, self._now + self._pause_after(count))
            if name == PACS:
                self._waker.looker.probe(probing)
                self._probed(name, probe)
            else:
                self.chosen.append(probing)
                self._probing[name] = (probing, probe)
            # The probe has answered by then, in most cases.
            self.again_in(2 * self._unit / SLOTS)

    def _pause_after(self, probes: int) -> timedelta:
        return self._unit * min(1 << min(probes, LONGEST), LONGEST)

    def has_woken(self, wait: Wait) -> None:
        """That change was started. A probe that could not start is tried again soon."""
        self._unwoken.discard(_rank(wait))
        for name, (probing, probe) in self._probing.items():
            if probing is wait:
                self._probed(name, probe)

    def _probed(self, name: str, probe: Probe) -> None:
        self.ticker = replace(self.ticker, probes={**self.ticker.probes, name: probe})

    def _of_studies(self, waiting: Iterable[Wait]) -> None:
        by_time = sorted(waiting, key=lambda one: one.due_at)
        due = [one for one in by_time if one.due_at <= self._now]
        self._following += [one.due_at for one in by_time if one.due_at > self._now]
        clock, silent = self._waker.site.clock, ""
        for place, wait in enumerate(due):
            if place >= MOST or clock.now() - self._now > _LOOKS_FOR:
                self.again_in(self._unit / SLOTS)
                return
            look = Look.UNKNOWN if wait.kind == silent else self._waker.looker.look(wait)
            if look is Look.THERE:
                self.chosen.append(wait)
            elif look is Look.ABSENT:
                self._later(wait)
                self._wake_before(wait)
            elif look is Look.ASKED:
                self.again_in(self._unit / SLOTS)
            else:
                silent = wait.kind
                self.again_in(self._unit)

    def _wake_before(self, waiting: Wait) -> None:
        """A rejection note waits for its turn behind a change that waits for the study: where the
        notes reject all its images, its step withdraws the manifest at once, study or no study.
        """
        study = waiting.change.study_instance_uid
        self.chosen += [
            one
            for one in self._waiting
            if waiting.kind == TURN
            and one.thing == f"{STUDY}/{study}"
            and one not in self.chosen
            and self._waker.looker.is_under_notes(one)
        ]

    def _later(self, wait: Wait) -> None:
        waited = wait.change.waited
        if wait.kind == JOB:
            # As long again as it has waited: its answer rings.
            pause = max(self._unit, min(self._now - wait.since, LONGEST * self._unit))
            due_at = min(wait.until, self._now + pause)
            self._waker.site.waits.put(replace(wait, due_at=due_at))
            self._following.append(due_at)
            return
        looks = waited.looks + 1
        due_at = min(wait.until, self._now + waits_of.pause_of(wait.thing, looks, self._unit))
        change = replace(wait.change, waited=replace(waited, looks=looks))
        self._waker.site.waits.put(replace(wait, change=change, due_at=due_at))
        self._following.append(due_at)


def _oldest(waiting: Iterable[Wait]) -> list[Wait]:
    """The longest wait first; those whose start has failed before stand behind the others."""
    return sorted(waiting, key=lambda one: (one.not_before is not None, one.since))


def _rank(wait: Wait) -> tuple[str, str, int, int]:
    """One parking of a change, however often its thing was looked for since."""
    change = wait.change
    return change.message_id, change.study_instance_uid, change.replay, change.waited.wake
