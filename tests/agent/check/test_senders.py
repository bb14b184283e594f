"""The pairs of MSH-3 and MSH-4 that the agent may forward."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from agent.check.finding import Finding
from agent.check.senders import try_senders
from agent.mllp.settings import ListenerSettings

CHU, CLINIC = ("RIS", "CHU"), ("RIS", "CLINIC")


def listener(*senders: tuple[str, str]) -> ListenerSettings:
    return ListenerSettings(
        name="RIS",
        host="127.0.0.1",
        port=2575,
        networks=(ip_network("127.0.0.0/8"),),
        senders=frozenset(senders),
    )


def test_a_pair_that_the_gateway_does_not_name_is_told_once() -> None:
    """Its RIS would get AE, however well the rest goes."""
    listeners = (listener(CLINIC, CHU), listener(CLINIC))
    assert list(try_senders(listeners, {CHU})) == [
        Finding("sender_declared", "RIS|CHU"),
        Finding("sender_undeclared", "RIS|CLINIC"),
    ]


@pytest.mark.parametrize("declared", [None, set()])
def test_nothing_is_said_of_a_gateway_that_told_nothing(
    declared: set[tuple[str, str]] | None,
) -> None:
    told = [one.code for one in try_senders((listener(CHU),), declared)]
    assert told == ([] if declared is None else ["sender_undeclared"])
