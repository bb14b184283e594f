"""The circuits say which services publications wait for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.outages import Needed, Outage, describe, outages, outages_or_none
from functions.drimbox.publication.asking_dmp import DMP, identity_circuit
from functions.drimbox.publication.asking_pacs import PACS
from functions.drimbox.webhook.teller import CIRCUIT
from tests.fakes.memory import MemoryCircuits
from tests.fakes.world import TENANT

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
[STRUCTURE] = TENANT.structures


@dataclass
class Down(MemoryCircuits):
    states: dict[str, CircuitState] = field(default_factory=dict)

    def get(self, name: str) -> CircuitState:
        raise StorageUnavailable(name)


def circuits(*names: str, state: Circuit = Circuit.OPEN) -> MemoryCircuits:
    made = MemoryCircuits()
    for name in names:
        made.put(CircuitState(name, circuit=state, since=AT))
    return made


def test_no_circuit_is_no_outage() -> None:
    assert outages(circuits(), TENANT) == ()
    assert outages(circuits(DMP, PACS, state=Circuit.RECOVERING), TENANT) == ()


def test_each_open_circuit_is_told_the_dmp_first() -> None:
    identity = identity_circuit(STRUCTURE)
    assert outages(circuits(PACS, identity, DMP), TENANT) == (
        Outage(Needed.DMP, AT),
        Outage(Needed.PACS, AT),
        Outage(Needed.IDENTITY, AT, STRUCTURE.name),
    )


def test_a_circuit_that_opened_again_tells_when_its_outage_began() -> None:
    made = MemoryCircuits()
    made.put(CircuitState(DMP, circuit=Circuit.OPEN, since=AT, began=AT - timedelta(hours=1)))
    assert outages(made, TENANT) == (Outage(Needed.DMP, AT - timedelta(hours=1)),)


def test_a_page_does_not_fail_of_its_banner() -> None:
    assert outages_or_none(Down(), TENANT) == ()
    assert outages_or_none(circuits(DMP), TENANT) == (Outage(Needed.DMP, AT),)


def test_the_address_for_news_is_told_where_the_site_has_one() -> None:
    assert outages(circuits(CIRCUIT), TENANT) == ()
    told = replace(TENANT, webhook_url="https://ris.example/news")
    assert outages(circuits(CIRCUIT), told) == (Outage(Needed.WEBHOOK, AT),)


def test_as_json_an_outage_tells_its_service_in_small_letters() -> None:
    found = (Outage(Needed.WEBHOOK, AT), Outage(Needed.IDENTITY, AT, "Site"))
    assert describe(found) == [
        {"service": "webhook", "since": AT.isoformat(), "structure": ""},
        {"service": "identity", "since": AT.isoformat(), "structure": "Site"},
    ]
