"""A sample of the fault campaign through the whole stack: it ends as it does in one process.

The campaign plays the steps against ports in memory, for speed. Here the same messages meet the
same trouble at the same send, through HTTP, queues, state machines, processes and Orthanc.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import pytest

from simulators.pacs.studies import Size
from tests.campaign.faults import Fault, Strike, faults_of
from tests.campaign.invariants import violations
from tests.campaign.scenarios import ORDER, SCENARIOS, Arrival, Scenario, report
from tests.campaign.stage import Plan, staged
from tests.flows.stack import LocalStack

SMALL: Final = Size(instances=2, frames=1)
BY_NAME: Final = {scenario.name: scenario for scenario in SCENARIOS}
# How the DMP simulator's control API calls a fault of the campaign.
AS_ASKED: Final[dict[Fault, dict[str, Any]]] = {
    Fault.LOST: {"kind": "lost_answer"},
    Fault.FAILED: {"kind": "unavailable"},
    Fault.LATE_SOON: {"kind": "late_commit", "seconds": 2},
    Fault.BUSY: {"kind": "busy"},
    Fault.REFUSED: {"kind": "refuse", "code": "XDSRegistryError"},
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Per message what became of its studies, and the statuses of the DMP's manifests."""

    outcomes: tuple[tuple[str, ...], ...]
    statuses: tuple[str, ...]


def in_one_process(scenario: Scenario, send: int, fault: Fault) -> Ending:
    """The campaign's own run, which breaks no invariant."""
    strike = Strike(send, faults_of("dmp.submit").index(fault), send=True)
    stage = staged(Plan(scenario, (strike,)))
    try:
        stage.play()
        assert violations(stage) == []
        assert [struck for _, _, struck in stage.calls.struck] == [fault]
    finally:
        stage.close()
    entries = [stage.log.entries[message_id] for message_id in stage.acknowledged]
    return Ending(
        tuple(tuple(sorted(str(s.outcome) for s in entry.studies.values())) for entry in entries),
        tuple(sorted(e.status for e in stage.dmp.entries() if e.type_code == "IMG-KOS")),
    )


def through_the_stack(stack: LocalStack, scenario: Scenario, send: int, fault: Fault) -> Ending:
    """The same, each message awaited before the next; held studies are replayed."""
    token = uuid4().hex
    first = report(scenario.base, "P1", token)
    stack.store(first, SMALL)
    outcomes = []
    for number, arrival in enumerate(scenario.arrivals, 1):
        if arrival.name == ORDER:
            _change_images(stack, scenario, token)
        if number == send:
            service = "iti-57" if _withdraws(scenario, arrival) else "iti-41"
            stack.fault("dmp", transaction=service, **AS_ASKED[fault])
        form = "OMI" if arrival.name == ORDER else "ORU"
        document = report(scenario.base, arrival.name, token)
        message_id = stack.accepted(
            stack.report(document, form, control_id=uuid4().hex[:20])  # type: ignore[arg-type]
        )
        entry = stack.await_outcome(message_id)
        if entry.state == "held":
            assert stack.replay(message_id) == 202
            entry = stack.await_state(message_id, "published")
        outcomes.append(tuple(sorted(outcome for outcome, _ in entry.studies.values())))
    statuses = [d["availability_status"] for s in first.studies for d in stack.documents(s)]
    return Ending(tuple(outcomes), tuple(sorted(statuses)))


def _withdraws(scenario: Scenario, arrival: Arrival) -> bool:
    return arrival.name[0] == "W" or (arrival.name == ORDER and not scenario.images_left)


def _change_images(stack: LocalStack, scenario: Scenario, token: str) -> None:
    case = report(scenario.base, "P1", token)
    if scenario.images_left:
        stack.store(case, replace(SMALL, instances=3))
    else:
        for study in case.studies:
            stack.remove(study)


@pytest.mark.parametrize(
    ("name", "send", "fault"),
    [
        ("publish", 1, Fault.REFUSED),
        ("correct", 2, Fault.LATE_SOON),
        ("withdraw", 2, Fault.LOST),
        ("return after withdrawal", 3, Fault.FAILED),
        ("two studies in one report", 1, Fault.LOST),
        ("other images", 2, Fault.LOST),
        ("no image left", 2, Fault.BUSY),
    ],
)
def test_the_stack_ends_as_the_campaign_does(
    stack: LocalStack, name: str, send: int, fault: Fault
) -> None:
    scenario = BY_NAME[name]
    expected = in_one_process(scenario, send, fault)
    assert through_the_stack(stack, scenario, send, fault) == expected
