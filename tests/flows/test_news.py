"""The news of messages over the whole stack: signed, once, in order, and late where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from simulators.ris.cases import CASES
from tests.flows.stack import PATIENCE, LocalStack, wait_for


@pytest.fixture
def news(stack: LocalStack) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """The events that the RIS's address has taken about one MSH-10, in the order of arrival."""

    def about(control_id: str) -> list[dict[str, Any]]:
        with stack.client() as http:
            told = http.get(f"{stack.endpoints['ris']}/_sim/news").json()
        assert told["refused"] == [], "each one is signed with the key that the RIS has"
        return [one for one in told["events"] if one["data"]["control_id"] == control_id]

    yield about
    stack.heal("ris")


def test_a_receiver_that_fails_first_hears_each_state_once(
    stack: LocalStack, news: Callable[[str], list[dict[str, Any]]]
) -> None:
    case, name = CASES["C"].fresh(uuid4().hex), uuid4().hex[:20]
    stack.store(case)
    stack.fault("ris", kind="unavailable", count=1)
    stack.fault("ris", kind="redirect", count=1)
    message_id = stack.accepted(stack.report(case, control_id=name))
    assert stack.await_outcome(message_id).state == "published"
    [event] = wait_for(lambda: news(name), PATIENCE, "the news")
    told = event["data"]
    assert (told["state"], told["sequence"], told["id"]) == ("published", 1, message_id)
    assert told["studies"][0]["manifest"]["manifest_uid"]
    with stack.client("ris") as http:
        shown = http.get(told["status_url"])
    assert (shown.status_code, shown.json()["state"]) == (200, "published")
    text = str(event)
    for secret in (case.ins, case.ipp, case.traits.family, case.orders[0].accession):
        assert secret not in text


def test_a_withdrawal_is_news_of_the_report_that_it_ends(
    stack: LocalStack, news: Callable[[str], list[dict[str, Any]]]
) -> None:
    token, first, second = uuid4().hex, uuid4().hex[:20], uuid4().hex[:20]
    report, withdrawal = CASES["I"].fresh(token), CASES["I_Depublication"].fresh(token)
    stack.store(report)
    message_id = stack.accepted(stack.report(report, control_id=first))
    assert stack.await_outcome(message_id).state == "published"
    wait_for(lambda: news(first), PATIENCE, "the news")
    stack.accepted(stack.report(withdrawal, control_id=second))
    wait_for(lambda: news(second), PATIENCE, "the news")
    wait_for(lambda: len(news(first)) == 2, PATIENCE, "the second state")
    states = [(one["data"]["sequence"], one["data"]["state"]) for one in news(first)]
    assert states == [(1, "published"), (2, "published_then_withdrawn")]
    assert [one["data"]["state"] for one in news(second)] == ["withdrawn"]
