"""The state of each service that a consultation needs, in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.consultation.outcomes import Asked, Outcomes
from functions.drimbox.consultation.services import (
    DMP,
    Condition,
    Health,
    Service,
    ServicesDesk,
    describe,
    services,
    services_or_unknown,
)
from functions.drimbox.peers.kept import KeptWhiteList
from functions.drimbox.publication import asking_dmp
from tests.drimbox.peers.scenes import AT
from tests.fakes.memory import (
    MemoryCircuits,
    MemoryOutcomes,
    MemoryWhiteLists,
    VirtualClock,
)

HOUR = timedelta(hours=1)


def desk() -> ServicesDesk:
    clock = VirtualClock(AT)
    kept = KeptWhiteList(1, b"", AT, AT, AT)
    return ServicesDesk(
        MemoryCircuits(), Outcomes(MemoryOutcomes(), clock), MemoryWhiteLists(kept), clock
    )


def told(made: ServicesDesk, service: Service, *sources: ExamSource) -> Health:
    [found] = [one for one in services(made, sources) if one.service is service]
    return found


def test_the_circuit_is_that_of_publications() -> None:
    assert DMP == asking_dmp.DMP


def test_before_anybody_asked_nothing_is_known_but_the_list() -> None:
    assert services(desk()) == (
        Health(Service.PSC, Condition.UNKNOWN),
        Health(Service.DMP, Condition.UNKNOWN),
        Health(Service.WHITE_LIST, Condition.WORKS, AT),
    )


@pytest.mark.parametrize(("asked", "service"), [(Asked.PSC, Service.PSC), (Asked.DMP, Service.DMP)])
@pytest.mark.parametrize(
    ("answered", "condition"), [(True, Condition.WORKS), (False, Condition.DOWN)]
)
def test_the_last_outcome_is_told(
    asked: Asked, service: Service, answered: bool, condition: Condition
) -> None:
    made = desk()
    made.outcomes.note(asked, answered=answered)
    assert told(made, service) == Health(service, condition, AT)


def test_a_circuit_that_opened_again_tells_when_its_outage_began() -> None:
    made = desk()
    made.outcomes.note(Asked.DMP, answered=True)
    began = AT - HOUR
    made.circuits.put(CircuitState("dmp", circuit=Circuit.OPEN, since=AT, began=began))
    # An answer between the two is older than the last opening, and hides nothing.
    assert told(made, Service.DMP) == Health(Service.DMP, Condition.DOWN, began)


def test_the_open_circuit_of_publications_counts_more_than_an_older_answer() -> None:
    made = desk()
    made.outcomes.note(Asked.DMP, answered=True)
    since = AT - 2 * HOUR
    made.circuits.put(CircuitState("dmp", circuit=Circuit.OPEN, since=since, failed_at=AT))
    assert told(made, Service.DMP) == Health(Service.DMP, Condition.DOWN, since)
    assert isinstance(made.clock, VirtualClock)
    made.clock.advance(HOUR / 2)
    made.outcomes.note(Asked.DMP, answered=True)
    # A consultation had an answer since: the DMP is back.
    assert told(made, Service.DMP) == Health(Service.DMP, Condition.WORKS, AT)
    made.outcomes.note(Asked.DMP, answered=False)
    assert told(made, Service.DMP) == Health(Service.DMP, Condition.DOWN, since)
    made.outcomes.note(Asked.DMP, answered=True)
    made.circuits.put(CircuitState("dmp", revision=1, circuit=Circuit.RECOVERING, since=AT))
    assert told(made, Service.DMP).condition is Condition.WORKS


@pytest.mark.parametrize(
    ("hours", "condition"),
    [
        (23, Condition.WORKS),
        (24, Condition.AGING),
        (72, Condition.AGING),
        (73, Condition.DOWN),
    ],
)
def test_the_list_ages(hours: int, condition: Condition) -> None:
    made = desk()
    assert isinstance(made.clock, VirtualClock)
    made.clock.advance(hours * HOUR)
    assert told(made, Service.WHITE_LIST) == Health(Service.WHITE_LIST, condition, AT)


def test_without_a_list_it_is_down_since_nobody_knows_when() -> None:
    made = replace(desk(), white_list=MemoryWhiteLists())
    assert told(made, Service.WHITE_LIST) == Health(Service.WHITE_LIST, Condition.DOWN)


def test_the_sites_of_a_page_are_one_service() -> None:
    ready = ExamSource(1, "A", Images.READY, AT)
    silent = ExamSource(2, "B", Images.SILENT, AT - HOUR)
    odd = ExamSource(3, "C", Images.ODD, AT - 2 * HOUR)
    own, unlisted = ExamSource(4, "D", Images.OWN), ExamSource(5, "E", Images.UNLISTED)
    made = desk()
    assert told(made, Service.SITES, ready, own) == Health(Service.SITES, Condition.WORKS)
    assert told(made, Service.SITES, ready, silent, odd) == Health(
        Service.SITES, Condition.DOWN, AT - 2 * HOUR
    )
    assert [one.service for one in services(made, [own, unlisted])] == [
        Service.PSC,
        Service.DMP,
        Service.WHITE_LIST,
    ]


def test_the_states_are_told_to_programs() -> None:
    assert describe(
        [Health(Service.DMP, Condition.DOWN, AT), Health(Service.PSC, Condition.UNKNOWN)]
    ) == [
        {"service": "dmp", "condition": "down", "since": AT.isoformat()},
        {"service": "psc", "condition": "unknown", "since": None},
    ]


def test_a_page_that_must_not_fail_of_it_is_told_that_nobody_knows() -> None:
    made, source = desk(), ExamSource(1, "A", Images.READY, AT)
    assert services_or_unknown(made, [source]) == services(made, [source])
    broken = replace(made, outcomes=Outcomes(MemoryOutcomes(broken=True), made.clock))
    assert [(one.service, one.condition) for one in services_or_unknown(broken, [source])] == [
        (Service.PSC, Condition.UNKNOWN),
        (Service.DMP, Condition.UNKNOWN),
        (Service.WHITE_LIST, Condition.UNKNOWN),
        (Service.SITES, Condition.WORKS),
    ]
