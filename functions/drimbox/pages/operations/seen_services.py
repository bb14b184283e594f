"""The facts of the services page, and each service's state among them, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.agents.presence import PacsSeen
from functions.drimbox.consultation.services import Condition, Service
from functions.drimbox.operations.outages import Needed
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from functions.drimbox.agents.presence import AgentState
    from functions.drimbox.consultation.services import Health
    from functions.drimbox.operations.oldest_message import OldestMessage
    from functions.drimbox.operations.outages import Outage
    from functions.drimbox.operations.viewing_certificates import SeenCertificate
    from functions.drimbox.operations.waiting_work import WaitingWork
    from functions.drimbox.peers.source_states import SeenHost
    from functions.drimbox.peers.status import ListStatus
    from functions.drimbox.webhook.missed import Missed

# The services of the site, in the order of the page; the last one only where its file names it.
_SERVICES: Final[tuple[str, ...]] = ("dmp", "pacs", "psc", "white_list")
_NEWS: Final = str(Needed.WEBHOOK)
_PACS: Final = str(Needed.PACS)
_AGENT: Final = "agent"
_NO_AGENT: Final = "no_agent"
# The kinds of work that waits since a service failed for a study, and perhaps for it alone: no
# circuit is open before the third one (decision 0039).
_FAILED: Final = frozenset({"dmp/study", "pacs/study"})
# Of two rows alike the page's own order holds. Where nobody asked of late, no fault is known.
_WORST_FIRST: Final = {
    Condition.DOWN: 0,
    Condition.AGING: 1,
    Condition.UNKNOWN: 2,
    Condition.WORKS: 2,
}


@frozen
class SeenServices:
    """The facts of the page. ``health``: of the services that consultations need; ``outages``: of
    those of publications; ``oldest``: the oldest message in progress; ``missed``: the news that the
    site's own address missed, None where the site names no address; ``sites``: the other DRIMboxes
    that were asked of late; ``agents``: the last words of the site's agents; ``needs_agent``: the
    site is reached through one.
    """

    health: Sequence[Health]
    outages: Sequence[Outage]
    work: Sequence[WaitingWork]
    oldest: OldestMessage | None
    missed: Sequence[Missed] | None
    certificates: Sequence[SeenCertificate]
    sites: Sequence[SeenHost]
    white_list: ListStatus
    agents: Sequence[AgentState] = ()
    needs_agent: bool = False


@frozen
class ServiceRow:
    """A service; ``structure`` is a name, "" where all are concerned; or that of an agent."""

    service: str
    condition: Condition
    since: datetime | None
    structure: str = ""


def rows_of(seen: SeenServices, now: datetime) -> list[ServiceRow]:
    """Each service once, the worst first."""
    rows = (*_of_site(seen, now), *_of_structures(seen.outages), *_of_agents(seen, now))
    return sorted(rows, key=lambda row: _WORST_FIRST[row.condition])


def _of_site(seen: SeenServices, now: datetime) -> Iterator[ServiceRow]:
    """An open circuit of publications tells more than a failure for some studies, that more than
    an agent's last word about its PACS, and that more than the last answer to a consultation.
    """
    stopped = {str(one.service): one for one in seen.outages if not one.structure}
    known = {str(one.service): one for one in seen.health}
    failed = {one.kind.partition("/")[0]: one for one in seen.work if one.kind in _FAILED}
    for name in (*_SERVICES, *(() if seen.missed is None else (_NEWS,))):
        if name in stopped:
            yield ServiceRow(name, Condition.DOWN, stopped[name].since)
        elif name in failed:
            yield ServiceRow(name, Condition.AGING, failed[name].since)
        elif name == _PACS and _no_agent_reaches_it(seen.agents, now):
            yield ServiceRow(name, Condition.DOWN, None)
        elif name in known:
            # The list's own times stand below, in detail.
            began = None if name == Service.WHITE_LIST else known[name].since
            yield ServiceRow(name, known[name].condition, began)
        else:
            yield ServiceRow(name, Condition.UNKNOWN, None)


def _of_structures(outages: Sequence[Outage]) -> Iterator[ServiceRow]:
    for one in outages:
        if one.structure:
            yield ServiceRow(str(Needed.IDENTITY), Condition.DOWN, one.since, one.structure)


def _of_agents(seen: SeenServices, now: datetime) -> Iterator[ServiceRow]:
    for agent in seen.agents:
        if agent.is_there(now):
            yield ServiceRow(_AGENT, Condition.WORKS, None, agent.name)
        else:
            yield ServiceRow(_AGENT, Condition.DOWN, agent.seen_at, agent.name)
    if seen.needs_agent and not seen.agents:
        yield ServiceRow(_NO_AGENT, Condition.DOWN, None)


def _no_agent_reaches_it(agents: Sequence[AgentState], now: datetime) -> bool:
    there = [agent.pacs for agent in agents if agent.is_there(now)]
    return bool(there) and all(pacs is PacsSeen.UNREACHABLE for pacs in there)
