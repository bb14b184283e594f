"""The rows of the services: each fault once, told by the fact that knows most; the worst first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.operations.outages import Needed, Outage
from functions.drimbox.operations.waiting_work import WaitingWork
from functions.drimbox.pages.operations.seen_services import SeenServices, rows_of
from functions.drimbox.peers.status import list_status
from tests.drimbox.peers.scenes import AT, HOUR
from tests.fakes.memory import MemoryWhiteLists

STATUS = list_status(MemoryWhiteLists(), ("CN", "OU"), AT)
SEEN = SeenServices((), (), (), None, None, (), (), STATUS)
AGENT = AgentState("salle-1", AT, "1", 1, PacsSeen.REACHABLE, HOUR, 0, None, 1)
DOWN, AGING, UNKNOWN, WORKS = (
    Condition.DOWN,
    Condition.AGING,
    Condition.UNKNOWN,
    Condition.WORKS,
)


def conditions(seen: SeenServices) -> list[tuple[str, Condition]]:
    return [(row.service, row.condition) for row in rows_of(seen, AT)]


def test_the_worst_is_first_and_the_others_keep_the_order_of_the_page() -> None:
    health = (
        Health(Service.WHITE_LIST, AGING),
        Health(Service.PSC, DOWN),
        Health(Service.DMP, WORKS),
    )
    assert conditions(replace(SEEN, health=health, missed=())) == [
        ("psc", DOWN),
        ("white_list", AGING),
        ("dmp", WORKS),
        ("pacs", UNKNOWN),
        ("webhook", UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("agents", "condition"),
    [
        ((replace(AGENT, pacs=PacsSeen.UNREACHABLE),), DOWN),
        ((replace(AGENT, pacs=PacsSeen.UNREACHABLE), AGENT), UNKNOWN),
        ((replace(AGENT, pacs=PacsSeen.UNKNOWN),), UNKNOWN),
        # The last word of an agent that is silent is no news of the PACS.
        ((replace(AGENT, pacs=PacsSeen.UNREACHABLE, seen_at=AT - HOUR),), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_a_pacs_that_no_agent_reaches_does_not_answer(
    agents: tuple[AgentState, ...], condition: Condition
) -> None:
    assert dict(conditions(replace(SEEN, agents=agents)))["pacs"] is condition


def test_a_circuit_and_a_failed_study_tell_more_than_an_agent() -> None:
    seen = replace(SEEN, agents=(replace(AGENT, pacs=PacsSeen.UNREACHABLE),))
    failed = replace(seen, work=(WaitingWork("pacs/study", 1, AT - HOUR, None),))
    assert dict(conditions(failed))["pacs"] is AGING
    opened = replace(failed, outages=(Outage(Needed.PACS, AT - HOUR),))
    [row] = [one for one in rows_of(opened, AT) if one.service == "pacs"]
    assert (row.condition, row.since) == (DOWN, AT - HOUR)


def test_a_site_that_waits_for_its_first_agent_is_told() -> None:
    assert conditions(replace(SEEN, needs_agent=True))[0] == ("no_agent", DOWN)
    for seen in (replace(SEEN, needs_agent=True, agents=(AGENT,)), SEEN):
        assert "no_agent" not in dict(conditions(seen))
