"""docs/cost.md: written by the command, from the templates and the traced calls."""

from __future__ import annotations

import json

import pytest

from infra import cost
from infra.prices import PRICES
from infra.rules.assembly import Assembly


def trace() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = json.loads(cost.TRACE.read_text("utf-8"))
    return found


def test_the_page_is_what_the_command_writes(assembly: Assembly) -> None:
    assert cost.PAGE.read_text("utf-8") == cost.page(assembly, trace()), "run: make cost"


def test_every_traced_call_has_its_price(assembly: Assembly) -> None:
    for calls in trace().values():
        for name in calls:
            kind, units = cost._kind(name)
            free = name.startswith(("s3.Delete", "s3.bytes", "sqs.", "stepfunctions."))
            assert (kind in PRICES and units > 0) is not free, name


def test_a_bill_grows_with_its_calls(assembly: Assembly) -> None:
    calls = trace()["publication"]
    one = cost.total(cost.for_publications(assembly, calls, 1))
    assert cost.total(cost.for_publications(assembly, calls, 1000)) == pytest.approx(1000 * one)
    more = {**calls, "dynamodb.PutItem studies": calls["dynamodb.PutItem studies"] + 1}
    added = cost.total(cost.for_publications(assembly, more, 1)) - one
    assert added == pytest.approx(4 * PRICES["write"].dollars)


def test_a_site_costs_less_than_two_dollars_a_month_before_traffic(assembly: Assembly) -> None:
    lines = cost.of_tenant(assembly)
    assert cost.total(lines) < 2
    assert [line.amount for line in lines if line.what == "secrets"] == [0]


def test_a_network_costs_what_its_templates_have(linked: Assembly) -> None:
    kinds = [one.type for one in linked.resources()]
    gateways, addresses = cost.of_network()
    assert gateways.amount == kinds.count("AWS::EC2::NatGateway") * 730
    assert addresses.amount == kinds.count("AWS::EC2::EIP") * 730
    assert kinds.count("AWS::EC2::VPNConnection") == 1
    assert 70 < cost.total(cost.of_network()) < 100
    assert 30 < cost.total(cost.of_vpn()) < 74


def test_a_calm_publication_enters_few_states(assembly: Assembly) -> None:
    assert 6 <= cost.transitions(assembly) <= 12
