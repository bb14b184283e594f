"""The states of the sites, kept a minute for all who ask: never of a patient or of a tenant.

Many professionals look at lists that name the same sites. Of several who ask at once one probes;
the others get the last state, or none yet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.ports import Clock

KEPT: Final = timedelta(seconds=60)
# A probe that has not reported by then is dead: it takes two seconds.
LEASE: Final = timedelta(seconds=10)
# A state that nobody has renewed for longer tells nothing of now.
TOLD: Final = timedelta(minutes=5)
# Sites probed for one request; the others are for the next one.
AT_ONCE: Final = 16
# Of them, and of those that operators see, the prefixes of one host: a manifest may claim any
# prefix of a listed host, and must neither wear that host out nor hide the others.
PREFIXES: Final = 8


class SourceState(StrEnum):
    """The state of a site, as its DRIMbox gives it; the value is what the table keeps.

    ``UNTOLD``: it answers and does not tell. ``ODD``: a redirect, a certificate of another, or no
    answer of a DRIMbox. ``SILENT``: nothing within the time.
    """

    READY = "ready"
    NOT_READY = "not_ready"
    UNTOLD = "untold"
    ODD = "odd"
    SILENT = "silent"


@frozen
class KeptState:
    """``state`` None before the first answer. ``since``: when that state began; ``answered_at``:
    when it was seen last; ``asked_at``: when a probe left that is on its way.
    """

    revision: int = 0
    state: SourceState | None = None
    since: datetime | None = None
    answered_at: datetime | None = None
    asked_at: datetime | None = None

    def tells(self, at: datetime) -> bool:
        """Whether the state is that of now, as far as anybody knows."""
        return self.state is not None and _within(TOLD, self.answered_at, at)


@frozen
class SeenHost:
    """The state of a site on ``host``, as the operators see it."""

    host: str
    state: SourceState
    since: datetime
    answered_at: datetime


class StateStore(Protocol):
    """The states of the sites. All raise StorageUnavailable."""

    def get(self, address: SourceAddress) -> KeptState:
        """Read consistently; revision 0 when nothing is known."""
        ...

    def put(self, address: SourceAddress, kept: KeptState) -> bool:
        """Store as the next revision if the stored one is still its own; False if not."""
        ...

    def seen(self) -> tuple[SeenHost, ...]:
        """The sites that were asked of late, :func:`fairly`."""
        ...


Probe = Callable[[Collection[SourceAddress]], Mapping[SourceAddress, SourceState]]
"""Asks the sites, some at a time; every one gets a state."""


def known_states(
    addresses: Iterable[SourceAddress], store: StateStore, at: datetime
) -> dict[SourceAddress, KeptState]:
    """The states that are kept and still tell something; nobody is asked."""
    found = {address: store.get(address) for address in set(addresses)}
    return {address: kept for address, kept in found.items() if kept.tells(at)}


def fresh_states(
    addresses: Iterable[SourceAddress],
    store: StateStore,
    clock: Clock,
    probe: Probe,
    *,
    kept_for: timedelta = KEPT,
) -> dict[SourceAddress, KeptState]:
    """The same, once those that are due were asked, since their states are as old as ``kept_for``;
    a site that is missing is being asked.
    """
    at = clock.now()
    found = {address: store.get(address) for address in sorted(set(addresses), key=_order)}
    leased: dict[SourceAddress, KeptState] = {}
    hosts: Counter[str] = Counter()
    for address, kept in found.items():
        due = not _within(kept_for, kept.answered_at, at) and not _within(LEASE, kept.asked_at, at)
        fits = len(leased) < AT_ONCE and hosts[address.host] < PREFIXES
        if due and fits and store.put(address, replace(kept, asked_at=at)):
            hosts[address.host] += 1
            leased[address] = replace(kept, revision=kept.revision + 1)
    for address, state in (probe(tuple(leased)) if leased else {}).items():
        found[address] = _answered(leased[address], state, clock.now())
        store.put(address, found[address])
    return {address: kept for address, kept in found.items() if kept.tells(at)}


def fairly(found: Iterable[SeenHost], most: int = 100) -> tuple[SeenHost, ...]:
    """``most`` of them by host: each host has one before another has two, and none has more than
    PREFIXES. Of one host those that were ready come first, then those of late.
    """
    by_host: dict[str, list[SeenHost]] = defaultdict(list)
    for one in found:
        by_host[one.host].append(one)
    ranked = [
        (rank, one.host, one)
        for same in by_host.values()
        for rank, one in enumerate(sorted(same, key=_rank)[:PREFIXES])
    ]
    chosen = sorted(ranked, key=lambda one: one[:2])[:most]
    return tuple(one for _, _, one in sorted(chosen, key=lambda one: (one[1], one[0])))


def describe(seen: SeenHost) -> dict[str, str]:
    """The same as JSON; times are ISO 8601."""
    return {
        "host": seen.host,
        "state": str(seen.state),
        "since": seen.since.isoformat(),
        "seen_at": seen.answered_at.isoformat(),
    }


def _answered(kept: KeptState, state: SourceState, at: datetime) -> KeptState:
    lasting = state is kept.state and kept.tells(at)
    return KeptState(kept.revision, state, kept.since if lasting else at, at)


def _within(span: timedelta, since: datetime | None, at: datetime) -> bool:
    """Whether ``since`` is less than ``span`` away; another host's clock may be a little ahead."""
    return since is not None and abs(at - since) < span


def _rank(seen: SeenHost) -> tuple[bool, float]:
    return seen.state is not SourceState.READY, -seen.answered_at.timestamp()


def _order(address: SourceAddress) -> tuple[str, int, str]:
    return address.host, address.port, address.prefix
