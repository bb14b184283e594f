"""Whether an agent of a site is there, and whether its PACS answers it, by its own last word."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from functions.drimbox.tenants.model import Tenant

# An agent speaks every four minutes: one that is silent for longer than two of these is away.
SEEN: Final = timedelta(minutes=10)
# Certificates and signatures bear a clock that is wrong by less; an operator is told before.
CLOCK_DIFFERS: Final = timedelta(minutes=2)


class PacsSeen(StrEnum):
    """The PACS as an agent sees it."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@frozen
class AgentState:
    """The last word of one agent. ``ahead``: by how much its clock was ahead of ours then.

    ``spooled``: the messages that wait at the site, the oldest of them since ``spooled_since``.
    ``disk_free`` is in bytes. ``enrolled``: its certificate is of our own authority, and its name
    stands in the register of agents; else the tenant's file declares it.
    """

    name: str
    seen_at: datetime
    version: str
    protocol: int
    pacs: PacsSeen
    ahead: timedelta
    spooled: int
    spooled_since: datetime | None
    disk_free: int
    enrolled: bool = False

    def is_there(self, at: datetime) -> bool:
        """Whether it has spoken of late."""
        return abs(at - self.seen_at) < SEEN

    def serves(self, at: datetime) -> bool:
        """Whether it may be asked: it is there, and does not say that its PACS is away."""
        return self.is_there(at) and self.pacs is not PacsSeen.UNREACHABLE


class AgentStates(Protocol):
    """The last words of the agents of one tenant. Raises StorageUnavailable."""

    def all(self) -> Collection[AgentState]:
        """Those of every agent, also of one that the tenant's file names no more."""
        ...

    def put(self, state: AgentState) -> None:
        """Store it in the place of the agent's former one."""
        ...

    def forget(self, name: str) -> None:
        """Delete that of an agent that is removed."""
        ...


def known(states: AgentStates, tenant: Tenant) -> tuple[AgentState, ...]:
    """The last words of the agents that are enrolled, or that the tenant's file declares, in the
    order of their names.
    """
    declared = {one.name for one in tenant.agents}
    found = (one for one in states.all() if one.enrolled or one.name in declared)
    return tuple(sorted(found, key=lambda one: one.name))


def is_served(states: AgentStates, tenant: Tenant, at: datetime) -> bool:
    """Whether some agent of the site may be asked now."""
    return any(one.serves(at) for one in known(states, tenant))
